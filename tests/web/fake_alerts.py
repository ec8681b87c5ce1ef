"""Alerts made by hand, for the HTTP service to show: they keep what they are told."""

from deskwatch.web.answers.alerts import (
    Acknowledge,
    AcknowledgeAnswer,
    AcknowledgedBy,
    AlertHistoryAnswer,
    AlertRow,
    AlertsAnswer,
    ChannelStatus,
    DeedRow,
    EpisodeRow,
    MatcherRow,
    NewSilence,
    ReloadAnswer,
    RulesStatus,
    SilenceRow,
    SilencesAnswer,
    UnsupportedRule,
)
from deskwatch.web.desks.alerts import AlertsUnavailable, SilenceRefused
from tests.web.fake import NOW

MINUTE = 60_000_000_000
LABELS = {"alertname": "DailyLossHigh", "severity": "page", "account": "A1"}
ALERT = AlertRow(
    name="DailyLossHigh",
    state="firing",
    severity="page",
    labels=LABELS,
    annotations={"summary": "A1 lost 12,345 USD today."},
    value=None,
    active_at=NOW - 2 * MINUTE,
    fired_at=NOW - MINUTE,
    resolved_at=None,
    event_time=NOW - MINUTE,
    silenced_by=["7"],
    inhibited=False,
    acknowledged=AcknowledgedBy("ada", NOW),
    flapping=False,
    fingerprint="00112233aabbccdd",
    group_key="p00112233aabbccdd",
    generator="pnl/DailyLossHigh",
)
ALERTS = AlertsAnswer(
    as_of=NOW,
    alerts=[ALERT],
    rules=RulesStatus(
        loaded=12,
        ok=True,
        error="",
        unsupported=[UnsupportedRule("alerts.yml", 7, "pnl/Odd", "@ modifier")],
    ),
    channels=[ChannelStatus("telegram", 3, 12.5, None)],
)
HISTORY = AlertHistoryAnswer(
    episodes=[
        EpisodeRow(
            fingerprint="00112233aabbccdd",
            group_key="p00112233aabbccdd",
            labels=LABELS,
            summary="A1 lost 12,345 USD today.",
            event_time=NOW - MINUTE,
            alert_time=NOW - MINUTE,
            notify_time=NOW,
            resolved_at=None,
        )
    ],
    deeds=[DeedRow(NOW, "ada", "acknowledge", "DailyLossHigh p00112233aabbccdd")],
)
SILENCE = SilenceRow(
    id="7",
    matchers=[MatcherRow("account", "=~", "A.*")],
    author="ada",
    reason="known",
    created_at=NOW,
    until=NOW + 60 * MINUTE,
)


class FakeAlertDesk:
    """Shows ALERTS, HISTORY and SILENCE; `full`, `broken_rules` and `away` are set by a test."""

    def __init__(self) -> None:
        self.silenced: list[NewSilence] = []
        self.expired: list[tuple[str, str]] = []
        self.acknowledged: list[Acknowledge] = []
        self.asked_limit = 0
        self.deeds: list[DeedRow] = []
        self.bodies: list[bytes] = []
        self.full = ""
        self.broken_rules = ""
        self.away = ""

    async def alerts(self) -> AlertsAnswer:
        return ALERTS

    async def history(self, limit: int) -> AlertHistoryAnswer:
        self.asked_limit = limit
        return HISTORY

    async def silences(self) -> SilencesAnswer:
        self._check()
        return SilencesAnswer(NOW, [SILENCE])

    async def silence(self, wanted: NewSilence) -> SilenceRow:
        if self.full:
            raise SilenceRefused(self.full)
        self.silenced.append(wanted)
        return SILENCE

    async def expire_silence(self, number: str, author: str) -> bool:
        self._check()
        self.expired.append((number, author))
        return number == SILENCE.id

    async def acknowledge(self, wanted: Acknowledge) -> AcknowledgeAnswer:
        self.acknowledged.append(wanted)
        return AcknowledgeAnswer(["p00112233aabbccdd"], ["gone"])

    async def reload(self, author: str) -> ReloadAnswer:
        await self.note(author, "reload", "rules")
        return ReloadAnswer(ok=not self.broken_rules, error=self.broken_rules)

    async def audit(self, limit: int) -> list[DeedRow]:
        return self.deeds[:limit]

    async def note(self, author: str, what: str, thing: str) -> None:
        self.deeds.insert(0, DeedRow(NOW, author, what, thing))

    async def take_alertmanager(self, body: bytes) -> str | None:
        self._check()
        self.bodies.append(body)
        return None if body.startswith(b"{") else "no webhook"

    def take_watchdog(self, body: bytes) -> bool:
        self.bodies.append(body)
        return body.startswith(b"{")

    def _check(self) -> None:
        if self.away:
            raise AlertsUnavailable(self.away)

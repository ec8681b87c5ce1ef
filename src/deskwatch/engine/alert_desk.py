"""The alerts as the HTTP service sees them, out of rules and notifications."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from deskwatch.core.alert import Alert
from deskwatch.core.notification import Permanent, Retry
from deskwatch.core.period import SECOND
from deskwatch.engine.alerting import Alerting
from deskwatch.notify.alertmanager_muted import Muted, muted
from deskwatch.notify.deadman import WATCHDOG
from deskwatch.notify.grouping import severity, worst_first
from deskwatch.notify.matcher import BadMatcher, Matcher
from deskwatch.notify.relay import NotKept
from deskwatch.notify.silence import CannotSilence, SilenceView
from deskwatch.notify.tracked import AlertView
from deskwatch.notify.webhook import BadWebhook
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

_ORDER: Final = ("firing", "pending", "resolved")


class EngineAlertDesk:
    """Answers for an engine's alerting; see web.desks.alerts.AlertDesk.

    With an Alertmanager, silences are Alertmanager's, and so is what they keep quiet.
    """

    def __init__(self, alerting: Alerting) -> None:
        self._alerting = alerting
        self._notifier = alerting.notifier
        self._dispatcher = alerting.notifier.dispatcher
        self._alertmanager = alerting.notifier.alertmanager
        self._actions = alerting.notifier.actions

    def firing(self) -> dict[str, int]:
        """Return how many of `alerts` fire, by severity."""
        found = (alert for alert in map(self._as_told, self._standing()) if alert.state == "firing")
        said = {alert.fingerprint: severity(alert.labels) for alert in found}
        return dict(Counter({**said, **self._dispatcher.figures.firing}.values()))

    async def alerts(self) -> AlertsAnswer:
        """Return the alerts as they stand: as people are told of them, else as the rules say."""
        views = {view.alert.fingerprint: view for view in await self._actions.alerts()}
        told = {fingerprint: view.alert for fingerprint, view in views.items()}
        every = {alert.fingerprint: alert for alert in map(self._as_told, self._standing())} | told
        ordered = sorted(worst_first(every.values()), key=lambda one: _ORDER.index(one.state))
        quiet = await self._quiet(views, every.values())
        return AlertsAnswer(
            as_of=self._dispatcher.clock(),
            alerts=[_row(one, views.get(one.fingerprint), quiet) for one in ordered],
            rules=self._rules(),
            channels=list(self._channels()),
        )

    def _standing(self) -> Iterator[Alert]:
        """Return what the rules have found, but for the one that fires as long as they run."""
        return (alert for alert in self._alerting.current if alert.name != WATCHDOG)

    def _as_told(self, alert: Alert) -> Alert:
        """Return an alert of the rules with the labels that it comes back with."""
        if self._notifier.relay is None or self._alertmanager is None:
            return alert
        return self._alertmanager.as_held(alert)

    async def _quiet(
        self, views: Mapping[str, AlertView], every: Iterable[Alert]
    ) -> Mapping[str, Muted] | None:
        """Return what is kept quiet, by fingerprint; None while who keeps it doesn't answer."""
        if self._alertmanager is not None:
            try:
                return await muted(self._alertmanager, every)
            except (Retry, Permanent):
                return None
        return {
            fingerprint: Muted([] if view.silence is None else [str(view.silence)], view.inhibited)
            for fingerprint, view in views.items()
        }

    def _rules(self) -> RulesStatus:
        rules = self._alerting.rules
        return RulesStatus(
            loaded=len(rules.rules),
            ok=rules.config_ok,
            error=rules.config_error,
            unsupported=[UnsupportedRule(*one) for one in rules.unsupported],
        )

    def _channels(self) -> Iterator[ChannelStatus]:
        figures, now = self._dispatcher.figures, self._dispatcher.clock()
        alertmanager = self._alertmanager
        names, untold = self._notifier.channels, self._notifier.untold
        if alertmanager is not None and alertmanager.name not in names:
            names = [alertmanager.name, *names]
        for name in names:
            waited = max(0, now - figures.oldest_at.get(name, now)) / SECOND
            is_alertmanager = alertmanager is not None and name == alertmanager.name
            own = alertmanager.trouble if alertmanager and is_alertmanager else None
            trouble = own or figures.trouble.get(name)
            if trouble is None and untold is not None:
                trouble = f"nobody is told: {untold}"
            yield ChannelStatus(name, figures.queue.get(name, 0), waited, trouble)

    async def history(self, limit: int) -> AlertHistoryAnswer:
        """Return the newest episodes and the newest deeds, at most `limit` of each."""
        episodes = [
            EpisodeRow(
                fingerprint=one.fingerprint,
                group_key=one.group_key,
                labels=one.labels,
                summary=one.summary,
                event_time=one.event_time,
                alert_time=one.alert_time,
                notify_time=one.notify_time,
                resolved_at=one.resolved_at,
            )
            for one in await self._dispatcher.episodes(limit)
        ]
        return AlertHistoryAnswer(episodes, await self.audit(limit))

    async def audit(self, limit: int) -> list[DeedRow]:
        """Return what people did lately, newest first, at most `limit`."""
        deeds = await self._dispatcher.deeds(limit)
        return [DeedRow(one.at, one.actor, one.what, one.object) for one in deeds]

    async def note(self, author: str, what: str, thing: str) -> None:
        """Keep for the audit who did what to what."""
        await self._dispatcher.note_deed(author, what, thing)

    async def silences(self) -> SilencesAnswer:
        """Return the active silences. Raises AlertsUnavailable."""
        try:
            found = await self._actions.silences()
        except (Retry, Permanent) as failure:
            raise AlertsUnavailable(f"Alertmanager says: {failure.why}") from failure
        return SilencesAnswer(self._dispatcher.clock(), [_silence(one) for one in found])

    async def silence(self, wanted: NewSilence) -> SilenceRow:
        """Return the silence that was made. Raises SilenceRefused."""
        try:
            matchers = [Matcher(one.name, one.op, one.value) for one in wanted.matchers]
            made = await self._actions.silence(
                matchers,
                author=wanted.author,
                reason=wanted.reason,
                duration_ns=int(wanted.duration_s * SECOND),
            )
        except (BadMatcher, CannotSilence) as refused:
            raise SilenceRefused(str(refused)) from refused
        return _silence(made)

    async def expire_silence(self, number: str, author: str) -> bool:
        """End a silence; return whether there was one. Raises AlertsUnavailable."""
        try:
            return await self._actions.expire_silence(number, author)
        except (Retry, Permanent) as failure:
            raise AlertsUnavailable(f"Alertmanager says: {failure}") from failure

    async def acknowledge(self, wanted: Acknowledge) -> AcknowledgeAnswer:
        """Note that someone has seen alerts, each with the group that it is told with."""
        groups = {view.alert.fingerprint: view.group_key for view in await self._actions.alerts()}
        asked = [(one, groups.get(one, "")) for one in wanted.fingerprints]
        asked += [(key, key) for key in wanted.group_keys]
        was_open = {
            key: bool(await self._actions.acknowledge([key], wanted.author))
            for key in dict.fromkeys(key for _, key in asked)
        }
        return AcknowledgeAnswer(
            acknowledged=[key for key, known in was_open.items() if known],
            not_open=[name for name, key in asked if not was_open[key]],
        )

    async def reload(self, author: str) -> ReloadAnswer:
        """Read the rule files anew; a broken one changes nothing."""
        taken = self._alerting.reload()
        await self.note(author, "reload", "rules" if taken else "rules, which were refused")
        return ReloadAnswer(ok=taken, error="" if taken else self._alerting.rules.config_error)

    async def take_alertmanager(self, body: bytes) -> str | None:
        """Take what Alertmanager posts; return why it can't be read. Raises AlertsUnavailable."""
        if self._notifier.relay is None:
            raise AlertsUnavailable("no Alertmanager posts here (alertmanager.receiver)")
        try:
            await self._notifier.relay.take(body)
        except BadWebhook as bad:
            return str(bad)
        except NotKept as failure:
            raise AlertsUnavailable(str(failure)) from failure
        return None

    def take_watchdog(self, body: bytes) -> bool:
        """Take what Alertmanager posts; return whether it can be read. Raises AlertsUnavailable."""
        if self._notifier.stack_watch is None:
            raise AlertsUnavailable("no stack's Watchdog is waited for (deadman.blind_after_s)")
        return self._notifier.stack_watch.take(body)


def _row(alert: Alert, view: AlertView | None, quiet: Mapping[str, Muted] | None) -> AlertRow:
    kept = None if quiet is None else quiet.get(alert.fingerprint, Muted([], False))
    seen = None if view is None else view.acknowledged
    return AlertRow(
        name=alert.name,
        state=alert.state,
        severity=severity(alert.labels),
        labels=alert.labels,
        annotations=_annotations(alert),
        value=alert.value if alert.value is not None and math.isfinite(alert.value) else None,
        active_at=alert.active_at,
        fired_at=alert.fired_at,
        resolved_at=alert.resolved_at,
        event_time=alert.event_time,
        silenced_by=None if kept is None else kept.silenced_by,
        inhibited=None if kept is None else kept.inhibited,
        acknowledged=None if seen is None else AcknowledgedBy(seen.actor, seen.at),
        flapping=view is not None and view.flapping,
        fingerprint=alert.fingerprint,
        group_key=None if view is None else view.group_key,
        generator=alert.generator,
    )


def _annotations(alert: Alert) -> dict[str, str]:
    """Return the rule's texts; the summary of one that fires on says until when it held."""
    summary, until = alert.annotations.get("summary"), alert.until()
    if not until or not summary:
        return alert.annotations
    return {**alert.annotations, "summary": f"{until}{summary}"}


def _silence(one: SilenceView) -> SilenceRow:
    return SilenceRow(
        id=one.id,
        matchers=[MatcherRow(each.name, each.operator, each.value) for each in one.conditions],
        author=one.author,
        reason=one.reason,
        created_at=one.created_at,
        until=one.until,
    )

"""Alertmanager as the first channel: the engine's alerts beside those that Prometheus sends.

Both send the same labels, so Alertmanager holds one alert for both, and the latest update wins. So
nothing is ever sent that could end an alert: only "it fires, until `hold_s` from now", again and
again. Why that is enough: docs/decisions/007-two-paths-one-alert.md.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

import httpx
import msgspec
import structlog
from msgspec import Struct
from msgspec.structs import replace

from deskwatch.core.alert import Alert, fingerprint
from deskwatch.core.notification import Notification, Permanent, Retry
from deskwatch.core.period import SECOND
from deskwatch.notify.pace import UNBOUNDED
from deskwatch.notify.secret import Secret

log = structlog.get_logger()

_ALERTS: Final = "api/v2/alerts"
_BATCH: Final = 500
_CLIENT_ERROR: Final = range(400, 500)
#: Unknown, and not of the form that its ids have.
_NOT_THERE: Final = (404, 422)


class NotThere(Permanent):
    """Alertmanager has no such thing."""


class AlertmanagerSettings(Struct, frozen=True, kw_only=True):
    """Where Alertmanager is, and what our alerts have in common with Prometheus'.

    url: may hold a user and a password. extra_labels: what Prometheus adds (its external_labels).
    dropped_labels: what it doesn't have. generator_url: deskwatch's page. refresh_s: how often what
    fires is said again; hold_s: how long it then holds, and so how long an alert outlives its end
    where no Prometheus ends it. brief_hold_s: the same of one that has just begun; each second that
    it lasts adds one. patience_s: how long Alertmanager may fail until pages also go to
    the next channel, or keep a page to itself until it is told without it. receiver: the one of its
    receivers that posts back to us; None where it tells people by itself.
    """

    url: Secret
    extra_labels: dict[str, str] = {}
    dropped_labels: frozenset[str] = frozenset()
    generator_url: str = ""
    refresh_s: float = 5.0
    hold_s: float = 120.0
    brief_hold_s: float = 15.0
    timeout_s: float = 3.0
    patience_s: float = 3.0
    receiver: str | None = None


class Alertmanager:
    """Says to Alertmanager what fires. It is a channel as well: see notify.channel.Channel.

    `deliver` comes back once Alertmanager holds a notification's alerts; whom it tells is then its
    own business. trouble: why it can't be reached; None while it can.
    """

    name = "alertmanager"

    def __init__(self, settings: AlertmanagerSettings, clock: Callable[[], int]) -> None:
        self.trouble: str | None = None
        self._settings = settings
        self._clock = clock
        self._firing: dict[str, Alert] = {}
        self._held: set[str] = set()
        self._ahead: timedelta | None = None
        self._changed = asyncio.Event()
        url = httpx.URL(settings.url.reveal())
        self._client = httpx.AsyncClient(
            base_url=url.copy_with(username=None, password=None),
            auth=(url.username, url.password) if url.username else None,
            timeout=settings.timeout_s,
            # Else a proxy of the environment would be told of the alerts, and of the password.
            transport=httpx.AsyncHTTPTransport(),
        )

    @property
    def patience_s(self) -> float:
        """How long it may fail until pages also go to the next channel."""
        return self._settings.patience_s

    def lane(self, notification: Notification) -> str:  # noqa: ARG002
        """Return the one lane that there is."""
        return ""

    def wait_s(self, lane: str, *, page: bool) -> float:  # noqa: ARG002
        """Return 0: it is a server of our own."""
        return 0.0

    def room(self, lane: str) -> int:  # noqa: ARG002
        """Return that there is room for all."""
        return UNBOUNDED

    def leaving(self, lane: str) -> AbstractContextManager[None]:  # noqa: ARG002
        """Count nothing."""
        return nullcontext()

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    def update(self, alerts: Iterable[Alert]) -> None:
        """Take alerts as they stand; those not named stay as they were. Pending ones are not sent.

        What has ended is not said again, and so runs out unless Prometheus still says it.
        """
        for alert in alerts:
            known = self._firing.get(alert.fingerprint)
            if alert.state == "firing":
                self._firing[alert.fingerprint] = alert
                if known is None or known.fired_at != alert.fired_at:
                    self._held.discard(alert.fingerprint)
                    self._changed.set()
            elif known is not None:
                del self._firing[alert.fingerprint]
                self._held.discard(alert.fingerprint)

    def retain(self, firing: Iterable[str]) -> None:
        """Forget what fires and isn't among these fingerprints."""
        kept = frozenset(firing)
        self._firing = {one: alert for one, alert in self._firing.items() if one in kept}
        self._held &= kept

    async def run(self) -> None:
        """Say what fires, new alerts at once, all of them every `refresh_s`; until cancelled."""
        while True:
            self._changed.clear()
            await self.refresh()
            await self._pause()

    async def _pause(self) -> None:
        """Wait for the next refresh; what fires anew meanwhile is sent at once."""
        loop = asyncio.get_running_loop()
        # After a failure, sooner: Alertmanager may have restarted and know of nothing.
        pause = self._settings.refresh_s if self.trouble is None else 1.0
        end = loop.time() + pause
        while (left := end - loop.time()) > 0:
            try:
                async with asyncio.timeout(left):
                    await self._changed.wait()
            except TimeoutError:
                return
            self._changed.clear()
            await self._send(self._firing.keys() - self._held)

    async def refresh(self) -> None:
        """Say once what fires; `trouble` says why if it can't be."""
        await self._send(set(self._firing))

    async def _send(self, fingerprints: set[str]) -> None:
        try:
            await self._post(fingerprints)
        except (Retry, Permanent) as failure:
            if self.trouble is None:
                log.warning("alertmanager_unavailable", why=failure.why)
            self.trouble = failure.why
            self._held.clear()
            return
        if self.trouble is not None:
            log.info("alertmanager_available")
        self.trouble = None

    async def deliver(self, notification: Notification) -> None:
        """Return once Alertmanager holds what fires of it. Raises Retry, Permanent."""
        concerned = {alert.fingerprint for alert in notification.alerts} & self._firing.keys()
        missing = concerned - self._held
        if missing:
            await self._post(missing)
        elif self.trouble is not None:
            raise Retry(self.trouble)

    async def _post(self, fingerprints: set[str]) -> None:
        """Send these alerts, in bounded bodies. Raises Retry, Permanent."""
        await self.its_time()
        ordered = sorted(fingerprints & self._firing.keys())
        for start in range(0, len(ordered), _BATCH):
            batch = ordered[start : start + _BATCH]
            alerts = [self._written(self._firing[one]) for one in batch if one in self._firing]
            await self.ask("POST", _ALERTS, alerts)
            self._held.update(one for one in batch if one in self._firing)

    def _written(self, alert: Alert) -> dict[str, object]:
        """Return an alert as Prometheus would send it, in Alertmanager's own time.

        If our clock were behind Alertmanager's, "until two minutes from now" could be in its past,
        and that would end the alert.
        """
        ahead = self._ahead or timedelta(0)
        now = self._now() + ahead
        began = alert.fired_at or alert.active_at
        started = _time(began) + ahead
        return {
            "labels": self.labels(alert.labels),
            "annotations": alert.annotations,
            "startsAt": min(started, now),
            "endsAt": now + timedelta(seconds=self._hold_s(began)),
            "generatorURL": self._settings.generator_url,
        }

    def _hold_s(self, began: int) -> float:
        """Return how long an alert that fires since then holds.

        One that ends before Prometheus has seen it is ended by nobody: it mustn't seem to go on.
        """
        lasts_s = max(self._clock() - began, 0) / SECOND
        return min(self._settings.hold_s, self._settings.brief_hold_s + lasts_s)

    def labels(self, labels: Mapping[str, str]) -> dict[str, str]:
        """Return labels as they are sent; those of the alert win over extra ones."""
        dropped = self._settings.dropped_labels
        kept = {name: value for name, value in labels.items() if name not in dropped}
        return {**self._settings.extra_labels, **kept}

    def as_held(self, alert: Alert) -> Alert:
        """Return an alert with the labels and the fingerprint that it has there."""
        labels = self.labels(alert.labels)
        if labels == alert.labels:
            return alert
        return replace(alert, labels=labels, fingerprint=fingerprint(labels))

    def _now(self) -> datetime:
        return _time(self._clock())

    async def its_time(self) -> datetime:
        """Return the time on Alertmanager's clock, to the second. Raises Retry, Permanent."""
        if self._ahead is None:
            await self.ask("GET", "-/healthy")
        return self._now() + (self._ahead or timedelta(0))

    async def ask(self, method: str, path: str, body: object = None) -> bytes:
        """Return an answer's body. Raises Retry, Permanent."""
        try:
            answer = await self._client.request(
                method,
                path,
                content=None if body is None else msgspec.json.encode(body),
                headers={"Content-Type": "application/json"},
            )
        except httpx.HTTPError as error:
            raise Retry(f"{type(error).__name__}: {error}"[:200]) from None
        self._compare_clocks(answer)
        if answer.is_success:
            return answer.content
        why = f"HTTP {answer.status_code}: {answer.text[:200]}"
        if answer.status_code in _NOT_THERE:
            raise NotThere(why)
        raise Permanent(why) if answer.status_code in _CLIENT_ERROR else Retry(why)

    def _compare_clocks(self, answer: httpx.Response) -> None:
        """Note how far Alertmanager's clock is ahead of ours, to the second."""
        try:
            date = parsedate_to_datetime(answer.headers.get("Date", ""))
            self._ahead = date - self._now()
        except (TypeError, ValueError):
            self._ahead = timedelta(0)


def _time(ns: int) -> datetime:
    return datetime.fromtimestamp(ns // SECOND, UTC) + timedelta(microseconds=ns % SECOND // 1000)

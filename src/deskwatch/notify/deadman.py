"""Who watches the monitor: pings to an outside service, and an ear for Alertmanager's Watchdog."""

import asyncio
import contextlib
from collections.abc import Callable, Iterable
from typing import Final, Literal

import httpx
import structlog
from msgspec import Struct, json

from deskwatch.core.alert import ALERT_NAME, Alert, fingerprint
from deskwatch.core.period import SECOND
from deskwatch.notify.grouping import OWN_GENERATOR
from deskwatch.notify.secret import Secret

log = structlog.get_logger()

WATCHDOG: Final = "Watchdog"

_BLIND: Final = {ALERT_NAME: "StackBlind", "severity": "page"}
_RUNBOOK: Final = "https://github.com/deskwatch/deskwatch/blob/main/docs/runbooks/Watchdog.md"

Ping = Literal["sent", "failed", "held_back"]


class DeadmanSettings(Struct, frozen=True, kw_only=True):
    """url: what is asked for (GET) every `interval_s`; its address is its password.

    stale_s: how old the last sight of a firing Watchdog may be for a ping to leave.
    """

    url: Secret
    interval_s: float = 30.0
    stale_s: float = 10.0
    timeout_s: float = 10.0


class Deadman:
    """Pings while the rules say that the Watchdog fires: a stopped rule engine stops the pings.

    pings: counted by what became of them. trouble: why the last one failed.
    """

    def __init__(self, settings: DeadmanSettings, clock: Callable[[], int]) -> None:
        self.pings: dict[Ping, int] = {"sent": 0, "failed": 0, "held_back": 0}
        self.trouble: str | None = None
        self._settings = settings
        self._clock = clock
        self._client = httpx.AsyncClient(
            transport=_HiddenAddress(settings.url), timeout=settings.timeout_s
        )
        self._seen_at: int | None = None
        self._seen = asyncio.Event()

    @property
    def reached(self) -> bool | None:
        """Whether the last ping was answered; None before the first."""
        return self.trouble is None if any(self.pings.values()) else None

    def see(self, alerts: Iterable[Alert]) -> None:
        """Take what the rules found; whether the Watchdog is among it is what counts."""
        if any(alert.name == WATCHDOG and alert.state == "firing" for alert in alerts):
            self._seen_at = self._clock()
            self._seen.set()

    async def run(self) -> None:
        """Ping every interval until cancelled, the first time once the rules have been looked at.

        A start is not the moment to say that the Watchdog doesn't fire, and to wait a whole
        interval for the next ping.
        """
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._seen.wait(), self._settings.stale_s)
        while True:
            await self.ping()
            await asyncio.sleep(self._settings.interval_s)

    async def ping(self) -> Ping:
        """Ping once if the Watchdog fires; return what became of it."""
        stale = int(self._settings.stale_s * SECOND)
        if self._seen_at is None or self._clock() - self._seen_at > stale:
            return self._counted("held_back", "the Watchdog doesn't fire")
        try:
            answer = await self._client.get(_HIDDEN_URL)
        except httpx.HTTPError as error:
            return self._counted("failed", type(error).__name__)
        if not answer.is_success:
            return self._counted("failed", f"HTTP {answer.status_code}")
        return self._counted("sent", None)

    def _counted(self, ping: Ping, why: str | None) -> Ping:
        self.pings[ping] += 1
        if why is not None and why != self.trouble:
            log.warning("deadman_silent", why=why)
        self.trouble = why
        return ping

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()


_HIDDEN_URL: Final = "http://deadman.invalid/"


class _HiddenAddress(httpx.AsyncBaseTransport):
    """Asks for the secret address in the place of the one that httpx is given, and logs."""

    def __init__(self, url: Secret) -> None:
        self._url = httpx.URL(url.reveal())
        self._inner = httpx.AsyncHTTPTransport()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        real = httpx.Request(request.method, self._url, extensions=request.extensions)
        return await self._inner.handle_async_request(real)

    async def aclose(self) -> None:
        await self._inner.aclose()


class _Fired(Struct):
    status: str = ""
    labels: dict[str, str] = {}


class _Webhook(Struct):
    alerts: list[_Fired] = []


class StackWatch:
    """Notices when Alertmanager's Watchdog has stopped coming: then the stack is blind.

    It counts from its start, so that a stack that never comes up is noticed too. timeout_s: longer
    than the repeat_interval of the Watchdog's route.
    """

    def __init__(self, timeout_s: float, clock: Callable[[], int]) -> None:
        self._timeout = int(timeout_s * SECOND)
        self._clock = clock
        self._heard_at = clock()
        self._heard = False
        self._since = clock()
        self._blind: bool | None = None  # not known yet: an earlier run may have said that it is

    def take(self, body: bytes) -> bool:
        """Take what Alertmanager posts (its webhook, version 4); return whether it can be read."""
        try:
            webhook = json.decode(body, type=_Webhook)
        except ValueError:
            return False
        if any(
            one.status == "firing" and one.labels.get(ALERT_NAME) == WATCHDOG
            for one in webhook.alerts
        ):
            self._heard_at, self._heard = self._clock(), True
        return True

    def check(self) -> Alert | None:
        """Return the alert that the stack is blind, or that it sees again; None if nothing changed.

        Hand it to `Dispatcher.update`.
        """
        now = self._clock()
        blind = now - self._heard_at > self._timeout
        if blind == self._blind or not (blind or self._heard):
            return None
        self._blind = blind
        if blind:
            self._since = now
            return self._alert("firing", now, None)
        return self._alert("resolved", self._since, now)

    def _alert(
        self, state: Literal["firing", "resolved"], fired_at: int, resolved_at: int | None
    ) -> Alert:
        seconds = self._timeout // SECOND
        what = f"Alertmanager's Watchdog has not come for {seconds} s: the stack sees nothing."
        return Alert(
            name=_BLIND[ALERT_NAME],
            labels=dict(_BLIND),
            annotations={"summary": what, "runbook_url": _RUNBOOK},
            state=state,
            value=float(seconds),
            active_at=fired_at,
            fired_at=fired_at,
            resolved_at=resolved_at,
            generator=OWN_GENERATOR,
            fingerprint=fingerprint(_BLIND),
            changed=True,
        )

"""deskwatch's own side of a drill: what its metrics, its alerts and their history show."""

import re
from typing import Final, Protocol, TypeVar

import httpx
import msgspec
from msgspec import Struct

from deskwatch.core.event import Nanoseconds
from deskwatch.core.period import SECOND
from deskwatch.drills.verdict import Unavailable

_ANSWER_S: Final = 5.0
_SAMPLE: Final = re.compile(r"desk_circuit_breaker_state\{(.*)\} (\S+)")
_LABEL: Final = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
_UNAUTHORIZED: Final = 401

#: As much as deskwatch answers: a drill's own alert may be one of hundreds.
_HISTORY: Final = "/api/v1/alerts/history?limit=1000"

#: An alert that comes back through Alertmanager may have another fraction of its second.
_ROUNDED_NS: Final = SECOND


class Firing(Struct, frozen=True):
    """One time that an alert fires for an account, by which its message is found again."""

    alert: str
    account: str
    fired_at: Nanoseconds


class Monitor(Protocol):
    """What a drill asks deskwatch. Each call raises Unavailable."""

    async def open_breakers(self, account: str) -> int:
        """Return how many breakers of the account `/metrics` shows open."""
        ...

    async def firing(self, alert: str, account: str) -> Firing | None:
        """Return the alert of that name that fires for the account."""
        ...

    async def told(self, firing: Firing) -> bool:
        """Return whether a channel has had its message."""
        ...

    async def last_run(self, drill: str) -> Nanoseconds | None:
        """Return when a run of the drill last ended, as deskwatch was told; ns UTC."""
        ...


class _Alert(Struct, frozen=True):
    name: str
    state: str
    labels: dict[str, str]
    fired_at: Nanoseconds | None


class _Alerts(Struct, frozen=True):
    alerts: list[_Alert]


class _Episode(Struct, frozen=True):
    labels: dict[str, str]
    alert_time: Nanoseconds
    notify_time: Nanoseconds | None


class _History(Struct, frozen=True):
    episodes: list[_Episode]


class _Run(Struct, frozen=True):
    drill: str
    ended_at: Nanoseconds | None


class _Runs(Struct, frozen=True):
    drills: list[_Run]


Answer = TypeVar("Answer", bound=Struct)


class HttpMonitor:
    """A deskwatch at a URL; see Monitor."""

    def __init__(self, http: httpx.AsyncClient, url: str, token: str | None) -> None:
        self._http = http
        self._url = url.rstrip("/")
        self._headers = {} if token is None else {"Authorization": f"Bearer {token}"}

    async def open_breakers(self, account: str) -> int:
        """Count them in the text that Prometheus scrapes."""
        samples = _SAMPLE.findall((await self._get("/metrics")).text)
        wanted = {("account", account), ("state", "open")}
        return sum(
            float(value) == 1 and wanted <= set(_LABEL.findall(labels)) for labels, value in samples
        )

    async def firing(self, alert: str, account: str) -> Firing | None:
        """Find it among the alerts as they stand."""
        answer = await self._decoded("/api/v1/alerts", _Alerts)
        for one in answer.alerts:
            if (one.name, one.labels.get("account"), one.state) == (alert, account, "firing"):
                return Firing(alert, account, one.fired_at or 0)
        return None

    async def told(self, firing: Firing) -> bool:
        """Find it in the history of notifications."""
        answer = await self._decoded(_HISTORY, _History)
        wanted = {("alertname", firing.alert), ("account", firing.account)}
        return any(
            one.notify_time is not None
            and one.alert_time > firing.fired_at - _ROUNDED_NS
            and wanted <= one.labels.items()
            for one in answer.episodes
        )

    async def last_run(self, drill: str) -> Nanoseconds | None:
        """Find it among the drills as they stand."""
        answer = await self._decoded("/api/v1/drills", _Runs)
        return next((one.ended_at for one in answer.drills if one.drill == drill), None)

    async def _decoded(self, path: str, kind: type[Answer]) -> Answer:
        answer = await self._get(path)
        try:
            return msgspec.json.decode(answer.content, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            why = f"{path} is no answer of deskwatch: {error}"
            raise Unavailable("deskwatch_unavailable", why) from None

    async def _get(self, path: str) -> httpx.Response:
        try:
            answer = await self._http.get(
                self._url + path, headers=self._headers, timeout=_ANSWER_S
            )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            why = str(error) or type(error).__name__
            raise Unavailable("deskwatch_unavailable", why) from None
        if not answer.is_success:
            reason = "deskwatch_unavailable"
            if answer.status_code == _UNAUTHORIZED:
                reason = "unauthorized"
            raise Unavailable(reason, f"{path} was answered {answer.status_code}")
        return answer

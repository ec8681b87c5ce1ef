"""The drills that the configuration sets up, and where their results are reported."""

import signal
from collections.abc import Iterable
from typing import Final

import httpx
from msgspec import structs

from deskwatch import sdk
from deskwatch.cli.address import on_this_machine
from deskwatch.cli.failure import MISUSE, fail
from deskwatch.config import Config
from deskwatch.config.settings.drills import drill_settings
from deskwatch.config.values import revealed
from deskwatch.core.event import Event
from deskwatch.core.observation import Drill as DrillEvent
from deskwatch.drills import DRILLS
from deskwatch.drills.drill import Drill
from deskwatch.drills.gateway import HttpGateway
from deskwatch.drills.monitor import HttpMonitor

#: Who reports.
SOURCE: Final = "drills"

_ENVELOPE: Final = {field.name for field in structs.fields(Event)} - {"event_time"}


class Desk:
    """Makes drills between a platform and a deskwatch, by the configuration."""

    def __init__(self, config: Config, url: str, http: httpx.AsyncClient) -> None:
        drills, token = config.drills, config.server.token
        self.monitor = HttpMonitor(http, url, revealed(token))
        self._gateway = HttpGateway(http, drills.platform_url, revealed(drills.platform_token))
        self._settings = drill_settings(config)

    @property
    def names(self) -> list[str]:
        """Those that are set up."""
        return list(self._settings)

    def drill(self, name: str) -> Drill:
        """Return a drill that has not been run."""
        return DRILLS[name](self._gateway, self.monitor, self._settings[name])


def new_http(config: Config, url: str) -> httpx.AsyncClient:
    """Return a client for both; where both are on this machine, no proxy stands between."""
    both = on_this_machine(url) and on_this_machine(config.drills.platform_url)
    return httpx.AsyncClient(trust_env=not both)


def wanted(config: Config, name: str | None) -> list[str]:
    """Return the drills to run; a name that is none, or none that is set up, ends the command."""
    if name is not None and name not in DRILLS:
        fail(f"found the drill {name!r}; expected one of {', '.join(DRILLS)}", MISUSE)
    names = [one for one in drill_settings(config) if name in (None, one)]
    if not names:
        keys = ", ".join(f"drill.{one}.account" for one in DRILLS if name in (None, one))
        fail(f"no drill is set up: expected a simulated account in {keys}", MISUSE)
    return names


def connect(config: Config, url: str) -> sdk.Desk:
    """Return the way by which results are reported."""
    return sdk.connect(url, source=SOURCE, token=revealed(config.server.token))


def ending_signals() -> list[signal.Signals]:
    """Return what ends a run: a closed terminal, too, unless it was to outlive that (nohup)."""
    hangs_up = signal.getsignal(signal.SIGHUP) != signal.SIG_IGN
    return [signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hangs_up else [])]


def report(desk: sdk.Desk, events: Iterable[DrillEvent]) -> None:
    """Hand results in; the SDK keeps them while deskwatch doesn't answer."""
    for event in events:
        fields = structs.asdict(event)
        desk.drill(**{key: value for key, value in fields.items() if key not in _ENVELOPE})

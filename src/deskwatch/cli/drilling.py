"""Drills out of the configuration: made, run once, reported and printed."""

import asyncio
import time
from collections.abc import Iterable
from typing import Final

import httpx
import msgspec
import typer
from msgspec import structs
from pydantic import SecretStr

from deskwatch import sdk
from deskwatch.cli import drill_tables, ink
from deskwatch.cli.address import engine_url, on_this_machine
from deskwatch.cli.client import Client
from deskwatch.cli.failure import MISUSE, fail
from deskwatch.config import Config
from deskwatch.core.event import Event
from deskwatch.core.observation import Drill as DrillEvent
from deskwatch.drills import DRILLS
from deskwatch.drills.breaker import BreakerProbe
from deskwatch.drills.drill import Drill
from deskwatch.drills.gateway import HttpGateway
from deskwatch.drills.monitor import HttpMonitor
from deskwatch.drills.runner import Outcome, Runner
from deskwatch.web.answers.drills import DrillsAnswer

#: Who reports.
SOURCE: Final = "drills"

_ENVELOPE: Final = {field.name for field in structs.fields(Event)} - {"event_time"}


class Desk:
    """Makes drills between a platform and a deskwatch, by the configuration."""

    def __init__(self, config: Config, url: str, http: httpx.AsyncClient) -> None:
        drills, token = config.drills, config.server.token
        self.monitor = HttpMonitor(http, url, _revealed(token))
        self._gateway = HttpGateway(http, drills.platform_url, _revealed(drills.platform_token))
        self._settings = _settings(config)

    @property
    def names(self) -> list[str]:
        """Those that are set up."""
        return list(self._settings)

    def drill(self, name: str) -> Drill:
        """Return a drill that has not been run."""
        return DRILLS[name](self._gateway, self.monitor, self._settings[name])


def _settings(config: Config) -> dict[str, BreakerProbe]:
    """Return the settings of each drill that has an account."""
    settings = {}
    if (account := config.drill.breaker.account) is not None:
        settings["breaker"] = BreakerProbe(
            account=account,
            reject_code=config.drill.breaker.reject_code,
            loss=config.drill.breaker.loss,
            timeout_s=config.drill.breaker.timeout_s,
        )
    return settings


def new_http(config: Config, url: str) -> httpx.AsyncClient:
    """Return a client for both; where both are on this machine, no proxy stands between."""
    both = on_this_machine(url) and on_this_machine(config.drills.platform_url)
    return httpx.AsyncClient(trust_env=not both)


def wanted(config: Config, name: str | None) -> list[str]:
    """Return the drills to run; a name that is none, or none that is set up, ends the command."""
    if name is not None and name not in DRILLS:
        fail(f"found the drill {name!r}; expected one of {', '.join(DRILLS)}", MISUSE)
    names = [one for one in _settings(config) if name in (None, one)]
    if not names:
        keys = ", ".join(f"drill.{one}.account" for one in DRILLS if name in (None, one))
        fail(f"no drill is set up: expected a simulated account in {keys}", MISUSE)
    return names


def connect(config: Config, url: str) -> sdk.Desk:
    """Return the way by which results are reported."""
    return sdk.connect(url, source=SOURCE, token=_revealed(config.server.token))


def _revealed(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()


def report(desk: sdk.Desk, events: Iterable[DrillEvent]) -> None:
    """Hand results in; the SDK keeps them while deskwatch doesn't answer."""
    for event in events:
        fields = structs.asdict(event)
        desk.drill(**{key: value for key, value in fields.items() if key not in _ENVELOPE})


def run_once(config: Config, given_url: str | None, name: str | None, *, as_json: bool) -> bool:
    """Run drills, report and print them; return whether all passed."""
    url, names = engine_url(given_url, config), wanted(config, name)
    outcomes = asyncio.run(_run_all(config, url, names))
    with connect(config, url) as desk:
        for one in outcomes:
            report(desk, one.events(None))
        if not desk.flush():
            typer.echo(f"deskwatch: the results could not be reported to {url}", err=True)
    if as_json:
        typer.echo(msgspec.json.encode(outcomes))
    else:
        console = ink.console()
        for one in outcomes:
            ink.show(console, drill_tables.outcome(one, console.width))
    return all(one.verdict.success for one in outcomes)


async def _run_all(config: Config, url: str, names: list[str]) -> list[Outcome]:
    runner = Runner(time.time_ns, time.monotonic_ns)
    async with new_http(config, url) as http:
        desk = Desk(config, url, http)
        return [await runner.run(name, desk.drill(name)) for name in names]


def show(client: Client, *, as_json: bool) -> None:
    """Show drills as deskwatch was told of them."""
    answer, verbatim = client.get("/api/v1/drills", DrillsAnswer)
    if as_json:
        typer.echo(verbatim)
        return
    console = ink.console()
    console.print(f"As of {ink.moment(answer.as_of)}", style="dim")
    if not answer.drills:
        console.print("no drill has ever run")
        return
    ink.show(console, drill_tables.drills(answer, console.width))
    console.print()
    ink.show(console, drill_tables.steps(answer.drills, console.width))

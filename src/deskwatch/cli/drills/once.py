"""Drills that are run once, reported and printed."""

import asyncio
import time

import msgspec
import typer

from deskwatch.cli import ink
from deskwatch.cli.address import engine_url
from deskwatch.cli.drills.desk import Desk, connect, ending_signals, new_http, report, wanted
from deskwatch.cli.show.drills import outcome
from deskwatch.config import Config
from deskwatch.drills.runner import Outcome, Runner


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
            ink.show(console, outcome(one, console.width))
    return all(one.verdict.success for one in outcomes)


async def _run_all(config: Config, url: str, names: list[str]) -> list[Outcome]:
    """Run them; what asks for the end breaks a run off, which puts everything back first."""
    running = asyncio.current_task()
    assert running is not None
    for number in ending_signals():
        asyncio.get_running_loop().add_signal_handler(number, running.cancel)
    runner = Runner(time.time_ns, time.monotonic_ns)
    async with new_http(config, url) as http:
        desk = Desk(config, url, http)
        return [await runner.run(name, desk.drill(name)) for name in names]

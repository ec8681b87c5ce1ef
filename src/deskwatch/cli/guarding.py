"""An engine's answers about what guards the desk, asked for and printed."""

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from deskwatch.cli import breaker_tables, feed_tables, ink
from deskwatch.cli.client import Client
from deskwatch.web.answers.breakers import BreakersAnswer
from deskwatch.web.answers.feeds import FeedsAnswer, ServicesAnswer


def breakers(client: Client, *, as_json: bool) -> None:
    """Show breakers, kill switches and dead-man timers."""
    answer, verbatim = client.get("/api/v1/breakers", BreakersAnswer)
    if as_json:
        typer.echo(verbatim)
        return
    console = ink.console()
    console.print(f"As of {ink.moment(answer.as_of)}", style="dim")
    tables = [
        breaker_tables.breakers(answer, console.width),
        breaker_tables.kill_switches(answer.kill_switches, console.width),
        breaker_tables.dead_man_timers(answer.dead_man_timers, console.width),
    ]
    _show(console, tables, "the platform has told of no breaker, kill switch or dead-man timer")


def feeds(client: Client, *, as_json: bool) -> None:
    """Show feeds, sessions and services; as JSON, the answers about both in one object."""
    answer, verbatim = client.get("/api/v1/feeds", FeedsAnswer)
    services, services_verbatim = client.get("/api/v1/services", ServicesAnswer)
    if as_json:
        both = {"feeds": msgspec.Raw(verbatim), "services": msgspec.Raw(services_verbatim)}
        typer.echo(msgspec.json.encode(both))
        return
    console = ink.console()
    console.print(f"As of {ink.moment(answer.as_of)}", style="dim")
    tables = [
        feed_tables.channels(answer.channels, console.width),
        feed_tables.sessions(answer.sessions, console.width),
        feed_tables.services(services.services, console.width),
    ]
    _show(console, tables, "the platform has told of no feed, session or service")


def _show(console: Console, tables: list[Table], nothing: str) -> None:
    """Print the tables that have a row, or that there is nothing."""
    for table in tables:
        if table.row_count:
            ink.show(console, table)
            console.print()
    if not any(table.row_count for table in tables):
        console.print(nothing)

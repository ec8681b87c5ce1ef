"""An engine's answers, asked for and printed."""

from collections.abc import Sequence

import msgspec
import typer
from msgspec.structs import replace
from rich.console import Console

from deskwatch.cli import ink, tables
from deskwatch.cli.asked import Asked
from deskwatch.cli.client import Client
from deskwatch.cli.known import must_be_known
from deskwatch.cli.periods import Periods
from deskwatch.web.answers.figures import (
    HistoryAnswer,
    MissingRateRow,
    PnlAnswer,
    PositionsAnswer,
    StatusAnswer,
)


def pnl(client: Client, asked: Asked, *, as_json: bool) -> None:
    """Show P&L as of now; an account's own figures only where no strategy is picked out."""
    answer, verbatim = client.get("/api/v1/pnl", PnlAnswer)
    must_be_known(client, asked, [*answer.strategies, *answer.accounts])
    if asked != Asked():
        answer = replace(
            answer,
            strategies=asked.of(answer.strategies),
            accounts=asked.of(answer.accounts),
            missing_rates=asked.of(answer.missing_rates),
        )
        verbatim = msgspec.json.encode(answer)
    if as_json:
        _print_json(verbatim)
        return
    console = ink.console()
    since = ""
    if answer.hour_start:
        day, hour = (ink.moment(one, "%H:%M") for one in (answer.day_start, answer.hour_start))
        since = f"; today since {day}, this hour since {hour}"
    console.print(f"As of {ink.moment(answer.as_of)}{since}", style="dim")
    ink.show(console, tables.strategies(answer.strategies, console.width))
    if answer.accounts:
        console.print()
        ink.show(console, tables.accounts(answer.accounts, console.width))
    missing_rates(console, answer.missing_rates)


def missing_rates(console: Console, rows: Sequence[MissingRateRow]) -> None:
    """Say below a table which rates its figures lack."""
    if rows:
        console.print(tables.missing_rates(rows), style="yellow")


def history(client: Client, asked: Asked, *, day: bool, as_json: bool) -> None:
    """Show P&L by hour or day, venues and symbols added up; as JSON each on its own."""
    path = f"/api/v1/pnl/{'daily' if day else 'hourly'}"
    answer, verbatim = client.get(
        path, HistoryAnswer, account=asked.account, strategy=asked.strategy
    )
    must_be_known(client, asked, answer.rows)
    if as_json:
        _print_json(verbatim)
        return
    periods = Periods()
    for row in answer.rows:
        periods.add(row)
    console = ink.console()
    title = "P&L by day (UTC)" if day else "P&L by hour (UTC)"
    ink.show(console, tables.periods(title, periods.rows(), console.width, day=day))


def positions(client: Client, asked: Asked, *, flat: bool, as_json: bool) -> None:
    """Show positions; as JSON, those that are flat as well."""
    answer, verbatim = client.get("/api/v1/positions", PositionsAnswer)
    must_be_known(client, asked, answer.positions)
    rows = asked.of(answer.positions)
    missing = asked.of(answer.missing_rates)
    if as_json:
        if len(rows) != len(answer.positions):
            verbatim = msgspec.json.encode(replace(answer, positions=rows, missing_rates=missing))
        _print_json(verbatim)
        return
    shown = rows if flat else list(tables.open_positions(rows))
    console = ink.console()
    ink.show(console, tables.positions(shown, console.width))
    if len(shown) != len(rows):
        left_out = f"{len(rows) - len(shown):,} flat, shown by --flat"
        console.print(left_out, style="dim")
    missing_rates(console, missing)


def status(client: Client, *, as_json: bool) -> bool:
    """Show how the engine is and return whether it is ready."""
    answer, verbatim = client.get("/api/v1/status", StatusAnswer)
    if as_json:
        _print_json(verbatim)
    else:
        ink.console().print(tables.status(answer, client.url))
    return answer.ready


def _print_json(answer: bytes) -> None:
    typer.echo(answer)

"""Breakers, kill switches and dead-man timers, asked for and drawn as tables."""

from collections.abc import Sequence
from typing import Final

import typer
from rich.table import Table
from rich.text import Text

from deskwatch.cli import ink
from deskwatch.cli.client import Client
from deskwatch.core.wording import moment, whole_share
from deskwatch.web.answers.breakers import (
    BreakerRow,
    BreakersAnswer,
    DeadManRow,
    KillSwitchRow,
    NearnessRow,
)

_STATES: Final = {
    "open": ("open", "bold red"),
    "half_open": ("half open", "yellow"),
    "closed": ("closed", "green"),
}


def show_breakers(client: Client, *, as_json: bool) -> None:
    """Show breakers, kill switches and dead-man timers."""
    answer, verbatim = client.get("/api/v1/breakers", BreakersAnswer)
    if as_json:
        typer.echo(verbatim)
        return
    console = ink.console()
    console.print(f"As of {moment(answer.as_of)}", style="dim")
    tables = [
        breakers(answer, console.width),
        kill_switches(answer.kill_switches, console.width),
        dead_man_timers(answer.dead_man_timers, console.width),
    ]
    ink.show_all(
        console, tables, "the platform has told of no breaker, kill switch or dead-man timer"
    )


def breakers(answer: BreakersAnswer, width: int) -> Table:
    """Return breakers, those that are not closed first, with what trips each and how near it is."""
    wide = ink.is_wide(width)
    more = ("last tripped by", "last reset by") if wide else ()
    figures = ("used", "limit", "near", "trips", *(("of these recent",) if wide else ()), "for")
    names = ("breaker", "of", "state", "watches", *more)
    table = ink.table("Breakers", names, figures, wide=wide, why=False)
    for row in answer.breakers:
        near = row.nearness
        last = () if not wide else (*map(ink.name, _last(row)),)
        recent = () if not wide else (_recent(row),)
        table.add_row(
            *map(ink.name, (row.breaker, _covers(row.account, row.strategy))),
            Text(*_STATES[row.state]),
            ink.name(near.watches),
            *last,
            ink.exact(near.used),
            ink.exact(near.limit),
            _near(near),
            f"{sum(row.trips.values()):,}",
            *recent,
            ink.duration(row.in_state_s),
        )
    return table


def _last(row: BreakerRow) -> tuple[str, str]:
    """Return the cause of the last trip and the actor of the last reset."""
    cause = "" if row.tripped is None else row.tripped.cause
    return cause, "" if row.reset is None else row.reset.actor


def _near(near: NearnessRow) -> Text:
    """Return how near, or why that can't be said."""
    if near.ratio is not None:
        return Text(whole_share(near.ratio), "bold red" if near.ratio >= 1 else "")
    return Text((near.why or "").replace("_", " "), "dim")


def _covers(account: str, strategy: str) -> str:
    covered = "/".join(name for name in (account, strategy) if name)
    return covered or "everything"


def _recent(row: BreakerRow) -> Text:
    return Text(f"{row.recent_trips:,}", "bold red" if row.flapping else "")


def kill_switches(rows: Sequence[KillSwitchRow], width: int) -> Table:
    """Return kill switches; who engaged or released each last, and why."""
    table = ink.table(
        "Kill switches", ("scope", "state", "by", "cause"), ("since (UTC)",),
        wide=ink.is_wide(width), why=False,
    )  # fmt: skip
    for row in rows:
        scope = " ".join(name for name in (row.scope, row.account) if name)
        state = Text("ENGAGED", "bold red") if row.engaged else Text("released", "green")
        cause = row.cause if row.engaged else ""
        table.add_row(
            ink.name(scope), state, *map(ink.name, (row.actor, cause)),
            moment(row.since, "%m-%d %H:%M:%S"),
        )  # fmt: skip
    return table


def dead_man_timers(rows: Sequence[DeadManRow], width: int) -> Table:
    """Return dead-man timers, and the time that each has left."""
    table = ink.table(
        "Dead-man timers", ("timer", "venue", "account"), ("renewed for", "left"),
        wide=ink.is_wide(width), why=False,
    )  # fmt: skip
    for row in rows:
        lasts = "disarmed" if row.timeout_s is None else f"{row.timeout_s:,.15g}s"
        table.add_row(*map(ink.name, (row.timer, row.venue, row.account)), lasts, _left(row.left_s))
    return table


def _left(seconds: float | None) -> Text:
    if seconds is None:
        return Text()
    if seconds < 0:
        return Text(f"EXPIRED {ink.duration(-seconds)} ago", "bold red")
    return Text(f"{seconds:,.1f}s")

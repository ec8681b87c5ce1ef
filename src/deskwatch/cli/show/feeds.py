"""Feeds, sessions and services, asked for and drawn as tables."""

from collections.abc import Sequence
from typing import Final

import msgspec
import typer
from rich.table import Table
from rich.text import Text

from deskwatch.cli import ink
from deskwatch.cli.client import Client
from deskwatch.core.wording import moment
from deskwatch.web.answers.feeds import (
    ChannelRow,
    FeedsAnswer,
    ServiceRow,
    ServicesAnswer,
    SessionRow,
    StreamRow,
)

_INKS: Final = {
    "flowing": "green",
    "up": "green",
    "logged_on": "green",
    "stale": "bold red",
    "down": "bold red",
    "disconnected": "bold red",
    "error": "bold red",
    "late": "yellow",
    "connecting": "yellow",
    "away": "yellow",
}

#: Symbols of a channel that are named where they are silent.
_NAMED: Final = 3


def show_feeds(client: Client, *, as_json: bool) -> None:
    """Show feeds, sessions and services; as JSON, the answers about both in one object."""
    answer, verbatim = client.get("/api/v1/feeds", FeedsAnswer)
    told, told_verbatim = client.get("/api/v1/services", ServicesAnswer)
    if as_json:
        both = {"feeds": msgspec.Raw(verbatim), "services": msgspec.Raw(told_verbatim)}
        typer.echo(msgspec.json.encode(both))
        return
    console = ink.console()
    console.print(f"As of {moment(answer.as_of)}", style="dim")
    tables = [
        channels(answer.channels, console.width),
        sessions(answer.sessions, console.width),
        services(told.services, console.width),
    ]
    ink.show_all(console, tables, "the platform has told of no feed, session or service")


def channels(rows: Sequence[ChannelRow], width: int) -> Table:
    """Return channels, their silence against what is usual, and what is wrong with them."""
    wide = ink.is_wide(width)
    more = ("expected", "messages", "gaps") if wide else ()
    names = ("venue", "channel", "by", "state", "noted")
    table = ink.table("Feeds", names, ("silent", "stale after", *more), wide=wide, why=False)
    for row in rows:
        whole = row.whole
        counts = (f"{whole.messages:,}", f"{row.gaps:,}")
        table.add_row(
            *map(ink.name, (row.venue, row.channel, row.service)),
            _state(whole.verdict),
            ink.name(", ".join(_noted(row))),
            _seconds(whole.staleness_s),
            _seconds(whole.stale_after_s),
            *((_seconds(whole.expected_gap_s), *counts) if wide else ()),
        )
    return table


def _noted(row: ChannelRow) -> list[str]:
    """Return in words what a look at the channel as a whole does not show."""
    notes = []
    silent = [one for one in row.symbols if one.verdict in {"quiet", "stale"}]
    if silent:
        notes.append(f"{len(silent)} of {len(row.symbols)} symbols silent ({_named(silent)})")
    if row.open_gaps:
        notes.append(f"books with a gap: {row.open_gaps}")
    if row.crossed_books:
        notes.append(f"books crossed: {row.crossed_books}")
    if row.owed_s is not None:
        notes.append(f"owes an answer for {row.owed_s:,.0f}s")
    return notes


def _named(silent: Sequence[StreamRow]) -> str:
    longest = sorted(silent, key=lambda one: one.staleness_s or 0, reverse=True)[:_NAMED]
    rest = "…" if len(silent) > _NAMED else ""
    return ", ".join(one.symbol for one in longest) + rest


def sessions(rows: Sequence[SessionRow], width: int) -> Table:
    """Return sessions, and how long each has been as it is."""
    table = ink.table(
        "Sessions", ("venue", "session", "state", "reason"), ("lost", "for"),
        wide=ink.is_wide(width), why=False,
    )  # fmt: skip
    for row in rows:
        names = map(ink.name, (row.venue, row.session))
        state, reason = _state(row.state), ink.name(row.reason)
        table.add_row(*names, state, reason, f"{row.drops:,}", ink.duration(row.in_state_s))
    return table


def services(rows: Sequence[ServiceRow], width: int) -> Table:
    """Return services, the worst first."""
    table = ink.table(
        "Services", ("service", "host", "state"), ("heard of", "promised", "restarts", "up"),
        wide=ink.is_wide(width), why=False,
    )  # fmt: skip
    for row in rows:
        up = Text() if row.uptime_s is None else Text(ink.duration(row.uptime_s))
        table.add_row(
            *map(ink.name, (row.service, row.host)), _state(row.state), _seconds(row.age_s),
            _seconds(row.interval_s), f"{row.restarts:,}", up,
        )  # fmt: skip
    return table


def _state(word: str) -> Text:
    return Text(word.replace("_", " "), _INKS.get(word, ""))


def _seconds(seconds: float | None) -> Text:
    return Text() if seconds is None else Text(f"{seconds:,.1f}s")

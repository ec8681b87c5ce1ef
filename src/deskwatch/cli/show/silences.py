"""Silences, asked for, drawn as a table, made and ended."""

from collections.abc import Iterable, Sequence
from typing import Final
from urllib.parse import quote

import typer
from rich.table import Table

from deskwatch.cli import ink
from deskwatch.cli.client import Client
from deskwatch.cli.failure import MISUSE, fail
from deskwatch.core.period import SECOND
from deskwatch.core.wording import moment
from deskwatch.notify.matcher import BadMatcher, parse_matchers
from deskwatch.rules.duration import parse_duration
from deskwatch.web.answers.alerts import (
    LONGEST_SILENCE_S,
    Done,
    MatcherRow,
    NewMatcher,
    NewSilence,
    SilenceRow,
    SilencesAnswer,
)

_PATH: Final = "/api/v1/silences"


def show_silences(client: Client, *, as_json: bool) -> None:
    """Show the active silences."""
    answer, verbatim = client.get(_PATH, SilencesAnswer)
    if as_json:
        typer.echo(verbatim)
        return
    console = ink.console()
    if answer.silences:
        ink.show(console, silences(answer.silences, answer.as_of, console.width))
    else:
        console.print("Nothing is silenced.")


def wanted_silence(matchers: Sequence[str], length: str, author: str, reason: str) -> NewSilence:
    """Return the silence that the arguments ask for; what can't be read ends the command."""
    try:
        read = [one for text in matchers for one in parse_matchers(text)]
    except BadMatcher as bad:
        fail(str(bad), MISUSE)
    try:
        seconds = parse_duration(length) / 1000
    except ValueError as error:
        fail(f"--for: {error}", MISUSE)
    if not 1 <= seconds <= LONGEST_SILENCE_S:
        fail(f"--for: found {length}; expected from 1s to 30d", MISUSE)
    return NewSilence(
        matchers=[NewMatcher(one.name, one.operator, one.value) for one in read],
        duration_s=seconds,
        author=author,
        reason=reason,
    )


def add_silence(client: Client, wanted: NewSilence, *, as_json: bool) -> None:
    """Make a silence."""
    made, verbatim = client.send("POST", _PATH, SilenceRow, wanted)
    if as_json:
        typer.echo(verbatim)
    else:
        typer.echo(f"silence {made.id} until {moment(made.until)}: {written(made.matchers)}")


def expire_silences(client: Client, ids: Sequence[str], author: str) -> None:
    """End silences, one after another; the first that isn't there ends the command."""
    for one in ids:
        client.send("DELETE", f"{_PATH}/{quote(one, safe='')}", Done, author=author)
        typer.echo(f"silence {one} has ended")


def silences(rows: Iterable[SilenceRow], now: int, width: int) -> Table:
    """Return silences with the time that they have left."""
    wide = ink.is_wide(width)
    names = ("id", "matchers", "by", "reason", *(("until (UTC)",) if wide else ()))
    table = ink.table("Silences", names, ("left",), wide=wide, why=False)
    for row in rows:
        until = (moment(row.until, "%Y-%m-%d %H:%M:%S"),) if wide else ()
        table.add_row(
            *map(ink.name, (row.id, written(row.matchers), row.author, row.reason)),
            *until,
            ink.duration(max(0, row.until - now) / SECOND),
        )
    return table


def written(matchers: Iterable[MatcherRow]) -> str:
    """Return matchers as people write them."""
    return ", ".join(f'{one.name}{one.op}"{one.value}"' for one in matchers)

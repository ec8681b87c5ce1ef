"""Alerts and silences of a running engine, asked for and printed."""

from collections.abc import Sequence
from typing import Final
from urllib.parse import quote

import typer

from deskwatch.cli import alert_tables, ink
from deskwatch.cli.client import Client
from deskwatch.cli.failure import MISUSE, fail
from deskwatch.core.wording import counted
from deskwatch.notify.matcher import BadMatcher, parse_matchers
from deskwatch.rules.duration import parse_duration
from deskwatch.web.answers.alerts import (
    LONGEST_SILENCE_S,
    Acknowledge,
    AcknowledgeAnswer,
    AlertHistoryAnswer,
    AlertsAnswer,
    Done,
    NewMatcher,
    NewSilence,
    SilenceRow,
    SilencesAnswer,
)

_ALERTS: Final = "/api/v1/alerts"
_SILENCES: Final = "/api/v1/silences"


def alerts(client: Client, *, pending: bool, as_json: bool) -> None:
    """Show what fires, and what is wrong with rules and channels."""
    answer, verbatim = client.get(_ALERTS, AlertsAnswer)
    if as_json:
        typer.echo(verbatim)
        return
    console = ink.console()
    console.print(f"As of {ink.moment(answer.as_of)}", style="dim")
    rows = [row for row in answer.alerts if pending or row.state == "firing"]
    if rows:
        ink.show(console, alert_tables.alerts(rows, answer.as_of, console.width))
    else:
        console.print("Nothing fires, and nothing is pending." if pending else "Nothing fires.")
    waiting = sum(row.state == "pending" for row in answer.alerts)
    if waiting and not pending:
        console.print(f"{waiting:,} pending, shown by --pending", style="dim")
    console.print(alert_tables.watching(answer))


def history(client: Client, *, as_json: bool) -> None:
    """Show what fired lately, and what people did about it, each newest first."""
    answer, verbatim = client.get(f"{_ALERTS}/history", AlertHistoryAnswer)
    if as_json:
        typer.echo(verbatim)
        return
    console = ink.console()
    ink.show(console, alert_tables.episodes(answer.episodes, console.width))
    if answer.deeds:
        console.print()
        ink.show(console, alert_tables.deeds(answer.deeds, console.width))


def acknowledge(client: Client, fingerprints: Sequence[str], author: str, *, as_json: bool) -> bool:
    """Acknowledge alerts; return whether each of them was open."""
    wanted = Acknowledge(fingerprints=list(fingerprints), author=author)
    answer, verbatim = client.send("POST", f"{_ALERTS}/acknowledge", AcknowledgeAnswer, wanted)
    if as_json:
        typer.echo(verbatim)
    else:
        count = len(answer.acknowledged)
        typer.echo(f"acknowledged: {counted(count, 'group')} of alerts, by {author}")
        for one in answer.not_open:
            typer.echo(f"deskwatch: {one} is not open", err=True)
    return not answer.not_open


def silences(client: Client, *, as_json: bool) -> None:
    """Show the active silences."""
    answer, verbatim = client.get(_SILENCES, SilencesAnswer)
    if as_json:
        typer.echo(verbatim)
        return
    console = ink.console()
    if answer.silences:
        ink.show(console, alert_tables.silences(answer.silences, answer.as_of, console.width))
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


def silence(client: Client, wanted: NewSilence, *, as_json: bool) -> None:
    """Make a silence."""
    made, verbatim = client.send("POST", _SILENCES, SilenceRow, wanted)
    if as_json:
        typer.echo(verbatim)
    else:
        typer.echo(
            f"silence {made.id} until {ink.moment(made.until)}: "
            f"{alert_tables.written(made.matchers)}"
        )


def expire(client: Client, ids: Sequence[str], author: str) -> None:
    """End silences, one after another; the first that isn't there ends the command."""
    for one in ids:
        client.send("DELETE", f"{_SILENCES}/{quote(one, safe='')}", Done, author=author)
        typer.echo(f"silence {one} has ended")

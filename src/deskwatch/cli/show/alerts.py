"""Alerts, asked for, drawn as tables and acknowledged."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import typer
from rich.console import Group
from rich.table import Table
from rich.text import Text

from deskwatch.cli import ink
from deskwatch.cli.client import Client
from deskwatch.core.period import SECOND
from deskwatch.core.wording import counted, figure, moment
from deskwatch.web.answers.alerts import (
    Acknowledge,
    AcknowledgeAnswer,
    AlertHistoryAnswer,
    AlertRow,
    AlertsAnswer,
    DeedRow,
    EpisodeRow,
)

_PATH: Final = "/api/v1/alerts"

#: The worst first; a severity that isn't here comes after them.
_INKS: Final = {"page": "bold red", "warning": "yellow", "info": "cyan"}

#: Labels with a column of their own.
_SHOWN: Final = frozenset({"alertname", "severity"})


def show_alerts(client: Client, *, pending: bool, as_json: bool) -> None:
    """Show what fires, and what is wrong with rules and channels."""
    answer, verbatim = client.get(_PATH, AlertsAnswer)
    if as_json:
        typer.echo(verbatim)
        return
    console = ink.console()
    console.print(f"As of {moment(answer.as_of)}", style="dim")
    rows = [row for row in answer.alerts if pending or row.state == "firing"]
    if rows:
        ink.show(console, alerts(rows, answer.as_of, console.width))
    else:
        console.print("Nothing fires, and nothing is pending." if pending else "Nothing fires.")
    waiting = sum(row.state == "pending" for row in answer.alerts)
    if waiting and not pending:
        console.print(f"{waiting:,} pending, shown by --pending", style="dim")
    console.print(watching(answer))


def show_alert_history(client: Client, *, as_json: bool) -> None:
    """Show what fired lately, and what people did about it, each newest first."""
    answer, verbatim = client.get(f"{_PATH}/history", AlertHistoryAnswer)
    if as_json:
        typer.echo(verbatim)
        return
    console = ink.console()
    ink.show(console, episodes(answer.episodes, console.width))
    if answer.deeds:
        console.print()
        ink.show(console, deeds(answer.deeds, console.width))


def acknowledge(client: Client, fingerprints: Sequence[str], author: str, *, as_json: bool) -> bool:
    """Acknowledge alerts; return whether each of them was open."""
    wanted = Acknowledge(fingerprints=list(fingerprints), author=author)
    answer, verbatim = client.send("POST", f"{_PATH}/acknowledge", AcknowledgeAnswer, wanted)
    if as_json:
        typer.echo(verbatim)
    else:
        count = len(answer.acknowledged)
        typer.echo(f"acknowledged: {counted(count, 'group')} of alerts, by {author}")
        for one in answer.not_open:
            typer.echo(f"deskwatch: {one} is not open", err=True)
    return not answer.not_open


def alerts(rows: Sequence[AlertRow], now: int, width: int) -> Table:
    """Return alerts in the order they come. for: since they fire, are pending, or have ended."""
    wide = ink.is_wide(width)
    more = ("where", "what") if wide else ()
    figures = (*(("value",) if wide else ()), "for", "fingerprint")
    table = ink.table(
        "Alerts", ("severity", "alert", *more, "state"), figures, wide=wide, why=False
    )
    for row in rows:
        since = row.resolved_at or row.fired_at or row.active_at
        table.add_row(
            Text(row.severity, _INKS.get(row.severity, "")),
            *(_named(row) if wide else (_stacked(row),)),
            _state(row),
            *((_value(row.value),) if wide else ()),
            ink.duration(max(0, now - since) / SECOND),
            row.fingerprint,
        )
    return table


def _named(row: AlertRow) -> tuple[Text, ...]:
    where = _where(row.labels, named=True)
    return tuple(map(ink.name, (row.name, where, row.annotations.get("summary", ""))))


def _stacked(row: AlertRow) -> Text:
    """Return an alert's name with its place below, where there is no room for it beside."""
    where = _where(row.labels, named=False)
    return ink.name(row.name).append(f"\n{ink.name(where)}" if where else "", "dim")


def watching(answer: AlertsAnswer) -> Group:
    """Return a line for the rules and one for each channel; what is wrong stands out."""
    rules = answer.rules
    left = len({(one.file, one.line) for one in rules.unsupported})
    lines = [Text(f"{counted(rules.loaded, 'rule')}, {left:,} left to Prometheus", "dim")]
    if not rules.ok:
        lines.append(Text("the rule files were refused, the old rules go on: ", "bold red"))
        lines[-1].append(ink.name(rules.error.replace("\n", "; ")))
    for channel in answer.channels:
        waiting = f", the oldest for {ink.duration(channel.oldest_s)}" if channel.queue else ""
        line = Text(f"{channel.name}: {channel.queue:,} waiting{waiting}", "dim")
        if channel.trouble is not None:
            line.append(": ").append(ink.name(channel.trouble)).stylize("bold red")
        lines.append(line)
    if not answer.channels:
        lines.append(Text("nobody is told: there is no channel", "bold red"))
    return Group(*lines)


def episodes(rows: Iterable[EpisodeRow], width: int) -> Table:
    """Return when alerts fired and ended, and how soon after it a channel had the message."""
    wide = ink.is_wide(width)
    names = ("alert", "where", *(("what",) if wide else ()))
    figures = ("fired", "told after", "lasted")
    table = ink.table("What fired (UTC)", names, figures, wide=wide, why=False)
    form = "%Y-%m-%d %H:%M:%S" if wide else "%m-%d %H:%M:%S"
    for row in rows:
        table.add_row(
            ink.name(row.labels.get("alertname", "")),
            ink.name(_where(row.labels, named=wide)),
            *((ink.name(row.summary),) if wide else ()),
            moment(row.alert_time, form),
            _after(row),
            "still" if row.resolved_at is None else _length(row.alert_time, row.resolved_at),
        )
    return table


def deeds(rows: Iterable[DeedRow], width: int) -> Table:
    """Return who did what to what."""
    wide = ink.is_wide(width)
    table = ink.table(
        "What was done (UTC)", ("at", "who", "what", "which"), (), wide=wide, why=False
    )
    form = "%Y-%m-%d %H:%M:%S" if wide else "%m-%d %H:%M:%S"
    table.columns[0].no_wrap = True
    for row in rows:
        table.add_row(moment(row.at, form), *map(ink.name, (row.actor, row.what, row.object)))
    return table


def _where(labels: Mapping[str, str], *, named: bool) -> str:
    """Return the other labels; where there is no room for their names, their values."""
    others = sorted((name, value) for name, value in labels.items() if name not in _SHOWN)
    return " ".join(f"{name}={value}" if named else value for name, value in others)


def _value(value: float | None) -> Text:
    """Return it. One that is no number is not known, or without bound; its text says which."""
    return Text("no number", "bold yellow") if value is None else Text(figure(value))


def _state(row: AlertRow) -> Text:
    """Return what keeps an alert quiet, if anything does, else its state."""
    words = []
    if row.acknowledged is not None:
        words.append(f"seen by {row.acknowledged.by}")
    if row.silenced_by:
        words.append(f"silence {' '.join(row.silenced_by)}")
    if row.inhibited:
        words.append("explained by another")
    if row.flapping:
        words.append("flapping")
    if row.state != "firing" or not words:
        words.insert(0, row.state)
    return ink.name(", ".join(words))


def _after(row: EpisodeRow) -> str:
    """Return the time from the event, or where it isn't known from the alert, to the message."""
    if row.notify_time is None:
        return "not told"
    began = row.alert_time if row.event_time is None else min(row.event_time, row.alert_time)
    return f"{max(0, row.notify_time - began) / SECOND:,.1f}s"


def _length(start: int, end: int) -> str:
    return ink.duration(max(0, end - start) / SECOND)

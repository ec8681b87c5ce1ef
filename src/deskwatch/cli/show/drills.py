"""Drills as deskwatch was told of them, asked for, and their outcomes, drawn as tables."""

from collections.abc import Sequence

import typer
from rich.table import Table
from rich.text import Text

from deskwatch.cli import ink
from deskwatch.cli.client import Client
from deskwatch.core.period import SECOND
from deskwatch.core.wording import moment
from deskwatch.drills.runner import Outcome
from deskwatch.drills.verdict import REASONS
from deskwatch.web.answers.drills import DrillRow, DrillsAnswer


def show_drills(client: Client, *, as_json: bool) -> None:
    """Show drills as deskwatch was told of them."""
    answer, verbatim = client.get("/api/v1/drills", DrillsAnswer)
    if as_json:
        typer.echo(verbatim)
        return
    console = ink.console()
    console.print(f"As of {moment(answer.as_of)}", style="dim")
    if not answer.drills:
        console.print("no drill has ever run")
        return
    ink.show(console, drills(answer, console.width))
    console.print()
    ink.show(console, steps(answer.drills, console.width))


def outcome(one: Outcome, width: int) -> Table:
    """Return the steps of a run, in order, and the run itself."""
    table = ink.table(
        one.drill, ("step", "", "reason"), ("took",), wide=ink.is_wide(width), why=False
    )
    for step in one.steps:
        _row(table, step.name, step.verdict.reason, step.duration_ns / SECOND)
    _row(table, "all of it", one.verdict.reason, one.duration_ns / SECOND)
    return table


def _row(table: Table, name: str, reason: str, took_s: float) -> None:
    verdict = Text("FAILED", "bold red") if reason else Text("passed", "green")
    table.add_row(ink.name(name), verdict, _meaning(reason), f"{took_s:,.3f}s")


def _meaning(reason: str) -> Text:
    return ink.name(f"{reason}: {REASONS[reason]}" if reason in REASONS else reason)


def drills(answer: DrillsAnswer, width: int) -> Table:
    """Return each drill's last run; those that failed, are overdue or never ran say so."""
    table = ink.table(
        "Drills", ("drill", "state", "reason"), ("took", "failed in a row", "last passed (UTC)"),
        wide=ink.is_wide(width), why=False,
    )  # fmt: skip
    for row in answer.drills:
        table.add_row(
            ink.name(row.drill),
            _state(row),
            ink.name(row.reason),
            "" if row.duration_s is None else f"{row.duration_s:,.3f}s",
            f"{row.failures:,}",
            "never" if row.last_success is None else moment(row.last_success, "%m-%d %H:%M:%S"),
        )
    return table


def steps(rows: Sequence[DrillRow], width: int) -> Table:
    """Return the steps of each drill's last run."""
    table = ink.table(
        "Steps", ("drill", "step", "", "reason"), ("took",), wide=ink.is_wide(width), why=False
    )
    for row in rows:
        for step in row.steps:
            took = "" if step.duration_s is None else f"{step.duration_s:,.3f}s"
            verdict = Text("FAILED", "bold red") if step.reason else Text("passed", "green")
            table.add_row(
                *map(ink.name, (row.drill, step.step)), verdict, ink.name(step.reason), took
            )
    return table


def _state(row: DrillRow) -> Text:
    if row.overdue:
        return Text("OVERDUE", "bold red")
    if row.status is None:
        return Text("never ran", "bold red" if row.required else "dim")
    if row.status == "failed":
        return Text("FAILED", "bold red")
    return Text("passed", "green")

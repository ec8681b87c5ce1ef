"""Rule files, read as the engine reads them."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
import typer
from msgspec import Struct

from deskwatch.app import App
from deskwatch.cli.blind_spots import doubtful
from deskwatch.config import load as load_config
from deskwatch.core.wording import counted
from deskwatch.rules.load import load
from deskwatch.rules.rule import AlertRule, Problem, RuleFile, RulesInvalid, Unsupported


class Report(Struct, frozen=True, kw_only=True):
    """alerting, recording: rules that are evaluated here, of the files without a problem.

    notes: rules that can't ever come true, or be told, as their author can't have meant.
    """

    files: list[str]
    alerting: int
    recording: int
    problems: list[Problem]
    unsupported: list[Unsupported]
    notes: list[str]


def check(paths: Sequence[Path]) -> Report:
    """Return what was found; one file's problems don't hide another's."""
    read: list[RuleFile] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            (file,) = load([path])
        except RulesInvalid as invalid:
            problems += invalid.problems
        else:
            read.append(file)
    rules = [rule for file in read for rule in file.rules]
    alerting = sum(isinstance(rule, AlertRule) for rule in rules)
    return Report(
        files=[str(path) for path in paths],
        alerting=alerting,
        recording=len(rules) - alerting,
        problems=problems,
        unsupported=[one for file in read for one in file.unsupported],
        notes=list(doubtful(read, App(load_config(None, {})).may_show())),
    )


def show(report: Report, *, as_json: bool) -> None:
    """Print the report on stdout."""
    if as_json:
        typer.echo(msgspec.json.encode(report))
        return
    # Not folded at the terminal's edge: an editor finds `file:line:` at a line's beginning.
    for problem in report.problems:
        typer.echo(problem)
    for one in report.unsupported:
        typer.echo(f"{one.file}:{one.line} ({one.rule}): left to Prometheus: {one.construct}")
    for note in report.notes:
        typer.echo(note)
    left = len({(one.file, one.line) for one in report.unsupported})
    noted = f", {counted(len(report.notes), 'note')}" if report.notes else ""
    typer.echo(
        f"{', '.join(report.files)}: {report.alerting} alerting and {report.recording} recording "
        f"rules; left to Prometheus: {left}, problems: {len(report.problems)}{noted}"
    )

"""Rule files, read as the engine reads them."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
import typer
from msgspec import Struct

from deskwatch.rules.load import load
from deskwatch.rules.rule import AlertRule, Problem, Rule, RulesInvalid, Unsupported


class Report(Struct, frozen=True, kw_only=True):
    """alerting, recording: rules that are evaluated here, of the files without a problem."""

    files: list[str]
    alerting: int
    recording: int
    problems: list[Problem]
    unsupported: list[Unsupported]


def check(paths: Sequence[Path]) -> Report:
    """Return what was found; one file's problems don't hide another's."""
    rules: list[Rule] = []
    problems: list[Problem] = []
    unsupported: list[Unsupported] = []
    for path in paths:
        try:
            (file,) = load([path])
        except RulesInvalid as invalid:
            problems += invalid.problems
        else:
            rules += file.rules
            unsupported += file.unsupported
    alerting = sum(isinstance(rule, AlertRule) for rule in rules)
    return Report(
        files=[str(path) for path in paths],
        alerting=alerting,
        recording=len(rules) - alerting,
        problems=problems,
        unsupported=unsupported,
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
    left = len({(one.file, one.line) for one in report.unsupported})
    typer.echo(
        f"{', '.join(report.files)}: {report.alerting} alerting and {report.recording} recording "
        f"rules; left to Prometheus: {left}, problems: {len(report.problems)}"
    )

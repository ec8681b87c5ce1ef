"""`deskwatch rules`: the files of the alert rules."""

from pathlib import Path
from typing import Annotated

import typer

from deskwatch.cli.failure import PROBLEM
from deskwatch.cli.options import AsJson, ConfigFile, load_config

app = typer.Typer(no_args_is_help=True, help="Look at the alert rules.")


@app.callback()
def _rules() -> None:
    """Look at the alert rules."""


@app.command()
def check(
    *,
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FILE", help="Else those that are configured.", show_default=False),
    ] = None,
    config: ConfigFile = None,
    json: AsJson = False,
) -> None:
    """Read Prometheus rule files; say what is wrong or not evaluated here.

    A rule with a construct that deskwatch does not evaluate is left to Prometheus. Exit with 1
    when there is either.
    """
    paths = files or load_config(config).rules.files
    from deskwatch.cli import rule_files

    report = rule_files.check(paths)
    rule_files.show(report, as_json=json)
    if report.problems or report.unsupported:
        raise typer.Exit(PROBLEM)

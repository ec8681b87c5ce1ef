"""`deskwatch check`: whether an engine could run by this configuration."""

import typer

from deskwatch.cli.failure import PROBLEM
from deskwatch.cli.options import AsJson, ConfigFile


def check(*, config: ConfigFile = None, json: AsJson = False) -> None:
    """Check the configuration; show each setting and who said so.

    Also that the alert rules can be read, the data folder can be written and the addresses can be
    bound, unless an engine that runs already answers there. Exit with 1 when something is wrong.
    """
    from deskwatch.cli import checking

    report = checking.check(config)
    checking.show(report, as_json=json)
    if report.problems:
        raise typer.Exit(PROBLEM)

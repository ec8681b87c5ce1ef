"""`deskwatch pnl`, `positions` and `status`: what a running engine says."""

from typing import Annotated

import typer

from deskwatch.cli.asked import Asked
from deskwatch.cli.failure import MISUSE, PROBLEM, fail
from deskwatch.cli.options import AsJson, ConfigFile, OneAccount, OneStrategy, Url, engine


def pnl(
    *,
    hourly: Annotated[bool, typer.Option("--hourly", help="By hour, the last 24.")] = False,
    daily: Annotated[bool, typer.Option("--daily", help="By day, the last 30.")] = False,
    account: OneAccount = None,
    strategy: OneStrategy = None,
    url: Url = None,
    config: ConfigFile = None,
    json: AsJson = False,
) -> None:
    """Show P&L by strategy and account: cumulative, day and hour.

    Fees that were paid are below zero, as what they do to the P&L. What can't be known says so,
    and why.
    """
    if hourly and daily:
        fail("found --hourly and --daily; expected one of the two", MISUSE)
    from deskwatch.cli.show.figures import show_history, show_pnl

    with engine(url, config) as client:
        if hourly or daily:
            show_history(client, Asked(account, strategy), day=daily, as_json=json)
        else:
            show_pnl(client, Asked(account, strategy), as_json=json)


def positions(
    *,
    flat: Annotated[bool, typer.Option("--flat", help="Also positions that are flat.")] = False,
    account: OneAccount = None,
    strategy: OneStrategy = None,
    url: Url = None,
    config: ConfigFile = None,
    json: AsJson = False,
) -> None:
    """Show what is held, and what it is worth."""
    from deskwatch.cli.show.figures import show_positions

    with engine(url, config) as client:
        show_positions(client, Asked(account, strategy), flat=flat, as_json=json)


def status(*, url: Url = None, config: ConfigFile = None, json: AsJson = False) -> None:
    """Show how the monitor is; exit with 1 when it is not ready."""
    from deskwatch.cli.show.figures import show_status

    with engine(url, config) as client:
        ready = show_status(client, as_json=json)
    if not ready:
        raise typer.Exit(PROBLEM)

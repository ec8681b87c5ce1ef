"""`deskwatch alerts` and `acknowledge`: what fires, and that someone has seen it."""

from typing import Annotated

import typer

from deskwatch.cli.failure import MISUSE, PROBLEM, fail
from deskwatch.cli.options import AsJson, Author, ConfigFile, Url, author_or_login, engine


def alerts(
    *,
    pending: Annotated[
        bool, typer.Option("--pending", help="Also what does not fire yet, and what has ended.")
    ] = False,
    history: Annotated[
        bool, typer.Option("--history", help="What fired, who was told when, and who did what.")
    ] = False,
    url: Url = None,
    config: ConfigFile = None,
    json: AsJson = False,
) -> None:
    """Show what fires, worst first.

    Below it, how the rules and the channels fare. As JSON, also what is pending and what has ended
    in the last 15 minutes.
    """
    if pending and history:
        fail("found --pending and --history; expected one of the two", MISUSE)
    from deskwatch.cli.show.alerts import show_alert_history, show_alerts

    with engine(url, config) as client:
        if history:
            show_alert_history(client, as_json=json)
        else:
            show_alerts(client, pending=pending, as_json=json)


def acknowledge(
    *,
    fingerprints: Annotated[
        list[str], typer.Argument(metavar="FINGERPRINT", help="As `deskwatch alerts` shows it.")
    ],
    author: Author = None,
    url: Url = None,
    config: ConfigFile = None,
    json: AsJson = False,
) -> None:
    """Say that you have seen alerts.

    They are then not repeated and not escalated. An alert stands for all that it was told together
    with. Exit with 1 when one of them is not open: it has ended, or nobody has been told of it yet.
    """
    from deskwatch.cli.show import alerts as shown

    with engine(url, config) as client:
        known = shown.acknowledge(client, fingerprints, author_or_login(author), as_json=json)
    if not known:
        raise typer.Exit(PROBLEM)

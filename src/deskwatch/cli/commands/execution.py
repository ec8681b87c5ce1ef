"""`deskwatch execution` and `orders`: what becomes of orders, and which are open."""

from typing import Annotated

import typer

from deskwatch.cli.asked import Asked
from deskwatch.cli.options import AsJson, ConfigFile, OneAccount, OneStrategy, Url, engine

Venue = Annotated[str | None, typer.Option("--venue", help="Only this venue.")]
Unacked = Annotated[bool, typer.Option("--unacked", help="Only orders without any answer.")]


def execution(
    *,
    account: OneAccount = None,
    strategy: OneStrategy = None,
    venue: Venue = None,
    url: Url = None,
    config: ConfigFile = None,
    json: AsJson = False,
) -> None:
    """Show how orders are answered and filled, and at what price."""
    from deskwatch.cli.show.execution import show_execution

    with engine(url, config) as client:
        asked = Asked(account, strategy, venue)
        show_execution(client, asked, as_json=json)


def orders(
    *,
    account: OneAccount = None,
    strategy: OneStrategy = None,
    venue: Venue = None,
    unacked: Unacked = False,
    url: Url = None,
    config: ConfigFile = None,
    json: AsJson = False,
) -> None:
    """Show open orders, the longest known first."""
    from deskwatch.cli.show.execution import show_orders

    with engine(url, config) as client:
        asked = Asked(account, strategy, venue)
        show_orders(client, asked, unacked=unacked, as_json=json)

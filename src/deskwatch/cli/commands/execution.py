"""`deskwatch execution` and `orders`: what becomes of orders, and which are open."""

from typing import Annotated

import typer

from deskwatch.cli.asked import Asked
from deskwatch.cli.options import (
    AsJson,
    ConfigFile,
    OneAccount,
    OneStrategy,
    OneVenue,
    Url,
    engine,
)

Unacked = Annotated[bool, typer.Option("--unacked", help="Orders without any answer alone.")]


def execution(
    *,
    account: OneAccount = None,
    strategy: OneStrategy = None,
    venue: OneVenue = None,
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
    venue: OneVenue = None,
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

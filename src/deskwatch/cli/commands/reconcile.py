"""`deskwatch reconcile`: the venues' reports beside the books."""

from typing import Annotated

import typer

from deskwatch.cli.failure import PROBLEM
from deskwatch.cli.options import AsJson, ConfigFile, OneAccount, Url, engine


def reconcile(
    *,
    agreeing: Annotated[bool, typer.Option("--all", help="Also what agrees.")] = False,
    account: OneAccount = None,
    url: Url = None,
    config: ConfigFile = None,
    json: AsJson = False,
) -> None:
    """Show where venues and books differ; exit with 1 on a break.

    What nobody knows, because a query failed or no report came, is shown as unknown and is no
    break. Of a break, ours is what the books had when the report was true. As JSON, what agrees as
    well.
    """
    from deskwatch.cli.show.reconciliation import show_reconciliation

    with engine(url, config) as client:
        broken = show_reconciliation(client, account, agreeing=agreeing, as_json=json)
    if broken:
        raise typer.Exit(PROBLEM)

"""`deskwatch var`: value at risk, as a running engine says it."""

# ruff: noqa: PLC0415  Imports wait for the command that needs them, so that --help does not.

from deskwatch.cli.asked import Asked
from deskwatch.cli.options import AsJson, ConfigFile, OneAccount, OneStrategy, Url, engine


def var(
    *,
    account: OneAccount = None,
    strategy: OneStrategy = None,
    url: Url = None,
    config: ConfigFile = None,
    json: AsJson = False,
) -> None:
    """Show value at risk, expected shortfall and backtests.

    A loss is above zero. What can't be known says so, and why.
    """
    from deskwatch.cli import var_tables

    with engine(url, config) as client:
        var_tables.show(client, Asked(account, strategy), as_json=json)

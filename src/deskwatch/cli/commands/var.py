"""`deskwatch var`: value at risk, as a running engine says it."""

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
    from deskwatch.cli.show.var import show_var

    with engine(url, config) as client:
        show_var(client, Asked(account, strategy), as_json=json)

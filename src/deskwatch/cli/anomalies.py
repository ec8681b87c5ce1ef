"""`deskwatch anomalies`: P&L against its own history, as a running engine says it."""

# ruff: noqa: PLC0415  Imports wait for the command that needs them, so that --help does not.

from deskwatch.cli.asked import Asked
from deskwatch.cli.options import AsJson, ConfigFile, OneAccount, OneStrategy, Url, engine


def anomalies(
    *,
    account: OneAccount = None,
    strategy: OneStrategy = None,
    url: Url = None,
    config: ConfigFile = None,
    json: AsJson = False,
) -> None:
    """Show how unusual each P&L's last interval was.

    It is held against its own history. Scores and shifts are in robust deviations, a loss is below
    zero. What can't be told yet says so, and how many intervals are still to come.
    """
    from deskwatch.cli import anomaly_tables

    with engine(url, config) as client:
        anomaly_tables.show(client, Asked(account, strategy), as_json=json)

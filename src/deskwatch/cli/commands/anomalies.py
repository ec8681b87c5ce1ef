"""`deskwatch anomalies`: P&L against its own history, as a running engine says it."""

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
    from deskwatch.cli.show.anomalies import show_anomalies

    with engine(url, config) as client:
        show_anomalies(client, Asked(account, strategy), as_json=json)

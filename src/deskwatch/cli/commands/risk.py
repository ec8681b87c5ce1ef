"""`deskwatch risk`: what is held against what is allowed, as a running engine says it."""

from deskwatch.cli.asked import Asked
from deskwatch.cli.options import AsJson, ConfigFile, OneAccount, OneStrategy, Url, engine


def risk(
    *,
    account: OneAccount = None,
    strategy: OneStrategy = None,
    url: Url = None,
    config: ConfigFile = None,
    json: AsJson = False,
) -> None:
    """Show exposure, margin and what is used of each limit.

    Limits come worst first; what should have one and has none is named. What can't be known says
    so, and why.
    """
    from deskwatch.cli.show.risk import show_risk

    with engine(url, config) as client:
        show_risk(client, Asked(account, strategy), as_json=json)

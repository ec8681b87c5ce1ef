"""`deskwatch breakers` and `feeds`: what guards the desk, what it hears, and who is up."""

# ruff: noqa: PLC0415  Imports wait for the command that needs them, so that --help does not.

from deskwatch.cli.options import AsJson, ConfigFile, Url, engine


def breakers(*, url: Url = None, config: ConfigFile = None, json: AsJson = False) -> None:
    """Show breakers, kill switches and dead-man timers.

    Breakers that are not closed come first. Beside each is what tripped it last: the cause, the
    limit, and what was found against it. What nobody is named for is "unrecorded".
    """
    from deskwatch.cli import guarding

    with engine(url, config) as client:
        guarding.breakers(client, as_json=json)


def feeds(*, url: Url = None, config: ConfigFile = None, json: AsJson = False) -> None:
    """Show feeds, sessions and services.

    How long each feed has been silent, and from what silence on it is stale by its own rhythm. A
    symbol that is silent while its channel flows is a quiet market.
    """
    from deskwatch.cli import guarding

    with engine(url, config) as client:
        guarding.feeds(client, as_json=json)

"""`deskwatch feeds`: what the desk hears, and who is up."""

from deskwatch.cli.options import AsJson, ConfigFile, Url, engine


def feeds(*, url: Url = None, config: ConfigFile = None, json: AsJson = False) -> None:
    """Show feeds, sessions and services.

    How long each feed has been silent, and from what silence on it is stale by its own rhythm. A
    symbol that is silent while its channel flows is a quiet market.
    """
    from deskwatch.cli.show.feeds import show_feeds

    with engine(url, config) as client:
        show_feeds(client, as_json=json)

"""`deskwatch health`: how the machine and the engine are, as a running engine says it."""

from deskwatch.cli.options import AsJson, ConfigFile, Url, engine


def health(*, url: Url = None, config: ConfigFile = None, json: AsJson = False) -> None:
    """Show this machine, the engine, and processes of the platform."""
    from deskwatch.cli.show.health import show_health

    with engine(url, config) as client:
        show_health(client, as_json=json)

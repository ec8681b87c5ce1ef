"""`deskwatch health`: how the machine and the engine are, as a running engine says it."""

# ruff: noqa: PLC0415  Imports wait for the command that needs them, so that --help does not.

from deskwatch.cli.options import AsJson, ConfigFile, Url, engine


def health(*, url: Url = None, config: ConfigFile = None, json: AsJson = False) -> None:
    """Show this machine, the engine, and processes of the platform."""
    from deskwatch.cli import health_tables

    with engine(url, config) as client:
        health_tables.show(client, as_json=json)

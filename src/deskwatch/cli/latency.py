"""`deskwatch latency`: how long things take, as a running engine says it."""

# ruff: noqa: PLC0415  Imports wait for the command that needs them, so that --help does not.

from deskwatch.cli.options import AsJson, ConfigFile, Url, load_config


def latency(*, url: Url = None, config: ConfigFile = None, json: AsJson = False) -> None:
    """Show how long things take, and how far clocks are off.

    A quantile of too few durations says so: the 99th percentile needs 100.
    """
    settings = load_config(config)
    from deskwatch.cli import latency_tables
    from deskwatch.cli.client import Client

    with Client(url, settings) as client:
        latency_tables.show(client, as_json=json)

"""`deskwatch latency`: how long things take, as a running engine says it."""

# ruff: noqa: PLC0415  Imports wait for the command that needs them, so that --help does not.

from deskwatch.cli.options import AsJson, ConfigFile, Url, engine


def latency(*, url: Url = None, config: ConfigFile = None, json: AsJson = False) -> None:
    """Show how long things take, and how far clocks are off.

    A quantile of too few durations says so: the 99th percentile needs 100.
    """
    from deskwatch.cli import latency_tables

    with engine(url, config) as client:
        latency_tables.show(client, as_json=json)

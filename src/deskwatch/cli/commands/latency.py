"""`deskwatch latency`: how long things take, as a running engine says it."""

from deskwatch.cli.options import AsJson, ConfigFile, Url, engine


def latency(*, url: Url = None, config: ConfigFile = None, json: AsJson = False) -> None:
    """Show how long things take, and how far clocks are off.

    A quantile of too few durations says so: the 99th percentile needs 100.
    """
    from deskwatch.cli.show.latency import show_latency

    with engine(url, config) as client:
        show_latency(client, as_json=json)

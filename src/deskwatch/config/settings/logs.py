"""Handing the log store its part of the configuration."""

from deskwatch.config.model import Config
from deskwatch.core.period import DAY
from deskwatch.logs.keeper import LogFile
from deskwatch.logs.store import Bounds


def log_files(config: Config) -> list[LogFile]:
    """Return the files that are followed; a service without a name of its own has the table's."""
    return [
        LogFile(
            name=name,
            path=followed.path,
            service=followed.service or name,
            start=followed.start,
            zone=followed.timezone,
        )
        for name, followed in config.logs.items()
    ]


def log_bounds(config: Config) -> Bounds:
    """Return how much is kept of them."""
    return Bounds(config.log_store.max_bytes, config.log_store.keep_days * DAY)

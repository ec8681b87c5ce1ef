"""Handing the engine its part of the configuration about the platform's processes."""

from deskwatch.config.model import Config
from deskwatch.engine.processes import WatchedProcess


def watched_processes(config: Config) -> dict[str, WatchedProcess]:
    """Return how each process is found."""
    return {
        name: WatchedProcess(
            pid_file=process.pid_file, service=process.service, command=process.command
        )
        for name, process in config.processes.items()
    }

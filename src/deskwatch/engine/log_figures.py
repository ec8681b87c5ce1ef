"""How the logs fare, in the shape that the exposition reads."""

from collections.abc import Mapping

from msgspec import Struct

from deskwatch.logs.keeper import LogKeeper


class StoreFigures(Struct, frozen=True, kw_only=True):
    """See exposition.log.StoreFigures."""

    stored_bytes: int
    max_bytes: int
    failing: bool
    cut_bytes: int
    damaged_bytes: int
    lost_lines: int


class LogFigures:
    """See exposition.log.LogFigures."""

    def __init__(self, logs: LogKeeper) -> None:
        self._logs = logs

    @property
    def entries(self) -> Mapping[tuple[str], int]:
        """Entries of followed files, by service; from 0, so that the first are an increase."""
        return _by_service(self._logs.tally.entries)

    @property
    def errors(self) -> Mapping[tuple[str], int]:
        """Those of them that are errors."""
        return _by_service(self._logs.tally.errors)

    @property
    def tracebacks(self) -> Mapping[tuple[str], int]:
        """Those of them that hold a traceback."""
        return _by_service(self._logs.tally.tracebacks)

    @property
    def cut_lines(self) -> Mapping[tuple[str], int]:
        """Lines that lost their end, by service."""
        return _by_service(self._logs.tally.cut)

    @property
    def by_level(self) -> Mapping[tuple[str, str], int]:
        """All entries that were kept, by service and level."""
        return self._logs.tally.lines

    @property
    def unread(self) -> Mapping[tuple[str, str], bool]:
        """Whether a followed file can't be read, by its name and its service."""
        logs = self._logs
        return {(name, one.service): name in logs.unread for name, one in logs.files.items()}

    @property
    def behind_bytes(self) -> Mapping[tuple[str, str], int | None]:
        """How much of a followed file is not read yet, by its name and its service."""
        logs = self._logs
        return {(name, one.service): logs.behind_bytes(name) for name, one in logs.files.items()}

    @property
    def store(self) -> StoreFigures:
        """How the store itself fares."""
        logs = self._logs
        return StoreFigures(
            stored_bytes=logs.store.stored_bytes,
            max_bytes=logs.store.bounds.max_bytes,
            failing=logs.trouble is not None,
            cut_bytes=logs.store.cut_bytes,
            damaged_bytes=logs.store.damaged_bytes,
            lost_lines=0 if logs.own is None else logs.own.lost,
        )


def _by_service(counts: Mapping[str, int]) -> Mapping[tuple[str], int]:
    return {(service,): count for service, count in counts.items()}

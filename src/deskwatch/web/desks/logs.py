"""What the HTTP service needs of the logs; `deskwatch.app` hands it in."""

from collections.abc import AsyncGenerator
from typing import Protocol

from msgspec import Struct

from deskwatch.web.answers.logs import LogLevel, LogNews, LogsAnswer


class LogsUnavailable(Exception):
    """Logs can't be searched now, and the text says why. busy: for too many are searching."""

    def __init__(self, why: str, *, busy: bool = False) -> None:
        self.busy = busy
        super().__init__(why)


class LogFilter(Struct, frozen=True, kw_only=True):
    """Which entries are asked for; None is every one.

    text: as it stands in the entry; without capitals it is found in capitals, too.
    """

    services: frozenset[str] | None = None
    levels: frozenset[LogLevel] | None = None
    text: str = ""


class LogQuery(Struct, frozen=True, kw_only=True):
    """A search: start_ns <= time < end_ns. before: the id of an entry; those that follow it."""

    start_ns: int
    end_ns: int
    wanted: LogFilter
    before: str | None
    limit: int


class LogDesk(Protocol):
    """The logs as HTTP sees them."""

    async def search(self, query: LogQuery) -> LogsAnswer:
        """Return what is found. Raises LogsUnavailable."""
        ...

    def follow(
        self, wanted: LogFilter, after: str | None
    ) -> AsyncGenerator[tuple[str, LogNews | None]]:
        """Yield news and the id to go on after, at once and then as they come.

        None is yielded every second in which there were none. after: such an id; None is now.
        Raises LogsUnavailable. Ends when deskwatch stops.
        """
        ...

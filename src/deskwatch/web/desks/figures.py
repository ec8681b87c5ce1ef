"""What the HTTP service needs of the desk it shows; `deskwatch.app` hands it in."""

from collections.abc import Callable, Mapping
from typing import Protocol

from msgspec import Struct

from deskwatch.core.pnl_row import Period
from deskwatch.core.receipt import Submit
from deskwatch.web.answers.figures import HistoryRow, StatusAnswer


class FiguresUnavailable(Exception):
    """The figures can't be told now, and the text says why. Never show one from half a replay."""


class HistoryQuery(Struct, frozen=True):
    """Rows of P&L: start_ns <= start < end_ns; None is every account or strategy."""

    period: Period
    start_ns: int
    end_ns: int
    account: str | None = None
    strategy: str | None = None


class Desk(Protocol):
    """The desk as HTTP sees it."""

    @property
    def submit(self) -> Submit:
        """Where blocks go. Its receipt counts the `refused` it is given.

        Raises IntakeUnavailable, also while the journal is being replayed.
        """
        ...

    def refuse(self, way: str, reason: str) -> None:
        """Count a whole body that was refused unread. reason: a key of REASONS."""
        ...

    def status(self) -> StatusAnswer:
        """Return how the monitor is; always possible."""
        ...

    @property
    def views(self) -> Mapping[str, Callable[[], Struct]]:
        """What the books show now, by the names of the addresses; each raises FiguresUnavailable.

        The names are the same at every call.
        """
        ...

    async def history(self, asked: HistoryQuery, *, limit: int) -> list[HistoryRow]:
        """Return what is asked for, oldest first, at most `limit`. Raises FiguresUnavailable."""
        ...

    async def metrics(self, accept: str) -> tuple[bytes, str]:
        """Return the metrics and their content type, as the Accept header asks."""
        ...

    def ready(self) -> tuple[bool, str]:
        """Return whether replay is done and the journal takes writes, and if not, why."""
        ...

    def event_schema(self) -> bytes:
        """Return the JSON Schema of events."""
        ...

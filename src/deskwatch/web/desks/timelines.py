"""What the HTTP service needs of what is drawn over time; `deskwatch.app` hands it in."""

from collections.abc import Sequence
from typing import Protocol

from deskwatch.core.latency import Operation
from deskwatch.core.pnl_row import Period
from deskwatch.web.answers.timelines import Drawn, LatencyTimelineAnswer, TimelineAnswer


class TooManyRows(Exception):
    """The range holds more than can be summed at once; the text says how many are."""


class TimelineDesk(Protocol):
    """The timeline as HTTP sees it. Each raises FiguresUnavailable."""

    async def figures(self, drawn: Sequence[Drawn], start_ns: int, end_ns: int) -> TimelineAnswer:
        """Return series of each of `drawn`, by steps that fit the range."""
        ...

    async def changes(self, period: Period, start_ns: int, end_ns: int) -> TimelineAnswer:
        """Return what each strategy earned in the hours or days that begin in the range.

        Raises TooManyRows.
        """
        ...

    async def latencies(
        self, operation: Operation, venue: str | None, start_ns: int, end_ns: int
    ) -> LatencyTimelineAnswer:
        """Return columns of an operation. venue: None for all of them together."""
        ...

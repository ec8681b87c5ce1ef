"""The addresses of what is drawn over time."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from deskwatch.core.latency import OPERATIONS
from deskwatch.core.period import DAY, HOUR
from deskwatch.core.pnl_row import Period
from deskwatch.core.rejection import shorten
from deskwatch.web.answers.timelines import Drawn
from deskwatch.web.desks.figures import FiguresUnavailable
from deskwatch.web.desks.timelines import TimelineDesk, TooManyRows
from deskwatch.web.packing import packed
from deskwatch.web.request.query import (
    bad_parameter,
    history_range,
    label,
    refuse_others,
    time_range,
)
from deskwatch.web.respond import Refused, respond_json

#: What is shown when `from` is left out, and the longest range that can be asked for.
_DEFAULT_NS: Final = HOUR
_LONGEST_NS: Final = 92 * DAY


class Timelines:
    """Shows figures over time. clock: now, in ns since 1970 UTC."""

    def __init__(self, desk: TimelineDesk | None, clock: Callable[[], int]) -> None:
        self._given = desk
        self._clock = clock

    def figures(self, *drawn: Drawn) -> Callable[[Request], Awaitable[Response]]:
        """Return what answers series of figures."""

        async def show(request: Request) -> Response:
            start, end = self._range(request)
            return packed(request, respond_json(await self._desk.figures(drawn, start, end)))

        return show

    def changes(self, period: Period) -> Callable[[Request], Awaitable[Response]]:
        """Return what answers the changes of hours or days."""

        async def show(request: Request) -> Response:
            params = request.query_params
            refuse_others(params, ("from", "to"))
            start, end = history_range(params, period, self._clock())
            try:
                found = await self._desk.changes(period, start, end)
            except TooManyRows as too_many:
                detail = f"{too_many}; ask for a shorter range"
                raise Refused(400, "too_many_rows", detail) from None
            return packed(request, respond_json(found))

        return show

    async def latencies(self, request: Request) -> Response:
        """Answer the latencies of an operation."""
        start, end = self._range(request, ("operation", "venue"))
        params = request.query_params
        asked = params.get("operation", "order_ack")
        for operation in OPERATIONS:
            if operation == asked:
                venue = label(params, "venue") if params.get("venue") else None
                answer = await self._desk.latencies(operation, venue, start, end)
                return packed(request, respond_json(answer))
        found, expected = shorten(asked), ", ".join(OPERATIONS)
        raise bad_parameter(f"found operation={found!r}; expected one of {expected}")

    def _range(self, request: Request, others: Sequence[str] = ()) -> tuple[int, int]:
        params = request.query_params
        refuse_others(params, ("from", "to", *others))
        return time_range(params, self._clock(), _DEFAULT_NS, _LONGEST_NS)

    @property
    def _desk(self) -> TimelineDesk:
        if self._given is None:
            raise FiguresUnavailable("nothing is drawn over time here")
        return self._given

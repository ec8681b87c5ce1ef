"""The addresses that programs read: figures, health, metrics and the schema."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from deskwatch.core.pnl_row import Period
from deskwatch.web.answers.figures import Health, HistoryAnswer
from deskwatch.web.desks.figures import Desk
from deskwatch.web.request.query import history_query, refuse_others
from deskwatch.web.respond import Refused, respond, respond_json, retry_later
from deskwatch.web.settings import WebSettings


class Figures:
    """Shows the desk. `clock` returns now in ns since 1970 UTC."""

    def __init__(self, desk: Desk, settings: WebSettings, clock: Callable[[], int]) -> None:
        self._desk = desk
        self._settings = settings
        self._clock = clock

    async def status(self, request: Request) -> Response:
        """Answer how the monitor is."""
        refuse_others(request.query_params)
        return respond_json(self._desk.status())

    def view(self, name: str) -> Callable[[Request], Awaitable[Response]]:
        """Return what answers a view of the books."""

        async def show(request: Request) -> Response:
            refuse_others(request.query_params)
            return respond_json(self._desk.views[name]())

        return show

    async def hourly(self, request: Request) -> Response:
        """Answer P&L by clock hour."""
        return await self._history(request, "hour")

    async def daily(self, request: Request) -> Response:
        """Answer P&L by day."""
        return await self._history(request, "day")

    async def _history(self, request: Request, period: Period) -> Response:
        asked = history_query(request.query_params, period, self._clock())
        most = self._settings.max_rows
        rows = await self._desk.history(asked, limit=most + 1)
        if len(rows) > most:
            detail = f"more than {most} rows; ask for a shorter range, one account or one strategy"
            raise Refused(400, "too_many_rows", detail)
        return respond_json(HistoryAnswer(rows))

    async def schema(self, request: Request) -> Response:
        """Answer the JSON Schema of events."""
        refuse_others(request.query_params)
        return respond(self._desk.event_schema(), "application/schema+json")

    async def metrics(self, request: Request) -> Response:
        """Answer what Prometheus reads, in the format that it accepts."""
        body, content_type = await self._desk.metrics(request.headers.get("accept", ""))
        return respond(body, content_type)

    async def healthz(self, _: Request) -> Response:
        """Answer 200: whoever can answer is alive."""
        return respond_json(Health("alive"))

    async def readyz(self, _: Request) -> Response:
        """Answer 200 once figures are whole and events are kept, else 503 with the reason."""
        ready, why = self._desk.ready()
        if not ready:
            raise retry_later(503, "unavailable", why)
        return respond_json(Health("ready"))

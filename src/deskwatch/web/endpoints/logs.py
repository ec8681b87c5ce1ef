"""The addresses of logs: search, and what comes in as it comes."""

from collections.abc import AsyncIterator, Callable
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from deskwatch.web.answers.logs import LogBeat
from deskwatch.web.desks.logs import LogDesk, LogFilter, LogsUnavailable
from deskwatch.web.request.log_query import follow_query, log_query
from deskwatch.web.respond import HEADERS, Refused, respond_json, retry_later

#: Those who look on at once; one more is refused.
MAX_FOLLOWERS: Final = 64


class Logs:
    """Shows the logs. Without a desk, each answers 503. clock: now, in ns since 1970 UTC."""

    def __init__(self, desk: LogDesk | None, clock: Callable[[], int]) -> None:
        self._given = desk
        self._clock = clock
        self._followers = 0

    async def search(self, request: Request) -> Response:
        """Answer the newest entries that are asked for."""
        query = log_query(request.query_params)
        try:
            return respond_json(await self._desk.search(query))
        except LogsUnavailable as unavailable:
            raise _later(unavailable) from unavailable

    async def tail(self, request: Request) -> Response:
        """Answer with server-sent events: `lines`, and `beat` for every second without any."""
        wanted, after = follow_query(request.query_params, request.headers)
        if self._followers >= MAX_FOLLOWERS:
            raise _later(LogsUnavailable("too many follow the logs", busy=True))
        headers = {**HEADERS, "X-Accel-Buffering": "no"}  # nginx would hold events back
        events = self._events(self._desk, wanted, after)
        return StreamingResponse(events, headers=headers, media_type="text/event-stream")

    async def _events(
        self, desk: LogDesk, wanted: LogFilter, after: str | None
    ) -> AsyncIterator[bytes]:
        self._followers += 1
        try:
            async for number, news in desk.follow(wanted, after):
                name, said = ("beat", LogBeat(self._clock())) if news is None else ("lines", news)
                data = msgspec.json.encode(said)
                yield b"id: %b\nevent: %b\ndata: %b\n\n" % (number.encode(), name.encode(), data)
        finally:
            self._followers -= 1

    @property
    def _desk(self) -> LogDesk:
        if self._given is None:
            raise _later(LogsUnavailable("logs are not kept"))
        return self._given


def _later(unavailable: LogsUnavailable) -> Refused:
    if unavailable.busy:
        return retry_later(429, "busy", str(unavailable))
    return retry_later(503, "unavailable", str(unavailable))

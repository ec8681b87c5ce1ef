"""The addresses of logs: search, and what comes in as it comes."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from deskwatch.web.answers.logs import LogBeat
from deskwatch.web.desks.logs import LogDesk, LogFilter, LogsUnavailable
from deskwatch.web.request.log_query import follow_query, log_query
from deskwatch.web.respond import Refused, respond_json, retry_later
from deskwatch.web.stream.event_stream import EventStreams, Reader, event


class Logs:
    """Shows the logs. Without a desk, each answers 503. clock: now, in ns since 1970 UTC.

    reader: who sent a request.
    """

    def __init__(
        self,
        desk: LogDesk | None,
        clock: Callable[[], int],
        streams: EventStreams,
        reader: Callable[[Request], Reader],
    ) -> None:
        self._given = desk
        self._clock = clock
        self._streams = streams
        self._reader = reader

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
        messages = self._messages(self._desk, wanted, after)
        return self._streams.answer(messages, self._reader(request))

    async def _messages(
        self, desk: LogDesk, wanted: LogFilter, after: str | None
    ) -> AsyncGenerator[bytes]:
        async with aclosing(desk.follow(wanted, after)) as following:
            async for number, news in following:
                kind, said = (b"beat", LogBeat(self._clock())) if news is None else (b"lines", news)
                yield event(kind, number.encode(), msgspec.json.encode(said))

    @property
    def _desk(self) -> LogDesk:
        if self._given is None:
            raise _later(LogsUnavailable("logs are not kept"))
        return self._given


def _later(unavailable: LogsUnavailable) -> Refused:
    if unavailable.busy:
        return retry_later(429, "busy", str(unavailable))
    return retry_later(503, "unavailable", str(unavailable))

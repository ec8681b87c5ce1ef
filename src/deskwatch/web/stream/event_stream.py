"""Answers that go on: server-sent events.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Final

from msgspec import Struct
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from deskwatch.core.wording import counted
from deskwatch.web.respond import HEADERS, Refused, retry_later

CONTENT_TYPE: Final = "text/event-stream"

#: Of all pages that show this desk, and well below the connections that there may be.
MAX_STREAMS: Final = 100

#: How long a reader who is behind may hold up the end of its stream when the service stops.
_END_S: Final = 0.5


class Reader(Struct, frozen=True):
    """Who reads a stream.

    network: where from. is_admitted: asked before each message whether they may still have it.
    """

    network: str
    is_admitted: Callable[[], bool]


class EventStreams:
    """The streams that are open, oldest first: at most `most`, and ended by `close`."""

    def __init__(self, most: int = MAX_STREAMS) -> None:
        self._most = most
        self.closing = asyncio.Event()
        self.open: list[_EventStream] = []

    def close(self) -> None:
        """End all of them, and open no other: what goes on would keep the service from stopping."""
        self.closing.set()

    def answer(self, messages: AsyncGenerator[bytes], reader: Reader) -> Response:
        """Return the answer that sends messages until they end, the reader goes, or `close`.

        Side effect: where there are too many, whoever has most of them loses the oldest. Raises
        Refused (503) where that would be `reader`.
        """
        if self.closing.is_set():
            raise retry_later(503, "unavailable", "deskwatch is stopping")
        if len(self.open) >= self._most:
            self._make_room(reader)
        return _EventStream(self, messages, reader)

    def _make_room(self, reader: Reader) -> None:
        counts = Counter(stream.reader.network for stream in self.open)
        (whose, most) = counts.most_common(1)[0]
        # Or else the two would take turns for ever: who loses a stream asks for it again.
        if counts[reader.network] + 1 >= most:
            found = counted(len(self.open), "open stream")
            raise Refused(
                503,
                "too_many_streams",
                f"found {found}; expected at most {self._most}",
                {"Retry-After": "5"},
            )
        oldest = next(stream for stream in self.open if stream.reader.network == whose)
        self.open.remove(oldest)
        oldest.ended.set()


class _EventStream(Response):
    """One of them. A reader who is behind holds up the next message, and nobody else."""

    def __init__(
        self,
        streams: EventStreams,
        messages: AsyncGenerator[bytes],
        reader: Reader,
    ) -> None:
        # nginx would keep messages back to fill its buffers.
        super().__init__(
            None, 200, {**HEADERS, "Content-Type": CONTENT_TYPE, "X-Accel-Buffering": "no"}
        )
        del self.headers["content-length"]
        self._streams = streams
        self._messages = messages
        self.reader = reader
        self.ended = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until it ends, for whichever of its reasons."""
        self._streams.open.append(self)
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            if scope["method"] != "HEAD":
                await self._send_until_ended(receive, send)
        finally:
            if not self.ended.is_set():
                self._streams.open.remove(self)
        try:
            async with asyncio.timeout(_END_S):
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        except TimeoutError:
            return

    async def _send_until_ended(self, receive: Receive, send: Send) -> None:
        sending = asyncio.create_task(self._send_all(send))
        ends = {
            sending,
            asyncio.create_task(_disconnected(receive)),
            asyncio.create_task(self._streams.closing.wait()),
            asyncio.create_task(self.ended.wait()),
        }
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in ends:
                task.cancel()
            await asyncio.gather(*ends, return_exceptions=True)
        if not sending.cancelled():
            sending.result()

    async def _send_all(self, send: Send) -> None:
        async with aclosing(self._messages):
            async for message in self._messages:
                if not self.reader.is_admitted():
                    return
                await send({"type": "http.response.body", "body": message, "more_body": True})


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def event(kind: bytes, identity: bytes, data: bytes) -> bytes:
    """Return a message. data: JSON, which has no line ends of its own."""
    return b"id: %b\nevent: %b\ndata: %b\n\n" % (identity, kind, data)

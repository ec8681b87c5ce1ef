"""A request's body, read within bounds of size, time and memory."""

import asyncio
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager

from starlette.requests import Request

from deskwatch.core.rejection import shorten
from deskwatch.web.respond import Refused, retry_later
from deskwatch.web.settings import WebSettings

GZIP = 16 + zlib.MAX_WBITS
# Decompression stops this often, so that other requests are served in between.
PIECE_BYTES = 256 * 1024
# A member costs the same to open however little it holds; senders that flush often stay far below.
MAX_MEMBERS = 1024
MAX_LENGTH_DIGITS = 18
# How long a refused sender may go on sending, so that it reads the answer and not a broken pipe.
DISCARD_S = 5.0


class Incoming:
    """The body's chunks as they arrive."""

    def __init__(self, request: Request) -> None:
        self._receive = request.receive
        self._waits_for_us = "expect" in request.headers
        self._ended = False

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield what is left of the body. Raises Refused when the sender hangs up."""
        while not self._ended:
            message = await self._receive()
            self._waits_for_us = False  # asking for the body made the server say "100 Continue"
            if message["type"] == "http.disconnect":
                self._ended = True
                raise Refused(400, "disconnected", "the connection was cut within the body")
            self._ended = not message.get("more_body", False)
            yield message.get("body", b"")

    async def discard(self, refused: Refused, limit: int) -> None:
        """Read and drop the rest, up to `limit` bytes, before `refused` is answered.

        Closes the connection, by a header of `refused`, if it doesn't come to the body's end. A
        sender that waits for our "100 Continue" has sent nothing yet, and isn't asked to.
        """
        if not self._waits_for_us and refused.reason != "body_timeout":
            try:
                async with asyncio.timeout(DISCARD_S):
                    async for chunk in self.chunks():
                        limit -= len(chunk)
                        if limit < 0:
                            break
            except (TimeoutError, Refused):
                pass
        if not self._ended:
            refused.headers["Connection"] = "close"


class Pending:
    """The bytes of bodies that are in memory, over all requests."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._held = 0

    @contextmanager
    def hold(self) -> Iterator[Callable[[int], None]]:
        """Yield what must be told of each growth in bytes; all is given back at the end.

        A growth over the limit raises Refused.
        """
        mine = 0

        def grow(count: int) -> None:
            nonlocal mine
            if self._held + count > self._limit:
                raise retry_later(429, "busy", "too many bodies are being received at once")
            self._held += count
            mine += count

        try:
            yield grow
        finally:
            self._held -= mine


async def read_body(
    request: Request, incoming: Incoming, settings: WebSettings, grow: Callable[[int], None]
) -> bytes:
    """Return the whole body, decompressed. Raises Refused: 400, 408, 413, 415 or 429."""
    limit = settings.max_body_bytes
    declared = request.headers.get("content-length", "")
    # A lie can only make the answer come early: what is read is counted again.
    if declared.isdecimal() and (len(declared) > MAX_LENGTH_DIGITS or int(declared) > limit):
        raise _too_large(limit)
    sent = _at_most(limit, incoming.chunks())
    pieces = _inflate(sent) if _is_gzip(request) else sent
    body: list[bytes] = []
    try:
        async with asyncio.timeout(settings.body_timeout_s):
            async for piece in _at_most(limit, pieces):
                grow(len(piece))
                body.append(piece)
    except TimeoutError:
        detail = f"the body was not complete within {settings.body_timeout_s:g} s"
        raise Refused(408, "body_timeout", detail) from None
    return b"".join(body)


async def _at_most(limit: int, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield `chunks` until they are more than `limit` bytes. Raises Refused then."""
    left = limit
    async for chunk in chunks:
        left -= len(chunk)
        if left < 0:
            raise _too_large(limit)
        yield chunk


def _too_large(limit: int) -> Refused:
    return Refused(413, "body_too_large", f"expected at most {limit} bytes, also when decompressed")


def _is_gzip(request: Request) -> bool:
    """Return whether the body is compressed. Raises Refused on what isn't gzip."""
    encoding = ", ".join(request.headers.getlist("content-encoding")).strip().lower()
    if encoding in ("gzip", "x-gzip"):
        return True
    if encoding in ("", "identity"):
        return False
    raise Refused(
        415,
        "bad_encoding",
        f"found Content-Encoding {shorten(encoding)!r}; expected gzip or none",
        {"Accept-Encoding": "gzip, identity"},
    )


async def _inflate(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield what the gzip members in `chunks` hold, in pieces of at most PIECE_BYTES.

    Raises Refused on anything else than whole members, one after the other.
    """
    member, members = zlib.decompressobj(GZIP), 1
    async for arrived in chunks:
        chunk = arrived
        while chunk:
            if member.eof:
                member, members = zlib.decompressobj(GZIP), members + 1
            if members > MAX_MEMBERS:
                raise _broken(f"expected at most {MAX_MEMBERS} gzip members")
            try:
                piece = member.decompress(chunk, PIECE_BYTES)
            except zlib.error:
                where = "after the first gzip member" if members > 1 else "in the gzip body"
                raise _broken(f"found broken or foreign bytes {where}") from None
            chunk = member.unused_data if member.eof else member.unconsumed_tail
            yield piece
            if len(piece) == PIECE_BYTES:
                await asyncio.sleep(0)
    if not member.eof:
        raise _broken("the gzip body ends too early")


def _broken(detail: str) -> Refused:
    return Refused(415, "bad_encoding", detail)

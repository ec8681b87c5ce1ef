"""HTTP on the wire: uvicorn's httptools protocol, with the bounds that it leaves open.

uvicorn sets no limit on the size of a request's head, on the time it may take, nor on the requests
that wait for their turn, and answers what isn't HTTP with plain text. A peer that connects and says
nothing, or asks and never reads, would hold its connection for good.
"""

import asyncio
import time
from typing import ClassVar

from msgspec import Struct
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from deskwatch.web.respond import JSON, ErrorReason, error_json

_Refusal = tuple[int, ErrorReason, str]


class WireLimits(Struct, frozen=True, kw_only=True):
    """Bounds on connections.

    max_connections: open at once. For one more, the one that its peer left silent for longest is
    closed; the new one is answered 503 and closed where all are being answered.
    max_head_bytes: a request's line and headers, trailers included.
    max_pipelined: requests of one connection that may wait for the answers to those before them;
    for one more, it is closed.
    head_timeout_s: from connecting, or a request's first byte, to the end of its headers.
    keep_alive_s: how long a connection may rest between requests; longer than a scrape interval.
    send_timeout_s: how long a peer may leave an answer unread.
    backlog: connections that the system may hold before they are accepted.
    stop_s: how long requests in flight may take when the service stops.
    """

    max_connections: int = 512
    max_head_bytes: int = 32 * 1024
    max_pipelined: int = 32
    head_timeout_s: float = 10.0
    keep_alive_s: int = 75
    send_timeout_s: float = 60.0
    backlog: int = 512
    stop_s: int = 5


class _Stop(Exception):
    """Stops the parser, which then asks for the refusal to be sent."""


class BoundedHttp(HttpToolsProtocol):
    """One connection."""

    limits: ClassVar[WireLimits] = WireLimits()

    _head_timer: asyncio.TimerHandle | None = None
    _send_timer: asyncio.TimerHandle | None = None
    _in_head = False
    _refusal: _Refusal | None = None
    _head_bytes = 0
    _unfinished_bytes = 0
    # When the peer last sent something, or was answered.
    heard_at = 0.0

    @property
    def is_waiting_for_peer(self) -> bool:
        """Whether it is the peer that has to go on: with a request, its head or its body."""
        if self.transport.is_closing():
            return False
        # Where reading is paused, it is we who have yet to take in what there is.
        return not self._is_answering() or (self.cycle.more_body and not self.flow.read_paused)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start waiting for the first request, unless there are too many connections."""
        super().connection_made(transport)
        self.heard_at = time.monotonic()
        if len(self.connections) <= self.limits.max_connections or self._take_a_silent_ones_place():
            self._wait_for_head()
        else:
            self._cut(503, "too_many_connections", "too many connections are open")

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._stop_waiting()
        self.resume_writing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take in what arrived; refuse a head that doesn't end."""
        if self.transport.is_closing():
            return
        self.heard_at = time.monotonic()
        # The parser keeps an unfinished header to itself, so what it is fed is counted as well. Not
        # so what comes together with the head's first byte: that may be the body before, too.
        self._unfinished_bytes += len(data)
        super().data_received(data)
        if not self._in_head:
            self._unfinished_bytes = 0
        elif self._unfinished_bytes > self.limits.max_head_bytes:
            self._refusal = self._too_large()
            self.send_400_response("")

    def on_message_begin(self) -> None:
        """Begin a request's head."""
        super().on_message_begin()
        self._in_head = True
        self._head_bytes = self._unfinished_bytes = 0
        if self._head_timer is None:
            self._wait_for_head()

    def on_url(self, url: bytes) -> None:
        """Take in a piece of the request's target."""
        self._count_head(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take in a header, or a trailer."""
        self._count_head(len(name) + len(value))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """End a request's head, and hand it to the application."""
        self._in_head = False
        self._stop_waiting()
        # uvicorn reads on after each answer, however many wait, and one read may hold thousands.
        if len(self.pipeline) >= self.limits.max_pipelined:
            raise _Stop
        upgrading = self.parser.should_upgrade()
        if upgrading and self.parser.get_method() == b"POST":
            # The parser leaves what follows to the other protocol, so the body would be lost.
            self._refusal = (400, "bad_request", "a body with an Upgrade header can't be read")
            raise _Stop
        super().on_headers_complete()
        if upgrading:
            self.cycle.keep_alive = False  # for the same reason the next request would be lost

    def on_response_complete(self) -> None:
        """End an answer: from now on it is the peer's turn."""
        self.heard_at = time.monotonic()
        super().on_response_complete()

    def send_400_response(self, msg: str) -> None:
        """Refuse what isn't HTTP, or is too much of it, and hang up."""
        if not self.transport.is_closing():
            self._cut(*(self._refusal or (400, "bad_request", msg)))

    def pause_writing(self) -> None:
        """Stop writing; a peer that doesn't read goes."""
        super().pause_writing()
        self._send_timer = self.loop.call_later(self.limits.send_timeout_s, self.transport.abort)

    def resume_writing(self) -> None:
        """Write on."""
        super().resume_writing()
        if self._send_timer is not None:
            self._send_timer.cancel()
            self._send_timer = None

    def timeout_keep_alive_handler(self) -> None:
        """Hang up on a connection at rest, also when its last answer was never read."""
        self.transport.abort()

    def _take_a_silent_ones_place(self) -> bool:
        """Hang up on who has been silent for longest; say whether there is anybody.

        So nobody keeps others out by connections that they don't use.
        """
        others = (one for one in self.connections if isinstance(one, BoundedHttp))
        silent = [one for one in others if one is not self and one.is_waiting_for_peer]
        if not silent:
            return False
        min(silent, key=lambda one: one.heard_at).transport.abort()
        return True

    def _count_head(self, count: int) -> None:
        self._head_bytes += count
        if self._head_bytes > self.limits.max_head_bytes:
            self._refusal = self._too_large()
            raise _Stop

    def _too_large(self) -> _Refusal:
        largest = self.limits.max_head_bytes
        return 431, "head_too_large", f"expected at most {largest} bytes of headers"

    def _wait_for_head(self) -> None:
        self._head_timer = self.loop.call_later(self.limits.head_timeout_s, self._head_is_late)

    def _stop_waiting(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _head_is_late(self) -> None:
        if self._is_answering():
            self._wait_for_head()  # we are the ones who are late: nothing may be read meanwhile
        elif self._in_head:
            self._cut(408, "head_timeout", "the request's headers did not end in time")
        else:
            self.transport.close()

    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _cut(self, status: int, reason: ErrorReason, detail: str) -> None:
        """Answer an error and hang up.

        Within the answer to an earlier request it only hangs up: the sender would take the error
        for that answer, and send again what was kept.
        """
        self._stop_waiting()
        if not self._is_answering():
            body = error_json(reason, detail)
            head = [
                (b"content-type", JSON.encode()),
                (b"content-length", b"%d" % len(body)),
                (b"connection", b"close"),
                *self.server_state.default_headers,
            ]
            lines = b"".join(b"%b: %b\r\n" % header for header in head)
            self.transport.write(STATUS_LINE[status] + lines + b"\r\n" + body)
        self.transport.close()

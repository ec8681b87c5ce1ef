"""The listener for events as JSON lines over TCP or a Unix socket: the fast way in.

A peer writes one event a line and may read, for every block of lines that the journal has, one
line of JSON back: the Receipt, its lines counted from 1 within the connection. A connection that
opens with anything but "{" is no producer's: it is told so and closed, and nothing of it is taken.
"""

import asyncio
import hmac
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, Literal, cast

import msgspec
import structlog
from msgspec import Struct

from deskwatch.core.receipt import NOTHING, IntakeUnavailable, Receipt, Refusal, Submit
from deskwatch.core.rejection import REASONS, shorten
from deskwatch.ingest.auth_line import EXPECTED, token_in, without_auth
from deskwatch.ingest.block import (
    MAX_BLOCK_BYTES,
    MAX_LINE_BYTES,
    Block,
    LineCutter,
    Sleep,
    combine,
    deliver,
)
from deskwatch.ingest.unix_socket import bind_unix

Way = Literal["tcp", "unix"]

_LISTEN_BACKLOG: Final = 128

log = structlog.get_logger()


class LineLimits(Struct, frozen=True, forbid_unknown_fields=True):
    """What one listener takes. Everything beyond is held back, refused or closed, never kept."""

    max_line_bytes: int = MAX_LINE_BYTES
    max_connections: int = 256
    #: Reading from a connection pauses while whole lines of more than this wait for the journal.
    max_waiting_bytes: int = 4 * MAX_BLOCK_BYTES
    #: While a peer leaves this much unread, its receipts are put together into a later one.
    max_unread_bytes: int = 64 * 1024
    #: How long a new connection may take to say its token.
    auth_timeout_s: float = 10.0
    #: How long a peer may take to read its last receipts once it has sent everything.
    linger_s: float = 5.0


class LineListener:
    """Listens on any number of addresses and hands every connection's lines to `submit`.

    refuse: counts a connection over the bound, by its way and the reason. connections: those that
    are open, oldest first. delayed_receipts: how many were put together because their peer was
    slow to read.
    """

    def __init__(
        self,
        submit: Submit,
        refuse: Callable[[str, str], None],
        limits: LineLimits,
        token: str | None = None,
        *,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.submit = submit
        self.refuse = refuse
        self.limits = limits
        self.token = token.encode() if token else None
        self.sleep = sleep
        self.connections: dict[_Connection, None] = {}
        self.delayed_receipts = 0
        self._empty = asyncio.Event()
        self._empty.set()
        self._servers: list[asyncio.Server] = []
        self._sockets: dict[Path, int] = {}  # our socket files, with their inodes

    async def start_tcp(self, host: str, port: int) -> tuple[str, int]:
        """Listen on TCP; return the address, with the port the system chose for port 0."""
        loop = asyncio.get_running_loop()
        server = await loop.create_server(self._factory("tcp"), host, port, backlog=_LISTEN_BACKLOG)
        self._servers.append(server)
        address = server.sockets[0].getsockname()
        return str(address[0]), int(address[1])

    async def start_unix(self, path: Path) -> None:
        """Listen on a Unix socket that only this user can open.

        A socket file that nobody listens on is replaced. Raises OSError when somebody does, or
        when the file is something else.
        """
        bound, self._sockets[path] = bind_unix(path)
        loop = asyncio.get_running_loop()
        server = await loop.create_unix_server(
            self._factory("unix"), sock=bound, backlog=_LISTEN_BACKLOG
        )
        self._servers.append(server)

    async def stop(self, grace_s: float = 5.0) -> None:
        """Take no more, finish what was read, then close; cut off what takes over `grace_s`."""
        for server in self._servers:
            server.close()
        for path, inode in self._sockets.items():
            with suppress(FileNotFoundError):
                if path.lstat().st_ino == inode:
                    path.unlink()
        self._servers.clear()
        self._sockets.clear()
        for connection in tuple(self.connections):
            connection.stop()
        with suppress(TimeoutError):
            async with asyncio.timeout(grace_s):
                await self._empty.wait()
        for connection in tuple(self.connections):
            connection.abort()
        await self._empty.wait()

    def add(self, connection: "_Connection") -> bool:
        """Take a connection in; say no when there are too many, all of them in use."""
        if (
            len(self.connections) >= self.limits.max_connections
            and not self._take_an_unused_place()
        ):
            return False
        self.connections[connection] = None
        self._empty.clear()
        return True

    def remove(self, connection: "_Connection") -> None:
        """Forget a connection that is closed and whose lines are handed on."""
        self.connections.pop(connection, None)
        if not self.connections:
            self._empty.set()

    def _take_an_unused_place(self) -> bool:
        """Close the oldest of those that have yet to say anything; say whether there is any.

        Whoever is on this machine can open as many as there may be, without a token.
        """
        unused = next((one for one in self.connections if one.is_unused), None)
        if unused is None:
            return False
        unused.abort()
        self.remove(unused)
        return True

    def _factory(self, way: Way) -> Callable[[], "_Connection"]:
        return lambda: _Connection(self, way)


class _Connection(asyncio.Protocol):
    """One peer. Bytes come in through the protocol's calls; one task hands them on, in order."""

    def __init__(self, listener: LineListener, way: Way) -> None:
        self._listener = listener
        self._limits = listener.limits
        self._way = way
        self._cutter = LineCutter(listener.limits.max_line_bytes)
        self._authorized = listener.token is None
        #: Something but blank lines came. With a token, the auth line is judged instead.
        self._opened = not self._authorized
        self._foreign = ""  # what came instead of an event
        self._arrived = asyncio.Event()
        self._ended = False  # nothing more will be fed to the cutter
        self._paused = False
        self._delayed = NOTHING  # receipts the peer was too slow to read
        self._lost = False
        self._transport: asyncio.Transport
        self._task: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    @property
    def is_unused(self) -> bool:
        """Whether it has yet to say its token, or its first event where none is asked for."""
        return not (self._authorized and self._opened)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the peer in, unless there are too many."""
        # uvloop's transports are not asyncio.Transport's children, though they have all it has.
        self._transport = cast(asyncio.Transport, transport)
        if not self._listener.add(self):
            self._listener.refuse(self._way, "too_many_connections")
            self._ended = True
            self._transport.abort()
            return
        if self._way == "tcp":
            # A host that vanished without a word must not hold its place for ever.
            peer: socket.socket = transport.get_extra_info("socket")
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        loop = asyncio.get_running_loop()
        if not self._authorized:
            self._timer = loop.call_later(self._limits.auth_timeout_s, self._transport.abort)
        self._task = loop.create_task(self._run())
        self._task.add_done_callback(self._finished)

    def data_received(self, data: bytes) -> None:
        """Keep what came; pause the peer when too much waits."""
        if self._ended:
            return
        if not self._opened:
            data = self._open(data)
        self._cutter.feed(data)
        self._arrived.set()
        if not self._paused and self._cutter.whole_bytes > self._limits.max_waiting_bytes:
            self._paused = True
            self._transport.pause_reading()
        if self._foreign:
            self._end(finish=False)

    def eof_received(self) -> bool:
        """End the lines; True keeps the connection open for the receipts that are still due."""
        self._end(finish=True)
        return True

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """End the lines. What was read is still handed on: the peer may have been killed."""
        self._end(finish=True)
        self._lost = True
        self._cancel_timer()
        if self._task is None or self._task.done():
            self._listener.remove(self)

    def stop(self) -> None:
        """Read no more, finish what was read, then close. Half a line is left to be sent again."""
        self._end(finish=False)

    def abort(self) -> None:
        """Close at once; what was read and not handed on is lost, and was never acknowledged."""
        assert self._task is not None
        self._task.cancel()
        self._transport.abort()

    def _open(self, data: bytes) -> bytes:
        """Look at the first thing said; return what of `data` is a producer's."""
        said = data.lstrip()
        self._opened = bool(said)
        # A browser sends any page's request here, and its body may hold whole events: judged line
        # by line, its head would cost a few refusals, and the events be booked. Every event begins
        # with "{"; no HTTP request, TLS hello or other protocol of a browser can, so the first byte
        # tells, also where a head is too long for a line or has no end. An event that is broken
        # further on costs its line alone.
        if not said or said.startswith(b"{"):
            return data
        self._foreign = shorten(said.splitlines()[0].decode(errors="replace"))
        return data[: len(data) - len(said)]

    def _end(self, *, finish: bool) -> None:
        if self._ended:
            return
        self._ended = True
        if finish:
            self._cutter.finish()
        elif not self._paused and not self._transport.is_closing():
            self._transport.pause_reading()
        self._arrived.set()

    async def _run(self) -> None:
        """Hand on blocks until the lines end, then close."""
        try:
            if self._authorized or await self._authorize():
                while (block := await self._next_block()) is not None:
                    events = without_auth(block)
                    receipt = await deliver(
                        self._listener.submit, events, way=self._way, sleep=self._listener.sleep
                    )
                    self._answer(receipt)
                    self._resume()
                self._flush()
                if self._foreign:
                    await self._refuse_foreign()
        finally:
            self._close()

    async def _next_block(self, max_lines: int | None = None) -> Block | None:
        """Return the next block, or None at the end of the lines."""
        cutter = self._cutter
        while True:
            block = cutter.take() if max_lines is None else cutter.take(max_lines)
            if block is not None or self._ended:
                return block
            self._arrived.clear()
            await self._arrived.wait()

    async def _authorize(self) -> bool:
        """Say whether the first line holds the token; tell the peer when it doesn't."""
        block = await self._next_block(max_lines=1)
        if block is None:
            return False
        assert self._listener.token is not None
        if hmac.compare_digest(token_in(block.lines) or b"", self._listener.token):
            self._cancel_timer()
            self._authorized = True
            return True
        log.warning("line_connection_unauthorized", way=self._way)
        await self._refuse(Refusal(1, "unauthorized", REASONS["unauthorized"], EXPECTED))
        return False

    async def _refuse_foreign(self) -> None:
        log.warning("line_connection_refused", way=self._way, reason="not_json")
        line, expected = self._cutter.next_line, 'a connection whose first event begins with "{"'
        await self._refuse(Refusal(line, "malformed_json", self._foreign, expected))

    async def _refuse(self, refusal: Refusal) -> None:
        """Tell the peer why its connection ends, and the intake, so as to be counted, no more."""
        self._write(Receipt(accepted=0, duplicates=0, refused=[refusal], refused_total=1))
        with suppress(IntakeUnavailable):
            await self._listener.submit(b"", way=self._way, refused=[refusal])

    def _answer(self, receipt: Receipt) -> None:
        """Write the receipt, with those kept back; keep it back while the peer doesn't read."""
        if receipt is NOTHING:
            return
        self._delayed = receipt if self._delayed is NOTHING else combine(self._delayed, receipt)
        if self._transport.get_write_buffer_size() > self._limits.max_unread_bytes:
            self._listener.delayed_receipts += 1
        else:
            self._flush()

    def _flush(self) -> None:
        if self._delayed is not NOTHING:
            self._write(self._delayed)
            self._delayed = NOTHING

    def _write(self, receipt: Receipt) -> None:
        if not self._transport.is_closing():
            self._transport.write(msgspec.json.encode(receipt) + b"\n")

    def _resume(self) -> None:
        if (
            self._paused
            and not self._ended
            and self._cutter.whole_bytes <= self._limits.max_waiting_bytes // 2
        ):
            self._paused = False
            self._transport.resume_reading()

    def _close(self) -> None:
        """Close once the peer has read its receipts, or after `linger_s`."""
        self._ended = True
        self._cancel_timer()
        if not self._transport.is_closing():
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self._limits.linger_s, self._transport.abort)
            self._transport.close()

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _finished(self, task: asyncio.Task[None]) -> None:
        """Note the task's end; an exception in it is our own bug, for the loop's handler."""
        if not task.cancelled() and (bug := task.exception()) is not None:
            context = {"message": "a line connection failed", "exception": bug, "task": task}
            task.get_loop().call_exception_handler(context)
        if self._lost:
            self._listener.remove(self)

"""The HTTP service on its port, within an event loop that runs already."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator

import uvicorn
from starlette.types import ASGIApp

from deskwatch.web.wire import BoundedHttp, WireLimits


class Serving:
    """A service that takes requests.

    address: host and port as bound. finished: ends when the service has stopped, by itself only
    with an error.
    """

    def __init__(
        self, server: uvicorn.Server, finished: asyncio.Task[None], address: tuple[str, int]
    ) -> None:
        self._server = server
        self.finished = finished
        self.address = address

    async def stop(self) -> None:
        """Take no more requests; return when those in flight are answered, or out of time."""
        self._server.should_exit = True
        await self.finished
        # Whoever left an answer unread would keep the loop from closing.
        for connection in list(self._server.server_state.connections):
            connection.transport.abort()
        await asyncio.sleep(0)


async def serve(app: ASGIApp, bind: str, port: int, limits: WireLimits | None = None) -> Serving:
    """Return the running service of `app`; port 0 takes any free one.

    Raises OSError when the address can't be bound.
    """
    wire = limits or WireLimits()

    class Connection(BoundedHttp):
        limits = wire

    config = uvicorn.Config(
        app,
        http=Connection,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        backlog=wire.backlog,
        timeout_keep_alive=wire.keep_alive_s,
        timeout_graceful_shutdown=wire.stop_s,
    )
    family = socket.AF_INET6 if ":" in bind else socket.AF_INET
    listener = socket.create_server((bind, port), family=family, backlog=wire.backlog)
    # uvloop does so by itself; on asyncio every answer would wait for Nagle's timer.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    host, bound_port = listener.getsockname()[:2]
    server = _Server(config)
    finished = asyncio.create_task(server.serve([listener]), name="deskwatch-http")
    listening = asyncio.create_task(server.listening.wait())
    await asyncio.wait((finished, listening), return_when=asyncio.FIRST_COMPLETED)
    listening.cancel()
    if finished.done():
        finished.result()
    return Serving(server, finished, (host, bound_port))


class _Server(uvicorn.Server):
    """uvicorn that says when it listens, and leaves signals to whoever runs the loop."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

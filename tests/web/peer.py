"""The service on a real port, and a peer that speaks to it byte by byte."""

import asyncio
import json
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from deskwatch.web.routes import create_app
from deskwatch.web.server import Serving, serve
from deskwatch.web.settings import WebSettings
from deskwatch.web.wire import WireLimits
from tests.web.fake import FakeDesk

DEADLINE_S = 20.0


@asynccontextmanager
async def serving(
    desk: FakeDesk, settings: WebSettings | None = None, limits: WireLimits | None = None
) -> AsyncIterator[Serving]:
    app = create_app(desk, settings or WebSettings())
    service = await serve(app, "127.0.0.1", 0, limits or WireLimits(stop_s=1))
    try:
        yield service
    finally:
        await service.stop()


class Peer:
    """A raw connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def send(self, *parts: bytes) -> None:
        self.writer.write(b"".join(parts))
        await self.writer.drain()

    async def answer(self) -> tuple[int, dict[str, str], bytes]:
        """Return the status, headers and body of the next answer."""
        async with asyncio.timeout(DEADLINE_S):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            pairs = (line.partition(": ") for line in head[1:] if line)
            headers = {name.lower(): value for name, _, value in pairs}
            body = await self.reader.readexactly(int(headers.get("content-length", "0")))
        return int(head[0].split(" ")[1]), headers, body

    async def error(self) -> tuple[int, str]:
        """Return the next answer's status and reason, which it says in JSON, hanging up."""
        status, headers, body = await self.answer()
        assert headers["content-type"] == "application/json"
        assert headers["connection"] == "close"
        assert await self.hung_up()
        return status, json.loads(body)["error"]["reason"]

    async def hung_up(self) -> bool:
        """Return whether nothing but the end comes."""
        async with asyncio.timeout(DEADLINE_S):
            try:
                return await self.reader.read() == b""
            except ConnectionError:
                return True


@asynccontextmanager
async def connected(service: Serving, receive_buffer: int | None = None) -> AsyncIterator[Peer]:
    """Connect to a service. receive_buffer: how many bytes the system may take unread, if few."""
    local = socket.socket(socket.AF_INET6 if ":" in service.address[0] else socket.AF_INET)
    if receive_buffer is not None:
        local.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    local.setblocking(False)
    await asyncio.get_running_loop().sock_connect(local, service.address)
    reader, writer = await asyncio.open_connection(sock=local)
    try:
        yield Peer(reader, writer)
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


async def until(condition: Callable[[], bool]) -> None:
    """Let others run until `condition`."""
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline, "the condition never came true"
        await asyncio.sleep(0)


def head(*headers: str, path: str = "/v1/events", method: str = "POST") -> bytes:
    written = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *headers, "", ""]
    return "\r\n".join(written).encode()


def posting(body: bytes, *headers: str) -> bytes:
    return head(f"Content-Length: {len(body)}", *headers) + body


def chunked(*chunks: bytes) -> bytes:
    framed = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks)
    return head("Transfer-Encoding: chunked") + framed + b"0\r\n\r\n"

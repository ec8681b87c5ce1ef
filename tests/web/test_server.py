import asyncio
import json
import socket

import pytest

from deskwatch.web.routes import create_app
from deskwatch.web.server import serve
from deskwatch.web.settings import WebSettings
from tests.web.fake import FakeDesk, lines
from tests.web.peer import connected, head, posting, serving


async def test_it_says_where_it_listens(desk: FakeDesk) -> None:
    async with serving(desk) as service, connected(service) as peer:
        host, port = service.address
        assert (host, port > 0) == ("127.0.0.1", True)
        await peer.send(head(path="/healthz", method="GET"))
        status, headers, body = await peer.answer()
        assert (status, json.loads(body)) == (200, {"status": "alive"})
        assert "server" not in headers
        assert "date" in headers


async def test_a_port_that_is_taken_is_an_error(desk: FakeDesk) -> None:
    async with serving(desk) as service:
        with pytest.raises(OSError, match="in use"):
            await serve(create_app(desk, WebSettings()), *service.address)


async def test_ipv6_loopback(desk: FakeDesk) -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError as why:
        pytest.skip(f"this machine has no IPv6 loopback: {why}")
    service = await serve(create_app(desk, WebSettings()), "::1", 0)
    assert service.address[0] == "::1"
    async with connected(service) as peer:
        await peer.send(b"GET /api/v1/pnl HTTP/1.1\r\nHost: [::1]:80\r\n\r\n")
        assert (await peer.answer())[0] == 200
    await service.stop()


async def test_stopping_lets_what_is_in_flight_finish(desk: FakeDesk) -> None:
    desk.answering.clear()
    service = await serve(create_app(desk, WebSettings()), "127.0.0.1", 0)
    async with connected(service) as peer, connected(service) as idle:
        await peer.send(posting(lines(1)))
        await desk.submitted.acquire()
        stopping = asyncio.create_task(service.stop())
        assert await idle.hung_up()
        desk.answering.set()
        status, _, body = await peer.answer()
        await stopping
    assert (status, json.loads(body)["accepted"]) == (200, 1)
    assert service.finished.done()
    with pytest.raises(ConnectionError):
        await asyncio.open_connection(*service.address)

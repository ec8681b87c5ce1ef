import asyncio
import json
from contextlib import AsyncExitStack, suppress

import pytest

from deskwatch.web.server import Serving
from deskwatch.web.settings import WebSettings
from deskwatch.web.wire import BoundedHttp, WireLimits
from tests.web.fake import FakeDesk, gzipped, lines
from tests.web.peer import DEADLINE_S, Peer, chunked, connected, head, posting, serving, until


async def test_chunks_are_one_body(desk: FakeDesk) -> None:
    whole = lines(1, 2)
    async with serving(desk) as service, connected(service) as peer:
        await peer.send(chunked(whole[:7], whole[7:50], whole[50:]))
        assert (await peer.answer())[0] == 200
    assert desk.blocks == [whole]


async def test_pipelined_requests_are_answered_in_order(desk: FakeDesk) -> None:
    async with serving(desk) as service, connected(service) as peer:
        await peer.send(
            posting(lines(1)),
            posting(b"nonsense"),
            head(path="/healthz", method="GET"),
            posting(gzipped(lines(2)), "Content-Encoding: gzip"),
        )
        assert [(await peer.answer())[0] for _ in range(4)] == [200, 422, 200, 200]
    assert desk.blocks == [lines(1), b"nonsense\n", lines(2)]


async def test_who_asks_for_too_much_at_once_is_hung_up_on(desk: FakeDesk) -> None:
    limits = WireLimits(max_pipelined=4)
    asked = head(path="/healthz", method="GET")
    async with serving(desk, limits=limits) as service, connected(service) as peer:
        await peer.send(asked * 5)
        assert [(await peer.answer())[0] for _ in range(5)] == [200] * 5
        await peer.send(asked * 1000)
        answered = b""
        with suppress(ConnectionError):  # what it sent further was never read
            async with asyncio.timeout(DEADLINE_S):
                answered = await peer.reader.read()
        assert answered.count(b"HTTP/1.1 200") <= 5


async def test_large_pipelined_bodies_are_no_large_head(desk: FakeDesk) -> None:
    body = b"\n" * 200_000
    settings = WebSettings(max_lines=300_000)
    async with serving(desk, settings) as service, connected(service) as peer:
        await peer.send(posting(body) * 3, head(path="/healthz", method="GET")[:20])
        assert [(await peer.answer())[0] for _ in range(3)] == [200, 200, 200]
        await peer.send(head(path="/healthz", method="GET")[20:])
        assert (await peer.answer())[0] == 200


async def test_head_has_no_body(desk: FakeDesk) -> None:
    async with serving(desk) as service, connected(service) as peer:
        await peer.send(
            head(path="/metrics", method="HEAD"),
            head("Connection: close", path="/healthz", method="GET"),
        )
        async with asyncio.timeout(DEADLINE_S):
            everything = await peer.reader.read()
    first, _, rest = everything.partition(b"\r\n\r\n")
    assert b"content-length: 14" in first.lower()
    assert rest.startswith(b"HTTP/1.1 200 OK")


@pytest.mark.parametrize("sent", [0, 1, 30])
async def test_a_connection_that_is_cut_keeps_nothing(desk: FakeDesk, sent: int) -> None:
    async with serving(desk) as service:
        async with connected(service) as peer:
            await peer.send(head("Content-Length: 1000"), lines(1)[:sent])
        async with connected(service) as peer:
            await peer.send(posting(lines(2)))
            assert (await peer.answer())[0] == 200
    assert desk.blocks == [lines(2)]
    assert desk.refusals == {}


async def test_a_slow_body_is_given_up(desk: FakeDesk) -> None:
    async with (
        serving(desk, WebSettings(body_timeout_s=0.05)) as service,
        connected(service) as peer,
    ):
        await peer.send(head("Content-Length: 1000"), lines(1))
        assert await peer.error() == (408, "body_timeout")
    assert desk.blocks == []


@pytest.mark.parametrize("sent", [b"P", b"POST /v1/events HTTP/1.1\r\nHost: a\r\nX: y"])
async def test_a_slow_head_is_given_up(desk: FakeDesk, sent: bytes) -> None:
    limits = WireLimits(head_timeout_s=0.3)
    async with serving(desk, limits=limits) as service, connected(service) as peer:
        await peer.send(sent)
        assert await peer.error() == (408, "head_timeout")


async def test_a_second_head_has_its_own_time(desk: FakeDesk) -> None:
    limits = WireLimits(head_timeout_s=0.3)
    async with serving(desk, limits=limits) as service, connected(service) as peer:
        await peer.send(posting(lines(1)), b"GET /heal")
        assert (await peer.answer())[0] == 200
        assert await peer.error() == (408, "head_timeout")


async def test_a_head_is_not_late_while_we_are(desk: FakeDesk) -> None:
    desk.answering.clear()
    limits = WireLimits(head_timeout_s=0.3)
    async with serving(desk, limits=limits) as service, connected(service) as peer:
        await peer.send(posting(lines(1)), b"GET /heal")
        await desk.submitted.acquire()
        (connection,) = service._server.server_state.connections
        assert isinstance(connection, BoundedHttp)
        first = connection._head_timer
        await until(lambda: connection._head_timer is not first)
        desk.answering.set()
        assert (await peer.answer())[0] == 200


async def test_a_silent_connection_is_hung_up_on(desk: FakeDesk) -> None:
    limits = WireLimits(head_timeout_s=0.3)
    async with serving(desk, limits=limits) as service, connected(service) as peer:
        assert await peer.hung_up()


async def test_a_resting_connection_is_hung_up_on(desk: FakeDesk) -> None:
    limits = WireLimits(keep_alive_s=0)
    async with serving(desk, limits=limits) as service, connected(service) as peer:
        await peer.send(posting(lines(1)))
        assert (await peer.answer())[0] == 200
        assert await peer.hung_up()


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(head("X: " + "y" * 40_000), id="one long header"),
        pytest.param(head(*[f"X-{n}: y" for n in range(9000)]), id="many headers"),
        pytest.param(head(path="/" + "y" * 40_000), id="a long target"),
        pytest.param(b"GET / HTTP/1.1\r\nX: " + b"y" * 600_000, id="a header without end"),
        pytest.param(b"GET /" + b"y" * 600_000, id="a target without end"),
    ],
)
async def test_an_oversized_head_is_refused(desk: FakeDesk, sent: bytes) -> None:
    async with serving(desk) as service, connected(service) as peer:
        peer.writer.write(sent)
        assert await peer.error() == (431, "head_too_large")


async def test_trailers_count_as_head(desk: FakeDesk) -> None:
    trailers = b"".join(b"X-%d: y\r\n" % n for n in range(9000))
    async with serving(desk) as service, connected(service) as peer:
        peer.writer.write(head("Transfer-Encoding: chunked") + b"0\r\n" + trailers)
        assert await peer.hung_up()
    assert desk.blocks == []


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"hello\r\n\r\n",
        b"POST /v1/events HTTP/9.9\r\n\r\n",
        b"POST /v1/ev\xffents HTTP/1.1\r\nHost: a\r\n\r\n",
        b"POST /v1/events HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        b"POST /v1/events HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"POST /v1/events HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n{}\n",
        b"POST /v1/events HTTP/1.1\r\nHost: a\r\n X: folded\r\n\r\n",
        b"POST /v1/events HTTP/1.1\r\nX\x00: a\r\n\r\n",
    ],
)
async def test_what_is_not_http_is_refused_in_json(desk: FakeDesk, sent: bytes) -> None:
    async with serving(desk) as service, connected(service) as peer:
        await peer.send(sent)
        assert await peer.error() == (400, "bad_request")
    assert desk.blocks == []


async def test_a_broken_chunk_costs_the_whole_body(desk: FakeDesk) -> None:
    async with serving(desk) as service, connected(service) as peer:
        await peer.send(head("Transfer-Encoding: chunked"), b"8\r\n", lines(1), b"zz\r\n")
        assert await peer.hung_up()
    assert desk.blocks == []


async def test_garbage_after_a_request_is_not_taken_for_its_answer(desk: FakeDesk):
    desk.answering.clear()
    async with serving(desk) as service, connected(service) as peer:
        await peer.send(posting(lines(1)))
        await desk.submitted.acquire()
        await peer.send(b"\x00garbage\r\n\r\n")
        assert await peer.hung_up()
        desk.answering.set()


UPGRADE = ("Connection: Upgrade", "Upgrade: h2c")


async def test_a_body_with_an_upgrade_is_refused_as_it_would_be_lost(desk: FakeDesk) -> None:
    async with serving(desk) as service, connected(service) as peer:
        await peer.send(posting(lines(1), *UPGRADE))
        assert await peer.error() == (400, "bad_request")
    assert desk.blocks == []


async def test_an_upgrade_is_not_taken(desk: FakeDesk) -> None:
    async with serving(desk) as service, connected(service) as peer:
        await peer.send(head(*UPGRADE, path="/healthz", method="GET"))
        status, headers, _ = await peer.answer()
        assert (status, headers["connection"]) == (200, "close")


async def test_a_body_that_waits_for_leave_gets_it(desk: FakeDesk) -> None:
    async with serving(desk) as service, connected(service) as peer:
        await peer.send(head(f"Content-Length: {len(lines(1))}", "Expect: 100-continue"))
        assert (await peer.answer())[0] == 100
        await peer.send(lines(1))
        assert (await peer.answer())[0] == 200


async def test_a_body_that_waits_for_leave_is_refused_before_it_comes(desk: FakeDesk) -> None:
    async with serving(desk) as service, connected(service) as peer:
        await peer.send(head("Content-Length: 99999999", "Expect: 100-continue"))
        assert await peer.error() == (413, "body_too_large")


async def test_a_sender_of_too_much_reads_why(desk: FakeDesk) -> None:
    settings = WebSettings(max_body_bytes=1_000_000)
    async with serving(desk, settings) as service, connected(service) as peer:
        await peer.send(posting(b"x" * 1_500_000))
        status, _, body = await peer.answer()
        assert (status, json.loads(body)["error"]["reason"]) == (413, "body_too_large")
        await peer.send(posting(lines(1)))
        assert (await peer.answer())[0] == 200


async def test_a_sender_without_a_token_reads_why(desk: FakeDesk) -> None:
    async with serving(desk, WebSettings(token="t")) as service, connected(service) as peer:
        await peer.send(posting(b"x" * 1_500_000))
        assert (await peer.answer())[0] == 401
        await peer.send(posting(lines(1), "Authorization: Bearer t"))
        assert (await peer.answer())[0] == 200


HEALTH = head(path="/healthz", method="GET")


async def test_connections_are_bounded(desk: FakeDesk) -> None:
    desk.answering.clear()
    limits = WireLimits(max_connections=2)
    async with serving(desk, limits=limits) as service:
        async with connected(service) as one, connected(service) as two:
            for peer in (one, two):
                await peer.send(posting(lines(1)))
                await desk.submitted.acquire()
            async with connected(service) as three:
                assert await three.error() == (503, "too_many_connections")
            desk.answering.set()
            assert [(await peer.answer())[0] for peer in (one, two)] == [200, 200]
        await until_one_more_is_taken(service)


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"GET /heal", id="an unfinished head"),
        pytest.param(head("Content-Length: 1000") + lines(1), id="an unfinished body"),
    ],
)
async def test_who_leaves_a_connection_unused_keeps_nobody_out(desk: FakeDesk, sent: bytes) -> None:
    limits = WireLimits(max_connections=2)
    async with serving(desk, limits=limits) as service, connected(service) as unused:
        connections = service._server.server_state.connections
        await unused.send(HEALTH)
        assert (await unused.answer())[0] == 200
        await unused.send(sent)
        async with connected(service) as used, connected(service) as new:
            await used.send(HEALTH)
            assert (await used.answer())[0] == 200
            assert await unused.hung_up()
            for peer in (new, used):
                await peer.send(HEALTH)
                assert (await peer.answer())[0] == 200
            assert len(connections) == 2
    assert desk.blocks == []


async def test_as_many_come_at_once_as_there_may_be(desk: FakeDesk) -> None:
    limits = WireLimits(max_connections=3)
    async with serving(desk, limits=limits) as service, AsyncExitStack() as stack:
        opened = [await stack.enter_async_context(connected(service)) for _ in range(6)]
        for peer in opened[:3]:
            assert await peer.hung_up()
        for peer in opened[3:]:
            await peer.send(HEALTH)
            assert (await peer.answer())[0] == 200


async def until_one_more_is_taken(service: Serving) -> None:
    async with asyncio.timeout(DEADLINE_S):
        while True:
            async with connected(service) as peer:
                await peer.send(HEALTH)
                if (await peer.answer())[0] == 200:
                    return


async def test_a_peer_that_never_reads_is_hung_up_on(desk: FakeDesk, monkeypatch) -> None:
    monkeypatch.setattr(desk, "metrics", lambda accept: (bytes(64 << 20), "text/plain"))
    limits = WireLimits(send_timeout_s=0.05)
    async with serving(desk, limits=limits) as service, connected(service) as peer:
        await peer.send(head(path="/metrics", method="GET"))
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            # Reads only once the other side gave up: until then the transport stays paused.
            await read_after_giving_up(peer, service)


async def read_after_giving_up(peer: Peer, service: Serving) -> None:
    connections = service._server.server_state.connections
    await until(lambda: len(connections) == 1)
    await until(lambda: not connections)
    await peer.reader.readexactly(64 << 20)

import asyncio
from collections.abc import Iterator

import pytest
from starlette.types import Message, Receive, Scope

from deskwatch.core.receipt import Receipt, Refusal
from deskwatch.web.request.body import MAX_MEMBERS, Pending
from deskwatch.web.respond import Refused
from deskwatch.web.routes import create_app
from deskwatch.web.settings import WebSettings
from tests.web.fake import FakeDesk, ask, gzipped, line, lines


def post_scope(*headers: tuple[bytes, bytes]) -> Scope:
    return {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/v1/events",
        "raw_path": b"/v1/events",
        "query_string": b"",
        "headers": [(b"host", b"deskwatch"), *headers],
    }


async def exchange(
    desk: FakeDesk, settings: WebSettings, receive: Receive, *headers: tuple[bytes, bytes]
) -> tuple[int, dict[bytes, bytes]]:
    """Return the status and headers of one POST whose body comes from `receive`."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    await create_app(desk, settings)(post_scope(*headers), receive, send)
    return sent[0]["status"], dict(sent[0]["headers"])


def pieces(*chunks: bytes, then: Message | None = None) -> tuple[Receive, Iterator[Message]]:
    """Return a body in chunks, and what of it has not been asked for."""
    messages: list[Message] = [
        {"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks
    ]
    messages.append(then or {"type": "http.request", "body": b"", "more_body": False})
    left = iter(messages)

    async def receive() -> Message:
        return next(left)

    return receive, left


async def test_a_body_may_come_in_any_pieces(desk: FakeDesk) -> None:
    whole = gzipped(lines(1, 2)) + gzipped(lines(3))
    receive, _ = pieces(*(whole[n : n + 1] for n in range(len(whole))))
    status, _ = await exchange(desk, WebSettings(), receive, (b"content-encoding", b"gzip"))
    assert status == 200
    assert desk.blocks == [lines(1, 2, 3)]


async def test_a_large_body_is_opened_whole(desk: FakeDesk) -> None:
    body = b"".join(line(n, padding=500) + b"\n" for n in range(3000))
    async with ask(create_app(desk, WebSettings())) as client:
        answer = await client.post(
            "/v1/events", content=gzipped(body), headers={"Content-Encoding": "gzip"}
        )
    assert answer.json()["accepted"] == 3000
    assert desk.blocks == [body]


async def test_a_body_that_does_not_end_in_time_is_given_up(desk: FakeDesk) -> None:
    first = iter([{"type": "http.request", "body": lines(1), "more_body": True}])

    async def receive() -> Message:
        for message in first:
            return message
        await asyncio.Event().wait()
        raise AssertionError

    status, headers = await exchange(desk, WebSettings(body_timeout_s=0.01), receive)
    assert (status, headers[b"connection"]) == (408, b"close")
    assert desk.blocks == []


async def test_a_connection_cut_within_the_body_keeps_nothing(desk: FakeDesk) -> None:
    receive, _ = pieces(lines(1), then={"type": "http.disconnect"})
    status, _ = await exchange(desk, WebSettings(), receive)
    assert status == 400
    assert desk.blocks == []


async def test_a_body_that_says_it_is_too_large_is_refused_before_it_comes(desk: FakeDesk) -> None:
    async def receive() -> Message:
        raise AssertionError("asked for a body that would be too large")

    for length in (b"16777217", b"9" * 30):
        status, headers = await exchange(
            desk, WebSettings(), receive, (b"content-length", length), (b"expect", b"100-continue")
        )
        assert (status, headers[b"connection"]) == (413, b"close")
    assert desk.refusals == {"body_too_large": 2}


@pytest.mark.parametrize("length", [b"1", b"-1", b"", b"x", "²".encode("latin-1")])
async def test_what_a_body_says_of_its_length_is_not_trusted(desk: FakeDesk, length: bytes) -> None:
    settings = WebSettings(max_body_bytes=100, max_line_bytes=100)
    receive, _ = pieces(b"x" * 60, b"x" * 60)
    status, _ = await exchange(desk, settings, receive, (b"content-length", length))
    assert status == 413


async def test_a_refused_body_is_read_to_its_end_if_that_is_near(desk: FakeDesk) -> None:
    settings = WebSettings(max_body_bytes=100, max_line_bytes=100)
    receive, left = pieces(*[b"x" * 60] * 3)
    status, headers = await exchange(desk, settings, receive)
    assert (status, list(left)) == (413, [])
    assert b"connection" not in headers


async def test_a_refused_body_without_end_is_hung_up_on(desk: FakeDesk) -> None:
    settings = WebSettings(max_body_bytes=100, max_line_bytes=100, max_pending_bytes=200)
    receive, left = pieces(*[b"x" * 60] * 9)
    status, headers = await exchange(desk, settings, receive)
    assert (status, headers[b"connection"]) == (413, b"close")
    assert len(list(left)) > 1


async def test_a_bomb_is_stopped_at_the_limit(desk: FakeDesk) -> None:
    settings = WebSettings(max_body_bytes=1 << 20)
    bomb = gzipped(bytes(64 << 20))
    slices = [bomb[n : n + 1000] for n in range(0, len(bomb), 1000)]
    receive, _ = pieces(*slices)
    status, _ = await exchange(desk, settings, receive, (b"content-encoding", b"gzip"))
    assert status == 413
    assert desk.refusals == {"body_too_large": 1}


async def test_members_are_bounded_however_small(desk: FakeDesk) -> None:
    for members, status in ((MAX_MEMBERS, 200), (MAX_MEMBERS + 1, 415)):
        receive, _ = pieces(gzipped(b"") * members)
        answer, _ = await exchange(desk, WebSettings(), receive, (b"content-encoding", b"gzip"))
        assert answer == status


def test_pending_gives_back_what_it_held() -> None:
    pending = Pending(10)
    with pending.hold() as grow:
        grow(6)
        with pending.hold() as other:
            other(4)
            with pytest.raises(Refused, match="busy"):
                other(1)
        grow(4)
    with pending.hold() as grow:
        grow(10)


async def test_bodies_held_at_once_are_bounded(desk: FakeDesk, monkeypatch) -> None:
    settings = WebSettings(max_body_bytes=100, max_line_bytes=100, max_pending_bytes=150)
    kept, keep = asyncio.Event(), asyncio.Event()

    async def submit(block: bytes, *, way: str, refused: list[Refusal] | None = None) -> Receipt:
        kept.set()
        await keep.wait()
        return Receipt(1, 0, [], 0)

    monkeypatch.setattr(desk, "submit", submit)
    async with ask(create_app(desk, settings)) as client:
        first = asyncio.create_task(client.post("/v1/events", content=b"x" * 80))
        await kept.wait()
        refused = await client.post("/v1/events", content=b"x" * 80)
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
        assert refused.json()["error"]["reason"] == "busy"
        keep.set()
        await first
        assert (await client.post("/v1/events", content=b"x" * 80)).status_code == 200

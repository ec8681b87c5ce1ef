"""Whatever is posted: a documented answer, in JSON, and exactly the good lines are kept."""

import asyncio
import json

import httpx
import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from deskwatch.web.answers.figures import ErrorAnswer
from deskwatch.web.routes import create_app
from deskwatch.web.settings import WebSettings
from tests.web.fake import FakeDesk, ask, gzipped, line

SMALL = WebSettings(max_body_bytes=3000, max_line_bytes=120, max_lines=12, token="token")
DOCUMENTED = {200, 400, 401, 403, 413, 415, 422}

good_lines = st.integers(0, 10**6).map(line)
bad_lines = st.sampled_from([b"{", b"7", b"\xff", b'{"a":"\xff"}', b"[]", b"", b" ", b"x" * 121])
any_line = good_lines | bad_lines
any_headers = st.dictionaries(
    st.sampled_from(
        ["Content-Type", "Content-Encoding", "Content-Length", "Origin", "Host", "Expect"]
    ),
    st.sampled_from(
        [
            "",
            "application/json",
            "text/plain",
            "application/x-ndjson;charset=utf-8",
            "gzip",
            "br",
            "identity",
            "0",
            "99999",
            "-1",
            "deskwatch",
            "http://deskwatch",
            "100-continue",
        ]
    )
    | st.text(st.characters(max_codepoint=255, exclude_categories=["Cc"]), max_size=20),
)
any_body = (
    st.binary(max_size=400)
    | st.lists(any_line, max_size=14).map(b"\n".join)
    | st.lists(any_line, max_size=14).map(lambda found: b"[" + b",".join(found) + b"]")
)


def post(desk: FakeDesk, body: bytes, headers: dict[str, str]) -> httpx.Response:
    async def exchange() -> httpx.Response:
        async with ask(create_app(desk, SMALL)) as client:
            named = {"Authorization": "Bearer token", **headers}
            latin = httpx.Headers(named, encoding="latin-1")
            return await client.post("/v1/events", content=body, headers=latin)

    return asyncio.run(exchange())


def is_event(found: bytes) -> bool:
    try:
        return len(found) <= SMALL.max_line_bytes and isinstance(json.loads(found.decode()), dict)
    except ValueError:
        return False


@settings(max_examples=400)
@given(body=any_body, headers=any_headers, tail=st.binary(max_size=3), compress=st.booleans())
def test_any_body_and_headers(
    *, body: bytes, headers: dict[str, str], tail: bytes, compress: bool
) -> None:
    desk = FakeDesk()
    sent = gzipped(body) + tail if compress else body
    answer = post(desk, sent, headers)
    assert answer.status_code in DOCUMENTED
    assert answer.headers["content-type"] == "application/json"
    if answer.status_code in (200, 422):
        receipt = answer.json()
        assert receipt["accepted"] == len(desk.accepted)
        assert receipt["refused_total"] == desk.refusals.total()
    else:
        error = msgspec.json.decode(answer.content, type=ErrorAnswer).error
        assert len(error.detail) <= 240
        assert desk.blocks == []


@settings(max_examples=200)
@given(found=st.lists(any_line, max_size=12), compress=st.booleans(), newline=st.booleans())
def test_exactly_the_good_lines_are_kept(
    *, found: list[bytes], compress: bool, newline: bool
) -> None:
    desk = FakeDesk()
    body = b"\n".join(found) + (b"\n" if newline and found else b"")
    headers = {"Content-Encoding": "gzip"} if compress else {}
    answer = post(desk, gzipped(body) if compress else body, headers)
    assert answer.status_code in (200, 422)
    events = {one for one in found if is_event(one)}
    assert {line(event["sequence"]) for event in desk.accepted} == events
    receipt = answer.json()
    numbers = [n for n, one in enumerate(found, start=1) if one.strip() and not is_event(one)]
    assert [refusal["line"] for refusal in receipt["refused"]] == numbers
    assert receipt["accepted"] + receipt["duplicates"] + receipt["refused_total"] == sum(
        1 for one in found if one.strip()
    )


@settings(max_examples=100)
@given(st.binary(max_size=200), st.integers(0, 10**6))
def test_no_prefix_of_gzip_is_taken_for_the_whole(noise: bytes, cut: int) -> None:
    desk = FakeDesk()
    whole = gzipped(line(1) + b"\n" + noise)
    answer = post(desk, whole[: cut % len(whole)], {"Content-Encoding": "gzip"})
    assert (answer.status_code, desk.blocks) == (415, [])

import json

import httpx
import pytest

from deskwatch.core.receipt import IntakeUnavailable
from deskwatch.core.rejection import REASONS
from deskwatch.web.routes import create_app
from deskwatch.web.settings import WebSettings
from tests.web.fake import FakeDesk, ask, gzipped, line, lines

SETTINGS = WebSettings(
    max_body_bytes=4000, max_line_bytes=200, max_lines=20, max_pending_bytes=8000
)
NDJSON = {"Content-Type": "application/x-ndjson"}
JSON = {"Content-Type": "application/json"}
GZIP = {"Content-Encoding": "gzip"}


async def post(desk: FakeDesk, body: bytes, headers: dict[str, str]) -> httpx.Response:
    async with ask(create_app(desk, SETTINGS)) as client:
        return await client.post("/v1/events", content=body, headers=headers)


@pytest.mark.parametrize(
    "media",
    [
        None,
        "application/x-ndjson",
        "application/jsonl",
        "text/plain",
        "Text/Plain; charset=UTF-8",
        'application/x-ndjson; charset="utf-8"; version=1',
    ],
)
async def test_lines_are_handed_on_as_they_came(desk: FakeDesk, media: str | None) -> None:
    body = lines(1) + b"\r\n\n" + lines(2)
    answer = await post(desk, body, {} if media is None else {"Content-Type": media})
    assert answer.status_code == 200
    assert answer.json() == {"accepted": 2, "duplicates": 0, "refused": [], "refused_total": 0}
    assert desk.blocks == [body]


async def test_the_last_line_needs_no_newline(desk: FakeDesk) -> None:
    await post(desk, line(1), NDJSON)
    assert desk.blocks == [line(1) + b"\n"]


async def test_what_came_before_is_a_duplicate(desk: FakeDesk) -> None:
    await post(desk, lines(1, 2), NDJSON)
    answer = await post(desk, lines(2, 3), NDJSON)
    assert answer.json() == {"accepted": 1, "duplicates": 1, "refused": [], "refused_total": 0}


async def test_only_duplicates_is_not_a_refusal(desk: FakeDesk) -> None:
    await post(desk, lines(1), NDJSON)
    answer = await post(desk, lines(1) + b"nonsense", NDJSON)
    assert (answer.status_code, answer.json()["duplicates"]) == (200, 1)


@pytest.mark.parametrize("body", [b"", b"\n", b" \r\n\n"])
async def test_a_body_without_events_is_fine_and_kept_nowhere(desk: FakeDesk, body: bytes) -> None:
    answer = await post(desk, body, NDJSON)
    assert (answer.status_code, answer.json()["accepted"]) == (200, 0)
    assert desk.blocks == []


@pytest.mark.parametrize(
    ("document", "block"),
    [
        pytest.param(b'{"a":1}', b'{"a":1}\n', id="one object"),
        pytest.param(b'{\n  "a":\r\n 1\n}\n', b'{   "a":\r  1 }\n', id="one object, indented"),
        pytest.param(b'[{"a":1},{"b":2}]', b'{"a":1}\n{"b":2}\n', id="array"),
        pytest.param(b' [ {"a":\n1} ,\n{"b":2} ] ', b'{"a": 1}\n{"b":2}\n', id="array, indented"),
        pytest.param(b'[{"p":1.500,"p":"\\n"}]', b'{"p":1.500,"p":"\\n"}\n', id="values untouched"),
    ],
)
async def test_a_document_becomes_lines(desk: FakeDesk, document: bytes, block: bytes) -> None:
    answer = await post(desk, document, JSON)
    assert answer.status_code == 200
    assert desk.blocks == [block]


async def test_an_empty_array_holds_no_events(desk: FakeDesk) -> None:
    answer = await post(desk, b"[]", JSON)
    assert (answer.status_code, answer.json()["accepted"]) == (200, 0)


async def test_an_element_is_refused_by_its_number(desk: FakeDesk) -> None:
    answer = await post(desk, b'[{"a":1}, 7, {"b":"' + b"x" * 300 + b'"}, null, {"c":1}]', JSON)
    assert answer.status_code == 200
    receipt = answer.json()
    assert [(r["line"], r["reason"]) for r in receipt["refused"]] == [
        (2, "not_an_object"),
        (3, "line_too_long"),
        (4, "not_an_object"),
    ]
    assert desk.accepted == [{"a": 1}, {"c": 1}]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(gzipped(lines(1, 2)), id="one member"),
        pytest.param(gzipped(lines(1)) + gzipped(lines(2)), id="two members"),
        pytest.param(gzipped(b"") + gzipped(lines(1, 2)) + gzipped(b""), id="empty members"),
        pytest.param(gzipped(lines(1)[:9]) + gzipped(lines(1)[9:] + lines(2)), id="within a line"),
    ],
)
@pytest.mark.parametrize("encoding", ["gzip", "X-GZIP"])
async def test_gzip_is_opened(desk: FakeDesk, body: bytes, encoding: str) -> None:
    answer = await post(desk, body, {**NDJSON, "Content-Encoding": encoding})
    assert answer.status_code == 200
    assert desk.blocks == [lines(1, 2)]


async def test_a_long_line_costs_that_line_only(desk: FakeDesk) -> None:
    body = lines(1) + line(2, padding=500) + b"\n" + lines(3)
    answer = await post(desk, body, NDJSON)
    assert answer.status_code == 200
    assert answer.json() == {
        "accepted": 2,
        "duplicates": 0,
        "refused": [
            {
                "line": 2,
                "reason": "line_too_long",
                "found": "more than 200 bytes",
                "expected": "a line of at most 200 bytes",
            }
        ],
        "refused_total": 1,
    }
    assert desk.blocks == [lines(1) + b"\n" + lines(3)]


def flat_bomb(megabytes: int) -> bytes:
    return gzipped(b"\n" * (megabytes << 20))


def flipped(body: bytes, at: int) -> bytes:
    return body[:at] + bytes([body[at] ^ 0xFF]) + body[at + 1 :]


WHOLE = gzipped(lines(1, 2))
LONG = line(1, padding=300)

BAD_BODIES = [
    # Every event is refused: 422 with the receipt, each line by its reason.
    ("an open object", NDJSON, b'{"a":1', 422, "malformed_json"),
    ("an open text", NDJSON, b'{"a":"', 422, "malformed_json"),
    ("single quotes", NDJSON, b"{'a':1}", 422, "malformed_json"),
    ("a trailing comma", NDJSON, b'{"a":1,}', 422, "malformed_json"),
    ("two objects on a line", NDJSON, b'{"a":1}{"b":1}', 422, "malformed_json"),
    ("an indented object as lines", NDJSON, b'{\n"a":1\n}', 422, "malformed_json"),
    ("a byte order mark", NDJSON, b"\xef\xbb\xbf{}", 422, "malformed_json"),
    ("UTF-16", NDJSON, '{"a":1}'.encode("utf-16-le"), 422, "malformed_json"),
    ("a zero byte", NDJSON, b"\x00", 422, "malformed_json"),
    ("invalid UTF-8", NDJSON, b'{"a":"\xff"}', 422, "invalid_utf8"),
    ("a cut UTF-8 sequence", NDJSON, b'{"a":"\xe2\x82"}', 422, "invalid_utf8"),
    ("gzip that isn't announced", NDJSON, WHOLE, 422, "invalid_utf8"),
    ("a number", NDJSON, b"7", 422, "not_an_object"),
    ("null", NDJSON, b"null", 422, "not_an_object"),
    ("an array as a line", NDJSON, b'[{"a":1}]', 422, "not_an_object"),
    ("a text", NDJSON, b'"fill"', 422, "not_an_object"),
    ("deep nesting", NDJSON, b"[" * 150 + b"]" * 40, 422, "malformed_json"),
    ("a line over the limit", NDJSON, LONG, 422, "line_too_long"),
    ("a line of nothing but spaces, too long", NDJSON, b" " * 300, 422, "line_too_long"),
    ("a gzipped line over the limit", {**NDJSON, **GZIP}, gzipped(LONG), 422, "line_too_long"),
    ("a form", JSON, b"a=1&b=2", 422, "malformed_json"),
    ("an empty document", JSON, b"", 422, "malformed_json"),
    ("white space as a document", JSON, b" \n", 422, "malformed_json"),
    ("lines as a document", JSON, lines(1, 2), 422, "malformed_json"),
    ("an open array", JSON, b'[{"a":1}', 422, "malformed_json"),
    ("a broken element", JSON, b'[{"a":1},{"b":nope}]', 422, "malformed_json"),
    ("NaN in an element", JSON, b'[{"a":NaN}]', 422, "malformed_json"),
    ("a trailing comma in an array", JSON, b'[{"a":1},]', 422, "malformed_json"),
    ("something after the array", JSON, b'[{"a":1}] x', 422, "malformed_json"),
    ("a raw newline in a text", JSON, b'[{"a":"x\ny"}]', 422, "malformed_json"),
    ("a document with a byte order mark", JSON, b"\xef\xbb\xbf[]", 422, "malformed_json"),
    ("a deep document", JSON, b"[" * 3900, 422, "malformed_json"),
    ("invalid UTF-8 in an element", JSON, b'[{"a":"\xff"}]', 422, "invalid_utf8"),
    ("an array of arrays", JSON, b"[[],[]]", 422, "not_an_object"),
    ("a document that is a number", JSON, b"1e999", 422, "not_an_object"),
    # The body as a whole is refused: nothing of it is read as events.
    ("a body over the limit", NDJSON, b" " * 4001, 413, "body_too_large"),
    ("more lines than the limit", NDJSON, b"\n" * 21, 413, "body_too_large"),
    ("more elements than the limit", JSON, b"[" + b"1," * 20 + b"1]", 413, "body_too_large"),
    ("more commas than fit the limit", JSON, b"," * 641, 413, "body_too_large"),
    ("a gzip bomb", {**NDJSON, **GZIP}, flat_bomb(3)[:3000], 413, "body_too_large"),
    ("a bomb in small members", {**NDJSON, **GZIP}, gzipped(b" " * 999) * 5, 413, "body_too_large"),
    ("compressed over the limit", {**NDJSON, **GZIP}, b"\x1f" * 4001, 413, "body_too_large"),
    ("text that isn't gzip", {**NDJSON, **GZIP}, lines(1), 415, "bad_encoding"),
    ("nothing that is gzip", {**NDJSON, **GZIP}, b"", 415, "bad_encoding"),
    ("half a gzip header", {**NDJSON, **GZIP}, WHOLE[:5], 415, "bad_encoding"),
    ("truncated gzip", {**NDJSON, **GZIP}, WHOLE[:-12], 415, "bad_encoding"),
    ("gzip without its length", {**NDJSON, **GZIP}, WHOLE[:-1], 415, "bad_encoding"),
    ("a wrong checksum", {**NDJSON, **GZIP}, flipped(WHOLE, -8), 415, "bad_encoding"),
    ("a wrong length", {**NDJSON, **GZIP}, flipped(WHOLE, -1), 415, "bad_encoding"),
    ("a flipped bit in gzip", {**NDJSON, **GZIP}, flipped(WHOLE, 20), 415, "bad_encoding"),
    ("garbage after gzip", {**NDJSON, **GZIP}, WHOLE + b"garbage", 415, "bad_encoding"),
    ("zeros after gzip", {**NDJSON, **GZIP}, WHOLE + bytes(512), 415, "bad_encoding"),
    ("a second member cut off", {**NDJSON, **GZIP}, WHOLE + WHOLE[:-3], 415, "bad_encoding"),
    (
        "zlib sent as gzip",
        {**NDJSON, **GZIP},
        b"x\x9c\x03\x00\x00\x00\x00\x01",
        415,
        "bad_encoding",
    ),
    ("br", {**NDJSON, "Content-Encoding": "br"}, b"", 415, "bad_encoding"),
    ("deflate", {**NDJSON, "Content-Encoding": "deflate"}, b"", 415, "bad_encoding"),
    ("gzip twice", {**NDJSON, "Content-Encoding": "gzip, gzip"}, b"", 415, "bad_encoding"),
    ("a form's type", {"Content-Type": "multipart/form-data"}, b"", 415, "bad_encoding"),
    ("XML", {"Content-Type": "application/xml"}, b"<fill/>", 415, "bad_encoding"),
    ("another charset", {"Content-Type": "text/plain; charset=utf-16"}, b"", 415, "bad_encoding"),
    ("a type of 1 kB", {"Content-Type": "x/" + "y" * 1000}, b"", 415, "bad_encoding"),
]


@pytest.mark.parametrize(
    ("headers", "body", "status", "reason"),
    [pytest.param(*case[1:], id=case[0]) for case in BAD_BODIES],
)
async def test_bad_body(
    desk: FakeDesk, headers: dict[str, str], body: bytes, status: int, reason: str
) -> None:
    answer = await post(desk, body, headers)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/json"
    if status == 422:
        assert {refused["reason"] for refused in answer.json()["refused"]} == {reason}
        assert answer.json()["refused_total"] == desk.refusals[reason]
    else:
        error = answer.json()["error"]
        assert error["reason"] == reason
        assert len(error["detail"]) < 200
        assert desk.refusals == {reason: 1}
        assert desk.blocks == []
    assert reason in REASONS
    assert desk.accepted == []


async def test_an_encoding_that_is_not_taken_names_those_that_are(desk: FakeDesk) -> None:
    answer = await post(desk, b"", {**NDJSON, "Content-Encoding": "zstd"})
    assert answer.headers["accept-encoding"] == "gzip, identity"
    assert "zstd" in answer.json()["error"]["detail"]


async def test_good_lines_survive_among_bad_ones(desk: FakeDesk) -> None:
    body = b"\n".join([line(1), b"{", line(2), b"\xff", LONG, line(3), b"4"])
    receipt = (await post(desk, body, NDJSON)).json()
    assert receipt["accepted"] == 3
    assert [r["line"] for r in receipt["refused"]] == [2, 4, 5, 7]
    assert [event["sequence"] for event in desk.accepted] == [1, 2, 3]


async def test_the_quoted_refusals_are_cut_and_all_are_counted(desk: FakeDesk) -> None:
    settings = WebSettings(max_lines=1000)
    async with ask(create_app(desk, settings)) as client:
        answer = await client.post("/v1/events", content=b"x\n" * 150)
    assert (len(answer.json()["refused"]), answer.json()["refused_total"]) == (100, 150)


@pytest.mark.parametrize(
    ("unavailable", "status", "reason"),
    [
        (IntakeUnavailable("the backlog is full", busy=True, retry_after_s=2), 429, "busy"),
        (IntakeUnavailable("the disk is full", retry_after_s=5), 503, "unavailable"),
        (IntakeUnavailable("the journal is being replayed"), 503, "unavailable"),
    ],
)
async def test_what_cannot_be_kept_is_to_be_sent_again(
    desk: FakeDesk, unavailable: IntakeUnavailable, status: int, reason: str
) -> None:
    desk.unavailable = unavailable
    answer = await post(desk, lines(1), NDJSON)
    assert answer.status_code == status
    assert answer.headers["retry-after"] == str(unavailable.retry_after_s)
    assert answer.json() == {"error": {"reason": reason, "detail": str(unavailable)}}
    assert desk.refusals == {}


async def test_our_own_bug_is_a_500_that_tells_nothing(desk: FakeDesk, monkeypatch) -> None:
    async def fail(*args: object, **kwargs: object) -> None:
        raise RuntimeError("a secret")

    monkeypatch.setattr(desk, "submit", fail)
    answer = await post(desk, lines(1), NDJSON)
    assert answer.status_code == 500
    assert answer.json()["error"]["reason"] == "internal_error"
    assert "secret" not in answer.text


async def test_a_receipt_is_json_that_any_reader_takes(desk: FakeDesk) -> None:
    answer = await post(desk, b'{"a":"\xff\xfe"}', NDJSON)
    assert json.loads(answer.content)["refused"][0]["line"] == 1

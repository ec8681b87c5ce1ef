"""Over HTTP, into the books and out again: bad input costs what is bad, and nothing else."""

import gzip
import json
import zlib
from collections import Counter
from collections.abc import AsyncIterator
from itertools import count
from typing import NamedTuple

import pytest

from deskwatch.core import event
from deskwatch.core.rejection import REASONS
from tests.bad_lines import BAD_LINES, Bad, a_fill
from tests.core.blotter import EQUITY, TEN
from tests.engine.rig import block, fill
from tests.serving import Served, serving

TOKEN = "a-token-of-this-test"
MIB = 1 << 20

#: Good fills are numbered, for none may be taken for another.
numbers = count(1000)


@pytest.fixture(scope="module")
async def shared(tmp_path_factory) -> AsyncIterator[Served]:
    """An app for all who need nothing of it but that it goes on."""
    async with serving(tmp_path_factory.mktemp("shared")) as served:
        await served.post(block(EQUITY))
        yield served


def good() -> event.Fill:
    """Return a fill of 10 that changes what account A1 holds."""
    number = next(numbers)
    return fill(number, TEN, source="good", sequence=number)


async def refusals(served: Served) -> Counter[str]:
    """Return how often each reason was given, by the status and by the metrics alike."""
    told = Counter((await served.get("status"))["refused"]["by_reason"])
    shown: Counter[str] = Counter()
    for (name, labels), value in (await served.metrics()).items():
        if name == "deskwatch_events_refused_total":
            shown[dict(labels)["reason"]] += int(value)
    assert told == shown
    return told


async def holdings(served: Served) -> Counter[str]:
    """Return what each account holds, in all."""
    held: Counter[str] = Counter()
    for row in (await served.get("positions"))["positions"]:
        held[row["account"]] += int(row["quantity"])
    return held


@pytest.mark.parametrize("bad", BAD_LINES, ids=lambda bad: bad.what)
async def test_a_bad_line_costs_that_line(bad: Bad, shared: Served, tmp_path):
    if not bad.before and not bad.config:
        await assert_costs_that_line(shared, bad)
        return
    async with serving(tmp_path, bad.config) as served:
        await assert_costs_that_line(served, bad)


async def assert_costs_that_line(served: Served, bad: Bad) -> None:
    await served.post(block(EQUITY, *bad.before, good()))
    refused_before, held_before = await refusals(served), await holdings(served)
    answer = await served.post(block(good(), bad.line, good()))
    assert answer.status_code == 200
    receipt = answer.json()
    (refused,) = receipt["refused"]
    assert (refused["line"], refused["reason"]) == (2, bad.reason)
    assert refused["expected"]
    assert len(refused["found"]) <= 80
    assert (receipt["accepted"], receipt["duplicates"], receipt["refused_total"]) == (2, 0, 1)
    assert await refusals(served) - refused_before == Counter({bad.reason: 1})
    assert await holdings(served) - held_before == Counter(A1=20)
    assert "BAD" not in await holdings(served)


async def test_blank_lines_are_no_lines_but_count_as_such(shared):
    before = await refusals(shared)
    receipt = (await shared.post(block(b"", good(), b"", b" \t\r", b"{", good(), b""))).json()
    assert (receipt["accepted"], [refused["line"] for refused in receipt["refused"]]) == (2, [5])
    assert await refusals(shared) - before == Counter(malformed_json=1)


async def test_a_body_of_nothing_but_bad_lines_is_answered_422(shared):
    before = await refusals(shared)
    answer = await shared.post(block(b"{", a_fill(symbol="APPL"), a_fill(side="hold")))
    assert answer.status_code == 422
    reasons = [refused["reason"] for refused in answer.json()["refused"]]
    assert reasons == ["malformed_json", "unknown_instrument", "unknown_value"]
    assert await refusals(shared) - before == Counter(reasons)


async def test_a_flood_of_bad_lines_is_counted_whole_and_quoted_in_part(shared):
    before = await refusals(shared)
    answer = await shared.post(block(good(), *[b"{"] * 5000, good()))
    receipt = answer.json()
    assert (receipt["accepted"], receipt["refused_total"]) == (2, 5000)
    assert [refused["line"] for refused in receipt["refused"]] == list(range(2, 102))
    assert await refusals(shared) - before == Counter(malformed_json=5000)


class BadBody(NamedTuple):
    """A body that is refused whole, before there are lines."""

    what: str
    status: int
    reason: str
    body: bytes
    headers: dict[str, str]
    config: str = ""


GOOD_LINE = block(good())
LATIN = "application/x-ndjson; charset=latin-1"
BAD_BODIES = [
    BadBody("a body over the limit", 413, "body_too_large", b" " * (16 * MIB + 1), {}),
    BadBody("a gzip bomb", 413, "body_too_large", gzip.compress(bytes(64 * MIB)),
            {"Content_Encoding": "gzip"}),
    BadBody("too many lines", 413, "body_too_large", b"{}\n" * 50_001, {}),
    BadBody("gzip that is cut short", 415, "bad_encoding", gzip.compress(GOOD_LINE)[:-4],
            {"Content_Encoding": "gzip"}),
    BadBody("what is no gzip", 415, "bad_encoding", GOOD_LINE, {"Content_Encoding": "gzip"}),
    BadBody("gzip with something after it", 415, "bad_encoding",
            gzip.compress(GOOD_LINE) + b"more", {"Content_Encoding": "gzip"}),
    BadBody("deflate", 415, "bad_encoding", zlib.compress(GOOD_LINE),
            {"Content_Encoding": "deflate"}),
    BadBody("an unknown encoding", 415, "bad_encoding", GOOD_LINE, {"Content_Encoding": "br"}),
    BadBody("another character set", 415, "bad_encoding", GOOD_LINE, {"Content_Type": LATIN}),
    BadBody("XML", 415, "bad_encoding", b"<fill/>", {"Content_Type": "application/xml"}),
]  # fmt: skip


@pytest.mark.parametrize("bad", BAD_BODIES, ids=lambda bad: bad.what)
async def test_a_bad_body_is_refused_whole(bad: BadBody, shared: Served):
    before = await refusals(shared)
    answer = await shared.post(bad.body, **bad.headers)
    assert (answer.status_code, answer.json()["error"]["reason"]) == (bad.status, bad.reason)
    assert await refusals(shared) - before == Counter({bad.reason: 1})
    assert (await shared.post(block(good()))).json()["accepted"] == 1
    told = REASONS[bad.reason]  # all that the log and docs/events.md say of it
    assert all(name.replace("_", "-") in told for name in bad.headers if bad.status == 415)


@pytest.mark.parametrize("authorization", [None, "Bearer wrong", "Basic " + TOKEN, TOKEN])
async def test_without_the_token_nothing_is_taken(tmp_path, authorization):
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    async with serving(tmp_path, token=TOKEN) as served:
        wrong = {} if authorization is None else {"Authorization": authorization}
        answer = await served.post(block(EQUITY, good()), **wrong)
        assert (answer.status_code, answer.json()["error"]["reason"]) == (401, "unauthorized")
        assert (await served.client.get("/metrics")).status_code == 401
        assert (await served.client.get("/readyz")).status_code == 200
        served.client.headers.update(bearer)
        assert await refusals(served) == Counter(unauthorized=1)
        assert (await served.post(block(EQUITY, good()))).json()["accepted"] == 2


async def test_a_json_document_and_gzip_are_taken_as_lines_are(shared):
    before = await holdings(shared)
    array = b"[" + b",".join(block(good()) for _ in range(3)) + b", 7]"
    answer = await shared.post(array, Content_Type="application/json")
    receipt = answer.json()
    assert (receipt["accepted"], receipt["refused"][0]["line"]) == (3, 4)
    body = gzip.compress(block(good())) + gzip.compress(block(good()))
    answer = await shared.post(body, Content_Encoding="gzip")
    assert answer.json()["accepted"] == 2
    assert await holdings(shared) - before == Counter(A1=50)


async def test_a_second_copy_of_a_body_changes_nothing(shared):
    body = block(EQUITY, good(), good(), a_fill(side="hold"))
    first = (await shared.post(body)).json()
    held = await holdings(shared)
    second = (await shared.post(body)).json()
    assert (first["accepted"], first["duplicates"]) == (3, 0)
    # An instrument that is described again as it was is no duplicate, and no change.
    assert (second["accepted"], second["duplicates"], second["refused_total"]) == (1, 2, 1)
    assert await holdings(shared) == held


async def test_what_is_not_known_is_kept_and_counted(shared):
    body = b'{"kind": "weather", "event_time": %d, "source": "roof", "rain": true}' % TEN
    fields = json.loads(block(good())) | {"mood": "good"}
    receipt = (await shared.post(block(body, json.dumps(fields).encode()))).json()
    assert (receipt["accepted"], receipt["refused_total"]) == (2, 0)
    unknown = {
        labels: value
        for (name, labels), value in (await shared.metrics()).items()
        if name == "deskwatch_events_unknown_kind_total"
    }
    assert unknown == {frozenset({("source", "roof")}): 1}


#: What takes a thousand names to reach is refused in the tests of the books that have the bounds.
MANY = {"too_many_names", "too_many_limits"}


#: Given to whoever may not say anything: tests/ingest/test_lines.py, tests/web/access.
TURNED_AWAY = {"too_many_connections", "unauthorized"}


def test_every_reason_is_given_somewhere_above():
    given = {bad.reason for bad in BAD_LINES} | {bad.reason for bad in BAD_BODIES}
    assert given | MANY | TURNED_AWAY == REASONS.keys()


def test_there_are_at_least_forty_kinds_of_bad_input():
    assert len({bad.what for bad in BAD_LINES}) + len(BAD_BODIES) >= 40

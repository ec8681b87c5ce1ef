"""Lines to events; a bad line costs that line and says what is wrong with it."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskwatch.core import event
from deskwatch.core.codec import (
    UnknownKind,
    decode,
    decode_event,
    event_lines,
    parse_time,
)
from deskwatch.core.rejection import EventRejected
from tests.core.blotter import TEN

FX = {"kind": "fx", "event_time": 1, "base": "EUR", "quote": "USD", "rate": "1.08"}
FILL = {
    "kind": "fill",
    "event_time": 1,
    "account": "A1",
    "venue": "XNAS",
    "symbol": "AAPL",
    "side": "buy",
    "quantity": "1",
    "price": "2",
    "exec_id": "E1",
}

TEXT_TIME = FX | {"event_time": "2026-11-27T17:00:00Z"}
UNKNOWN = FX | {"kind": "moon_phase"}
VALUES = [
    *map(json.dumps, (FX, FILL, TEXT_TIME, UNKNOWN, FX | {"rate": 1}, [])),
    json.dumps(TEXT_TIME).replace("EUR", "\udcff"),
]


def block(*lines: object) -> bytes:
    return b"".join(
        (line if isinstance(line, bytes) else json.dumps(line).encode()) + b"\n" for line in lines
    )


def test_a_good_block_is_kept_as_it_came():
    data = block(FX, FILL)
    decoded = decode(data)
    assert [type(happened) for happened in decoded.events] == [event.Fx, event.Fill]
    assert (decoded.refused, decoded.block) == ([], data)
    assert event_lines(decoded) == [1, 2]


def cpu_s(event_time: int | str) -> float:
    """Return the least of seven times of decoding fills of that time, one by one."""
    value = json.dumps(FILL | {"event_time": event_time}).encode()
    times = []
    for _ in range(7):
        began = time.process_time()
        for _ in range(3000):
            decode_event(value)
        times.append(time.process_time() - began)
    return min(times)


def test_a_time_as_text_takes_some_times_as_long_as_a_number_and_no_more():
    """Some eight times; it was forty and more while its fill was looked for among all kinds."""
    assert cpu_s("2026-11-27T17:00:00.123456789Z") < 18 * cpu_s(TEN)


def test_a_bad_line_costs_that_line():
    decoded = decode(block(FX, b"oops", b"", FILL))
    assert event_lines(decoded) == [1, 4]
    assert [(each.line, each.reason) for each in decoded.refused] == [(2, "malformed_json")]
    assert decoded.block == block(FX, FILL)


def test_several_events_may_stand_on_one_line():
    both = block(FX)[:-1] + b" " + block(FILL)
    assert event_lines(decode(b"\n" + both + block(FX))) == [2, 2, 3]
    assert decode(both + b"oops\n").lines == [1, 1]


def test_a_bad_event_costs_itself_alone_on_a_line_of_several():
    parts = [b"{}", json.dumps(TEXT_TIME).encode(), b'{"kind":"fx","base":"\xff"}', b"7"]
    decoded = decode(block(FX)[:-1] + b" ".join(parts) + block(FILL))
    assert decoded.lines == [1, 1, 1]
    assert decoded.block == block(FX, TEXT_TIME, FILL)
    assert [(each.line, each.reason) for each in decoded.refused] == [
        (1, "missing_field"),
        (1, "invalid_utf8"),
        (1, "not_an_object"),
    ]


@given(st.lists(st.sampled_from(VALUES), max_size=6), st.sampled_from(["", " ", "\t "]))
def test_events_on_one_line_are_as_events_on_lines_of_their_own(values, between):
    together, apart = (
        decode(joint.join(values).encode(errors="surrogateescape")) for joint in (between, "\n")
    )
    assert together.events == apart.events
    assert [each.reason for each in together.refused] == [each.reason for each in apart.refused]
    assert decode(together.block).events == together.events


def test_unknown_fields_and_kinds_are_kept():
    decoded = decode(block(FX | {"desk": "zurich"}, {"kind": "moon_phase", "event_time": 1}))
    assert isinstance(decoded.events[1], UnknownKind)
    assert b"zurich" in decoded.block
    assert b"moon_phase" in decoded.block


@pytest.mark.parametrize(
    ("line", "reason", "expected"),
    [
        (b"{", "malformed_json", "truncated"),
        (b'{"kind":"fx"} {', "malformed_json", "truncated"),
        (b'{"kind":"fx","event_time":NaN}', "malformed_json", "invalid character"),
        (b"[" * 2_000_000, "malformed_json", "nested deeply"),
        (b'{"kind":"fx","base":"\xff"}', "invalid_utf8", "UTF-8"),
        (
            b'{"event_time":"2026-11-27T17:00:00Z","kind":"fx","base":"\xff"}',
            "invalid_utf8",
            "UTF-8",
        ),
        (b'{"kind":"fx","base":"\\ud800"}', "malformed_json", "truncated"),
        ([FX], "not_an_object", "a JSON object"),
        (b'"fx"', "not_an_object", "a JSON object"),
        ({}, "missing_field", "`kind`"),
        ({"kind": "fx", "event_time": 1}, "missing_field", "`base`"),
        (FX | {"kind": 7}, "wrong_type", "`kind`"),
        (FX | {"rate": 1.08}, "wrong_type", "`rate`: Expected `str`, got `float`"),
        (FX | {"event_time": 1.5}, "wrong_type", "`event_time`"),
        (FX | {"event_time": None}, "wrong_type", "`event_time`"),
        (FX | {"base": ""}, "bad_length", "`base`"),
        (FX | {"rate": "1" * 65}, "bad_length", "`rate`"),
        (FILL | {"side": "BUY"}, "unknown_value", "one of buy, sell"),
        (FILL | {"liquidity": "thin"}, "unknown_value", "one of maker, taker"),
        (FX | {"event_time": "noon"}, "event_time_out_of_range", "RFC 3339"),
        ({"kind": "moon_phase"}, "missing_field", "`event_time`"),
    ],
)
def test_what_is_wrong_is_said(line, reason, expected):
    (refusal,) = decode(block(line)).refused
    assert refusal.reason == reason
    assert expected in refusal.expected
    assert len(refusal.found) <= 80


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("2026-11-23T10:00:00.123456789Z", 1_795_428_000_123_456_789),
        ("2026-11-23T10:00:00.5+00:30", 1_795_426_200_500_000_000),
        ("2026-11-23t10:00:00z", 1_795_428_000_000_000_000),
        ("2016-12-31T23:59:60.25Z", 1_483_228_799_250_000_000),
        ("2017-01-01T05:29:60+05:30", 1_483_228_799_000_000_000),
    ],
)
def test_a_time_may_be_written_as_rfc_3339(text, nanoseconds):
    assert parse_time(text) == nanoseconds
    (happened,) = decode(block(FX | {"event_time": text})).events
    assert happened.event_time == nanoseconds


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-23", "2026-11-23T10:00:00", "2026-13-01T00:00:00Z", "2026-11-23T10:00:60Z",
        "2016-12-31T23:60:00Z", "2016-12-31T23:59:60+01:00", "",
    ],
)  # fmt: skip
def test_what_names_no_moment_is_no_time(text):
    with pytest.raises(EventRejected):
        parse_time(text)


lines = st.one_of(
    st.just(json.dumps(FX).encode()),
    st.just(json.dumps(FILL).encode()),
    st.binary(max_size=40).map(lambda raw: raw.replace(b"\n", b"")),
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from([*FILL, "x"]), inner, max_size=5)
        ),
    ).map(lambda value: json.dumps(value).encode()),
)


@given(st.lists(lines, max_size=12))
def test_every_line_is_an_event_or_refused_or_blank(raw):
    decoded = decode(b"\n".join(raw))
    numbers = event_lines(decoded)
    refused = [refusal.line for refusal in decoded.refused]
    blank = [number for number, line in enumerate(raw, start=1) if not line.strip()]
    assert not set(numbers + refused) & set(blank)
    assert sorted({*numbers, *refused, *blank}) == list(range(1, len(raw) + 1))


def test_what_the_journal_keeps_decodes_to_the_same_events():
    decoded = decode(block(FX, b"oops", FILL | {"event_time": "2026-11-23T10:00:00Z"}))
    again = decode(decoded.block)
    assert again.events == decoded.events
    assert not again.refused

"""Lines that are no events, each with the reason for which it is refused."""

import json
from typing import NamedTuple

from deskwatch.core import event
from tests.core.blotter import HOUR, INVERSE, TEN
from tests.engine.rig import fill

SECOND = 1_000_000_000


class Bad(NamedTuple):
    """A bad line. before: events that make it bad; config: what must be set for it."""

    what: str
    reason: str
    line: bytes
    before: tuple[event.Event, ...] = ()
    config: str = ""


def line(kind: object, **fields: object) -> bytes:
    """Return a line of JSON; a field that is None is left out."""
    values = {"kind": kind, "event_time": TEN, **fields}
    return json.dumps({name: value for name, value in values.items() if value is not None}).encode()


_FILL: dict[str, object] = {
    "source": "bot",
    "account": "BAD",
    "venue": "XNAS",
    "symbol": "AAPL",
    "side": "buy",
    "quantity": "1",
    "price": "100",
    "exec_id": "BAD",
}


def a_fill(**fields: object) -> bytes:
    return line("fill", **(_FILL | fields))


def a_mark(price: object) -> bytes:
    return line("mark", venue="XNAS", symbol="AAPL", price=price)


def _not_json() -> list[Bad]:
    lines = {
        "a line that is cut short": a_fill()[:-10],
        "text without quotes": b"hello",
        "single quotes": b"{'kind': 'mark'}",
        "something after the value": a_fill() + b"}",
        "NaN without quotes": b'{"kind": "mark", "event_time": NaN}',
        "Infinity without quotes": b'{"kind": "mark", "event_time": -Infinity}',
        "a comment": b"// nothing",
        "a NUL": a_fill()[:-1] + b"\x00}",
        "a raw control character in a text": b'{"kind": "ma\x01rk"}',
        "half of an escape": b'{"kind": "\\u12"}',
        "a lone surrogate": b'{"kind": "\\ud800"}',
        "arrays nested very deeply": b"[" * 100_000,
        "objects nested very deeply": b'{"kind":' * 100_000,
    }
    return [Bad(what, "malformed_json", bad) for what, bad in lines.items()]


def _no_object() -> list[Bad]:
    lines = {
        "a list": b'["fill"]',
        "null": b"null",
        "a number": b"42",
        "a text": b'"fill"',
        "true": b"true",
    }
    return [Bad(what, "not_an_object", bad) for what, bad in lines.items()]


_TEXT = [
    Bad(
        "a byte that is no UTF-8", "invalid_utf8", a_fill(account="A-A").replace(b"A-A", b"A\xffA")
    ),
    Bad("Latin-1", "invalid_utf8", a_fill(account="A-A").replace(b"A-A", b"Z\xfcrich")),
    Bad("a slash in two bytes", "invalid_utf8", a_fill(account="A-A").replace(b"A-A", b"\xc0\xaf")),
    Bad("an empty account", "bad_length", a_fill(account="")),
    Bad("an account of 65 characters", "bad_length", a_fill(account="x" * 65)),
    Bad("an exec_id of 129 characters", "bad_length", a_fill(exec_id="x" * 129)),
    Bad("a price of 65 digits", "bad_length", a_fill(price="1" * 65)),
]

#: A kind, an integer of its own, and what else it needs.
_WHOLE: list[tuple[str, str, dict[str, object]]] = [
    ("clock", "offset_ns", {"host": "h1"}),
    ("latency", "duration_ns", {"operation": "order_ack"}),
    ("api_request", "duration_ns", {"venue": "V", "operation": "o", "status": "200"}),
    ("heartbeat", "interval_ns", {"service": "s"}),
    ("heartbeat", "started_at", {"service": "s"}),
    ("feed", "missed", {"venue": "V", "channel": "c", "status": "gap"}),
    ("feed", "feed_sequence", {"venue": "V", "channel": "c", "status": "message"}),
    ("feed", "exchange_time", {"venue": "V", "channel": "c", "status": "message"}),
    ("dead_man", "timeout_ns", {"timer": "t"}),
    ("drill", "duration_ns", {"drill": "d", "status": "passed"}),
    ("fill", "receive_time", _FILL),
    ("fill", "sequence", _FILL),
    ("fill", "epoch", _FILL),
]

_FIELDS = [
    Bad("no kind", "missing_field", line(None, account="BAD")),
    Bad("no event_time", "missing_field", line("mark", event_time=None)),
    Bad("an empty object", "missing_field", b"{}"),
    Bad("a fill without a price", "missing_field", a_fill(price=None)),
    Bad("a fill without an exec_id", "missing_field", a_fill(exec_id=None)),
    Bad("a kind that is a number", "wrong_type", line(7)),
    Bad("a price that is a number", "wrong_type", a_fill(price=100.25)),
    Bad("a quantity that is a number", "wrong_type", a_fill(quantity=1)),
    Bad("an account that is a list", "wrong_type", a_fill(account=["A1"])),
    Bad("an event_time with a fraction", "wrong_type", a_fill(event_time=TEN + 0.5)),
    Bad("an event_time that is an object", "wrong_type", a_fill(event_time={})),
    Bad("a sequence that is a text", "wrong_type", a_fill(sequence="1")),
    Bad("null where a text belongs", "wrong_type", a_fill(symbol="-").replace(b'"-"', b"null")),
    Bad("a side that is none", "unknown_value", a_fill(side="hold")),
    Bad("a side in capitals", "unknown_value", a_fill(side="BUY")),
    Bad("a sequence that begins at zero", "unknown_value", a_fill(sequence=0)),
    *(
        Bad(f"{kind}: {name} of {sign}1E400", "unknown_value",
            line(kind, **fields, **{name: int(f"{sign}1{0:0400}")}))
        for sign in ("", "-")
        for kind, name, fields in _WHOLE
    ),
    Bad("a share split in no parts", "unknown_value",
        line("split", venue="XNAS", symbol="AAPL", numerator=2, denominator=0)),
    Bad("a rate of a currency in itself", "unknown_value",
        line("fx", base="EUR", quote="EUR", rate="1")),
]  # fmt: skip

_NUMBERS = [
    *(
        Bad(f"the price {text!r}", "not_a_decimal", a_fill(price=text))
        for text in (
            "NaN", "Infinity", "-inf", "1,000.00", "1_000", "0x10", "", " 1", "1.2.3", "--1",
            "1e400", "ten", "\N{FULLWIDTH DIGIT ONE}", "\N{ARABIC-INDIC DIGIT ONE}",
        )
    ),
    Bad("a fee that is no number", "not_a_decimal", a_fill(fee="free")),
    Bad("a mark that is no number", "not_a_decimal", a_mark("NaN")),
    Bad("19 decimals", "too_fine", a_fill(price="1.0000000000000000001")),
    Bad("a tiny number", "too_fine", a_fill(price="1e-99")),
    Bad("a tiny mark", "too_fine", a_mark("1e-30")),
    Bad("19 digits", "too_large", a_fill(quantity="1000000000000000000")),
    Bad("a huge number", "too_large", a_fill(price="1e99")),
    Bad("a huge fee", "too_large", a_fill(fee="-1e20")),
    Bad("a quantity of zero", "zero_quantity", a_fill(quantity="0")),
    Bad("a quantity of minus zero", "zero_quantity", a_fill(quantity="-0.00")),
    Bad("a negative quantity", "negative_quantity", a_fill(quantity="-5")),
    Bad("a rate of zero", "not_positive", line("fx", base="EUR", quote="USD", rate="0")),
    Bad("a negative rate", "not_positive", line("fx", base="EUR", quote="USD", rate="-1.1")),
    Bad("a multiplier of zero", "not_positive",
        line("instrument", venue="XNAS", symbol="NEW", base="A", quote="B", multiplier="0")),
]  # fmt: skip

_TIMES = [
    Bad("a version to come", "unsupported_version", a_fill(version=2)),
    Bad("a clock 61 s ahead", "event_time_in_future", a_fill(event_time=TEN + 61 * SECOND)),
    Bad("a clock far ahead", "event_time_in_future", a_fill(event_time="9999-12-31T23:59:59Z")),
    Bad("a time in milliseconds", "event_time_out_of_range", a_fill(event_time=TEN // 1_000_000)),
    Bad("a time of zero", "event_time_out_of_range", a_fill(event_time=0)),
    Bad("a negative time", "event_time_out_of_range", a_fill(event_time=-TEN)),
    Bad("a time without a zone", "event_time_out_of_range", a_fill(event_time="2026-11-23T10:00:00")),
    Bad("no day at all", "event_time_out_of_range", a_fill(event_time="yesterday")),
    Bad("the 30th of February", "event_time_out_of_range", a_fill(event_time="2026-02-30T10:00:00Z")),
]  # fmt: skip

_SPLIT = event.Split(event_time=TEN - HOUR, venue="XNAS", symbol="AAPL", numerator=2, denominator=1)
_BUST = event.Bust(
    event_time=TEN, account="A1", venue="XNAS", symbol="AAPL", side="buy", exec_id="B1",
    ref_exec_id="E7",
)  # fmt: skip
_CORRECTION: dict[str, object] = _FILL | {"account": "A1", "exec_id": "C1", "ref_exec_id": "E7"}

_BOOKS = [
    Bad("an unknown symbol", "unknown_instrument", a_fill(symbol="APPL")),
    Bad("an unknown venue", "unknown_instrument", a_fill(venue="XNYS")),
    Bad("a mark for what nobody described", "unknown_instrument",
        line("mark", venue="XNAS", symbol="APPL", price="1")),
    Bad("another multiplier for what was traded", "instrument_conflict",
        line("instrument", venue="XNAS", symbol="AAPL", instrument_type="equity", base="AAPL",
             quote="USD", multiplier="100")),
    Bad("a bust of what was never filled", "unknown_exec_id",
        line("bust", **(_CORRECTION | {"quantity": None, "price": None, "ref_exec_id": "E99"}))),
    Bad("a correction of what was never filled", "unknown_exec_id",
        line("correction", **(_CORRECTION | {"ref_exec_id": "E99"}))),
    Bad("a known exec_id at another price", "exec_id_conflict",
        a_fill(account="A1", exec_id="E7", price="99"), (fill(7, TEN),)),
    Bad("a known reference with another amount", "reference_conflict",
        line("cash", account="A1", amount="2", currency="USD", reference="R1"),
        (event.Cash(event_time=TEN, account="A1", amount="1", currency="USD", reference="R1"),)),
    Bad("a correction of what was busted", "already_busted", line("correction", **_CORRECTION),
        (fill(7, TEN), _BUST)),
    Bad("a split of before a fill", "split_overtaken",
        line("split", venue="XNAS", symbol="AAPL", numerator=2, denominator=1,
             event_time=TEN - HOUR)),
    Bad("a fill of before a split", "before_split", a_fill(event_time=TEN - 2 * HOUR), (_SPLIT,)),
    Bad("a mark of before a split", "before_split",
        line("mark", venue="XNAS", symbol="AAPL", price="1", event_time=TEN - 2 * HOUR), (_SPLIT,)),
    Bad("a fill older than all that is remembered", "too_old_to_know",
        a_fill(event_time=TEN - HOUR), tuple(fill(n, TEN, sequence=n) for n in range(7, 12)),
        "[books]\nremembered_fills = 2"),
    Bad("an inverse contract for nothing", "no_price_value",
        a_fill(venue="BITMEX", symbol="XBTUSD", price="0"), (INVERSE,)),
    Bad("an inverse contract at a negative mark", "no_price_value",
        line("mark", venue="BITMEX", symbol="XBTUSD", price="-1"), (INVERSE,)),
    Bad("a position too many", "too_many_positions", a_fill(), (), "[books]\nmax_positions = 1"),
    Bad("an instrument too many", "too_many_instruments",
        line("instrument", venue="XNAS", symbol="NEW", base="A", quote="B"), (),
        "[books]\nmax_instruments = 1"),
    Bad("a line of 10 MB", "line_too_long", a_fill(strategy="x" * 10_000_000)),
    Bad("a line of a byte too many", "line_too_long", a_fill().ljust(1025), (),
        "max_line_bytes = 1024"),
]  # fmt: skip

BAD_LINES = [
    *_not_json(), *_no_object(), *_TEXT, *_FIELDS, *_NUMBERS, *_TIMES, *_BOOKS,
]  # fmt: skip

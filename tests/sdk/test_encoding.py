import json
import math
import re
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from fractions import Fraction
from types import NoneType, UnionType
from typing import Literal, Union, get_args, get_origin, get_type_hints

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskwatch.core import event as core_event
from deskwatch.core import observation as core_observation
from deskwatch.core.codec import parse_time
from deskwatch.sdk.encoding import KINDS, SCHEMA_VERSION, BadCall, encode, plain

SENDERS_OWN = {"source", "epoch", "sequence", "version"}
FILL: dict[str, object] = {
    "account": "A1",
    "venue": "XNAS",
    "symbol": "AAPL",
    "side": "buy",
    "quantity": "100",
    "price": "189.32",
    "exec_id": "E1",
}
EVENTS = {
    str(struct.__struct_config__.tag): struct
    for module in (core_event, core_observation)
    for struct in vars(module).values()
    if isinstance(struct, type) and issubclass(struct, core_event.Event)
    if struct is not core_event.Event
}


def line(kind: str, fields: dict[str, object]) -> dict[str, object]:
    raw = encode(kind, fields, event_time=7, source="bot", epoch=5, sequence=3)
    assert raw.endswith(b"\n")
    assert raw.count(b"\n") == 1
    event: dict[str, object] = json.loads(raw)
    return event


def hints(kind: str) -> dict[str, tuple[object, ...]]:
    """Return the engine's fields of a kind, each with the types it takes."""
    found = get_type_hints(EVENTS[kind])
    return {
        name: get_args(hint) if get_origin(hint) in {Union, UnionType} else (hint,)
        for name, hint in found.items()
        if name not in SENDERS_OWN
    }


def words(options: tuple[object, ...]) -> list[str]:
    return [word for o in options if get_origin(o) is Literal for word in get_args(o)]


@pytest.mark.parametrize("kind", EVENTS)
def test_every_kind_has_the_engines_fields(kind):
    fields = {f.name: f for f in msgspec.structs.fields(EVENTS[kind])}
    assert KINDS[kind].fields.keys() == fields.keys() - SENDERS_OWN
    required = {name for name, field in fields.items() if field.required}
    assert KINDS[kind].required == required - {"event_time"}


def test_no_kind_is_left_out_or_invented():
    assert KINDS.keys() == EVENTS.keys()
    assert core_event.SCHEMA_VERSION == SCHEMA_VERSION


@pytest.mark.parametrize("kind", EVENTS)
def test_every_kind_is_read_by_the_engine(kind):
    value_of: dict[object, object] = {str: "1", int: 1, bool: True}
    fields = {
        name: next(iter(words(options)), None) or value_of[options[0]]
        for name, options in hints(kind).items()
    }
    raw = encode(kind, fields, event_time=7, source="bot", epoch=5, sequence=3)
    read = msgspec.json.decode(raw, type=EVENTS[kind])
    assert {name: getattr(read, name) for name in fields} == fields
    assert (read.source, read.epoch, read.sequence) == ("bot", 5, 3)


@pytest.mark.parametrize("kind", EVENTS)
def test_a_required_null_is_null_for_the_engine_too(kind):
    nullable = {name for name, options in hints(kind).items() if NoneType in options}
    required = {f.name for f in msgspec.structs.fields(EVENTS[kind]) if f.required}
    null = {name for name, field in KINDS[kind].fields.items() if field.null}
    assert null == nullable & required


CLOSED = [
    (kind, name) for kind in EVENTS for name, options in hints(kind).items() if words(options)
]


@pytest.mark.parametrize(("kind", "name"), CLOSED)
def test_the_engines_words_are_taken_and_no_others(kind, name):
    check = KINDS[kind].fields[name].check
    assert [check(word) for word in words(hints(kind)[name])] == words(hints(kind)[name])
    with pytest.raises(BadCall) as refused:
        check("no such word")
    assert refused.value.reason == "unknown_value"


class TickText(str, Enum):  # noqa: UP042  # as programs have it from before 3.11
    CENT = "0.01"


class TickDecimal(Decimal, Enum):
    CENT = Decimal("0.01")


class TickFloat(float, Enum):
    CENT = 0.01


class Lots(IntEnum):
    ROUND = 100


@pytest.mark.parametrize(
    ("value", "digits"),
    [
        pytest.param(TickText.CENT, "0.01", id="text that an Enum names"),
        pytest.param(TickDecimal.CENT, "0.01", id="a decimal that an Enum names"),
        pytest.param(TickFloat.CENT, "0.01", id="a float that an Enum names"),
        pytest.param(Lots.ROUND, "100", id="an int that an Enum names"),
        pytest.param("189.3200", "189.3200", id="text goes out as it is"),
        pytest.param("-12.50", "-12.50", id="below zero"),
        pytest.param("1e-8", "0.00000001", id="an exponent in text"),
        pytest.param(" 5 ", "5", id="blanks around a number"),
        pytest.param(".5", "0.5", id="no digit before the point"),
        pytest.param(100, "100", id="int"),
        pytest.param(10**30, "1" + "0" * 30, id="a large int"),
        pytest.param(Decimal("1E-8"), "0.00000001", id="a small decimal"),
        pytest.param(Decimal("1E+3"), "1000", id="a large decimal"),
        pytest.param(Decimal("-1.500"), "-1.500", id="a decimal keeps its zeros"),
        pytest.param(0.1, "0.1", id="a float's shortest digits"),
        pytest.param(1e-8, "0.00000001", id="a small float"),
        pytest.param(0.1 + 0.2, "0.30000000000000004", id="a float's arithmetic shows"),
    ],
)
def test_plain(value, digits):
    assert plain(value) == digits


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        pytest.param("NaN", "not_a_decimal", id="NaN as text"),
        pytest.param(math.nan, "not_a_decimal", id="NaN"),
        pytest.param(math.inf, "not_a_decimal", id="infinity"),
        pytest.param(Decimal("sNaN"), "not_a_decimal", id="a signalling NaN"),
        pytest.param("1_000", "not_a_decimal", id="an underscore"),
        pytest.param("12,5", "not_a_decimal", id="a comma"),
        pytest.param("", "not_a_decimal", id="empty text"),
        pytest.param("१२", "not_a_decimal", id="digits of another script"),
        pytest.param(Decimal("1E+999999"), "not_a_decimal", id="a million digits"),
        pytest.param(10**5000, "not_a_decimal", id="an int of 5000 digits"),
        pytest.param(True, "wrong_type", id="bool"),
        pytest.param(b"1", "wrong_type", id="bytes"),
        pytest.param([1], "wrong_type", id="a list"),
        pytest.param(Fraction(1, 3), "wrong_type", id="a fraction"),
    ],
)
def test_an_amount_that_is_none_is_refused(value, reason):
    with pytest.raises(BadCall) as refused:
        line("fill", {**FILL, "price": value})
    assert refused.value.reason == reason


@given(st.decimals(allow_nan=False, allow_infinity=False, places=12))
def test_a_decimal_keeps_its_value(amount):
    assert Decimal(plain(amount)) == amount
    assert "E" not in plain(amount)


@given(st.floats(min_value=1e-30, max_value=1e30), st.sampled_from([1, -1]))
def test_a_float_reads_back_as_itself(size, sign):
    assert float(plain(sign * size)) == sign * size


class Hostile:
    def __index__(self) -> int:
        raise RuntimeError


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        pytest.param({"qty": "1"}, "unknown_field", id="a field that is not one"),
        pytest.param({"sequence": 9}, "unknown_field", id="a field of the sender's own"),
        pytest.param({"side": "BUY"}, "unknown_value", id="another word"),
        pytest.param({"side": 1}, "wrong_type", id="a number for a word"),
        pytest.param({"account": 7}, "wrong_type", id="a number for a text"),
        pytest.param({"account": None}, "wrong_type", id="None where it is required"),
        pytest.param({"event_time": 1.5}, "wrong_type", id="a float for a time"),
        pytest.param({"event_time": 10**5000}, "unknown_value", id="a time of 5000 digits"),
        pytest.param({"event_time": 2**63}, "unknown_value", id="a time of 65 bits"),
        pytest.param({"event_time": Hostile()}, "wrong_type", id="a value that raises"),
        pytest.param({"order_id": "x" * 70_000}, "line_too_long", id="a huge text"),
    ],
)
def test_a_bad_call_is_refused(change, reason):
    with pytest.raises(BadCall) as refused:
        line("fill", {**FILL, **change})
    assert refused.value.reason == reason


@given(st.integers())
def test_a_whole_number_is_taken_just_when_the_engine_takes_it(number):
    fields = {"venue": "XNAS", "channel": "book", "status": "message", "missed": number}
    try:
        taken = line("feed", fields)["missed"] == number
    except BadCall:
        taken = False
    event = {"kind": "feed", "event_time": 7, **fields}
    try:
        read = msgspec.json.decode(json.dumps(event), type=EVENTS["feed"]).missed == number
    except msgspec.ValidationError:
        read = False
    assert taken == read


def test_a_missing_field_is_named():
    with pytest.raises(BadCall, match="exec_id, price must be given") as refused:
        line("fill", {k: v for k, v in FILL.items() if k not in {"price", "exec_id"}})
    assert refused.value.reason == "missing_field"


def test_an_optional_none_is_left_out_and_a_required_one_is_null():
    assert "fee" not in line("fill", {**FILL, "fee": None})
    assert line("limit", {"limit": "drawdown", "value": None})["value"] is None


def test_the_callers_event_time_wins():
    assert line("fill", FILL)["event_time"] == 7
    assert line("fill", {**FILL, "event_time": 9})["event_time"] == 9


MOMENT = 1_795_798_800_123_456_000


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        pytest.param("2026-11-27T17:00:00.5Z", "2026-11-27T17:00:00.5Z", id="RFC 3339 text"),
        pytest.param(datetime(2026, 11, 27, 17, 0, 0, 123456, UTC), MOMENT, id="a datetime in UTC"),
        pytest.param(
            datetime(2026, 11, 27, 12, 0, 0, 123456, timezone(timedelta(hours=-5))),
            MOMENT,
            id="a datetime elsewhere",
        ),
        pytest.param(datetime(1969, 12, 31, 23, 59, 59, 999999, UTC), -1_000, id="before 1970"),
        pytest.param(MOMENT, MOMENT, id="nanoseconds"),
        pytest.param(1500.0, 1500, id="a float that is whole"),
    ],
)
@pytest.mark.parametrize("name", ["event_time", "exchange_time", "receive_time"])
def test_a_time(name, given, sent):
    fields = {"venue": "XNAS", "channel": "book", "status": "message"}
    assert line("feed", {**fields, name: given})[name] == sent


@given(st.datetimes(min_value=datetime(2000, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_a_datetime_is_the_moment_that_the_engine_reads_in_its_text(moment):
    text = moment.isoformat()
    sent = int(str(line("fill", {**FILL, "event_time": moment})["event_time"]))
    assert sent == parse_time(text)


def test_a_datetime_of_pandas_keeps_its_nanoseconds():
    class Timestamp(datetime):
        nanosecond = 789

    moment = Timestamp(2026, 11, 27, 17, 0, 0, 123456, UTC)
    assert line("fill", {**FILL, "event_time": moment})["event_time"] == MOMENT + 789


@pytest.mark.parametrize(
    ("kind", "fields", "said"),
    [
        pytest.param(
            "fill",
            {**FILL, "event_time": datetime(2026, 11, 27, 17)},  # noqa: DTZ001
            "event_time: a datetime without a time zone",
            id="a naive datetime",
        ),
        pytest.param(
            "fill",
            {**FILL, "event_time": 1795798800.0 * 1e9},
            "event_time: a float where a whole number of nanoseconds since 1970",
            id="time.time() * 1e9",
        ),
        pytest.param(
            "latency",
            {"operation": "order_ack", "duration_ns": 1.5},
            "duration_ns: a float where a whole number of nanoseconds is expected",
            id="half a nanosecond",
        ),
        pytest.param(
            "split",
            {"venue": "XNAS", "symbol": "AAPL", "numerator": 1.5, "denominator": 1},
            "numerator: a float where a whole number is expected",
            id="one and a half new units",
        ),
    ],
)
def test_a_time_or_number_that_is_none_is_refused_in_plain_words(kind, fields, said):
    with pytest.raises(BadCall, match=re.escape(said)) as refused:
        line(kind, fields)
    assert refused.value.reason == "wrong_type"


def test_a_platforms_own_enum_is_a_word():
    class Side(StrEnum):
        BUY = "buy"

    assert line("fill", {**FILL, "side": Side.BUY})["side"] == "buy"


def test_text_of_any_script_stays_on_one_line():
    assert line("fill", {**FILL, "exec_id": "a\nb\u2028€"})["exec_id"] == "a\nb\u2028€"


@pytest.mark.parametrize("error", [RuntimeError, SystemExit])
def test_a_value_whose_own_method_raises_or_exits_costs_its_event_alone(error):
    class Quantity:
        def __index__(self) -> int:
            raise error

    split = {"venue": "XNAS", "symbol": "AAPL", "numerator": Quantity(), "denominator": 1}
    with pytest.raises(BadCall, match=f"numerator: Quantity raised {error.__name__}"):
        line("split", split)

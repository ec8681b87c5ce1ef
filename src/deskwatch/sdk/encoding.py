"""A call's keyword arguments made into one NDJSON line, or refused with a reason."""

import json
import operator
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from types import NoneType
from typing import Final, Literal, NamedTuple, get_args, get_origin, get_type_hints

from deskwatch.sdk import kinds

SCHEMA_VERSION: Final = 1
#: A longer line is refused here: nothing that the schema allows comes near it.
MAX_LINE_BYTES: Final = 65_536
#: The books take amounts of at most 64 characters.
MAX_AMOUNT_DIGITS: Final = 64
#: The engine's integers have 64 bits.
_LEAST: Final = -(2**63)
_MOST: Final = 2**63 - 1
#: Beyond it floats leave whole numbers out: a time.time() * 1e9 is up to 128 ns off.
_MOST_EXACT: Final = 2**53
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

_PLAIN_DECIMAL = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_NUMBER = re.compile(r"\s*[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?\s*")
_to_json = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode


class BadCall(Exception):
    """A call that can't become an event. `reason` is a word of the engine's, or `unknown_field`."""

    def __init__(self, reason: str, detail: str) -> None:
        self.reason = reason
        super().__init__(detail)


class Field(NamedTuple):
    """How one keyword argument is checked.

    required: must be given. null: may be given as None and is then sent as null, which the schema
    reads as "not known"; None in an argument that is not required is as if it was left out.
    """

    check: Callable[[object], str | int]
    required: bool
    null: bool


class Kind(NamedTuple):
    """One event kind's fields by name."""

    fields: Mapping[str, Field]
    required: frozenset[str]


def encode(
    kind: str,
    fields: Mapping[str, object],
    *,
    misuse: tuple[object, ...] = (),
    event_time: int,
    source: str,
    epoch: int,
    sequence: int,
) -> bytes:
    """Return the event's line, ending in a newline. Raises BadCall.

    misuse: what was passed by position. event_time: used unless `fields` has its own.
    """
    if misuse:
        raise BadCall("unknown_field", "arguments are passed by name")
    schema = KINDS[kind]
    event: dict[str, object] = {
        "kind": kind,
        "version": SCHEMA_VERSION,
        "source": source,
        "epoch": epoch,
        "sequence": sequence,
        "event_time": event_time,
    }
    for name, value in fields.items():
        field = schema.fields.get(name)
        if field is None:
            known = ", ".join(schema.fields)
            raise BadCall("unknown_field", f"{name!r} is not a field; expected some of {known}")
        if value is not None:
            event[name] = _checked(name, field, value)
        elif field.null:
            event[name] = None
        elif field.required:
            raise BadCall("wrong_type", f"{name} is None")
    if not schema.required <= event.keys():
        absent = ", ".join(sorted(schema.required - event.keys()))
        raise BadCall("missing_field", f"{absent} must be given")
    line = _to_json(event)
    if len(line) >= MAX_LINE_BYTES:
        raise BadCall("line_too_long", f"{len(line)} bytes; expected under {MAX_LINE_BYTES}")
    return line.encode("ascii") + b"\n"


def plain(value: object) -> str:
    """Return an amount as digits without an exponent. Raises BadCall.

    A string of plain digits goes out as it is, trailing zeros included. A float becomes the
    shortest digits that read back as the same float. An Enum's member is what it stands for, which
    its own str and format would not say.
    """
    if isinstance(value, str):
        if _PLAIN_DECIMAL.fullmatch(value):
            return str.__str__(value)
        if not _NUMBER.fullmatch(value):
            raise BadCall("not_a_decimal", f"{value[:40]!r} is not a number")
        number = Decimal(value)
    elif isinstance(value, Decimal):
        number = Decimal(value)
    elif isinstance(value, float):
        number = Decimal(float.__repr__(value))  # numpy's float64 has a repr of its own
    else:
        number = Decimal(_integer(value))
    if not number.is_finite():
        raise BadCall("not_a_decimal", f"{number} is not a finite number")
    if abs(number.adjusted()) >= MAX_AMOUNT_DIGITS:  # or it might be a million characters long
        raise BadCall("not_a_decimal", f"10^{number.adjusted()} is out of range")
    return format(number, "f")


def _integer(value: object) -> int:
    """Return a whole number, numpy's included; True is not one."""
    if isinstance(value, bool):
        raise BadCall("wrong_type", "a bool where a number is expected")
    try:
        return operator.index(value)  # type: ignore[arg-type]  # its TypeError is the check
    except TypeError:
        raise BadCall("wrong_type", f"{type(value).__name__} where a number is expected") from None


def _whole(value: object, expected: str = "a whole number") -> int:
    """Return a whole number that the engine's integers hold; a float just where that is exact."""
    if isinstance(value, float):
        if not value.is_integer() or abs(value) > _MOST_EXACT:
            raise BadCall("wrong_type", f"a float where {expected} is expected")
        return int(value)
    number = _integer(value)
    if not _LEAST <= number <= _MOST:
        raise BadCall("unknown_value", "a number of more than 64 bits")
    return number


def _nanoseconds(value: object) -> int:
    return _whole(value, "a whole number of nanoseconds")


def _time(value: object) -> str | int:
    """Return a moment as the engine reads it: RFC 3339 text as it is, else nanoseconds."""
    if isinstance(value, str):
        return value
    if not isinstance(value, datetime):
        return _whole(value, "a whole number of nanoseconds since 1970, as time.time_ns() gives,")
    if value.utcoffset() is None:
        raise BadCall("wrong_type", "a datetime without a time zone; datetime.now(UTC) has one")
    since = value - _EPOCH
    microseconds = (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
    return microseconds * 1_000 + int(getattr(value, "nanosecond", 0))  # which pandas' have


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise BadCall("wrong_type", f"{type(value).__name__} where text is expected")
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise BadCall("wrong_type", f"{type(value).__name__} where True or False is expected")
    return value


def _one_of(words: tuple[str, ...]) -> Callable[[object], str]:
    known = frozenset(words)

    def check(value: object) -> str:
        text = _text(value)
        if text not in known:
            raise BadCall("unknown_value", f"{text[:40]!r}; expected one of {words}")
        return text

    return check


def _checked(name: str, field: Field, value: object) -> str | int:
    try:
        return field.check(value)
    except BadCall as bad:
        raise BadCall(bad.reason, f"{name}: {bad}") from None
    except BaseException as error:  # noqa: BLE001  # a value's own methods may raise anything
        detail = f"{name}: {type(value).__name__} raised {type(error).__name__}"
        raise BadCall("wrong_type", detail) from None


def _check_for(name: str, hint: object) -> Callable[[object], str | int]:
    """Return the check of a field from its name's unit and its annotation, None left out."""
    options = [option for option in get_args(hint) or (hint,) if option is not NoneType]
    if get_origin(hint) is Literal:
        return _one_of(get_args(hint))
    if Decimal in options:
        return plain
    if datetime in options:
        return _time
    if name.endswith("_ns"):
        return _nanoseconds
    (option,) = options
    if get_origin(option) is Literal:
        return _one_of(get_args(option))
    simple: dict[object, Callable[[object], str | int]] = {str: _text, int: _whole, bool: _flag}
    return simple[option]


def _kind_of(fields: type) -> Kind:
    required: frozenset[str] = fields.__required_keys__  # type: ignore[attr-defined]
    return Kind(
        {
            name: Field(
                _check_for(name, hint), name in required, name in required and _nullable(hint)
            )
            for name, hint in get_type_hints(fields).items()
        },
        required,
    )


def _nullable(hint: object) -> bool:
    return NoneType in get_args(hint)


#: Every event kind by its tag.
KINDS: Final[Mapping[str, Kind]] = {
    "instrument": _kind_of(kinds.Instrument),
    "fill": _kind_of(kinds.Fill),
    "bust": _kind_of(kinds.Bust),
    "correction": _kind_of(kinds.Correction),
    "mark": _kind_of(kinds.Mark),
    "fx": _kind_of(kinds.Fx),
    "fee": _kind_of(kinds.Fee),
    "funding": _kind_of(kinds.Funding),
    "cash": _kind_of(kinds.Cash),
    "split": _kind_of(kinds.Split),
    "order": _kind_of(kinds.Order),
    "position_report": _kind_of(kinds.PositionReport),
    "balance_report": _kind_of(kinds.BalanceReport),
    "api_request": _kind_of(kinds.ApiRequest),
    "latency": _kind_of(kinds.Latency),
    "feed": _kind_of(kinds.Feed),
    "session": _kind_of(kinds.Session),
    "heartbeat": _kind_of(kinds.Heartbeat),
    "breaker": _kind_of(kinds.Breaker),
    "kill_switch": _kind_of(kinds.KillSwitch),
    "dead_man": _kind_of(kinds.DeadMan),
    "limit": _kind_of(kinds.Limit),
    "clock": _kind_of(kinds.Clock),
    "drill": _kind_of(kinds.Drill),
}

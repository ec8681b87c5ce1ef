"""Lines to events: a fast way for good blocks, and a slow one that says what is wrong with a line.

A block is NDJSON. A good block is decoded in one go; one bad event sends it line by line, and costs
that event alone.
"""

import re
from datetime import datetime, timedelta
from typing import Final, NamedTuple, get_args

import msgspec

from deskwatch.core import event, observation
from deskwatch.core.event import Event, Label
from deskwatch.core.period import DAY, SECOND
from deskwatch.core.receipt import Refusal
from deskwatch.core.rejection import EventRejected, shorten

AnyEvent = (
    event.Instrument
    | event.Fill
    | event.Bust
    | event.Correction
    | event.Mark
    | event.Fx
    | event.Fee
    | event.Funding
    | event.Cash
    | event.Split
    | observation.Order
    | observation.PositionReport
    | observation.BalanceReport
    | observation.ApiRequest
    | observation.Latency
    | observation.Feed
    | observation.Session
    | observation.Heartbeat
    | observation.Breaker
    | observation.KillSwitch
    | observation.DeadMan
    | observation.Limit
    | observation.Clock
    | observation.Drill
)

#: The kinds that this version knows, by their tag.
KINDS: Final[dict[str, type[Event]]] = {
    kind.__struct_config__.tag: kind for kind in get_args(AnyEvent)
}

#: Fields that hold a time, and may be written as RFC 3339 text.
TIMES: Final = ("event_time", "receive_time", "expiry_time", "exchange_time", "started_at")


class UnknownKind(Event, tag="", kw_only=True, frozen=True):
    """An event of a kind this version does not know: kept in the journal and counted."""


class Decoded(NamedTuple):
    """What a block holds.

    events: the good ones, in order. refused: what is no event, by its line; sources: who sent each
    of those, empty where it does not say. block: the good ones as they came, what the journal
    keeps; one a line unless the block was good. lines: the line of each event, from 1; None where
    the block was good, see `event_lines`.
    """

    events: list[Event]
    lines: list[int] | None
    refused: list[Refusal]
    sources: list[str]
    block: bytes


class _Sent(msgspec.Struct):
    """What is read of an event that can't be."""

    source: Label = ""


_decoder: Final[msgspec.json.Decoder[Event]] = msgspec.json.Decoder(AnyEvent)
_sent: Final = msgspec.json.Decoder(_Sent)
_splitter: Final = msgspec.json.Decoder(msgspec.Raw)


def decode(block: bytes) -> Decoded:
    """Return the events of a block; what is none is refused with its reason."""
    try:
        events: list[Event] = _decoder.decode_lines(block)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _decode_slowly(block)
    return Decoded(events, None, [], [], block)


def event_lines(decoded: Decoded) -> list[int]:
    """Return the line of each event. Blank lines count; several events may stand on one line."""
    if decoded.lines is not None:
        return decoded.lines
    # Nobody asks while all goes well, so the fast way need not look where the lines are.
    return _decode_slowly(decoded.block).lines or []


def _decode_slowly(block: bytes) -> Decoded:
    events: list[Event] = []
    lines: list[int] = []
    kept: list[bytes] = []
    refused: list[Refusal] = []
    sources: list[str] = []
    for number, raw in enumerate(block.split(b"\n"), start=1):
        line = raw.strip()
        if not line:
            continue
        try:
            values = split(line)
        except EventRejected as rejected:
            refused.append(_refusal(number, rejected))
            sources.append("")
            continue
        for value in values:
            try:
                events.append(decode_event(value))
            except EventRejected as rejected:
                refused.append(_refusal(number, rejected))
                sources.append(_source(value))
            else:
                lines.append(number)
                kept.append(value + b"\n")
    return Decoded(events, lines, refused, sources, b"".join(kept))


def _source(value: bytes) -> str:
    """Return who sent a value that is no event; empty where it does not say."""
    try:
        return _sent.decode(value).source
    except (msgspec.MsgspecError, *_UNREADABLE):
        return ""


def _refusal(line: int, rejected: EventRejected) -> Refusal:
    return Refusal(line, rejected.reason, rejected.found, rejected.expected)


def split(text: bytes) -> list[bytes]:
    """Return the JSON values of a line, or of lines, as they came.

    Raises EventRejected: malformed_json.
    """
    try:
        return [bytes(value) for value in _splitter.decode_lines(text)]
    except _UNREADABLE as error:
        raise _unreadable(text, error) from None


def decode_event(value: bytes) -> Event:
    """Return the event that a JSON value is. Raises EventRejected with what is wrong."""
    try:
        return _decoder.decode(value)
    except msgspec.ValidationError:
        return _convert(value)
    except _UNREADABLE as error:
        raise _unreadable(value, error) from None


_UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def _unreadable(text: bytes, error: Exception) -> EventRejected:
    try:
        # Asked of the text: versions of msgspec differ in the error that they raise for this.
        text.decode()
    except UnicodeDecodeError as wrong:
        found = text[max(wrong.start - 10, 0) : wrong.start + 10]
        return EventRejected("invalid_utf8", _text(found), "UTF-8")
    why = "not nested deeply" if isinstance(error, RecursionError) else f"({error})"
    return EventRejected("malformed_json", _text(text), f"JSON {why}")


def _convert(value: bytes) -> Event:
    """Return the event of a value that needs a second look: other times, or an unknown kind."""
    try:
        fields = msgspec.json.decode(value)
    except _UNREADABLE as error:
        raise _unreadable(value, error) from None
    if not isinstance(fields, dict):
        raise EventRejected("not_an_object", _text(value), "a JSON object")
    kind = fields.get("kind")
    if "kind" not in fields:
        raise EventRejected("missing_field", _text(value), "a field `kind`")
    if not isinstance(kind, str):
        raise EventRejected("wrong_type", kind, "`kind` as text")
    for name in TIMES:
        if isinstance(fields.get(name), str):
            fields[name] = parse_time(fields[name])
    try:
        if kind not in KINDS:
            return msgspec.convert(fields | {"kind": ""}, UnknownKind)
        # Not into one of AnyEvent, which msgspec takes apart anew each time: 40 µs an event.
        known: Event = msgspec.convert(fields, KINDS[kind])
    except msgspec.ValidationError as second:
        raise _reason(str(second), fields) from None
    return known


_MISSING: Final = re.compile(r"Object missing required field `(\w+)`")
_AT: Final = re.compile(r" - at `\$\.?([^`]*)`")
_RANGE: Final = re.compile(r"Expected `int` (.*)")


def _reason(message: str, fields: dict[str, object]) -> EventRejected:
    """Return the rejection that a validation message of msgspec stands for."""
    missing = _MISSING.match(message)
    if missing:
        return EventRejected("missing_field", fields.get("kind", ""), f"a field `{missing[1]}`")
    at = _AT.search(message)
    name = at[1] if at else ""
    expected = f"`{name}`: {message[: at.start()] if at else message}"
    found = msgspec.json.encode(fields.get(name)).decode()
    if "of length" in message:
        return EventRejected("bad_length", found, expected)
    if message.startswith(("Invalid enum value", "Invalid value")):
        allowed = KINDS[str(fields["kind"])].__annotations__[name]
        words = ", ".join(_words(allowed))
        return EventRejected("unknown_value", found, f"`{name}`: one of {words}")
    if _RANGE.match(message):
        return EventRejected("unknown_value", found, expected)
    return EventRejected("wrong_type", found, expected)


def _words(allowed: object) -> list[str]:
    """Return the words that a Literal, or a union with one, allows."""
    arguments = getattr(allowed, "__args__", ())
    words = [argument for argument in arguments if isinstance(argument, str)]
    return words or [word for argument in arguments for word in _words(argument)]


_RFC3339: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)


def parse_time(text: str) -> int:
    """Return an RFC 3339 time as ns since 1970 UTC; digits past the ninth are cut.

    A leap second (23:59:60 UTC) is the second before it once more, as machines' clocks count it.
    Raises EventRejected: event_time_out_of_range.
    """
    match = _RFC3339.fullmatch(text)
    if match is not None:
        day, clock, fraction, offset = match.groups()
        zone = "+00:00" if offset in "Zz" else offset
        leaps = clock.endswith(":60")
        if leaps:
            clock = f"{clock[:-2]}59"
        try:
            whole = datetime.fromisoformat(f"{day}T{clock}{zone}")
        except ValueError:
            whole = None
        if whole is not None:
            seconds = (whole - datetime.fromisoformat("1970-01-01T00:00:00+00:00")) // timedelta(
                seconds=1
            )
            if not leaps or (seconds + 1) * SECOND % DAY == 0:
                return seconds * SECOND + int((fraction or "").ljust(9, "0") or 0)
    expected = "RFC 3339 with an offset, as 2026-11-23T09:30:00.5Z, or integer nanoseconds"
    raise EventRejected("event_time_out_of_range", text, expected)


def _text(line: bytes) -> str:
    return shorten(line[:160].decode("utf-8", "replace"))

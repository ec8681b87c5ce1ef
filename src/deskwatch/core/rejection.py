"""Why an event was refused: a closed set of reasons, each with what was expected instead."""

from typing import Final

#: Every reason that deskwatch can give, with its meaning. Reasons are label values of
#: `deskwatch_events_refused_total`, so the set is closed: a new one is a change of the interface.
REASONS: Final[dict[str, str]] = {
    "malformed_json": "the line is not JSON",
    "invalid_utf8": "the line is not UTF-8",
    "not_an_object": "the line is JSON, but not an object",
    "missing_field": "a required field is absent",
    "wrong_type": "a field has another JSON type than the schema asks for",
    "unknown_value": "a field has a word that is none of its own, or a number beyond its bounds",
    "bad_length": "a text is empty or longer than its field allows",
    "not_a_decimal": 'an amount is not a decimal number such as "-12.50" or "1E-8"',
    "too_fine": "an amount has more decimals than the books keep",
    "too_large": "an amount has more digits before the point than the books take",
    "zero_quantity": "a quantity is zero",
    "negative_quantity": "a quantity is negative; the side says buy or sell",
    "not_positive": "an amount that must be above zero is not",
    "unsupported_version": "the event's schema version is newer than this deskwatch",
    "event_time_in_future": "event_time is ahead of our clock by more than the tolerance",
    "event_time_out_of_range": "event_time is not a time since 2000, or a text is no RFC 3339 time",
    "unknown_instrument": "no instrument event has named this venue and symbol",
    "instrument_conflict": "an instrument is described again in a way that changes booked values",
    "unknown_exec_id": "a bust or correction names a fill that is not remembered",
    "exec_id_conflict": "a known exec_id comes with another quantity or price, or a fee it lacked",
    "reference_conflict": "a known reference of a fee, funding or cash comes with another amount",
    "too_old_to_know": "a fill or reference without a sequence is older than what is remembered",
    "already_busted": "a bust or correction names a fill that was busted or corrected before",
    "before_split": "an event is older than its instrument's last split, or what it names is",
    "split_overtaken": "a fill from after the split was booked before the split came",
    "no_price_value": "an inverse contract has no value at a price of zero or less",
    "too_many_positions": "the bound on positions is reached",
    "too_many_limits": "the bound on limits is reached",
    "too_many_instruments": "the bound on instruments is reached",
    "too_many_names": "the bound on names of this kind (accounts, breakers, feeds …) is reached",
    "line_too_long": "the line is longer than the limit",
    "body_too_large": "the request's body is larger than the limit",
    "bad_encoding": "the Content-Type or Content-Encoding is not taken, or the body is broken",
    "too_many_connections": "the bound on open connections is reached",
    "unauthorized": "no token, or a wrong one",
}


class EventRejected(Exception):
    """An event that can't be booked. `reason` is a key of REASONS; `expected` says what would do.

    `found` quotes the offending value, shortened; it never holds a whole event.
    """

    def __init__(self, reason: str, found: object, expected: str) -> None:
        assert reason in REASONS, reason
        self.reason = reason
        self.found = shorten(str(found))
        self.expected = expected
        super().__init__(f"{reason}: found {self.found!r}; expected {self.expected}")


def shorten(text: str, limit: int = 80) -> str:
    """Return `text` cut to `limit` characters, so that an error can't carry a megabyte."""
    return text if len(text) <= limit else text[: limit - 1] + "…"

"""What a query string asks for, checked."""

import re
from datetime import UTC, datetime, timedelta

import msgspec
from starlette.datastructures import QueryParams

from deskwatch.core.period import DAY, HOUR, MINUTE
from deskwatch.core.pnl_row import Period
from deskwatch.core.rejection import shorten
from deskwatch.web.desks.figures import HistoryQuery
from deskwatch.web.respond import Refused

#: What is shown when `from` is left out, and the longest range that can be asked for.
DEFAULT_RANGE_NS: dict[Period, int] = {"hour": DAY, "day": 30 * DAY}
LONGEST_RANGE_NS: dict[Period, int] = {"hour": 31 * DAY, "day": 3660 * DAY}

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST_NS = 2**63 - 1
_MAX_LABEL = 64
_MAX_LIMIT_DIGITS = 6
_OFFSET = re.compile(r"(?:[Zz]|([+-])(\d\d):(\d\d))\Z", re.ASCII)
_FRACTION = re.compile(r"(?<=:\d\d)\.(\d{1,9})(?=[Zz+-])", re.ASCII)


def history_query(params: QueryParams, period: Period, now_ns: int) -> HistoryQuery:
    """Return what `params` ask for; without `to` it ends now. Raises Refused (400)."""
    refuse_others(params, ("from", "to", "account", "strategy"))
    start_ns, end_ns = history_range(params, period, now_ns)
    account, strategy = label(params, "account"), label(params, "strategy")
    return HistoryQuery(period, start_ns, end_ns, account, strategy)


def history_range(params: QueryParams, period: Period, now_ns: int) -> tuple[int, int]:
    """Return the range of hours or days that `params` ask for. Raises Refused (400)."""
    return time_range(params, now_ns, DEFAULT_RANGE_NS[period], LONGEST_RANGE_NS[period])


def time_range(
    params: QueryParams, now_ns: int, default_ns: int, longest_ns: int
) -> tuple[int, int]:
    """Return `from` and `to` of `params`; without `to` it ends now. Raises Refused (400).

    default_ns: how long it is without `from`. longest_ns: how long it may be; an hour longer where
    their offsets say that clocks go back in it, as in a month or a quarter of the autumn.
    """
    end_ns = parse_time("to", params["to"]) if "to" in params else now_ns
    if "from" in params:
        start_ns = parse_time("from", params["from"])
    else:
        start_ns = max(0, end_ns - default_ns)
    if start_ns >= end_ns:
        raise bad_parameter(f"found from {start_ns} and to {end_ns}; expected from before to")
    if end_ns - start_ns > longest_ns + _gone_back_ns(params):
        raise bad_parameter(f"expected from and to at most {longest_ns // DAY} days apart")
    return start_ns, end_ns


def refuse_others(params: QueryParams, known: tuple[str, ...] = ()) -> None:
    """Raise Refused (400) on a parameter that isn't `known`, or is given twice.

    A filter that is quietly ignored would show other figures than were asked for.
    """
    names = [name for name, _ in params.multi_items()]
    for name in names:
        if name not in known:
            expected = ", ".join(known) or "none"
            raise bad_parameter(f"found the parameter {shorten(name)!r}; expected {expected}")
        if names.count(name) > 1:
            raise bad_parameter(f"found the parameter {name} twice; expected it once")


def parse_time(name: str, text: str) -> int:
    """Return the time as ns since 1970, exact to the nanosecond. Raises Refused (400).

    text: integer nanoseconds, or RFC 3339 with at most nine decimals of a second.
    """
    if text.isascii() and text.isdigit() and len(text) <= len(str(_LATEST_NS)):
        found = int(text)
    else:
        found = _parse_rfc3339(name, text)
    if not 0 <= found <= _LATEST_NS:
        raise bad_parameter(f"found {name}={shorten(text)!r}; expected a time from 1970 to 2262")
    return found


def parse_limit(params: QueryParams, default: int, most: int) -> int:
    """Return how many are asked for, at most `most`. Raises Refused (400)."""
    text = params.get("limit", str(default))
    digits = text.isascii() and text.isdigit() and len(text) <= _MAX_LIMIT_DIGITS
    number = int(text) if digits else 0
    if not 1 <= number <= most:
        raise bad_parameter(f"found limit={shorten(text)!r}; expected 1 to {most}")
    return number


def _parse_rfc3339(name: str, text: str) -> int:
    # datetime ends at microseconds, so the fraction is read on its own.
    fraction = _FRACTION.search(text)
    whole = text if fraction is None else text[: fraction.start()] + text[fraction.end() :]
    try:
        # More decimals than nine are left in, and refused with the rest of what isn't a time.
        moment = msgspec.convert(whole.replace(".", "?"), datetime)
        since = moment - _EPOCH  # TypeError when it names no zone
    except (msgspec.ValidationError, TypeError):
        raise bad_parameter(
            f"found {name}={shorten(text)!r}; expected integer nanoseconds or RFC 3339, such as "
            "2026-01-31T12:00:00Z (write the + of an offset as %2B)"
        ) from None
    nanoseconds = 0 if fraction is None else int(fraction[1].ljust(9, "0"))
    return since // timedelta(microseconds=1) * 1000 + nanoseconds


def _gone_back_ns(params: QueryParams) -> int:
    """Return by how much clocks go back from `from` to `to`, an hour at most, where both say so."""
    before, after = (_OFFSET.search(params.get(name, "")) for name in ("from", "to"))
    if before is None or after is None:
        return 0
    return max(0, min(_ahead_ns(before) - _ahead_ns(after), HOUR))


def _ahead_ns(offset: re.Match[str]) -> int:
    sign, hours, minutes = offset.groups(default="00")
    ahead = int(hours) * HOUR + int(minutes) * MINUTE
    return -ahead if sign == "-" else ahead


def label(params: QueryParams, name: str) -> str | None:
    """Return a label's value, None where it is left out. Raises Refused (400)."""
    value = params.get(name)
    if value is not None and not 1 <= len(value) <= _MAX_LABEL:
        raise bad_parameter(f"found {len(value)} characters in {name}; expected 1 to {_MAX_LABEL}")
    return value


def bad_parameter(detail: str) -> Refused:
    """Return the refusal of a query string."""
    return Refused(400, "bad_parameter", detail)

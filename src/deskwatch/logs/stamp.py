"""The time that an entry names: where it says its zone, or the stream's is configured."""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from deskwatch.core.period import SECOND
from deskwatch.logs.level import Fields

#: A day and a second of it, the second's fraction, the zone. An offset after a space has to be one
#: that clocks have: it may be a quantity.
_DATE: Final = (
    r"(\d{4}[-/]\d{2}[-/]\d{2}[T ]\d{2}:\d{2}:\d{2})(?:[.,](\d{1,9}))?"
    r"(Z|[+-]\d{2}(?::?\d{2})?| (?:UTC|GMT)\b| [+-](?:0\d|1[0-4]):?(?:00|15|30|45)\b)?"
)
#: Seconds since 1970 and a fraction; or thousandths, millionths or billionths of one since then.
_COUNT: Final = r"(\d{10})(?:\.(\d{1,9})|(\d{3}|\d{6}|\d{9}))?"

_KEY: Final = r"(?:time|ts|t)=\"?"
_PLAIN: Final = re.compile(rf"(?:\[|{_KEY})?{_DATE}|{_KEY}{_COUNT}(?:[\" ]|\Z)".encode(), re.ASCII)
_SAID: Final = re.compile(rf"{_DATE}|{_COUNT}", re.ASCII)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND: Final = timedelta(seconds=1)


def find_time(text: bytes, said: Fields | None, zone: str | None, now_ns: int) -> int | None:
    """Return when an entry says it was written, in ns since 1970 UTC; None where it doesn't say.

    said: what `fields` found in it. zone: the IANA name of the zone of times that name none.
    now_ns: when it was read. A time that clocks show twice is the later one that is not to come:
    that is the right one of what is read as it is written.
    """
    if said is None:
        plain = _PLAIN.match(text)
        if plain is None:
            return None
        parts = tuple(part and part.decode() for part in plain.groups())
    else:
        named = said.named_time
        found = _SAID.fullmatch(str(named)) if isinstance(named, str | int | float) else None
        if found is None:
            return None
        parts = found.groups()
    second, fraction, offset, count, after_point, further = parts
    shown = (int(count),) * 2 if count else _shown(second, offset, zone)
    if shown is None:
        return None
    first, again = shown
    seconds = again if again * SECOND <= now_ns else first
    part = fraction or after_point or further
    return seconds * SECOND + (int(part.ljust(9, "0")) if part else 0)


@lru_cache(maxsize=1024)
def _shown(second: str, offset: str | None, zone: str | None) -> tuple[int, int] | None:
    """Return when clocks show a time without its fraction, in seconds since 1970, and when again.

    The same but in the hour that a zone's clocks show twice. Lines of a second share it.
    """
    shift = "Z" if offset in (" UTC", " GMT") else (offset or "").strip()
    try:
        time = datetime.fromisoformat(second.replace("/", "-") + shift)
    except ValueError:
        return None
    if time.tzinfo is None:
        if zone is None:
            return None
        time = time.replace(tzinfo=ZoneInfo(zone))
    try:
        first, again = ((time.replace(fold=fold) - _EPOCH) // _SECOND for fold in (0, 1))
    except OverflowError:
        return None
    return first, max(first, again)  # of an hour that clocks leave out, the second comes before

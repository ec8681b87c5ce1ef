"""The time that an entry names: where it says its zone, or the stream's is configured."""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from deskwatch.core.period import SECOND
from deskwatch.logs.level import Fields

_PLAIN: Final = re.compile(
    rb"(?:\[|time=\"?|ts=\"?|t=\"?)?"
    rb"(\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2})(?:[.,](\d{1,9}))?(Z|[+-]\d{2}:\d{2})?",
    re.ASCII,
)
_SAID: Final = re.compile(
    r"(\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2})(?:[.,](\d{1,9}))?(Z|[+-]\d{2}:\d{2})?", re.ASCII
)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND: Final = timedelta(seconds=1)


def find_time(text: bytes, said: Fields | None, zone: str | None) -> int | None:
    """Return when an entry says it was written, in ns since 1970 UTC; None where it doesn't say.

    said: what `fields` found in it. zone: the IANA name of the zone of times that name none.
    """
    if said is None:
        plain = _PLAIN.match(text)
        if plain is None:
            return None
        second, fraction, offset = (part and part.decode() for part in plain.groups())
    else:
        named = said.timestamp or said.time or said.ts or said.asctime or said.at_timestamp
        found = _SAID.fullmatch(named) if isinstance(named, str) else None
        if found is None:
            return None
        second, fraction, offset = found.groups()
    seconds = _seconds(second, offset, zone)
    if seconds is None:
        return None
    return seconds * SECOND + (int(fraction.ljust(9, "0")) if fraction else 0)


@lru_cache(maxsize=1024)
def _seconds(second: str, offset: str | None, zone: str | None) -> int | None:
    """Return the seconds since 1970 of a time without its fraction; lines of a second share it."""
    try:
        time = datetime.fromisoformat(second + (offset or ""))
    except ValueError:
        return None
    if time.tzinfo is None:
        if zone is None:
            return None
        time = time.replace(tzinfo=ZoneInfo(zone))
    try:
        return (time - _EPOCH) // _SECOND
    except OverflowError:
        return None

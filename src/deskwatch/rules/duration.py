"""Durations as Prometheus writes them."""

import re
from typing import Final

_UNITS: Final = re.compile(
    r"(?:(?P<y>\d+)y)?(?:(?P<w>\d+)w)?(?:(?P<d>\d+)d)?(?:(?P<h>\d+)h)?(?:(?P<m>\d+)m(?!s))?"
    r"(?:(?P<s>\d+)s)?(?:(?P<ms>\d+)ms)?"
)
_MS: Final = {
    "y": 365 * 86_400_000,
    "w": 7 * 86_400_000,
    "d": 86_400_000,
    "h": 3_600_000,
    "m": 60_000,
    "s": 1000,
    "ms": 1,
}


def parse_duration(text: str) -> int:
    """Return a duration such as 1h30m in milliseconds. Raises ValueError."""
    found = _UNITS.fullmatch(text)
    if text == "0":
        return 0
    if not text or found is None:
        raise ValueError(f"found {text!r}; expected a duration such as 30s, 5m or 1h30m")
    return sum(int(amount) * _MS[unit] for unit, amount in found.groupdict(default="0").items())

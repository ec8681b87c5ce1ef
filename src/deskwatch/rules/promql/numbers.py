"""Numbers read and written as Go does, so that labels and texts equal Prometheus'."""

import math
import re
from decimal import Decimal
from typing import Final

#: The powers of ten that Go's shortest form writes without an exponent.
_PLAIN_POWERS: Final = range(-4, 6)

_FLOAT: Final = re.compile(
    r"[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|inf(?:inity)?|nan)", re.IGNORECASE | re.ASCII
)


def parse_float(text: str) -> float | None:
    """Return the number that a text spells, None where it spells none."""
    return float(text) if _FLOAT.fullmatch(text) else None


def special(value: float) -> str | None:
    """Return NaN, +Inf or -Inf by name; None for a finite number."""
    if math.isfinite(value):
        return None
    return "NaN" if math.isnan(value) else f"{'+' if value > 0 else '-'}Inf"


def shown_plain(value: float) -> str:
    """Return the shortest digits that read back, never with an exponent (Go's 'f')."""
    name = special(value)
    if name is not None:
        return name
    text = f"{Decimal(repr(value)):f}"
    return text.removesuffix(".0")


def shown_openmetrics(value: float) -> str:
    """Return it as OpenMetrics writes a float: the shortest, with a point or an exponent."""
    text = shown(value)
    return text if special(value) or "." in text or "e" in text else f"{text}.0"


def shown(value: float) -> str:
    """Return it as Go's `%v`: the shortest digits; an exponent below 1e-4 and from 1e6 on."""
    name = special(value)
    if name is not None:
        return name
    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    assert isinstance(exponent, int)
    power = len(digits) - 1 + exponent if any(digits) else 0
    if power in _PLAIN_POWERS:
        return shown_plain(value)
    figures = "".join(map(str, digits))
    point = f".{figures[1:]}" if len(figures) > 1 else ""
    return f"{'-' if sign else ''}{figures[0]}{point}e{'-' if power < 0 else '+'}{abs(power):02d}"

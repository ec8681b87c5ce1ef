"""How counts, amounts, times and lengths of time are worded, for whoever reads them."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from deskwatch.core.period import MINUTE, SECOND

#: Coins of which a hundredth is much: shown with more decimals.
FINE: Final = frozenset({"BTC", "XBT", "ETH", "BNB"})

#: How many digits of something small are shown, so that it is neither nothing nor half of it.
_LEAST_DIGITS: Final = 2

#: Beyond these an exponent says more than zeros do.
_LEAST_PLAIN: Final = 1e-18
_MOST_PLAIN: Final = 1e18
_MILLION: Final = 1_000_000

#: From 0.9995 of a unit on, three digits round to the whole of it.
_ROUNDS_UP: Final = Decimal("0.9995")
_UNITS: Final = ((1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "µs"))


def printable(text: str) -> str:
    """Return a name, or what else came from outside, without what would control a terminal."""
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)


def counted(count: int, noun: str, plural: str = "") -> str:
    """Return how many there are of what, such as "1 event" or "2,000 events".

    plural: where it is not the noun with an s.
    """
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def money(amount: str, currency: str, *, signed: bool = True) -> str:
    """Return decimal text with thousands separators and, unless it is zero, its sign."""
    number = Decimal(amount)
    # Not abs(), which rounds to 28 digits.
    text = rounded(number.copy_abs(), 6 if currency in FINE else 2)
    sign = "-" if number < 0 else "+" if number and signed else ""
    return sign + text


def rounded(number: Decimal, decimals: int) -> str:
    """Return a number with so many decimals, above zero; with more where it is small."""
    shown = max(decimals, _LEAST_DIGITS - 1 - number.adjusted()) if number else decimals
    # Not round(), which knows no more than 28 digits.
    whole, _, fraction = f"{number:,.{shown}f}".partition(".")
    return f"{whole}.{fraction.rstrip('0').ljust(decimals, '0')}"


def share(ratio: float, decimals: int) -> str:
    """Return a ratio as a percentage with so many decimals; with more where it is small."""
    return f"{rounded(Decimal(ratio) * 100, decimals)}%"


def whole_share(ratio: float) -> str:
    """Return a ratio as a whole percentage, never more than it is: 99.9% of a limit is not all."""
    # By the text that the float stands for: as a float, 0.29 has 28.999 hundredths.
    return f"{int(Decimal(repr(ratio)) * 100):,}%"


def figure(value: float) -> str:
    """Return a value that a rule found in six digits, or as many as stand before the point."""
    if not _LEAST_PLAIN <= abs(value) < _MOST_PLAIN:
        return f"{value:.6g}" if value else "0"
    if abs(value) >= _MILLION:
        return f"{value:,.0f}"
    return f"{Decimal(f'{value:.6g}'):,f}"


def moment(time_ns: int, form: str = "%Y-%m-%d %H:%M:%S UTC") -> str:
    """Return a time (ns since 1970) in UTC; what is below a second is cut."""
    return datetime.fromtimestamp(time_ns // SECOND, UTC).strftime(form)


def duration(ns: int) -> str:
    """Return a length of time in its two largest units."""
    seconds = max(0, ns // SECOND)
    parts = []
    for name, size in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count} {name}")
    return " ".join(parts[:2]) or "0 s"


def latency(ns: int) -> str:
    """Return how long something took with three digits and its unit; before zero with a hyphen."""
    sign, took = ("-" if ns < 0 else ""), abs(ns)
    for unit_ns, unit in _UNITS:
        if took >= unit_ns * _ROUNDS_UP:
            value = Decimal(took) / unit_ns
            decimals = next((n for n, most in ((2, 10), (1, 100)) if value < most * _ROUNDS_UP), 0)
            text = f"{value:,.{decimals}f}"
            return f"{sign}{text.rstrip('0').rstrip('.') if decimals else text} {unit}"
    return f"{sign}{took} ns"


def setting(ns: int) -> str:
    """Return a length of time that somebody has set: in whole minutes, where it is that."""
    minutes, rest = divmod(ns, MINUTE)
    return duration(ns) if rest else counted(minutes, "minute")

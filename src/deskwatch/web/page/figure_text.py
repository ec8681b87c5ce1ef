"""Figures as the page writes them: `ui/src/format.ts` writes the same."""

from decimal import ROUND_DOWN, Decimal
from typing import Final

from deskwatch.core.wording import FINE

#: What stands for a figure that isn't there.
NOTHING: Final = "—"

#: What a loss begins with.
MINUS: Final = "\N{MINUS SIGN}"
_SYMBOLS: Final = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}
_FINE_DECIMALS: Final = 4
#: From ten to the power of this on, gains are told in whole units.
_WHOLE_FROM: Final = 2
#: What is small has so many.
_LEAST_DIGITS: Final = 2
_STEPS: Final = ((9, "bn"), (6, "m"), (3, "k"))
_DIGITS: Final = 3
_SPANS: Final = ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s"))


def gain(amount: Decimal, currency: str) -> str:
    """Return a gain or a loss with its sign, from a hundred on in whole units; a zero has none."""
    if not amount:
        return _in(currency, "0")
    whole = 0 if amount.adjusted() >= _WHOLE_FROM else _LEAST_DIGITS
    text = _told(amount, _FINE_DECIMALS if currency in FINE else whole)
    return (MINUS if amount < 0 else "+") + _in(currency, text)


def size(amount: Decimal, currency: str) -> str:
    """Return an amount in three digits or so: $18.4m, $412k, 12.5 BTC."""
    whole = f"{amount.copy_abs():.0f}"
    exponent, suffix = next((step for step in _STEPS if len(whole) > step[0]), (0, ""))
    scaled = amount.copy_abs().scaleb(-exponent)
    decimals = max(0, _DIGITS - len(f"{scaled.to_integral_value(ROUND_DOWN):f}"))
    return (MINUS if amount < 0 else "") + _in(currency, _told(scaled, decimals) + suffix)


def span(seconds: int) -> str:
    """Return a length of time in the largest unit that it is a multiple of."""
    for unit_s, unit in _SPANS:
        if seconds >= unit_s and seconds % unit_s == 0:
            return f"{seconds // unit_s} {unit}"
    return f"{seconds} s"


def confidence(ratio: float) -> str:
    """Return all digits of a confidence as a percentage."""
    return f"{ratio * 100:.12g}%"


def _told(amount: Decimal, decimals: int) -> str:
    """Return an amount without its sign; with more decimals where it is small."""
    small = _LEAST_DIGITS - 1 - amount.adjusted() if 0 < amount.copy_abs() < 1 else 0
    if small > decimals:
        return f"{amount.copy_abs():.{small}f}".removesuffix("0")
    return f"{amount.copy_abs():,.{decimals}f}"


def _in(currency: str, text: str) -> str:
    symbol = _SYMBOLS.get(currency)
    return f"{text} {currency}" if symbol is None else f"{symbol}{text}"

"""Exact numbers: decimal strings on the wire, integers in the books.

An amount is an integer count of 10**-decimals; which decimals is said beside each value.
"""

import re
from typing import Final

from deskwatch.core.rejection import EventRejected

#: The finest increment and the largest whole part that are taken, in digits. docs/accounting.md.
MAX_DECIMALS: Final = 18
MAX_WHOLE_DIGITS: Final = 18

#: Money that is not tied to one instrument (fees, funding, cash) is kept at this many decimals.
MONEY_DECIMALS: Final = 18

#: Figures translated into a reporting currency are rounded to this many decimals.
REPORTING_DECIMALS: Final = 9

POW10: Final[list[int]] = [10**n for n in range(128)]

_DECIMAL: Final = re.compile(r"([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d{1,2}))?", re.ASCII)


def parse_decimal(text: str, decimals: int) -> int:
    """Return the decimal string `text` as an integer count of 10**-decimals, exactly.

    Raises EventRejected: not_a_decimal, too_fine (it needs more decimals), too_large.
    """
    # Every amount of every event comes here: no more texts are made than are needed.
    whole = text.find(".")
    if whole < 0:
        whole, digits = len(text), text
    else:
        digits = text.replace(".", "", 1)
    room = decimals - len(digits) + whole
    if room >= 0 and digits.isdigit() and digits.isascii() and whole <= MAX_WHOLE_DIGITS:
        return int(digits) * POW10[room] if room else int(digits)
    number, scale = _number(text)
    if scale > decimals:
        raise EventRejected("too_fine", text, f"at most {decimals} decimals")
    amount = number * POW10[decimals - scale]
    if abs(amount) >= POW10[MAX_WHOLE_DIGITS + decimals]:
        raise EventRejected(
            "too_large", text, f"at most {MAX_WHOLE_DIGITS} digits before the point"
        )
    return amount


def decimals_of(text: str) -> int:
    """Return how many decimals, at most MAX_DECIMALS, hold the decimal string `text` exactly.

    Raises EventRejected: not_a_decimal, too_fine.
    """
    decimals = _number(text)[1]
    if decimals > MAX_DECIMALS:
        raise EventRejected("too_fine", text, f"at most {MAX_DECIMALS} decimals")
    return decimals


def _number(text: str) -> tuple[int, int]:
    """Return (number, scale) with text = number × 10**-scale, scale >= 0 and least."""
    match = _DECIMAL.fullmatch(text)
    if match is None or not (match[2] or match[3]):
        raise EventRejected("not_a_decimal", text, 'a decimal number as text, such as "-12.50"')
    sign, whole, fraction, exponent = match.groups()
    fraction = fraction.rstrip("0")
    digits = (whole + fraction).lstrip("0") or "0"
    scale = len(fraction) - int(exponent or 0)
    if scale < 0:
        return int(sign + digits) * POW10[-scale], 0
    while scale > 0 and digits[-1] == "0":
        digits, scale = digits[:-1] or "0", scale - 1
    return int(sign + digits), scale


def divide_half_even(numerator: int, denominator: int) -> int:
    """Return numerator / denominator rounded to the nearest integer, ties to even."""
    if denominator < 0:
        numerator, denominator = -numerator, -denominator
    quotient, remainder = divmod(numerator, denominator)
    twice = remainder * 2
    if twice > denominator or (twice == denominator and quotient & 1):
        return quotient + 1
    return quotient


def read_figure(text: str, decimals: int) -> int:
    """Return what `format_decimal` wrote, whatever its size, as a count of 10**-decimals."""
    whole, _, fraction = text.partition(".")
    assert len(fraction) <= decimals, (text, decimals)
    return int(whole + fraction.ljust(decimals, "0"))


def rescale(amount: int, decimals: int, to: int) -> int:
    """Return `amount` at `to` decimals: exact upwards, rounded half-even downwards."""
    if to >= decimals:
        return amount * POW10[to - decimals]
    return divide_half_even(amount, POW10[decimals - to])


def format_decimal(amount: int, decimals: int) -> str:
    """Return `amount` as a plain decimal string, exact, without trailing zeros."""
    sign = "-" if amount < 0 else ""
    if decimals == 0:
        return str(amount)
    whole, fraction = divmod(abs(amount), POW10[decimals])
    text = str(fraction).rjust(decimals, "0").rstrip("0") if fraction else ""
    return f"{sign}{whole}.{text}" if text else f"{sign}{whole}"


def format_figure(amount: int | None, decimals: int) -> str | None:
    """Return a figure as `format_decimal` writes it; None where it can't be known."""
    return None if amount is None else format_decimal(amount, decimals)


def to_float(amount: int, decimals: int) -> float:
    """Return `amount` as the nearest float: for exposition and pictures only."""
    return amount / POW10[decimals]

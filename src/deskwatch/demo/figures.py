"""How the simulated desk writes numbers: integers become decimal strings, floats never do."""

from fractions import Fraction

#: Fees, funding and balances are integers of 10**-8 of their currency.
MONEY_DECIMALS = 8


def decimal_text(units: int, decimals: int) -> str:
    """Return `units` × 10**-decimals as a decimal string with exactly `decimals` decimals."""
    if decimals == 0:
        return str(units)
    whole, fraction = divmod(abs(units), 10**decimals)
    sign = "-" if units < 0 else ""
    return f"{sign}{whole}.{fraction:0{decimals}d}"


def money_text(units: int) -> str:
    """Return `units` of 10**-8 as a decimal string without trailing zeros."""
    return decimal_text(units, MONEY_DECIMALS).rstrip("0").rstrip(".")


def money_units(amount: Fraction, decimals: int = MONEY_DECIMALS) -> int:
    """Return `amount` in units of 10**-8, rounded half-even to `decimals` of its currency."""
    units: int = round(amount * 10**decimals)
    coarser: int = 10 ** (MONEY_DECIMALS - decimals)
    return units * coarser

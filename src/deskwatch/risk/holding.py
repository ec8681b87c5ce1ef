"""What a strategy holds, as money that moves with returns, and what it would have earned by them.

Floats: a statistic, not a book. The sums go row by row in the order of the positions, so that a
replay rounds as the live engine did.
"""

from collections.abc import Iterable
from typing import Final

import numpy as np
from msgspec import Struct

from deskwatch.core.account import Group
from deskwatch.core.books import Books
from deskwatch.core.line import SUM_DECIMALS, Line
from deskwatch.core.money import to_float
from deskwatch.risk.returns import Factor, Returns
from deskwatch.risk.vector import Vector

#: Rows that follow each other are summed where they are if they are so many, on average.
_LONG_RUN: Final = 8


class Leg(Struct, array_like=True):
    """The part of a holding that is in one currency.

    rate: what one unit is in the reporting currency. rate_row: the row of its returns, None of the
    reporting currency itself. net: the P&L so far, which a change of the rate translates anew.
    rows, amounts: what each position is worth, signed, by the row of its instrument's returns.
    """

    rate: float
    rate_row: int | None
    net: float
    rows: list[int]
    amounts: list[float]

    def blocks(self) -> list[tuple[slice | list[int], list[float]]]:
        """Return the rows in pieces, each with its amounts: few slices, or all rows as one list.

        Picking 500 rows out of a matrix takes three times as long as adding them up; a slice takes
        nothing, but its own sum.
        """
        runs: list[tuple[int, list[float]]] = []
        for row, amount in sorted(zip(self.rows, self.amounts, strict=True)):
            if runs and row == runs[-1][0] + len(runs[-1][1]):
                runs[-1][1].append(amount)
            else:
                runs.append((row, [amount]))
        if len(runs) * _LONG_RUN > len(self.rows):
            return [(self.rows, self.amounts)]
        return [(slice(first, first + len(amounts)), amounts) for first, amounts in runs]


class Holding(Struct, array_like=True):
    """What one strategy of an account has at risk. gross: in the reporting currency."""

    legs: list[Leg]
    gross: float

    @property
    def rows(self) -> list[int]:
        """The rows of all returns that it moves with."""
        found = [row for leg in self.legs for row in leg.rows]
        return found + [leg.rate_row for leg in self.legs if leg.rate_row is not None]

    def outcomes(self, returns: Returns, newest: int | None = None) -> Vector:
        """Return what it would have earned in each column, or in the newest ones; NaN if unknown.

        A position in another currency earns amount × rate × r (1 + f), with f the return of the
        rate, and its net P&L so far × rate × f: what the books would show, to the last digit.
        """
        window = returns.values
        values = window if newest is None else window[:, -newest:]
        total = np.zeros(values.shape[1])
        for leg in self.legs:
            earned = np.zeros(values.shape[1])
            for rows, amounts in leg.blocks():
                # Not `@`: in which order a BLAS adds is the machine's affair.
                earned += np.einsum("ij,i->j", values[rows], amounts)
            if leg.rate_row is not None:
                moved = values[leg.rate_row]
                earned = earned * (1 + moved) + leg.net * moved
            total += leg.rate * earned
        return total


def hold(
    books: Books, group: Group, lines: Iterable[Line], returns: Returns, now: int
) -> Holding | str:
    """Return what a strategy's lines have at risk at `now` (ns), or why that can't be known.

    The books' figures must be as of `now`.
    """
    legs: dict[str, Leg | str] = {}
    reasons: set[str] = set()
    gross = 0.0
    for line in lines:
        instrument = line.instrument
        settle = instrument.settle
        leg = legs.get(settle)
        if leg is None:
            leg = legs[settle] = _leg(books, group, settle, returns, now)
        worth = _worth(books, line, now)
        row = _row(returns, ("mark", instrument.venue, instrument.symbol))
        if isinstance(leg, Leg) and isinstance(worth, float) and isinstance(row, int):
            leg.rows.append(row)
            leg.amounts.append(worth)
            gross += abs(worth) * leg.rate
        else:
            reasons.update(one for one in (worth, row) if isinstance(one, str))
    for currency, sums in sorted(group.sums.items()):
        if currency not in legs and sums.net and currency != group.currency:
            legs[currency] = _leg(books, group, currency, returns, now)
    reasons.update(leg for leg in legs.values() if isinstance(leg, str))
    if reasons:
        return min(reasons)
    return Holding([leg for leg in legs.values() if isinstance(leg, Leg)], gross)


def _worth(books: Books, line: Line, now: int) -> float | str:
    notional = books.valuation.notional(line, now)
    if notional is None:
        reason = books.valuation.mark_at(line.instrument, now)[1]
        assert reason is not None, "only a mark that is missing or stale prices nothing"
        return reason
    return to_float(notional, line.instrument.money_decimals)


def _leg(books: Books, group: Group, currency: str, returns: Returns, now: int) -> Leg | str:
    """Return a leg without positions yet."""
    sums = group.sums.get(currency)
    net = 0.0 if sums is None else to_float(sums.net, SUM_DECIMALS)
    if currency == group.currency:
        return Leg(1.0, None, net, [], [])
    conversion = books.fx.conversion(currency, group.currency, now)
    if isinstance(conversion, str):
        return conversion
    row = _row(returns, ("fx", currency, group.currency))
    if isinstance(row, str):
        return row
    return Leg(conversion.numerator / conversion.denominator, row, net, [], [])


def _row(returns: Returns, factor: Factor) -> int | str:
    """Return a factor's row; without one it waits for the next boundary, or there is no room."""
    row = returns.rows.get(factor)
    if row is None:
        return "not_sampled" if returns.full else "warming_up"
    return row

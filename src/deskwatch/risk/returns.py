"""Returns of instruments and exchange rates over the same intervals, a bounded window of them."""

from typing import Final, NamedTuple

import numpy as np

from deskwatch.core.money import POW10
from deskwatch.risk.vector import Matrix, Vector

#: What moves: ("mark", venue, symbol) or ("fx", source, target).
Factor = tuple[str, str, str]


class Sample(NamedTuple):
    """A price at a boundary, numerator / denominator; inverse: of a contract that pays in base."""

    numerator: int
    denominator: int
    inverse: bool


def sample(amount: int, decimals: int, *, inverse: bool = False) -> Sample:
    """Return the sample of a price of `amount` × 10**-decimals."""
    return Sample(amount, POW10[decimals], inverse)


def simple_return(before: Sample, after: Sample) -> float:
    """Return what a position worth one at `before` earns until `after`; NaN if that is no share.

    r = p′ / p − 1 of a price, and 1 − p / p′ of an inverse contract: quantity × multiplier / price
    is what it is worth, so both are exact. A price of zero or less has no return.
    """
    if before.numerator <= 0 or after.numerator <= 0:
        return _NONE
    up = after.numerator * before.denominator
    down = before.numerator * after.denominator
    return (up - down) / (up if after.inverse else down)


_NONE: Final = float("nan")


class Returns:
    """A row for each factor, a column for each interval, oldest first; NaN is no return.

    Bounded: `bound` rows and `window` columns.
    """

    def __init__(self, window: int, bound: int) -> None:
        self.window = window
        self.rows: dict[Factor, int] = {}
        #: How many columns there were when each row began.
        self.born: list[int] = []
        #: Columns that there ever were.
        self.total = 0
        self._bound = bound
        # Twice as wide as the window: columns move back only once in a window.
        self._kept = np.full((min(bound, 16), 2 * window), _NONE)
        self._end = 0

    @property
    def full(self) -> bool:
        """Whether there is no room for another factor."""
        return len(self.rows) >= self._bound

    @property
    def columns(self) -> int:
        """How many columns there are in the window."""
        return min(self._end, self.window)

    @property
    def values(self) -> Matrix:
        """The window; a view that the next column moves."""
        return self._kept[: len(self.rows), self._end - self.columns : self._end]

    def place(self, factor: Factor) -> None:
        """Give a new factor a row. There must be room."""
        row = self.rows[factor] = len(self.rows)
        self.born.append(self.total)
        if row == len(self._kept):
            wider = np.full((min(self._bound, 2 * row), 2 * self.window), _NONE)
            wider[:row] = self._kept
            self._kept = wider

    def displace(self, known: Factor, factor: Factor) -> None:
        """Give one factor's row to another, which begins without returns."""
        row = self.rows.pop(known)
        self.rows[factor] = row
        self.born[row] = self.total
        self._kept[row] = _NONE

    def append(self, column: Vector) -> None:
        """Take the returns of an interval, one for each row."""
        if self._end == self._kept.shape[1]:
            keep = self.window - 1
            self._kept[:, :keep] = self._kept[:, self._end - keep :]
            self._kept[:, keep:] = _NONE
            self._end = keep
        self._kept[: len(column), self._end] = column
        self._end += 1
        self.total += 1

    def dump(self) -> tuple[list[Factor], list[int], int, int, bytes]:
        """Return factors by row, when each began, the columns there ever were, and the window."""
        factors = sorted(self.rows, key=self.rows.__getitem__)
        return factors, self.born, self.total, self.columns, self.values.tobytes()

    def load(
        self, factors: list[Factor], born: list[int], total: int, columns: int, window: bytes
    ) -> None:
        """Take up what was dumped, as far as the bounds allow; the newest columns stay."""
        values = np.frombuffer(window).reshape(len(factors), columns)
        for factor in factors[: self._bound]:
            self.place(factor)
        for column in values[: len(self.rows), -self.window :].T:
            self.append(column)
        self.born = born[: len(self.rows)]
        self.total = total

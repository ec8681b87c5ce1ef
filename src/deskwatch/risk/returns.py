"""Returns of instruments and exchange rates over the same intervals, a bounded window of them."""

from collections import Counter
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

    Bounded: `bound` rows, and twice `window` columns, of which at most `window` have returns of the
    same venues. So the night of one venue takes nothing away from what its day has told.
    """

    def __init__(self, window: int, bound: int) -> None:
        self.window = window
        self.rows: dict[Factor, int] = {}
        #: How many columns there were when each row began.
        self.born: list[int] = []
        #: Columns that there ever were.
        self.total = 0
        self._bound = bound
        # One more than stays: a new column comes before it is known which has to go.
        self._kept = np.full((min(bound, 16), 2 * window + 1), _NONE)
        self.columns = 0

    @property
    def full(self) -> bool:
        """Whether there is no room for another factor."""
        return len(self.rows) >= self._bound

    @property
    def values(self) -> Matrix:
        """All columns; a view that the next one moves."""
        return self._kept[: len(self.rows), : self.columns]

    def place(self, factor: Factor) -> None:
        """Give a new factor a row. There must be room."""
        row = self.rows[factor] = len(self.rows)
        self.born.append(self.total)
        if row == len(self._kept):
            wider = np.full((min(self._bound, 2 * row), self._kept.shape[1]), _NONE)
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
        self._kept[: len(column), self.columns] = column
        self.columns += 1
        self.total += 1
        if self.columns > self.window:
            self._trim()

    def still(self, venue: str, most: int) -> None:
        """Take back what a venue returned last, at most in so many columns, if nothing moved."""
        rows = self._venues.get(venue, [])
        for at in range(self.columns - 1, max(-1, self.columns - 1 - most), -1):
            if np.nan_to_num(self._kept[rows, at]).any():
                return
            self._kept[rows, at] = _NONE

    @property
    def _venues(self) -> dict[str, list[int]]:
        """The rows of each venue's instruments."""
        found: dict[str, list[int]] = {}
        for (kind, venue, _), row in self.rows.items():
            if kind == "mark":
                found.setdefault(venue, []).append(row)
        return found

    def _trim(self) -> None:
        """Keep the newest `window` columns of the same venues, and of all those twice as many.

        Which venues are in most columns give up their oldest first.
        """
        known = ~np.isnan(self.values)
        venues = np.zeros((len(self._venues), self.columns), dtype=bool)
        for at, rows in enumerate(self._venues.values()):
            venues[at] = known[rows].any(axis=0)
        newer: Counter[bytes] = Counter()
        ranks = np.empty(self.columns, dtype=int)
        for at in range(self.columns - 1, -1, -1):
            same = venues[:, at].tobytes()
            ranks[at] = newer[same]
            newer[same] += 1
        order = np.lexsort((-np.arange(self.columns), ranks))
        keep = np.sort(order[ranks[order] < self.window][: 2 * self.window])
        self._kept[:, : len(keep)] = self._kept[:, keep]
        self._kept[:, len(keep) :] = _NONE
        self.columns = len(keep)

    def dump(self) -> tuple[list[Factor], list[int], int, int, bytes]:
        """Return factors by row, when each began, the columns there ever were, and the window."""
        factors = sorted(self.rows, key=self.rows.__getitem__)
        return factors, self.born, self.total, self.columns, self.values.tobytes()

    def load(
        self, factors: list[Factor], born: list[int], total: int, columns: int, window: bytes
    ) -> None:
        """Take up what was dumped, as far as the bounds allow; the newest columns stay."""
        for factor in factors[: self._bound]:
            self.place(factor)
        values = np.frombuffer(window).reshape(len(factors), columns)[: len(self.rows)]
        self.columns = min(columns, self._kept.shape[1])
        self.values[:] = values[:, columns - self.columns :]
        if self.columns > self.window:
            self._trim()
        self.born = born[: len(self.rows)]
        self.total = total

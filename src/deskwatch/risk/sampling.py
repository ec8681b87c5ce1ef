"""Prices at the boundaries of intervals, and the returns between them.

A boundary follows from the journal alone: it is sampled if a price came in the interval before it,
whenever somebody next looks at the clock. An interval without any price is no observation, so a
night or a dead feed neither fills the window with zeros nor empties it.
"""

from collections.abc import Container, Iterable
from typing import Final

import numpy as np

from deskwatch.core.books import Books
from deskwatch.core.period import DAY, HOUR
from deskwatch.risk.returns import Factor, Returns, Sample, sample, simple_return
from deskwatch.risk.settings import RiskSettings

#: A market that is closed for longer has expired: no holidays last a week.
_LAPSED_NS: Final = 7 * DAY

#: A venue without any price for longer is closed, whatever its marks may be priced by meanwhile.
_CLOSED_NS: Final = HOUR


class Sampling:
    """Takes prices at boundaries. at: the boundary that was sampled last (ns), 0 before any."""

    def __init__(self, books: Books, settings: RiskSettings) -> None:
        self._books = books
        self._interval = settings.interval_ns
        self._patience = max(_CLOSED_NS, self._interval)
        self.returns = Returns(settings.window, settings.max_instruments)
        self.at = 0
        self.samples: dict[Factor, Sample] = {}
        #: Instruments that had a price in the open interval, in the order of the first one.
        self.moved: dict[Factor, None] = {}
        #: When the open interval ends; 0 while no price came in it.
        self.due = 0

    def priced(self, venue: str, symbol: str) -> None:
        """Take notice of a price that was received at the books' time."""
        self.moved["mark", venue, symbol] = None
        if not self.due:
            self.due = (self._books.now // self._interval + 1) * self._interval

    def split(self, venue: str, symbol: str) -> None:
        """Forget an instrument's price: across a split it says nothing of a return."""
        self.samples.pop(("mark", venue, symbol), None)

    def take(self) -> bool:
        """Sample the boundary that is due; say whether its interval has brought returns."""
        boundary, self.due = self.due, 0
        if self.at != boundary - self._interval:
            self.samples.clear()
        before, self.at = self.samples, boundary
        self._make_room(boundary)
        self.moved.clear()
        returns, closed = self.returns, self._closed(boundary)
        self.samples = self._sampled(boundary, closed)
        for venue in sorted({one[1] for one in before if one[0] == "mark"} & closed):
            returns.still(venue, self._patience // self._interval)
        column = np.full(len(returns.rows), np.nan)
        brought = False
        for factor, row in returns.rows.items():
            earlier, now = before.get(factor), self.samples.get(factor)
            if earlier is not None and now is not None:
                column[row] = simple_return(earlier, now)
                brought = brought or factor[0] == "mark"
        if brought:
            returns.append(column)
        return brought

    def _sampled(self, boundary: int, closed: Container[str]) -> dict[Factor, Sample]:
        """Return all prices and rates that are fresh at the boundary.

        None of a closed venue: then what it opens with is no return of an interval either.
        """
        books, found = self._books, {}
        for factor in self.returns.rows:
            kind, first, second = factor
            if kind == "fx":
                rate = books.fx.conversion(first, second, boundary)
                if not isinstance(rate, str):
                    found[factor] = Sample(rate.numerator, rate.denominator, inverse=False)
                continue
            if first in closed:
                continue
            instrument = books.instruments.of(first, second)
            mark = books.valuation.mark_at(instrument, boundary)[0]
            if mark is not None:
                found[factor] = sample(mark.amount, mark.decimals, inverse=instrument.inverse)
        return found

    def _closed(self, boundary: int) -> set[str]:
        """Return venues that have sent no price for long: theirs stand still for no market."""
        latest: dict[str, int] = {}
        for kind, venue, symbol in self.returns.rows:
            if kind == "mark":
                mark = self._books.instruments.of(venue, symbol).mark
                since = 0 if mark is None else mark.since
                latest[venue] = max(latest.get(venue, 0), since)
        return {venue for venue, since in latest.items() if boundary - since > self._patience}

    def _make_room(self, boundary: int) -> None:
        """Give rows to what has none; where there is no room, in place of what needs none."""
        returns = self.returns
        idle: list[Factor] | None = None
        needed = self._needed()
        for factor in self._wanted(needed):
            if factor in returns.rows:
                continue
            if not returns.full:
                returns.place(factor)
            elif factor in needed or self._traded(factor):
                if idle is None:
                    lapsed = (one for one in returns.rows if self._lapsed(one, boundary))
                    unused = (one for one in returns.rows if one not in needed)
                    idle = [*lapsed, *(one for one in unused if not self._traded(one))]
                if idle:
                    returns.displace(idle.pop(), factor)

    def _wanted(self, needed: Iterable[Factor]) -> list[Factor]:
        """Return what should have rows, what somebody needs before what nobody does.

        Rates that no account needs yet are among it: its first fee in another coin would begin
        without returns, and leave its VaR unknown until there are enough.
        """
        currencies = sorted({currency for pair in self._books.fx.rates for currency in pair})
        targets = sorted({one.currency for one in self._books.valuation.accounts.values()})
        rates = [
            ("fx", source, target)
            for target in targets
            for source in currencies
            if source != target
        ]
        return [*sorted(needed), *self.moved, *rates]

    def _needed(self) -> set[Factor]:
        """Return the rates that an account's P&L is translated by."""
        return {
            ("fx", currency, account.currency)
            for account in self._books.valuation.accounts.values()
            for group in account.groups.values()
            for currency in group.sums
            if currency != account.currency
        }

    def _lapsed(self, factor: Factor, boundary: int) -> bool:
        """Whether a traded instrument, as one that expired, has no price and no position left."""
        _, venue, symbol = factor
        if not self._traded(factor):
            return False
        instrument = self._books.instruments.of(venue, symbol)
        mark = instrument.mark
        is_priced = mark is not None and boundary - mark.since < _LAPSED_NS
        return not is_priced and not self._books.valuation.held(instrument)

    def _traded(self, factor: Factor) -> bool:
        kind, venue, symbol = factor
        instruments = self._books.instruments
        return kind == "mark" and bool(instruments.lines_of[instruments.of(venue, symbol).number])

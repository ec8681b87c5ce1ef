"""What is held, and what it is worth."""

from collections.abc import Callable

from deskwatch.core.books import Books
from deskwatch.core.line import Line
from deskwatch.core.money import to_float
from deskwatch.exposition.families import Families


class PositionCollector:
    """Positions and their values."""

    def __init__(self, books: Books, clock: Callable[[], int], max_series: int) -> None:
        self._books = books
        self._clock = clock
        self._changed = books.valuation.subscribe()
        line = ("account", "strategy", "venue", "symbol")
        families = self.families = Families(max_series)
        self._quantity = families.gauge(
            "desk_position_quantity",
            "Net position in the instrument's units; short is negative.",
            line,
        )
        self._notional = families.gauge(
            "desk_position_notional",
            "Value of the position at its mark, in the settle currency; short is negative.",
            (*line, "currency"),
        )

    def collect(self) -> None:
        """Bring the families up to date, by the lines that changed."""
        now = self._clock()
        self._books.refresh(now)
        for line in self._changed:
            self._show(line, now)
        self._changed.clear()

    def _show(self, line: Line, now: int) -> None:
        instrument = line.instrument
        labels = (line.account, line.strategy, instrument.venue, instrument.symbol)
        if not self._books.valuation.is_shown(line, now):
            self._quantity.drop(labels)
            self._notional.drop((*labels, instrument.settle))
            return
        quantity = to_float(line.position.quantity, instrument.quantity_decimals)
        self._quantity.set(labels, quantity)
        notional = self._books.valuation.notional(line, now)
        self._notional.set(
            (*labels, instrument.settle),
            None if notional is None else to_float(notional, instrument.money_decimals),
        )

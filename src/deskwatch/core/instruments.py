"""The instruments that were described, and how finely each is counted."""

from collections.abc import Iterable, Iterator

from deskwatch.core import event
from deskwatch.core.instrument import Instrument, increments
from deskwatch.core.line import Line
from deskwatch.core.money import POW10, decimals_of
from deskwatch.core.rejection import EventRejected


class Instruments:
    """All instruments by venue and symbol, with the lines that count in each one's steps."""

    def __init__(self, bound: int) -> None:
        self._bound = bound
        self._by_symbol: dict[tuple[str, str], Instrument] = {}
        self.lines_of: list[list[Line]] = []

    def __iter__(self) -> Iterator[Instrument]:
        return iter(self._by_symbol.values())

    def __len__(self) -> int:
        return len(self._by_symbol)

    def of(self, venue: str, symbol: str) -> Instrument:
        """Return the instrument. Raises EventRejected when none was described."""
        found = self.known(venue, symbol)
        if found is None:
            raise EventRejected(
                "unknown_instrument", f"{venue} {symbol}", "an instrument event for it, before it"
            )
        return found

    def known(self, venue: str, symbol: str) -> Instrument | None:
        """Return the instrument; None when none was described."""
        return self._by_symbol.get((venue, symbol))

    def lines_at(self, instrument: Instrument, account: str, strategy: str = "") -> list[Line]:
        """Return an account's lines in an instrument; where a strategy is named, its own alone."""
        return [
            line
            for line in self.lines_of[instrument.number]
            if line.account == account and strategy in ("", line.strategy)
        ]

    def describe(self, described: event.Instrument) -> None:
        """Take a new instrument, or new increments of a known one.

        Raises EventRejected where a booked instrument would turn prices into other money.
        """
        key = (described.venue, described.symbol)
        known = self._by_symbol.get(key)
        if known is None:
            if len(self.lines_of) >= self._bound:
                raise EventRejected(
                    "too_many_instruments", len(self.lines_of), f"at most {self._bound}"
                )
            self._by_symbol[key] = Instrument(len(self.lines_of), described)
            self.lines_of.append([])
            return
        fresh = Instrument(known.number, described)
        if known.same_terms(fresh):
            self._refine(known, *increments(described))
        elif self.lines_of[known.number]:
            raise EventRejected(
                "instrument_conflict",
                f"{described.venue} {described.symbol}",
                "the contract, currencies and multiplier that its fills were booked with",
            )
        else:
            self._by_symbol[key] = fresh

    def refine(
        self, instrument: Instrument, prices: Iterable[str], quantities: Iterable[str]
    ) -> None:
        """Count the instrument so finely that these texts have a place: averages are finer.

        Raises EventRejected, and then nothing has changed.
        """
        self._refine(
            instrument,
            max(map(decimals_of, prices)),
            max(map(decimals_of, quantities)),
        )

    def _refine(self, instrument: Instrument, price_decimals: int, quantity_decimals: int) -> None:
        """Count the instrument in steps at least this fine; no figure changes."""
        old_quantity, old_money = instrument.quantity_decimals, instrument.money_decimals
        instrument.scale(
            max(price_decimals, instrument.price_decimals), max(quantity_decimals, old_quantity)
        )
        quantity_factor = POW10[instrument.quantity_decimals - old_quantity]
        money_factor = POW10[instrument.money_decimals - old_money]
        for line in self.lines_of[instrument.number]:
            line.rescale(quantity_factor, money_factor)

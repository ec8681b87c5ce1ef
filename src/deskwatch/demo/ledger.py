"""The platform's own books: what it knows to be true, kept apart from any monitor.

Nothing here rounds. Fills are counted per price and turned into money when asked, so that inverse
contracts (a division for each price) stay exact however long the desk runs.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from fractions import Fraction

from deskwatch.demo.catalog import Listing
from deskwatch.demo.figures import MONEY_DECIMALS, money_units

#: Account, strategy, venue, symbol.
Key = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class Truth:
    """What one position is and has cost, exactly.

    quantity: signed, what is held; a spot fee in the base coin has been taken off it.
    cash_paid: signed price × quantity of all fills, in the settle currency (inverse contracts:
    minus quantity × multiplier / price). Above zero was paid out.
    fees: by currency; above zero was paid.
    funding: in the settle currency; above zero was received.
    """

    quantity: Fraction
    cash_paid: Fraction
    fees: dict[str, Fraction]
    funding: Fraction


@dataclass(frozen=True, slots=True)
class Execution:
    """One fill as booked. lots are signed, buy above zero; fee is in units of 10**-8."""

    exec_id: str
    account: str
    strategy: str
    listing: Listing
    lots: int
    ticks: int
    fee: int
    fee_currency: str
    time: int

    @property
    def key(self) -> Key:
        """The position that it belongs to."""
        return (self.account, self.strategy, self.listing.venue, self.listing.symbol)


class Line:
    """One position while the desk runs: lots held, lots traded at each price, fees and funding.

    cash_units: cash paid as a venue counts it, each fill rounded to 10**-8. fees (by currency) and
    funding are in the same units.
    """

    def __init__(self, listing: Listing) -> None:
        self.listing = listing
        self.lots = 0
        self.cash_units = 0
        self._traded: defaultdict[int, int] = defaultdict(int)
        self.fees: Counter[str] = Counter()
        self.funding = 0

    def trade(self, lots: int, ticks: int) -> None:
        """Book signed `lots` at a price."""
        self.lots += lots
        self._traded[ticks] += lots
        self.cash_units += money_units(self.listing.cash(lots, ticks))

    def charge(self, units: int, currency: str) -> None:
        """Book a fee; below zero is a rebate."""
        self.fees[currency] += units

    def fund(self, units: int) -> None:
        """Book funding, borrowing or a dividend, in the settle currency; above zero is received."""
        self.funding += units

    def value_units(self, ticks: int) -> int:
        """Return what is held at a price, in units of 10**-8."""
        return money_units(self.listing.cash(self.lots, ticks))

    def holding(self) -> Fraction:
        """Return the quantity held: on spot, fees in the coin itself come out of it."""
        quantity = self.listing.quantity(self.lots)
        if self.listing.instrument_type == "spot":
            quantity -= _money(self.fees[self.listing.base])
        return quantity

    def truth(self) -> Truth:
        """Return the position, exactly."""
        cash = (self.listing.cash(lots, ticks) for ticks, lots in self._traded.items())
        return Truth(
            quantity=self.holding(),
            cash_paid=sum(cash, Fraction(0)),
            fees={name: _money(units) for name, units in self.fees.items()},
            funding=_money(self.funding),
        )


class Ledger:
    """Every position of the desk."""

    def __init__(self) -> None:
        self.lines: dict[Key, Line] = {}

    def line(self, account: str, strategy: str, listing: Listing) -> Line:
        """Return the position's line; a first look opens it."""
        key = (account, strategy, listing.venue, listing.symbol)
        line = self.lines.get(key)
        if line is None:
            line = self.lines[key] = Line(listing)
        return line

    def book(self, execution: Execution) -> None:
        """Book a fill and its fee."""
        line = self.line(execution.account, execution.strategy, execution.listing)
        line.trade(execution.lots, execution.ticks)
        line.charge(execution.fee, execution.fee_currency)

    def take_back(self, execution: Execution) -> None:
        """Undo a fill and its fee, as a bust does."""
        line = self.lines[execution.key]
        line.trade(-execution.lots, execution.ticks)
        line.charge(-execution.fee, execution.fee_currency)

    def split(self, listing: Listing, numerator: int) -> None:
        """Turn every share into `numerator`; cash and fees stay."""
        for line in self.lines.values():
            if line.listing is listing:
                line.lots *= numerator

    def truth(self) -> dict[Key, Truth]:
        """Return every position, exactly."""
        return {key: line.truth() for key, line in self.lines.items()}


def _money(units: int) -> Fraction:
    return Fraction(units, 10**MONEY_DECIMALS)

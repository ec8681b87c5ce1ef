"""A desk that sends its blotter as lines of JSON, and reads what the books say as fractions."""

from fractions import Fraction
from typing import Final, NamedTuple

import msgspec

from deskwatch.core.books import Books
from deskwatch.core.codec import decode
from deskwatch.core.event import Side
from deskwatch.core.line import SUM_DECIMALS, Line
from deskwatch.core.money import MAX_DECIMALS, format_decimal
from deskwatch.core.period import SECOND
from deskwatch.core.settings import BooksSettings, Method
from tests.conformance.case import Number

START: Final = 1_577_872_800 * SECOND  # 2020-01-01T10:00:00Z


def text(amount: Number) -> str:
    """Return a plain decimal string, rounded half-even where 18 decimals are not enough."""
    return format_decimal(round(Fraction(amount) * 10**MAX_DECIMALS), MAX_DECIMALS)


class Lot(NamedTuple):
    """What is left of an opening fill: signed quantity, and its price."""

    quantity: Fraction
    price: Fraction


class Holding(NamedTuple):
    """A line of the books at one moment. Money is in the settle currency, fees in their own.

    average_price: of what is open; None when flat. unrealized, notional, net: None without a price.
    lots: oldest first.
    """

    quantity: Fraction
    cost: Fraction
    average_price: Fraction | None
    realized: Fraction
    unrealized: Fraction | None
    notional: Fraction | None
    funding: Fraction
    fees: dict[str, Fraction]
    net: Fraction | None
    lots: list[Lot]


class Desk:
    """One account and one strategy at one venue, and the books that are told of them."""

    def __init__(self, method: Method = "average", start: int = START) -> None:
        self.books = Books(BooksSettings(method=method))
        self._now = start
        self._fills = 0

    def take(self, block: bytes) -> None:
        """Take lines of events as a platform sends them: each must be good, and new."""
        decoded = decode(block)
        assert not decoded.refused, decoded.refused
        for event in decoded.events:
            self._now = max(self._now, event.event_time)
            self.books.begin(self._now)
            assert self.books.apply(event), event

    def tell(self, kind: str, at: int | None = None, **fields: object) -> None:
        """Send one event.

        at: when it happens, in ns; a second after the last one when left out.
        """
        happens = self._now + SECOND if at is None else at
        spoken = {"kind": kind, "event_time": happens, "venue": "V", **fields}
        self.take(msgspec.json.encode(spoken) + b"\n")

    def describe(
        self, symbol: str = "X", *, base: str = "X", quote: str = "USD", **terms: str
    ) -> "Desk":
        """Say what an instrument is; `terms` are fields of the event. Returns the desk."""
        self.tell("instrument", None, symbol=symbol, base=base, quote=quote, **terms)
        return self

    def fill(
        self,
        side: Side,
        quantity: Number,
        price: Number,
        *,
        symbol: str = "X",
        fee: Number | None = None,
        fee_currency: str | None = None,
        at: int | None = None,
    ) -> Holding:
        """Book an execution and return what is held then."""
        self._fills += 1
        self.tell(
            "fill",
            at,
            account="A1",
            strategy="S1",
            symbol=symbol,
            side=side,
            quantity=text(quantity),
            price=text(price),
            exec_id=f"E{self._fills}",
            fee=None if fee is None else text(fee),
            fee_currency=fee_currency,
        )
        return self.holding(symbol)

    def trade(
        self,
        signed: Number,
        price: Number,
        *,
        symbol: str = "X",
        fee: Number | None = None,
        at: int | None = None,
    ) -> Holding:
        """Book an execution of a signed quantity: above zero buys."""
        quantity = Fraction(signed)
        side: Side = "buy" if quantity > 0 else "sell"
        return self.fill(side, abs(quantity), price, symbol=symbol, fee=fee, at=at)

    def mark(self, price: Number, *, symbol: str = "X", at: int | None = None) -> Holding:
        """Tell a price and return what is held at it."""
        self.tell("mark", at, symbol=symbol, price=text(price))
        return self.holding(symbol)

    def fund(self, amount: Number, reason: str) -> Holding:
        """Book carry, received above zero, and return what is held then."""
        self.tell(
            "funding", account="A1", strategy="S1", symbol="X", amount=text(amount), reason=reason
        )
        return self.holding()

    def holding(self, symbol: str = "X") -> Holding:
        """Return the line of `symbol`, as of now."""
        self.books.refresh(self._now)
        (line,) = (line for line in self.books.lines if line.instrument.symbol == symbol)
        return _holding(line)


def _holding(line: Line) -> Holding:
    position, instrument, figures = line.position, line.instrument, line.figures
    settle = figures.sums[instrument.settle]
    quantity = Fraction(position.quantity, 10**instrument.quantity_decimals)
    one = 10**instrument.money_decimals
    average = position.average_cost()
    cost = Fraction(position.fifo_cost() if line.method == "fifo" else average, one)
    priced = figures.unpriced is None
    unrealized = Fraction(settle.unrealized, 10**SUM_DECIMALS) if priced else None
    return Holding(
        quantity=quantity,
        cost=cost,
        average_price=_average_price(line) if quantity else None,
        realized=Fraction(settle.realized, 10**SUM_DECIMALS),
        unrealized=unrealized,
        notional=None if unrealized is None else abs(cost + unrealized),
        funding=Fraction(settle.funding, 10**SUM_DECIMALS),
        fees={c: Fraction(s.fees, 10**SUM_DECIMALS) for c, s in figures.sums.items() if s.fees},
        net=Fraction(settle.net, 10**SUM_DECIMALS) if priced else None,
        lots=_lots(line),
    )


def _average_price(line: Line) -> Fraction:
    """Return the price that the average cost stands for, from the basis of the last increase."""
    position = line.position
    return _price(line, position.basis_quantity, position.basis_cost)


def _lots(line: Line) -> list[Lot]:
    lots = []
    taken = line.position.lots_taken
    for quantity, cost in line.position.lots:
        left = Fraction(quantity - taken, 10**line.instrument.quantity_decimals)
        lots.append(Lot(left, _price(line, quantity, cost)))
        taken = 0
    return lots


def _price(line: Line, quantity: int, cost: int) -> Fraction:
    """Return the price at which `quantity` costs `cost`, both in the books' steps."""
    instrument = line.instrument
    units = Fraction(quantity, 10**instrument.quantity_decimals)
    units *= Fraction(instrument.multiplier, 10**instrument.multiplier_decimals)
    money = Fraction(cost, 10**instrument.money_decimals)
    return -units / money if instrument.inverse else money / units

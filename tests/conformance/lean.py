"""QuantConnect Lean's trade builder: closed trades, first in first out, in three groupings."""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from functools import partial
from itertools import accumulate
from pathlib import Path

import msgspec
from msgspec import Struct

from tests.conformance.case import Answer, Checked, Source, exactly
from tests.conformance.desk import Desk, Holding


class Fill(Struct):
    qty: Decimal
    price: Decimal
    fee: Decimal


class Event(Struct):
    fill: Fill | None = None
    mark: Decimal | None = None


class Trade(Struct, rename="pascal"):
    quantity: Decimal
    profit_loss: Decimal
    total_fees: Decimal


class Blotter(Struct):
    name: str
    multiplier: Decimal
    events: list[Event]
    expected_closed_trades: dict[str, list[Trade]]


class File(Struct):
    cases: list[Blotter]


def read(path: Path) -> Iterator[Checked]:
    for blotter in msgspec.json.decode(path.read_bytes(), type=File).cases:
        yield Checked(blotter.name, partial(answers, blotter))


def answers(blotter: Blotter) -> list[Answer]:
    after_fills = book(blotter)
    end = after_fills[-1][1]
    found = []
    for grouping, trades in blotter.expected_closed_trades.items():
        fees = sum(trade.total_fees for trade in trades)
        found.append(exactly(f"{grouping}: fees", fees, end.fees["USD"]))
        for closed, holding in after_fills:
            # A grouping says something whenever its trades, in order, add up to what was closed;
            # LIFO agrees with the books only when everything is closed.
            profit = profit_of(trades, closed)
            if profit is not None and (grouping.endswith("/FIFO") or holding.quantity == 0):
                what = f"{grouping}: profit with {closed} closed"
                found.append(exactly(what, profit, holding.realized))
    return found


def book(blotter: Blotter) -> list[tuple[Fraction, Holding]]:
    """Return what is held after each fill, and how much had been closed by then."""
    desk = Desk("fifo").describe(multiplier=str(blotter.multiplier))
    closed = held = Fraction(0)
    after = []
    for event in blotter.events:
        if event.fill is not None:
            moved = Fraction(event.fill.qty)
            if held * moved < 0:
                closed += min(abs(held), abs(moved))
            held += moved
            holding = desk.trade(event.fill.qty, event.fill.price, fee=event.fill.fee)
            after.append((closed, holding))
        elif event.mark is not None:
            desk.mark(event.mark)
    return after


def profit_of(trades: list[Trade], closed: Fraction) -> Decimal | None:
    """Return the profit of the first trades that close just this quantity, if there are such."""
    quantities = accumulate(trade.quantity for trade in trades)
    profits = accumulate(trade.profit_loss for trade in trades)
    return dict(zip(quantities, profits, strict=True)).get(Decimal(int(closed)))


SOURCE = Source(
    "lean_tradebuilder.json",
    "QuantConnect Lean, trade builder",
    read,
    left_out="MAE and MFE (the books keep no excursions of a closed trade); the profit of a LIFO "
    "grouping while something is open (LIFO is not offered)",
)

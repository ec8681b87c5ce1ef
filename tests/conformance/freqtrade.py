"""freqtrade's own tests: profit of one trade in 59 settings, and two trades of many orders."""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from tests.conformance.case import Answer, Checked, Source, cut, exactly, printed_decimals
from tests.conformance.desk import Desk


class Setup(Struct):
    amount: Decimal
    open_rate: Decimal
    fee_open: Decimal
    interest_rate: Decimal
    minutes_held: int


class Row(Struct):
    exchange: Literal["binance", "kraken"]
    is_short: bool
    lev: int
    close_rate: Decimal
    fee_close: Decimal
    profit: Decimal
    profit_ratio: Decimal
    trading_mode: Literal["spot", "margin", "futures"]
    funding_fees: Decimal


class ProfitFile(Struct):
    setup: Setup
    rows: list[Row]


def read_profits(path: Path) -> Iterator[Checked]:
    file = msgspec.json.decode(path.read_bytes(), type=ProfitFile)
    for number, row in enumerate(file.rows, start=1):
        direction = "short" if row.is_short else "long"
        terms = f"{row.exchange}-{row.trading_mode}-{direction}-{row.lev}x"
        yield Checked(f"{number}-{terms}-{row.close_rate}", partial(profit, file.setup, row))


def profit(setup: Setup, row: Row) -> list[Answer]:
    desk = Desk().describe(instrument_type="perpetual" if row.trading_mode == "futures" else "spot")
    signed = -setup.amount if row.is_short else setup.amount
    opened = setup.amount * setup.open_rate
    open_fee = opened * setup.fee_open
    desk.trade(signed, setup.open_rate, fee=open_fee)
    if row.trading_mode == "futures" and row.funding_fees:
        desk.fund(row.funding_fees, "funding")
    if interest := _interest(setup, row):
        desk.fund(-interest, "borrow")
    close_fee = setup.amount * row.close_rate * row.fee_close
    net = desk.trade(-signed, row.close_rate, fee=close_fee).net
    assert net is not None
    stake = Fraction(opened + (-open_fee if row.is_short else open_fee))
    return [
        # "compare with 1e-7", says the source, and cuts some rows after the sixth decimal.
        cut("profit", row.profit, net, min(max(printed_decimals(row.profit), 6), 8)),
        cut("profit ratio", row.profit_ratio, net * row.lev / stake, 7),
    ]


def _interest(setup: Setup, row: Row) -> Fraction:
    """Return what borrowing cost, in the quote currency, as freqtrade's venues charge it."""
    if row.trading_mode != "margin" or (row.lev == 1 and not row.is_short):
        return Fraction(0)
    assert setup.minutes_held <= 60
    # Binance: by the hour, each begun one whole. Kraken: at once, and every four hours begun.
    periods = Fraction(1, 24) if row.exchange == "binance" else Fraction(2)
    rate = Fraction(setup.interest_rate) * periods
    amount = Fraction(setup.amount)
    if row.is_short:
        # It is owed in the base coin, and bought back with the rest, fee included.
        return amount * rate * Fraction(row.close_rate) * (1 + Fraction(row.fee_close))
    return amount * Fraction(setup.open_rate) * Fraction(row.lev - 1, row.lev) * rate


class After(Struct):
    amount: Decimal
    open_rate: Decimal
    stake: Decimal
    cumulative_profit: Decimal
    last_close_profit_abs: Decimal | None


class Order(Struct):
    side: Literal["buy", "sell"]
    qty: Decimal
    price: Decimal
    after: After


class Sequence(Struct):
    fee_rate: Decimal
    orders: list[Order]
    end_profit: Decimal


class SequenceFile(Struct):
    cases: list[Sequence]


def read_sequences(path: Path) -> Iterator[Checked]:
    for sequence in msgspec.json.decode(path.read_bytes(), type=SequenceFile).cases:
        yield Checked(f"fee-{sequence.fee_rate}", partial(steps, sequence))


def steps(sequence: Sequence) -> list[Answer]:
    """freqtrade's fees are part of cost and proceeds, so a step's profit has its share of the
    entry fees in it; by average cost that share is the quantity's share.
    """
    desk = Desk().describe()
    found = []
    entry_fees = entered = profit = Fraction(0)
    for number, order in enumerate(sequence.orders, start=1):
        fee = order.qty * order.price * sequence.fee_rate
        held = desk.fill(order.side, order.qty, order.price, fee=fee)
        fees = held.fees.get("USD", Fraction(0))
        if order.side == "buy":
            entry_fees, entered = fees, held.quantity
        before = profit
        profit = held.realized - (fees - entry_fees * held.quantity / entered)
        after, when = order.after, f"order {number}"
        found.append(exactly(f"{when}: profit", after.cumulative_profit, profit))
        if after.last_close_profit_abs is not None:
            change = profit - before
            found.append(exactly(f"{when}: its own", after.last_close_profit_abs, change))
        if held.average_price is not None:
            # On the order that closes, upstream leaves these as they were before it.
            found.append(exactly(f"{when}: quantity", after.amount, held.quantity))
            found.append(exactly(f"{when}: average price", after.open_rate, held.average_price))
            found.append(exactly(f"{when}: cost", after.stake, held.cost))
    net = desk.holding().net
    assert net is not None
    return [*found, exactly("profit at the end", sequence.end_profit, net)]


SOURCES = (
    Source(
        "freqtrade_calc_profit.json",
        "freqtrade, profit of a trade",
        read_profits,
        digits="profit to the printed decimals, of 6 to 8 (the source cuts floats there); the "
        "ratio to 7",
    ),
    Source(
        "freqtrade_dca.json",
        "freqtrade, trades of many orders",
        read_sequences,
        left_out="the profit ratio (it is on the stake, which the books do not know); quantity and "
        "rates after the last order (upstream leaves them as before it)",
    ),
)

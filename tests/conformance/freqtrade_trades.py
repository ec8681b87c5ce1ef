"""freqtrade's backtest of 179 trades, and a dry-run bot's own database."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from fractions import Fraction
from functools import cache, partial
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

import msgspec
from msgspec import Struct

from deskwatch.core.codec import decode_event
from deskwatch.core.event import Fill as FillEvent
from deskwatch.core.period import SECOND
from deskwatch.ingest.freqtrade import blocks
from tests.conformance.case import Answer, Case, Checked, Source, rounded
from tests.conformance.desk import Desk

#: The source multiplies binary floats: of a profit of 1e-5 it knows some ten digits.
FLOAT_DECIMALS = 15


class Trade(Struct):
    pair: str
    amount: Decimal
    open_rate: Decimal
    close_rate: Decimal
    fee_open: Decimal
    fee_close: Decimal
    open_timestamp: float
    close_timestamp: float
    profit_abs: Decimal
    profit_ratio: Decimal


class PairResult(Struct):
    key: str
    profit_total_abs: Decimal


class Strategy(Struct):
    trades: list[Trade]
    results_per_pair: list[PairResult]
    daily_profit: list[tuple[str, Decimal]]
    profit_total_abs: Decimal


class File(Struct):
    strategy: dict[str, Strategy]


def read(path: Path) -> Iterator[Case]:
    (strategy,) = msgspec.json.decode(path.read_bytes(), type=File).strategy.values()
    for number, trade in enumerate(strategy.trades, start=1):
        yield Checked(f"{number}-{trade.pair}", partial(alone, trade))
    yield Checked("account-totals", partial(totals, strategy))
    yield Checked("account-days", partial(days, strategy))


def alone(trade: Trade) -> list[Answer]:
    desk = _desk([trade])
    for fill in _fills(trade):
        held = desk.trade(fill.quantity, fill.price, symbol=fill.pair, fee=fill.fee)
    assert held.net is not None
    entry = Fraction(trade.amount) * Fraction(trade.open_rate) * (1 + Fraction(trade.fee_open))
    return [
        rounded("gross profit", trade.profit_abs, held.realized, FLOAT_DECIMALS),
        rounded("net of fees, on the entry's cost", trade.profit_ratio, held.net / entry, 8),
    ]


def totals(strategy: Strategy) -> list[Answer]:
    desk = _account(strategy)
    found = []
    total = Fraction(0)
    traded = {trade.pair for trade in strategy.trades}
    for result in strategy.results_per_pair:
        if result.key in traded:
            realized = desk.holding(result.key).realized
            total += realized
            found.append(rounded(result.key, result.profit_total_abs, realized, FLOAT_DECIMALS))
    return [*found, rounded("total", strategy.profit_total_abs, total, FLOAT_DECIMALS)]


def days(strategy: Strategy) -> list[Answer]:
    """The backtest counts a trade on the UTC day of its close, as realized P&L does."""
    desk = _account(strategy)
    desk.books.begin(desk.books.closing.day_end)
    by_day: dict[int, Fraction] = defaultdict(Fraction)
    for row in desk.books.closing.closed:
        if row.period == "day":
            by_day[row.start] += Fraction(row.realized)
    found = []
    for number, (day, profit) in enumerate(strategy.daily_profit):
        start = min(by_day) + number * 86_400 * SECOND
        found.append(rounded(day, profit, by_day[start], 10))
    return found


def _account(strategy: Strategy) -> Desk:
    """Return a desk that made all the trades, in the order of their times."""
    desk = _desk(strategy.trades)
    fills = [fill for trade in strategy.trades for fill in _fills(trade)]
    for fill in sorted(fills, key=attrgetter("at")):
        desk.trade(fill.quantity, fill.price, symbol=fill.pair, fee=fill.fee, at=fill.at)
    return desk


def _desk(trades: list[Trade]) -> Desk:
    first = round(min(trade.open_timestamp for trade in trades)) * 1_000_000
    desk = Desk(start=first - 60 * SECOND)
    for pair in sorted({trade.pair for trade in trades}):
        base, _, quote = pair.partition("/")
        desk.describe(pair, base=base, quote=quote)
    return desk


class Fill(NamedTuple):
    at: int
    pair: str
    quantity: Fraction
    price: Fraction
    fee: Fraction


def _fills(trade: Trade) -> Iterator[Fill]:
    """Yield the entry and the exit; a quantity below zero is sold, times are ns."""
    amount = Fraction(trade.amount)
    for signed, rate, fee_rate, time in (
        (amount, trade.open_rate, trade.fee_open, trade.open_timestamp),
        (-amount, trade.close_rate, trade.fee_close, trade.close_timestamp),
    ):
        price = Fraction(rate)
        fee = amount * price * Fraction(fee_rate)
        yield Fill(round(time) * 1_000_000, trade.pair, signed, price, fee)


def read_database(path: Path) -> Iterator[Case]:
    """Yield each closed trade of a bot's database, as the import turns it into events."""
    (file,) = path.glob("*.sqlite")
    with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as database:
        trades = database.execute(
            "SELECT pair, close_profit_abs FROM trades WHERE NOT is_open ORDER BY close_date"
        ).fetchall()
    nth: dict[str, int] = defaultdict(int)
    for pair, profit in trades:
        yield Checked(f"{pair}-{nth[pair]}", partial(imported, file, pair, nth[pair], repr(profit)))
        nth[pair] += 1


def imported(file: Path, pair: str, number: int, profit: str) -> list[Answer]:
    return [rounded("profit net of fees", Decimal(profit), _round_trips(file)[pair][number], 8)]


@cache
def _round_trips(file: Path) -> dict[str, list[Fraction]]:
    """Return what each pair earned, net, each time its position went flat, oldest first."""
    desk = Desk()
    earned: dict[str, list[Fraction]] = defaultdict(list)
    for block in blocks(file, "bot"):
        for line in block.splitlines(keepends=True):
            desk.take(line)
            event = decode_event(line)
            if isinstance(event, FillEvent):
                held = desk.holding(event.symbol)
                if held.quantity == 0:
                    assert held.net is not None
                    trips = earned[event.symbol]
                    trips.append(held.net - sum(trips))
    return earned


SOURCES = (
    Source(
        "freqtrade_backtest/backtest-result.json",
        "freqtrade, a backtest: its trades, totals and days",
        read,
        digits=f"profits to {FLOAT_DECIMALS} decimals of a bitcoin (binary floats), days to 10, "
        "ratios to 8",
    ),
    Source(
        "freqtrade_db",
        "a freqtrade bot's own database, imported",
        read_database,
        digits="profits to 8 decimals of a bitcoin, as the bot keeps them",
    ),
)

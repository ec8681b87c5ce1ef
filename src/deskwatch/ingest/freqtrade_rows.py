"""A freqtrade bot's trade database, read: its trades with their orders, of any schema since 2018.

A column that the database is too old to have is taken as freqtrade's own migration takes it.
Source: freqtrade/persistence/trade_model.py and migrations.py.
"""

import sqlite3
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Final, Literal
from urllib.parse import quote

from msgspec import Struct

from deskwatch.core.rejection import shorten

TradingMode = Literal["spot", "margin", "futures"]

_MODES: Final[dict[str, TradingMode]] = {"spot": "spot", "margin": "margin", "futures": "futures"}
_NEEDED: Final = frozenset(
    {"id", "exchange", "pair", "is_open", "open_rate", "amount", "open_date"}
)

#: A float of fewer decimal digits reads back as what was written, and a fee is the smaller part.
_DIGITS: Final = 16

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class NotFreqtrade(ValueError):
    """The file is no freqtrade trade database, or holds something that can't be read as one."""


class Order(Struct, frozen=True):
    """One order of a trade.

    filled: after a fee that was taken in the base currency; None where nothing filled, or where the
    order is still open and may fill further. price: the average, or the next best that is known.
    time: when it filled, ns. funding_fee: above zero is received.
    """

    id: int
    order_id: str
    is_entry: bool
    filled: Decimal | None
    price: Decimal | None
    time: int
    funding_fee: Decimal


class Trade(Struct, frozen=True):
    """One trade: an entry in one or more orders, and its exits. Times are ns, rates per unit.

    funding_fees: above zero is received. entry_pending: the entry order had not filled yet.
    exact_orders: the orders hold averages and base fees, as they do since 2022.
    """

    id: int
    venue: str
    pair: str
    strategy: str
    mode: TradingMode
    is_open: bool
    is_short: bool
    entry_pending: bool
    fee_open: Decimal
    fee_close: Decimal
    open_rate: Decimal | None
    close_rate: Decimal | None
    amount: Decimal | None
    open_time: int
    close_time: int | None
    leverage: Decimal
    interest_rate: Decimal
    funding_fees: Decimal
    orders: list[Order]
    exact_orders: bool


class _Row:
    """One row of a table, by column; a missing column and NULL are both None."""

    def __init__(self, table: str, values: dict[str, object]) -> None:
        self.table = table
        self.values = values

    def integer(self, column: str) -> int:
        value = self.values.get(column)
        if not isinstance(value, int):
            raise self.unreadable(column, "a whole number")
        return value

    def number(self, column: str) -> Decimal | None:
        """Return a float column as the shortest decimal that is that float: what was written."""
        value = self.values.get(column)
        if value is None:
            return None
        try:
            number = Decimal(repr(value) if isinstance(value, float) else str(value))
        except InvalidOperation:
            number = Decimal("nan")
        # SQLite keeps what was written as a text; worked with, 1E999999999 has all its digits.
        if not number.is_finite() or number.adjusted() > sys.float_info.max_10_exp:
            raise self.unreadable(column, "a number")
        return number

    def amount(self, column: str) -> Decimal:
        return self.number(column) or Decimal(0)

    def text(self, column: str) -> str:
        value = self.values.get(column)
        return "" if value is None else str(value)

    def time(self, column: str) -> int | None:
        """Return a date column, which freqtrade keeps in UTC without saying so, in ns."""
        value = self.values.get(column)
        if value is None:
            return None
        try:
            date = datetime.fromisoformat(str(value))
        except ValueError:
            raise self.unreadable(column, "a date") from None
        date = date.replace(tzinfo=date.tzinfo or UTC)
        return (date - _EPOCH) // timedelta(microseconds=1) * 1000

    def unreadable(self, column: str, expected: str) -> NotFreqtrade:
        found = shorten(repr(self.values.get(column)))
        where = f"{self.table}.{column} of id {self.values.get('id')}"
        return NotFreqtrade(f"{where}: found {found}; expected {expected}")


def read_trades(path: Path) -> list[Trade]:
    """Return all trades, oldest first. The database is only read; the bot may be running.

    Raises FileNotFoundError, NotFreqtrade, and sqlite3.OperationalError when it stays locked.
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path} is not there")
    try:
        with closing(_open(path)) as database:
            columns = _columns(database, "trades")
            if not columns >= _NEEDED:
                missing = ", ".join(sorted(_NEEDED - columns))
                raise NotFreqtrade(f"{path}: no table trades with {missing}")
            orders: dict[int, list[_Row]] = defaultdict(list)
            order_columns = _columns(database, "orders")
            if order_columns:
                for row in _rows(database, "orders"):
                    if row.values.get("ft_trade_id") is not None:
                        orders[row.integer("ft_trade_id")].append(row)
            exact = "ft_fee_base" in order_columns
            return [
                _trade(row, orders[row.integer("id")], exact) for row in _rows(database, "trades")
            ]
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError as error:
        raise NotFreqtrade(f"{path}: {error}") from error


def _open(path: Path) -> sqlite3.Connection:
    """Return a connection that can't write, in one read transaction."""
    uri = f"file:{quote(str(path.resolve()))}?mode=ro"
    database = sqlite3.connect(uri, uri=True, isolation_level=None)
    try:
        database.execute("BEGIN")
        database.execute("SELECT name FROM sqlite_master LIMIT 1").fetchone()
    except sqlite3.OperationalError:
        # A copy in WAL mode on a read-only file system can only be read as one that never changes,
        # which is right as long as nothing waits in its log.
        database.close()
        log = path.with_name(path.name + "-wal")
        if log.exists() and log.stat().st_size > 0:
            raise
        database = sqlite3.connect(f"{uri}&immutable=1", uri=True, isolation_level=None)
    except sqlite3.DatabaseError:
        database.close()
        raise
    return database


def _columns(database: sqlite3.Connection, table: str) -> frozenset[str]:
    return frozenset(row[1] for row in database.execute(f"PRAGMA table_info({table})"))


def _rows(database: sqlite3.Connection, table: Literal["trades", "orders"]) -> Iterator[_Row]:
    cursor = database.execute(f"SELECT * FROM {table} ORDER BY id")  # noqa: S608 one of two words
    names = [column[0] for column in cursor.description]
    for values in cursor:
        yield _Row(table, dict(zip(names, values, strict=True)))


def _trade(row: _Row, orders: list[_Row], exact_orders: bool) -> Trade:
    is_short = bool(row.values.get("is_short"))
    open_time = row.time("open_date")
    if open_time is None:
        raise row.unreadable("open_date", "a date")
    # An exit that was asked for means that the entry is done, whatever order is still open.
    entry_pending = bool(row.text("open_order_id")) and row.number("close_rate_requested") is None
    fee = row.amount("fee")  # before 2018-05: one rate for both sides
    return Trade(
        id=row.integer("id"),
        venue=row.text("exchange"),
        pair=row.text("pair"),
        strategy=row.text("strategy"),
        mode=_MODES.get(row.text("trading_mode").lower(), "spot"),
        is_open=bool(row.values.get("is_open")),
        is_short=is_short,
        entry_pending=entry_pending,
        fee_open=row.amount("fee_open") or fee,
        fee_close=row.amount("fee_close") or fee,
        open_rate=row.number("open_rate"),
        close_rate=row.number("close_rate"),
        amount=row.number("amount"),
        open_time=open_time,
        close_time=row.time("close_date"),
        leverage=row.number("leverage") or Decimal(1),
        interest_rate=row.amount("interest_rate"),
        funding_fees=row.amount("funding_fees"),
        orders=[_order(order, "sell" if is_short else "buy", open_time) for order in orders],
        exact_orders=exact_orders,
    )


def _order(row: _Row, entry_side: str, open_time: int) -> Order:
    filled = _after_fee(row.amount("filled"), row.amount("ft_fee_base"))
    settled = not row.values.get("ft_is_open") and filled > 0
    price = None
    for column in ("average", "price", "stop_price", "ft_price"):
        price = price or row.number(column)
    times = (row.time(name) for name in ("order_filled_date", "order_update_date", "order_date"))
    return Order(
        id=row.integer("id"),
        order_id=row.text("order_id"),
        is_entry=row.text("ft_order_side") == entry_side,
        filled=filled if settled else None,
        price=price,
        time=next((time for time in times if time is not None), open_time),
        funding_fee=row.amount("funding_fee"),
    )


def _after_fee(filled: Decimal, fee: Decimal) -> Decimal:
    """Return what was left of a fill after a fee in the base coin.

    The bot multiplies floats: what the fee has beyond their digits would stay open for ever.
    """
    left = filled - fee
    if not fee or abs(fee) >= filled:
        return left
    return left.quantize(Decimal(1).scaleb(filled.adjusted() + 1 - _DIGITS))

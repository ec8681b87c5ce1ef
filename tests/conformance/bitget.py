"""Recorded futures sessions at Bitget: the venue's own profit, fee and position, in arrival order.

Two dialects: the venue's websocket as it came, and the same as a library wrote it down. In the
library's, position and balance messages arrive before the fills that they already know of, and a
`filled` message after a `partial` one carries the whole order's quantity and average price, while
its profit, fee and quote quantity are its own fill's.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Final, Literal, NamedTuple

import msgspec
from msgspec import Struct

from deskwatch.core.codec import parse_time
from deskwatch.core.event import Side
from deskwatch.core.period import SECOND
from tests.conformance.case import Answer, Checked, Source, cut, exactly, rounded
from tests.conformance.desk import Desk, Holding

#: Funding was charged while these held a position, and its messages were not recorded.
UNRECORDED_FUNDING: Final = frozenset({"trade-01", "trade-07"})

_MS: Final = 1_000_000


class Execution(NamedTuple):
    at: int
    side: Side
    quantity: Fraction
    price: Fraction
    profit: Decimal
    fee: Decimal


class Held(NamedTuple):
    """What the venue says is held; short is below zero."""

    quantity: Decimal
    average_price: Decimal | None = None
    at: int | None = None
    mark: Decimal | None = None
    unrealized: Decimal | None = None


class Wallet(NamedTuple):
    """What is in the account; the same as its equity while nothing is held."""

    amount: Decimal


class Placed(NamedTuple):
    """An order that did not execute yet, or ended without."""


Message = Execution | Held | Wallet | Placed


class Line(Struct):
    name: str
    payload: msgspec.Raw


class Channel(Struct, rename="camel"):
    inst_type: str
    channel: Literal["account", "positions", "orders"]


class RawOrder(Struct, rename="camel"):
    side: Side
    status: str
    fill_sz: Decimal = Decimal(0)
    fill_px: Decimal = Decimal(0)
    fill_fee: Decimal = Decimal(0)
    fill_time: str = ""
    pnl: Decimal = Decimal(0)


class RawPosition(Struct, rename="camel"):
    hold_side: Literal["long", "short"]
    total: Decimal
    average_open_price: Decimal
    mark_price: Decimal
    upl: Decimal
    u_time: str


class RawAccount(Struct):
    equity: Decimal


class Raw(Struct):
    arg: Channel
    data: list[msgspec.Raw]


def read(path: Path) -> Iterator[Checked]:
    for file in sorted(path.glob("*.jsonl")):
        name = file.name.removesuffix("-futures.jsonl")
        yield Checked(name, partial(answers, file, name))


def answers(file: Path, name: str) -> list[Answer]:
    lines = [msgspec.json.decode(line, type=Line) for line in file.read_bytes().splitlines()]
    if b'"arg"' in bytes(lines[0].payload):
        messages = _settled(_websocket(lines), Wallet)
    else:
        messages = _settled(_library(lines), (Wallet, Held))
    found = list(replay(messages, wallet=name not in UNRECORDED_FUNDING))
    summary = file.with_name(f"{name}-futures.answers.json")
    if summary.exists():
        found += in_sum(messages, msgspec.json.decode(summary.read_bytes(), type=Summary))
    return found


def replay(messages: list[Message], *, wallet: bool) -> Iterator[Answer]:
    """Book the executions, and compare every message on the way with what is held then."""
    desk = desk_of(messages)
    paid_in = next(message.amount for message in messages if isinstance(message, Wallet))
    held: Holding | None = None
    settled = False
    for number, message in enumerate(messages, start=1):
        when = f"message {number}"
        if isinstance(message, Execution):
            before, held, settled = held, execute(desk, message), True
            yield from of_fill(message, before, held, when)
        elif isinstance(message, Held):
            yield exactly(f"{when}: quantity", message.quantity, held.quantity if held else 0)
            yield from of_position(message, desk, when)
        elif isinstance(message, Placed):
            # What became of an order is not always recorded; the balance is then of another book.
            settled = False
        elif wallet and settled and held and held.quantity == 0:
            assert held.net is not None
            yield exactly(f"{when}: balance", message.amount - paid_in, held.net)


def desk_of(messages: list[Message]) -> Desk:
    first = min(message.at for message in messages if isinstance(message, Execution))
    desk = Desk(start=first - 60 * SECOND)
    return desk.describe(base="BTC", quote="USDT", instrument_type="perpetual")


def execute(desk: Desk, fill: Execution) -> Holding:
    return desk.fill(fill.side, fill.quantity, fill.price, fee=fill.fee, at=fill.at)


def of_fill(fill: Execution, before: Holding | None, held: Holding, when: str) -> Iterator[Answer]:
    realized, fees = held.realized, held.fees["USDT"]
    if before is not None:
        realized, fees = realized - before.realized, fees - before.fees["USDT"]
    yield exactly(f"{when}: profit of the fill", fill.profit, realized)
    yield exactly(f"{when}: fee of the fill", fill.fee, fees)


def of_position(said: Held, desk: Desk, when: str) -> Iterator[Answer]:
    if said.average_price is None:
        return
    held = desk.holding() if said.mark is None else desk.mark(said.mark, at=said.at)
    assert held.average_price is not None
    yield rounded(f"{when}: average price", said.average_price, held.average_price, 1)
    if said.unrealized is not None:
        assert held.unrealized is not None
        yield cut(f"{when}: unrealized", said.unrealized, held.unrealized, 4)


class Summary(Struct):
    sum_reported_profit: Decimal
    sum_reported_commission: Decimal
    net: Decimal


def in_sum(messages: list[Message], summary: Summary) -> Iterator[Answer]:
    desk = desk_of(messages)
    for message in messages:
        if isinstance(message, Execution):
            held = execute(desk, message)
    assert held.net is not None
    yield exactly("profit in sum", summary.sum_reported_profit, held.realized)
    yield exactly("fees in sum", -summary.sum_reported_commission, held.fees["USDT"])
    yield exactly("net in sum", summary.net, held.net)


def _settled(
    messages: Iterable[Message], early: type[Message] | tuple[type[Message], ...]
) -> list[Message]:
    """Return the messages with those of an early kind behind the executions they precede."""
    found: list[Message] = []
    waiting: list[Message] = []
    executing = False
    for message in messages:
        if isinstance(message, Execution):
            executing = True
            found.append(message)
            continue
        if executing or not isinstance(message, early):
            found += waiting
            waiting = []
            executing = False
        (waiting if isinstance(message, early) else found).append(message)
    return found + waiting


def _websocket(lines: list[Line]) -> Iterator[Message]:
    raws = [msgspec.json.decode(line.payload, type=Raw) for line in lines]
    market = next(raw.arg.inst_type for raw in raws if raw.arg.channel == "orders")
    for raw in raws:
        if raw.arg.inst_type != market:
            continue
        if raw.arg.channel == "positions" and not raw.data:
            yield Held(Decimal(0))
        for each in raw.data:
            if raw.arg.channel == "account":
                yield Wallet(msgspec.json.decode(each, type=RawAccount).equity)
            elif raw.arg.channel == "positions":
                yield _raw_position(msgspec.json.decode(each, type=RawPosition))
            else:
                yield _raw_order(msgspec.json.decode(each, type=RawOrder))


def _raw_position(said: RawPosition) -> Held:
    quantity = said.total if said.hold_side == "long" else -said.total
    at = int(said.u_time) * _MS
    return Held(quantity, said.average_open_price, at, said.mark_price, said.upl)


def _raw_order(order: RawOrder) -> Execution | Placed:
    if order.status not in ("partial-fill", "full-fill"):
        return Placed()
    at = int(order.fill_time) * _MS
    quantity, price = Fraction(order.fill_sz), Fraction(order.fill_px)
    return Execution(at, order.side, quantity, price, order.pnl, -order.fill_fee)


class Balance(Struct):
    available: Decimal


class LibraryPosition(Struct, rename="camel"):
    position_side: Literal["long", "short"]
    position_amount: Decimal
    price: Decimal


class LibraryOrder(Struct, rename="camel"):
    exchange_id: str
    side: Side
    status: Literal["new", "partial", "filled", "canceled"]
    base_quantity: Decimal
    quote_quantity: Decimal
    executed: str
    profit: Decimal = Decimal(0)
    commission: Decimal = Decimal(0)


class LibraryState(Struct):
    balances: list[Balance] | None = None
    positions: list[LibraryPosition] | None = None


def _library(lines: list[Line]) -> Iterator[Message]:
    filled: dict[str, Fraction] = defaultdict(Fraction)
    for line in lines:
        if not line.name.startswith(("balances", "positions")):
            yield _library_order(msgspec.json.decode(line.payload, type=LibraryOrder), filled)
            continue
        state = msgspec.json.decode(line.payload, type=LibraryState)
        for balance in state.balances or []:
            yield Wallet(balance.available)
        for said in state.positions or []:
            short = said.position_side == "short"
            yield Held(-said.position_amount if short else said.position_amount, said.price)
        if state.positions == []:
            yield Held(Decimal(0))


def _library_order(order: LibraryOrder, filled: dict[str, Fraction]) -> Execution | Placed:
    """Return an order's own fill; `filled` keeps how much of each order is filled so far."""
    if order.status not in ("partial", "filled"):
        return Placed()
    quantity = Fraction(order.base_quantity)
    if order.status == "filled":
        quantity -= filled[order.exchange_id]
    filled[order.exchange_id] += quantity
    price = Fraction(order.quote_quantity) / quantity
    at = parse_time(f"{order.executed}Z")
    return Execution(at, order.side, quantity, price, order.profit, -order.commission)


SOURCE = Source(
    "bitget_sessions",
    "Bitget, recorded futures sessions",
    read,
    digits="average prices to one decimal, the venue's tick; unrealized cut at 4 decimals",
    left_out="balances in two sessions (funding was charged in them and not recorded); unrealized "
    "where the message has no mark",
)

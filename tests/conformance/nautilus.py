"""nautilus_trader's positions: average cost after every fill, inverse contracts, marks, fees."""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Final, Literal

import msgspec
from msgspec import Struct, field

from tests.conformance.case import Answer, Checked, Source, exactly, printed_float, rounded
from tests.conformance.desk import Desk, Holding

#: nautilus keeps money at its currency's own precision: `Currency.precision`.
PRECISION: Final = {"USD": 2, "USDT": 8, "BTC": 8}


class Terms(Struct):
    kind: Literal["linear", "inverse"]
    base: str
    quote: str
    settle: str
    multiplier: str


class After(Struct):
    qty: Decimal
    realized_pnl: Decimal
    avg_px_open: Decimal


class Fill(Struct):
    side: Literal["buy", "sell"]
    qty: Decimal
    price: Decimal
    fee: Decimal | None = None
    fee_ccy: str | None = None
    after: After | None = None


class Expected(Struct):
    qty: Decimal | None = None
    side: str | None = None
    avg_px_open: Decimal | None = None
    realized_pnl: Decimal | None = None
    realized_pnl_since_reopen: Decimal | None = None
    mark: Decimal | None = None
    unrealized_pnl: Decimal | None = None
    total_pnl: Decimal | None = None
    total_pnl_since_reopen: Decimal | None = None
    notional: Decimal | None = None
    commissions: dict[str, Decimal] = field(default_factory=dict)


class Position(Struct):
    name: str
    instrument: Terms
    fills: list[Fill]
    expect: Expected


class File(Struct):
    cases: list[Position]


def read(path: Path) -> Iterator[Checked]:
    for position in msgspec.json.decode(path.read_bytes(), type=File).cases:
        yield Checked(position.name, partial(answers, position))


def answers(position: Position) -> list[Answer]:
    terms = position.instrument
    decimals = PRECISION[terms.settle]
    # Increments as fine as upstream prints an average price, since the books round the cost of
    # what is left at the money that the increments make.
    desk = Desk().describe(
        base=terms.base,
        quote=terms.quote,
        settle=terms.settle,
        contract=terms.kind,
        multiplier=terms.multiplier,
        price_increment="1E-9",
        quantity_increment="1E-9",
    )
    found: list[Answer] = []
    held: Holding | None = None
    flat: Holding | None = None
    for number, fill in enumerate(position.fills, start=1):
        if held is not None and held.quantity == 0:
            flat = held
        held = desk.fill(fill.side, fill.qty, fill.price, fee=fill.fee, fee_currency=fill.fee_ccy)
        if fill.after is not None:
            found += after_fill(fill.after, held, f"fill {number}", terms.settle)
    expected = position.expect
    held = desk.holding() if expected.mark is None else desk.mark(expected.mark)
    found += at_end(expected, held, terms.settle)
    if flat is not None:
        found += since_reopen(expected, flat, held, decimals)
    return found


def after_fill(after: After, held: Holding, when: str, settle: str) -> Iterator[Answer]:
    yield exactly(f"{when}: quantity", after.qty, held.quantity)
    profit = net_realized(held, settle)
    yield rounded(f"{when}: realized", after.realized_pnl, profit, PRECISION[settle])
    yield average(after.avg_px_open, held, when)


def at_end(expected: Expected, held: Holding, settle: str) -> Iterator[Answer]:
    decimals = PRECISION[settle]
    if expected.qty is not None:
        yield exactly("quantity", expected.qty, held.quantity)
    if expected.side is not None:
        assert expected.side == "flat"
        yield exactly("quantity of a flat position", 0, held.quantity)
    elif expected.avg_px_open is not None:
        yield average(expected.avg_px_open, held, "end")
    profit = net_realized(held, settle)
    if expected.realized_pnl is not None:
        yield rounded("realized", expected.realized_pnl, profit, decimals)
    if expected.unrealized_pnl is not None:
        assert held.unrealized is not None
        yield rounded("unrealized", expected.unrealized_pnl, held.unrealized, decimals)
    if expected.total_pnl is not None:
        assert held.net is not None
        yield rounded("net", expected.total_pnl, held.net, decimals)
    if expected.notional is not None:
        assert held.notional is not None
        yield rounded("notional", expected.notional, held.notional, decimals)
    if expected.commissions:
        assert held.fees.keys() == expected.commissions.keys()
    for currency, fee in expected.commissions.items():
        yield exactly(f"fees in {currency}", fee, held.fees[currency])


def since_reopen(
    expected: Expected, flat: Holding, held: Holding, decimals: int
) -> Iterator[Answer]:
    """Upstream starts again at zero; the books go on, so the difference must be upstream's."""
    realized, total = expected.realized_pnl_since_reopen, expected.total_pnl_since_reopen
    assert realized is not None
    assert total is not None
    assert held.net is not None
    assert flat.net is not None
    yield rounded("realized since the re-open", realized, held.realized - flat.realized, decimals)
    yield rounded("net since the re-open", total, held.net - flat.net, decimals)


def net_realized(held: Holding, settle: str) -> Fraction:
    """Upstream's realized P&L: fees in the settle currency are in it."""
    return held.realized - held.fees.get(settle, Fraction(0))


def average(theirs: Decimal, held: Holding, when: str) -> Answer:
    """Upstream prints its average prices as binary floats."""
    assert held.average_price is not None
    return printed_float(f"{when}: average price", theirs, held.average_price)


SOURCE = Source(
    "nautilus_positions.json",
    "nautilus_trader, positions",
    read,
    digits="money to the currency's own decimals (USD 2, USDT and BTC 8); average prices to the "
    "last digit of the printed float, for an instrument with increments of 1E-9",
    left_out="the average price of what is closed and the realized return (the books keep "
    "neither); upstream's realized P&L is compared with realized − fees",
)

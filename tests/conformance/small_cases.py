"""backtrader, blotter and hummingbot: small cases from their tests."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from tests.conformance.case import Answer, Case, Checked, Excluded, Source, exactly, printed_float
from tests.conformance.desk import Desk


class Named(Struct):
    name: str


class File(Struct):
    cases: list[msgspec.Raw]


class After(Struct):
    qty: Decimal
    avg: Decimal


class Step(Struct):
    qty: Decimal
    price: Decimal
    after: After


class Steps(Struct):
    steps: list[Step]


def backtrader_position(case: msgspec.Raw) -> Iterator[Answer]:
    desk = Desk().describe()
    for number, step in enumerate(msgspec.json.decode(case, type=Steps).steps, start=1):
        held = desk.trade(step.qty, step.price)
        assert held.average_price is not None
        yield exactly(f"fill {number}: quantity", step.after.qty, held.quantity)
        yield printed_float(f"fill {number}: average price", step.after.avg, held.average_price)


class Future(Struct):
    multiplier: str
    commission_per_contract: Decimal


class Commission(Struct):
    pnl: Decimal
    commission_on_entry: Decimal


class Marked(Struct):
    qty: Decimal
    open: Decimal
    mark: Decimal
    expect: Commission
    instrument: Future | None = None
    commission_rate: Decimal | None = None


def backtrader_marked(case: msgspec.Raw) -> Iterator[Answer]:
    marked = msgspec.json.decode(case, type=Marked)
    if marked.instrument is not None:
        desk = Desk().describe(instrument_type="future", multiplier=marked.instrument.multiplier)
        fee = marked.qty * marked.instrument.commission_per_contract
    else:
        assert marked.commission_rate is not None
        desk = Desk().describe(instrument_type="equity")
        fee = marked.qty * marked.open * marked.commission_rate
    desk.trade(marked.qty, marked.open, fee=fee)
    held = desk.mark(marked.mark)
    assert held.unrealized is not None
    yield exactly("unrealized", marked.expect.pnl, held.unrealized)
    yield exactly("fees", marked.expect.commission_on_entry, held.fees["USD"])


class BlotterSums(Struct):
    sum_fees: Decimal
    net_qty: Decimal
    gross_pnl_derived: Decimal
    net_pnl_derived: Decimal


class Blotter(Struct):
    txns: list[tuple[str, Decimal, Decimal]]
    fee_per_unit: Decimal
    expect: BlotterSums


def blotter_ibm(case: msgspec.Raw) -> Iterator[Answer]:
    blotter = msgspec.json.decode(case, type=Blotter)
    desk = Desk().describe(instrument_type="equity")
    for _, quantity, price in blotter.txns:
        held = desk.trade(quantity, price, fee=abs(quantity) * blotter.fee_per_unit)
    assert held.net is not None
    yield exactly("fees", -blotter.expect.sum_fees, held.fees["USD"])
    yield exactly("quantity", blotter.expect.net_qty, held.quantity)
    yield exactly("realized", blotter.expect.gross_pnl_derived, held.realized)
    yield exactly("net", blotter.expect.net_pnl_derived, held.net)


class Sentence(Struct):
    expect: str


def blotter_average(case: msgspec.Raw) -> Iterator[Answer]:
    sentence = msgspec.json.decode(case, type=Sentence).expect
    assert sentence == "10@100 then txn value 1020 for 10 more -> avg 101"
    desk = Desk().describe(instrument_type="equity")
    desk.trade(10, 100)
    held = desk.trade(10, Fraction(1020, 10))
    assert held.average_price is not None
    yield exactly("average price", 101, held.average_price)


class Performance(Struct):
    trade_pnl: Decimal
    total_pnl: Decimal


class Perpetual(Struct):
    trades: list[tuple[str, str, Decimal, Decimal]]
    fees: str
    expect: Performance


def hummingbot_perpetual(case: msgspec.Raw) -> Iterator[Answer]:
    perpetual = msgspec.json.decode(case, type=Perpetual)
    assert perpetual.fees == "0; 0; 10% of notional on the last two"
    desk = Desk().describe(instrument_type="perpetual")
    rates = [Decimal(0), Decimal(0), Decimal("0.1"), Decimal("0.1")]
    for (side, _, amount, price), rate in zip(perpetual.trades, rates, strict=True):
        signed = amount if side == "BUY" else -amount
        held = desk.trade(signed, price, fee=amount * price * rate)
    assert held.net is not None
    yield exactly("realized", perpetual.expect.trade_pnl, held.realized)
    yield exactly("net", perpetual.expect.total_pnl, held.net)


BOOKED: Final[dict[str, Callable[[msgspec.Raw], Iterator[Answer]]]] = {
    "backtrader_position_update": backtrader_position,
    "backtrader_futures_mult": backtrader_marked,
    "backtrader_stock_percent_commission": backtrader_marked,
    "blotter_ibm_10_txns": blotter_ibm,
    "blotter_avg_cost": blotter_average,
    "hummingbot_perp": hummingbot_perpetual,
}

EXCLUDED: Final = {
    "hummingbot_spot": "compares a portfolio with what holding it would have been worth: not the "
    "P&L of fills",
}


def read(path: Path) -> Iterator[Case]:
    for case in msgspec.json.decode(path.read_bytes(), type=File).cases:
        name = msgspec.json.decode(case, type=Named).name
        if name in EXCLUDED:
            yield Excluded(name, EXCLUDED[name])
        else:
            yield Checked(name, partial(_answers, BOOKED[name], case))


def _answers(book: Callable[[msgspec.Raw], Iterator[Answer]], case: msgspec.Raw) -> list[Answer]:
    return list(book(case))


SOURCE = Source(
    "small_cases.json",
    "backtrader, blotter, hummingbot",
    read,
    digits="an average price to the last digit of the printed float",
    left_out="backtrader's quantities opened and closed (they follow from the quantity before and "
    "after) and the margin of a future",
)

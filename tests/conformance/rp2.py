"""rp2's golden reports, first in first out: the gain of every lot that a sale consumed.

rp2 takes a buyer's fee in coins to be paid on top: the lot costs what the fee is worth as well, and
the fee is then disposed of at the spot price. That is another economy than a venue's, which
delivers less, so the two steps are booked as two fills. A seller's fee in coins is the books' own
rule: a fee in the base currency.
"""

from collections.abc import Iterator
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Final, Literal, NamedTuple

import msgspec
from msgspec import Struct

from tests.conformance.case import Answer, Case, Checked, Excluded, Source, exactly, rounded
from tests.conformance.desk import Desk, Holding

#: rp2's own arithmetic is decimal, its report holds binary floats of some 16 digits; a lot whose
#: cost by the unit never ends is booked at 18 decimals.
DECIMALS: Final = 12

EXCLUDED: Final = {"B4": "a loss of staked coins: not a fill"}

#: Where a transaction's row has its amount, followed by spot price and fee in coins, if any.
_AMOUNT: Final = 7
_FEE: Final = 9

Rows = list[list[str]]


class File(Struct):
    sheets: dict[str, Rows]


class Disposal(NamedTuple):
    """A sale, or a fee in coins: how much went, what it gained and what it had cost."""

    kind: Literal["SELL", "FEE"]
    coins: Fraction
    gain: Fraction
    cost: Fraction
    left: Fraction


def read(path: Path) -> Iterator[Case]:
    sheets = _sheets(path / "test_data4.input.json")
    golden = _sheets(path / "test_data4.fifo.json")
    for asset, rows in sheets.items():
        if asset in EXCLUDED:
            yield Excluded(f"fifo-{asset}", EXCLUDED[asset])
        else:
            yield Checked(f"fifo-{asset}", partial(answers, rows, golden[f"{asset} Tax"]))
        for method in ("hifo", "lifo"):
            yield Excluded(f"{method}-{asset}", f"{method.upper()} is not offered")


def _sheets(path: Path) -> dict[str, Rows]:
    return msgspec.json.decode(path.read_bytes(), type=File).sheets


def answers(rows: Rows, report: Rows) -> list[Answer]:
    disposals = list(book(rows))
    found = [exactly("coins left", _final_balance(report), disposals[-1].left)]
    gains = dict(_running_gains(report))
    coins = gain = Fraction(0)
    for disposal in disposals:
        coins += disposal.coins
        gain += disposal.gain
        found.append(rounded(f"gain of {coins} disposed of", gains[coins], gain, DECIMALS))
    for kind, gain_in_sum, cost_in_sum in _sums(report):
        of_kind = [disposal for disposal in disposals if disposal.kind == kind]
        gain = sum((disposal.gain for disposal in of_kind), Fraction(0))
        cost = sum((disposal.cost for disposal in of_kind), Fraction(0))
        found.append(rounded(f"{kind}: gain", gain_in_sum, gain, DECIMALS))
        found.append(rounded(f"{kind}: cost", cost_in_sum, cost, DECIMALS))
    return found


def book(rows: Rows) -> Iterator[Disposal]:
    """Book buys and sales in order, and yield every disposal."""
    desk = Desk("fifo").describe(quote="EUR")
    for direction, amount, spot, fee in _transactions(rows):
        if direction == "OUT":
            before = desk.holding()
            held = desk.fill("sell", amount, spot, fee=fee, fee_currency="X")
            yield _disposal("SELL", before, held)
            continue
        before = desk.fill("buy", amount, spot * (amount + fee) / amount)
        if fee:
            yield _disposal("FEE", before, desk.fill("sell", fee, spot))


def _disposal(kind: Literal["SELL", "FEE"], before: Holding, held: Holding) -> Disposal:
    gain = held.realized - before.realized - _fees(held) + _fees(before)
    coins = before.quantity - held.quantity
    return Disposal(kind, coins, gain, before.cost - held.cost, held.quantity)


def _fees(held: Holding) -> Fraction:
    return held.fees.get("EUR", Fraction(0))


def _transactions(rows: Rows) -> Iterator[tuple[str, Fraction, Fraction, Fraction]]:
    """Yield direction, amount, spot price and fee in coins; the rows are in order of time."""
    direction = ""
    for row in rows:
        if row in (["IN"], ["OUT"]):
            direction = row[0]
        elif len(row) > _AMOUNT and row[0] != "Timestamp":
            cells = [*row[_AMOUNT:], "0"] if len(row) == _FEE else row[_AMOUNT:]
            amount, spot, fee = (Fraction(cell) for cell in cells[:3])
            yield direction, amount, spot, fee


def _running_gains(report: Rows) -> Iterator[tuple[Fraction, Fraction]]:
    """Yield the coins disposed of so far and what they gained, lot by lot."""
    gain = Fraction(0)
    detail = report.index(["Gain / Loss Detail"])
    for row in report[detail + 3 :]:
        gain += Fraction(row[3])
        yield Fraction(row[2]), gain


def _sums(report: Rows) -> Iterator[tuple[str, Fraction, Fraction]]:
    """Yield the kind of disposal, its gain and its cost."""
    for row in report[3 : report.index([])]:
        yield row[4], Fraction(row[2]), Fraction(row[7])


def _final_balance(report: Rows) -> Fraction:
    (total,) = (row for row in report if row[:1] == ["Total"])
    return Fraction(total[-1])


SOURCE = Source(
    "rp2",
    "rp2, golden tax reports",
    read,
    digits=f"gains and costs to {DECIMALS} decimals (the report holds binary floats)",
    left_out="a buyer's fee in coins by the books' own rule (rp2 takes it to be paid on top: booked "
    "as a lot at the price with the fee, then a sale of the fee)",
)

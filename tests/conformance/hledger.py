"""hledger's functional tests of lots: which lots a disposal consumes, and the gain."""

import re
from collections.abc import Iterator
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

from tests.conformance.case import Answer, Case, Checked, Excluded, Source, exactly, rounded
from tests.conformance.desk import Desk, Lot

_REFUSES: Final = "hledger refuses to sell more than is held; the books open a short"
_SYNTAX: Final = "how a journal is read and printed: no figure of a position"
_REFUSED: Final = "a journal that hledger refuses: no figure of a position"
_NO_PRICE: Final = "units leave without a price (a gift, a donation, a transfer): not a fill"
_LOT_BALANCE: Final = "asserts the balance of one lot's own subaccount, which no position has"
_IN_KIND: Final = "a fee in kind apart from the sale, at another lot's cost: not a fill"

EXCLUDED: Final = {
    "lots": {
        **dict.fromkeys((*range(1, 4), *range(6, 10), *range(13, 20)), _SYNTAX),
        **dict.fromkeys((4, 5, 11, 12), _REFUSED),
    },
    "lots-dispose": {
        **dict.fromkeys((1, 11, 32), _SYNTAX),
        **dict.fromkeys((5, 6, 24, 25, 26, 27, 28), _REFUSES),
        **dict.fromkeys((8, 10, 33, 35), _REFUSED),
        **dict.fromkeys((17, 30, 39, 40), _NO_PRICE),
        21: _LOT_BALANCE,
        29: _IN_KIND,
    },
    "lots-errors": {
        1: _REFUSES,
        **dict.fromkeys((3, 4, 5, 9), _SYNTAX),
        **dict.fromkeys((2, 7, 8, *range(10, 17 + 1)), _REFUSED),
    },
}

#: Gains are computed in decimals; where a cost by the unit never ends, the books have 18 of them.
_GAIN_DECIMALS: Final = 6

_TEST: Final = re.compile(r"^# \*\* (\d+)\. ", re.MULTILINE)
_SIGNS: Final = re.compile(r"\$|Rs|€|,| ")
_GAIN: Final = re.compile(r"^\s+(?:revenues?:gains?|income:capital)\s+(\S+)", re.MULTILINE)
_LOT: Final = re.compile(r"^\s*([\d.]+) [A-Z]+\s+assets\S*:\{\S+, ([^}]+)\}$", re.MULTILINE)
_POSTING: Final = re.compile(
    r"\s+(?P<account>\S+(?: \S+)*?)(?::\{[^}]*\})?\s{2,}"
    r"(?:(?P<units>-?[\d.]+) [A-Z]{3,})?"
    r"(?: \{(?:[\d-]+, )?(?P<cost>[^}]*)\})?"
    r"(?: (?P<at>@@?) (?P<price>[^=]+?))?"
    r"(?:\s*= (?P<balance>[\d.]+) [A-Z]{3,})?$"
)
_CASH: Final = re.compile(r"\s+\S+(?: \S+)*?\s{2,}(?P<money>-?(?:\$|Rs)-?[\d,.]+)$")


class Trade(NamedTuple):
    """An acquisition or a disposal: signed units, price of one; the balance that must be left."""

    units: Fraction
    price: Fraction
    balance: Fraction | None


def read(path: Path) -> Iterator[Case]:
    for stem, excluded in EXCLUDED.items():
        journal = ""
        for number, body in _tests((path / f"{stem}.test").read_text()):
            given, _, rest = body.partition("\n$ hledger")
            # A test without a journal of its own goes on with the one before it.
            journal = given.partition("\n<\n")[2] or journal
            name = f"{stem}-{number}"
            if number in excluded:
                yield Excluded(name, excluded[number])
            else:
                yield Checked(name, partial(answers, journal, rest))


def _tests(text: str) -> Iterator[tuple[int, str]]:
    parts = _TEST.split(text)
    for number, body in zip(parts[1::2], parts[2::2], strict=True):
        yield int(number), body


def answers(journal: str, rest: str) -> list[Answer]:
    """Book a journal, and compare what it asserts itself and what its report says."""
    command, _, report = rest.partition("\n")
    desk = Desk("fifo").describe(instrument_type="equity")
    found = []
    for number, trade in enumerate(trades(journal), start=1):
        held = desk.trade(trade.units, trade.price)
        if trade.balance is not None:
            found.append(exactly(f"trade {number}: balance", trade.balance, held.quantity))
    gains = _GAIN.findall(journal) or _GAIN.findall(report)
    if gains:
        # hledger checks a gain that the journal states; income is below zero there.
        gain = sum(-_money(each) for each in gains)
        found.append(rounded("gain", gain, held.realized, _GAIN_DECIMALS))
    if " bal " in command:
        theirs = [Lot(Fraction(units), _money(cost)) for units, cost in _LOT.findall(report)]
        found.append(exactly("lots", len(theirs), len(held.lots)))
        for lot, mine in zip(theirs, held.lots, strict=False):
            found.append(exactly("units of a lot", lot.quantity, mine.quantity))
            found.append(exactly("cost of a lot", lot.price, mine.price))
    return found


def trades(journal: str) -> Iterator[Trade]:
    """Yield a journal's trades in order; the price is the cost for one, or what was paid or got."""
    held = Fraction(0)
    for entry in re.split(r"\n(?=\d{4}-)", journal):
        lines = [line.partition(";")[0].rstrip() for line in entry.splitlines()]
        paid = [_money(cash["money"]) for line in lines if (cash := _CASH.match(line))]
        for line in lines:
            posting = _POSTING.match(line)
            if posting is None or not (posting["units"] or posting["balance"]):
                continue
            balance = Fraction(posting["balance"]) if posting["balance"] else None
            if posting["units"]:
                units = Fraction(posting["units"])
            else:
                assert balance is not None
                units = balance - held
            held += units
            yield Trade(units, _price(posting, units, paid), balance)


def _price(posting: re.Match[str], units: Fraction, paid: list[Fraction]) -> Fraction:
    if posting["cost"] and units > 0:
        return _money(posting["cost"])
    if posting["price"]:
        price = _money(posting["price"])
        return price / abs(units) if posting["at"] == "@@" else price
    return abs(paid[0] / units)


def _money(text: str) -> Fraction:
    return Fraction(_SIGNS.sub("", text))


SOURCE = Source(
    "hledger_lots",
    "hledger, disposal of lots",
    read,
    digits=f"gains to {_GAIN_DECIMALS} decimals, where a cost by the unit never ends",
)

"""beancount's booking tests: which lots a reduction consumes, and what remains."""

import re
from collections.abc import Iterator
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
from msgspec import Struct

from tests.conformance.case import Answer, Case, Checked, Excluded, Source, exactly
from tests.conformance.desk import Desk, Lot

_REFUSES: Final = "beancount refuses to sell more than is held; the books open a short"
_NAMES: Final = "the sale names its lot, which is not the oldest"
_STRICT: Final = (
    "strict booking refuses a sale that fits no lot, several, or not enough of the one it names; "
    "the books take the oldest"
)
_BOTH: Final = "long and short lots side by side (booking NONE, or strict without a match)"
_NO_COST: Final = "units without a cost: money, not a position"
_INCOMPLETE: Final = "an amount that beancount must infer or refuse: not a fill"
_LATER: Final = "lots dated after a purchase that is booked after them"
_ZERO: Final = "a fill of nothing is refused (zero_quantity)"
_DISABLED: Final = "beancount skips it itself"

EXCLUDED: Final = {
    "TestBookAugmentations::test_augment__from_empty__no_cost__pos": _NO_COST,
    "TestBookAugmentations::test_augment__from_empty__no_cost__neg": _NO_COST,
    "TestBookAugmentations::test_augment__from_empty__incomplete_cost__empty": _INCOMPLETE,
    "TestBookAugmentations::test_augment__from_empty__incomplete_cost__with_currency": _INCOMPLETE,
    "TestBookReductions::test_reduce__no_cost": _NO_COST,
    "TestBookReductions::test_reduce__sign_change_simple": _REFUSES,
    "TestBookReductions::test_reduce__no_match": _STRICT,
    "TestBookReductions::test_reduce__ambiguous__strict": _STRICT,
    "TestBookReductions::test_reduce__ambiguous__none": _BOTH,
    "TestBookReductions::test_reduce__ambiguous__none__from_mixed": _BOTH,
    "TestBookReductions::test_reduce__multiple_reductions__competing__with_error": _REFUSES,
    "TestBookReductions::test_reduce__multiple_reductions__overflowing__with_error": _REFUSES,
    "TestBookReductions::test_reduce__multiple_reductions__no_error_because_total": _NAMES,
    "TestBookReductions::test_reduce__reduction_with_same_currency_not_at_cost": _NO_COST,
    "TestBookReductions::test_reduce__missing_units_number": _INCOMPLETE,
    "TestBookReductionsSelf::test_reduce__augment_and_reduce_with_empty_balance": _BOTH,
    "TestBookReductionsSelf::test_reduce__augment_and_reduce_with_empty_balance__matching_pos": (
        _DISABLED
    ),
    "TestBookReductionsSelf::test_reduce__augment_and_reduce_with_empty_balance__matching_neg": (
        _DISABLED
    ),
    "TestBookReductionsSelf::test_reduce__augment_and_reduce_with_non_empty_balance": _DISABLED,
    "TestBookAmbiguous::test_ambiguous__NONE__matching_existing2": _NAMES,
    "TestBookAmbiguous::test_ambiguous__NONE__notmatching_nonmixed1": _BOTH,
    "TestBookAmbiguous::test_ambiguous__NONE__notmatching_nonmixed2": _LATER,
    "TestBookAmbiguous::test_ambiguous__NONE__notmatching_mixed1": _BOTH,
    "TestBookAmbiguous::test_ambiguous__NONE__notmatching_mixed2": _BOTH,
    "TestBookAmbiguous::test_ambiguous__STRICT_1": _STRICT,
    "TestBookAmbiguous::test_ambiguous__STRICT_2": _STRICT,
    "TestBookAmbiguous::test_ambiguous__STRICT__mixed": _BOTH,
    "TestBookAmbiguousFIFO::test_ambiguous__FIFO__no_match_against_any_lots": _ZERO,
    "TestBookAmbiguousFIFO::test_ambiguous__FIFO__test_matching_more_than_is_available": _REFUSES,
}

_HEAD: Final = re.compile(r"(\d{4}-\d\d-\d\d) \*((?: #[\w-]+)+)$")
_POSTING: Final = re.compile(
    r"\s+(?:S )?Assets:Account\s+(-?[\d.]+) (\w+)"
    r"(?: \{(?:([\d.]+) \w+)?(?:, )?(\d{4}-\d\d-\d\d)?.*\})?$"
)


class Booking(Struct, rename={"group": "class"}):
    name: str
    group: str
    text: str


class File(Struct):
    cases: list[Booking]


class Posting(NamedTuple):
    """Signed units of a commodity at a cost each, if it says one, in a lot of a date."""

    units: Fraction
    commodity: str
    cost: Fraction | None
    date: str


class Transaction(NamedTuple):
    tags: set[str]
    postings: list[Posting]


def read(path: Path) -> Iterator[Case]:
    for booking in msgspec.json.decode(path.read_bytes(), type=File).cases:
        name = f"{booking.group}::{booking.name}"
        if name in EXCLUDED:
            yield Excluded(name, EXCLUDED[name])
        else:
            yield Checked(name, partial(answers, booking.text))


def answers(text: str) -> list[Answer]:
    transactions = parse(text)
    before, expected, booked = (_tagged(transactions, tag) for tag in ("ante", "ex", "booked"))
    found = []
    # Each of several trades is applied to the same inventory.
    for number, applied in enumerate(one for one in transactions if "apply" in one.tags):
        for commodity in sorted({posting.commodity for posting in before + applied.postings}):
            what = f"{number}: {commodity}"
            held = _of(commodity, before)
            lots, cost = book(held, _of(commodity, applied.postings))
            theirs = merged(_of(commodity, expected))
            found.append(exactly(f"{what}: lots", len(theirs), len(lots)))
            for lot, mine in zip(theirs, lots, strict=False):
                found.append(exactly(f"{what}: units", lot.quantity, mine.quantity))
                found.append(exactly(f"{what}: cost each", lot.price, mine.price))
            first = {(posting.cost, posting.date) for posting in held}
            consumed = [
                posting
                for posting in _of(commodity, booked)
                if posting.units * _units(held) < 0 and (posting.cost, posting.date) in first
            ]
            if consumed:
                found.append(exactly(f"{what}: cost consumed", -_cost(merged(consumed)), cost))
    return found


def book(before: list[Posting], applied: list[Posting]) -> tuple[list[Lot], Fraction]:
    """Return the lots that remain after these postings, and the cost that left the first ones."""
    desk = Desk("fifo").describe(instrument_type="equity")
    lots: list[Lot] = []
    price = Fraction(0)
    for posting in sorted(before, key=lambda posting: posting.date):
        assert posting.cost is not None
        price = posting.cost
        lots = desk.trade(posting.units, price).lots
    held = _units(before)
    cost = _cost(lots)
    for posting in applied:
        # A reduction says no selling price; the lots do not depend on it.
        price = posting.cost or price
        lots = desk.trade(posting.units, price).lots
    return lots, cost - _cost([lot for lot in lots if lot.quantity * held > 0])


def _tagged(transactions: list[Transaction], tag: str) -> list[Posting]:
    return [posting for one in transactions if tag in one.tags for posting in one.postings]


def _of(commodity: str, postings: list[Posting]) -> list[Posting]:
    return [posting for posting in postings if posting.commodity == commodity]


def _units(postings: list[Posting]) -> Fraction:
    return sum((posting.units for posting in postings), Fraction(0))


def _cost(lots: list[Lot]) -> Fraction:
    return sum((lot.quantity * lot.price for lot in lots), Fraction(0))


def parse(text: str) -> list[Transaction]:
    found: list[Transaction] = []
    date = ""
    for line in text.splitlines():
        head = _HEAD.match(line)
        if head:
            date, tags = head.groups()
            found.append(Transaction({tag.lstrip("#") for tag in tags.split()}, []))
        elif posting := _POSTING.match(line):
            units, commodity, cost, lot_date = posting.groups()
            each = None if cost is None else Fraction(cost)
            found[-1].postings.append(Posting(Fraction(units), commodity, each, lot_date or date))
    return found


def merged(postings: list[Posting]) -> list[Lot]:
    """Return lots oldest first, those of one price next to each other as one, as the books do."""
    lots: list[Lot] = []
    for posting in sorted(postings, key=lambda posting: posting.date):
        assert posting.cost is not None
        if lots and lots[-1].price == posting.cost:
            lots[-1] = Lot(lots[-1].quantity + posting.units, posting.cost)
        else:
            lots.append(Lot(posting.units, posting.cost))
    return lots


SOURCE = Source("beancount_booking.json", "beancount, booking of lots", read)

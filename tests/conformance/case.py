"""A case of somebody else's answers, and how closely the books agree with it."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Final, NamedTuple

REPOSITORY: Final = Path(__file__).parents[2]

#: Recorded and published by others; it lies beside the repository and is never copied into it.
FOLDER: Final = REPOSITORY.parent / "shared" / "data" / "01_fills_pnl"

#: A printed float with so many decimals has run out of digits.
_LONG: Final = 10

Number = Fraction | Decimal | int | str


class Answer(NamedTuple):
    """One figure: theirs, ours, and how far apart they may lie for all that the source prints."""

    what: str
    theirs: Fraction
    ours: Fraction
    apart: Fraction

    @property
    def exact(self) -> bool:
        return self.ours == self.theirs

    @property
    def agrees(self) -> bool:
        return abs(self.ours - self.theirs) <= self.apart

    def __str__(self) -> str:
        ours, theirs = f"{float(self.ours):.17g}", f"{float(self.theirs):.17g}"
        return f"{self.what}: the books say {ours}, the source {theirs}"


def exactly(what: str, theirs: Number, ours: Number) -> Answer:
    """The source prints every digit."""
    return Answer(what, Fraction(theirs), Fraction(ours), Fraction(0))


def rounded(what: str, theirs: Number, ours: Number, decimals: int) -> Answer:
    """The source rounds to `decimals`: at most half a unit of the last one apart."""
    return Answer(what, Fraction(theirs), Fraction(ours), Fraction(1, 2 * 10**decimals))


def cut(what: str, theirs: Number, ours: Number, decimals: int) -> Answer:
    """The source cuts at `decimals`, or prints a binary float: at most one unit apart."""
    return Answer(what, Fraction(theirs), Fraction(ours), Fraction(1, 10**decimals))


def printed_float(what: str, theirs: Decimal, ours: Number) -> Answer:
    """The source prints a binary float: exact where it is short, else to its last digit."""
    decimals = printed_decimals(theirs)
    return exactly(what, theirs, ours) if decimals < _LONG else cut(what, theirs, ours, decimals)


def printed_decimals(number: Decimal) -> int:
    """Return how many decimals the source printed."""
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int)
    return max(-exponent, 0)


class Checked(NamedTuple):
    """A case that the books must agree with; `answers` books it, anew on each call."""

    name: str
    answers: Callable[[], list[Answer]]


class Excluded(NamedTuple):
    """A case that says nothing about the books, and why."""

    name: str
    why: str


Case = Checked | Excluded


class Source(NamedTuple):
    """A file of cases.

    path: in FOLDER. title: whose answers they are. digits: what agreeing "to the printed digits" means here. left_out: figures
    that the checked cases also have, and that are not compared, with the reason.
    """

    path: str
    title: str
    read: Callable[[Path], Iterable[Case]]
    digits: str = ""
    left_out: str = ""

    @property
    def missing(self) -> str:
        """Why the cases can't be read; empty when they can."""
        return "" if (FOLDER / self.path).exists() else f"{FOLDER / self.path} is not there"

    def cases(self) -> list[Case]:
        return list(self.read(FOLDER / self.path))

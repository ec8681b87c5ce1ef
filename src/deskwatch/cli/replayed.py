"""Books that are given events from files, and what came of it."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from deskwatch.cli.periods import Periods
from deskwatch.core.books import EARLIEST, Books
from deskwatch.core.codec import Decoded
from deskwatch.core.rejection import EventRejected
from deskwatch.core.settings import BooksSettings
from deskwatch.engine import view

#: Refused events that are quoted for each reason.
QUOTED: Final = 3

#: An event is taken for one with a wrong time when most of this many after it are long before it.
WITNESSES: Final = 5


class Quoted(Struct, frozen=True):
    """A refused event. place: its file and line."""

    place: str
    reason: str
    found: str
    expected: str


class Replayed:
    """Fresh books, and a count of all they were given.

    quoted: the first refused events of each reason, in the order they came.
    """

    def __init__(self, settings: BooksSettings, *, hourly: bool) -> None:
        self.books = Books(settings)
        self.events = 0
        self.duplicates = 0
        self.refused: Counter[str] = Counter()
        self.quoted: list[Quoted] = []
        self.gaps: list[str] = []
        self.hours = Periods() if hourly else None

    def take(self, decoded: Decoded, now: int, place: str, first_line: int = 1) -> None:
        """Book a block that came at `now` (ns); its lines are quoted as `place` and a number."""
        for refusal in decoded.refused:
            line = first_line + refusal.line - 1
            self._refuse(f"{place}{line}", refusal.reason, refusal.found, refusal.expected)

        def without(index: int, why: EventRejected | None) -> None:
            if why is None:
                self.duplicates += 1
                return
            line = first_line + (index if decoded.lines is None else decoded.lines[index] - 1)
            self._refuse(f"{place}{line}", why.reason, why.found, why.expected)

        self.books.begin(now)
        self.events += len(decoded.events)
        self.books.apply_all(decoded.events, without)
        self._take_rows()

    def finish(self) -> None:
        """Put in what the open hour has earned."""
        if self.hours is not None:
            pending = (row for row, _ in view.pending_rows(self.books, self.books.now))
            for row in view.history(row for row in pending if row.period == "hour"):
                self.hours.add(row)

    def _take_rows(self) -> None:
        """Empty what the books keep for a history, so that it does not grow with the file."""
        closing = self.books.closing
        if self.hours is not None:
            closed = (row for rows in (closing.closed, closing.late) for row in rows)
            for row in view.history(row for row in closed if row.period == "hour"):
                self.hours.add(row)
        closing.closed.clear()
        closing.late.clear()

    def _refuse(self, place: str, reason: str, found: str, expected: str) -> None:
        self.refused[reason] += 1
        if self.refused[reason] <= QUOTED:
            self.quoted.append(Quoted(place, reason, found, expected))


def believable_time(times: Sequence[int], following: Sequence[int], tolerance: int) -> int:
    """Return the latest of a block's event times that what comes after it does not belie.

    times: in the order of the file, at least one. following: those of the events after the block.
    An event with a broken clock stands alone, ahead of those after it, where the live engine would
    refuse it; a night or a weekend without events does not. Never before EARLIEST.
    """
    after = [*times, *following[:WITNESSES]]
    for index in sorted(range(len(times)), key=times.__getitem__, reverse=True):
        witnesses = after[index + 1 : index + 1 + WITNESSES]
        behind = sum(time < times[index] - tolerance for time in witnesses)
        if 2 * behind <= len(witnesses):
            return max(times[index], EARLIEST)
    return max(min(times), EARLIEST)

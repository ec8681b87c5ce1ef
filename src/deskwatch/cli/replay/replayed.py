"""Books that are given events from files, and what came of it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from msgspec import Struct

from deskwatch.cli.periods import Periods
from deskwatch.cli.replay.event_clock import EventClock
from deskwatch.core.books import Books
from deskwatch.core.codec import Decoded, event_lines
from deskwatch.core.period import SECOND
from deskwatch.core.rejection import EventRejected
from deskwatch.core.settings import BooksSettings
from deskwatch.engine.views import history as view

#: Refused events that are quoted for each reason.
QUOTED: Final = 3


class Quoted(Struct, frozen=True):
    """A refused event. place: its file and line."""

    place: str
    reason: str
    found: str
    expected: str


class Replayed:
    """Fresh books, and a count of all they were given.

    quoted: the first refused events of each reason, in the order they came. clock: for events
    that no journal says the receive time of; `latest` is the real time (ns). left_out: what a
    journal's books go without.
    """

    def __init__(self, settings: BooksSettings, latest: int, *, hourly: bool) -> None:
        self.books = Books(settings)
        self.clock = EventClock(settings.future_tolerance_ns, latest)
        self.events = 0
        self.duplicates = 0
        self.refused: Counter[str] = Counter()
        self.quoted: list[Quoted] = []
        self.gaps: list[str] = []
        self.left_out: list[str] = []
        self.hours = Periods() if hourly else None

    def take(self, decoded: Decoded, times: Sequence[int], place: str, first_line: int = 1) -> None:
        """Book a block; its lines are quoted as `place` and a number.

        times: when each event came (ns), never falling.
        """
        for refusal in decoded.refused:
            line = first_line + refusal.line - 1
            self._refuse(f"{place}{line}", refusal.reason, refusal.found, refusal.expected)
        start = 0

        def without(index: int, why: EventRejected | None) -> None:
            if why is None:
                self.duplicates += 1
                return
            index += start
            line = first_line + event_lines(decoded)[index] - 1
            self._refuse(f"{place}{line}", why.reason, why.found, why.expected)

        for end in _seconds(times):
            self.books.begin(times[end - 1])
            self.events += self.books.apply_all(decoded.events[start:end], without)
            self._take_rows()
            start = end

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
        self.books.timeline.forget()

    def _refuse(self, place: str, reason: str, found: str, expected: str) -> None:
        self.refused[reason] += 1
        if self.refused[reason] <= QUOTED:
            self.quoted.append(Quoted(place, reason, found, expected))


def _seconds(times: Sequence[int]) -> Iterator[int]:
    """Yield where each run of times within one second ends."""
    for end in range(1, len(times) + 1):
        if end == len(times) or times[end] // SECOND != times[end - 1] // SECOND:
            yield end

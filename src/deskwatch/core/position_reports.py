"""What venues say that accounts hold, against the sum of our strategies' positions."""

from typing import Literal

from deskwatch.core.booking import Booking
from deskwatch.core.comparison import Comparison, ComparisonState
from deskwatch.core.crossing import LOOKED_THROUGH
from deskwatch.core.event import Fill
from deskwatch.core.instruments import Instruments
from deskwatch.core.line import Line
from deskwatch.core.money import MAX_DECIMALS, POW10, parse_decimal
from deskwatch.core.observation import PositionReport
from deskwatch.core.settings import ReconciliationSettings

#: Account, venue, symbol.
Place = tuple[str, str, str]
BreakKind = Literal["quantity", "missing_at_venue", "missing_in_books", "balance"]


class Held:
    """One compared position; quantities count 10**-MAX_DECIMALS."""

    def __init__(self) -> None:
        self.comparison = Comparison(0)
        self.lines: list[Line] = []
        self.known_lines = 0

    @property
    def kind(self) -> BreakKind:
        """What kind of break it is, if it is one."""
        comparison = self.comparison
        if comparison.said == 0:
            return "missing_at_venue"
        return "missing_in_books" if comparison.said == comparison.apart else "quantity"


class PositionReports:
    """The newest report of each account × venue × symbol, and how the books stand to it."""

    def __init__(
        self, settings: ReconciliationSettings, instruments: Instruments, booking: Booking
    ) -> None:
        self._settings = settings
        self._instruments = instruments
        self._booking = booking
        self.held: dict[Place, Held] = {}

    def take(self, report: PositionReport, now: int) -> None:
        """Take a report that was received at `now`; one older than the last says nothing."""
        place = (report.account, report.venue, report.symbol)
        held = self.held.get(place)
        if held is None:
            held = self.held[place] = self._open(place, report.event_time)
        comparison = held.comparison
        if report.event_time < comparison.said_time:
            return
        if report.quantity is None:
            comparison.fail(report.error, now)
            return
        said = parse_decimal(report.quantity, MAX_DECIMALS)
        comparison.say(said, report.event_time, now, self._settings.grace_ns)
        self._compare(comparison, report.event_time, now)

    def moved(self, place: Place, time: int, now: int) -> None:
        """Take in what an event that happened at `time` has made of a position."""
        held = self.held.get(place)
        if held is None:
            return
        if held.comparison.moves.move(self._quantity(place, held), time):
            self._compare(held.comparison, time - self._settings.grace_ns, now)

    def split(self, venue: str, symbol: str, time: int) -> None:
        """Begin anew with what a split has left; reports from before it say nothing any more."""
        for place, held in self.held.items():
            if place[1:] == (venue, symbol):
                held.comparison.moves.restart(self._quantity(place, held), time)
                held.comparison.drop(time)

    def quantity(self, place: Place) -> int:
        """Return what the account's strategies hold together, a count of 10**-MAX_DECIMALS."""
        return self._quantity(place, self.held.get(place) or Held())

    def is_unreported(self, place: Place) -> bool:
        """Whether something is held at a place that no report has named."""
        return place not in self.held and self.quantity(place) != 0

    def _open(self, place: Place, time: int) -> Held:
        """Return a new place, with the fills that its first report may have crossed."""
        held = Held()
        moves = held.comparison.moves
        instrument = self._instruments.known(place[1], place[2])
        if instrument is None:
            return held
        moves.restart(self._quantity(place, held), instrument.split_time)
        for fill in self._booking.fills.latest(LOOKED_THROUGH):
            if (
                isinstance(fill, Fill)
                and fill.event_time > time - self._settings.grace_ns
                and (fill.account, fill.venue, fill.symbol) == place
            ):
                moved = self._booking.moved(instrument, fill)
                scale = POW10[MAX_DECIMALS - instrument.quantity_decimals]
                moves.recall(moved * scale, fill.event_time)
        return held

    def _compare(self, comparison: Comparison, start: int, now: int) -> None:
        """Hold the reports of `start` (ns) and later against what is known by now."""
        for report in comparison.reports:
            if report.time >= start:
                apart = comparison.moves.apart(report.said, report.time, self._settings.grace_ns, 0)
                report.judge(apart or 0, "overtaken" if apart is None else None, now)

    def _quantity(self, place: Place, held: Held) -> int:
        account, venue, symbol = place
        instrument = self._instruments.known(venue, symbol)
        if instrument is None:
            return 0
        lines = self._instruments.lines_of[instrument.number]
        if held.known_lines != len(lines):
            held.known_lines = len(lines)
            held.lines = self._instruments.lines_at(instrument, account)
        total = sum(line.position.quantity for line in held.lines)
        return total * POW10[MAX_DECIMALS - instrument.quantity_decimals]

    def state(self) -> list[tuple[Place, ComparisonState]]:
        """Return all that `resume` needs."""
        return [(place, held.comparison.state()) for place, held in self.held.items()]

    def resume(self, states: list[tuple[Place, ComparisonState]]) -> None:
        """Go on where a snapshot left off, with the positions of the books."""
        for place, state in states:
            held = self.held[place] = Held()
            held.comparison.moves.amount = self._quantity(place, held)
            held.comparison.resume(state)

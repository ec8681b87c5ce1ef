"""Hours and days: where they begin, what each earned, and what came too late for it."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from deskwatch.core.event import Split
from deskwatch.core.instrument import Instrument, Price
from deskwatch.core.line import Baseline, Line, nothing, unrealized
from deskwatch.core.money import MONEY_DECIMALS, format_decimal, format_figure
from deskwatch.core.period import Calendar
from deskwatch.core.pnl_row import Period, PnlRow

#: A line keeps what came late and can't be valued for so many periods, the newest: a bound on
#: memory. What comes in the order in which it happened needs two.
MOST_UNVALUED: Final = 16

MarkAt = Callable[[Instrument, int], tuple[Price | None, str | None]]


class Closing:
    """The open hour and the open day, and the rows of those that closed.

    late_before: an event of before it is late for the hour, for the day, or for both: a day may
    begin within an hour.
    """

    def __init__(self, calendar: Calendar) -> None:
        self.calendar = calendar
        self.open((0, 0), (0, 0))
        # Rows wait here until they are taken. A closed row stands for its whole period; a late
        # one is to be added to what its period has.
        self.closed: list[PnlRow] = []
        self.late: list[PnlRow] = []
        # Late rows that the turn of a period brought. They wait for an event: a replay brings again
        # what time alone brought, and a late row must not be added twice.
        self.given_up: list[PnlRow] = []

    def begin(self, now: int) -> None:
        """Open the first hour and day, those that `now` is in."""
        hour, day = self.calendar.hour_start(now), self.calendar.day_start(now)
        self.open((hour, self.calendar.hour_end(hour)), (day, self.calendar.day_end(day)))

    def open(self, hour: tuple[int, int], day: tuple[int, int]) -> None:
        """Make these, from their starts to their ends, the open hour and day."""
        self.hour_start, self.hour_end = hour
        self.day_start, self.day_end = day
        self.late_before = max(self.hour_start, self.day_start)

    def same_periods(self, other: "Closing") -> bool:
        """Return whether the open hour and day of both are the same."""
        ours = self.hour_start, self.hour_end, self.day_start, self.day_end
        return ours == (other.hour_start, other.hour_end, other.day_start, other.day_end)

    def close(
        self, lines: Iterable[Line], instruments: Iterable[Instrument], mark_at: MarkAt
    ) -> list[Line]:
        """Close the hour or the day that ends next, or both where they end together.

        Return the lines that have figures which begin anew; at the end of a day, all.
        """
        end = min(self.hour_end, self.day_end)
        hour_closes, day_closes = end == self.hour_end, end == self.day_end
        marks = {instrument: mark_at(instrument, end)[0] for instrument in instruments}
        begun: list[Line] = []
        for line in lines:
            if day_closes:
                line.begin_day(end)
            if line.unvalued:
                self._give_up(line, hour_closes=hour_closes, day_closes=day_closes)
            if (not hour_closes or line.rests_since(line.hour)) and (
                not day_closes or line.rests_since(line.day)
            ):
                # It has no row, and begins the next one as it began this. Most lines of a desk
                # whose symbols expire are such, and a start after weeks closes hundreds of hours.
                continue
            begun.append(line)
            now = line.capture()
            instrument = line.instrument
            mark = marks[instrument]
            if hour_closes:
                gained = _gained(line, line.hour, instrument.hour_mark, now, mark)
                self.closed += rows(line, "hour", self.hour_start, line.hour, now, gained)
                line.hour = now
            if day_closes:
                gained = _gained(line, line.day, instrument.day_mark, now, mark)
                self.closed += rows(line, "day", self.day_start, line.day, now, gained)
                line.day = line.capture()
        for instrument, mark in marks.items():
            if hour_closes:
                instrument.hour_mark = mark
            if day_closes:
                instrument.day_mark = mark
        self._open_after(end)
        return list(lines) if day_closes else begun

    def _open_after(self, end: int) -> None:
        """Open what begins at `end`, where the hour, the day or both have ended."""
        hour, day = (self.hour_start, self.hour_end), (self.day_start, self.day_end)
        if end == self.hour_end:
            hour = (end, self.calendar.hour_end(end))
        if end == self.day_end:
            day = (end, self.calendar.day_end(end))
        self.open(hour, day)

    def open_rows(self, lines: Iterable[Line], now: int, mark_at: MarkAt) -> Iterator[PnlRow]:
        """Yield what the open hour and the open day have earned so far."""
        for line in lines:
            captured = line.capture()
            instrument = line.instrument
            mark = mark_at(instrument, now)[0]
            gained = _gained(line, line.hour, instrument.hour_mark, captured, mark)
            yield from rows(line, "hour", self.hour_start, line.hour, captured, gained)
            gained = _gained(line, line.day, instrument.day_mark, captured, mark)
            yield from rows(line, "day", self.day_start, line.day, captured, gained)

    def restate(self, line: Line, before: Baseline, time: int) -> None:
        """Put what an event of a closed hour or day changed where it belongs.

        `before` is the line as it was without the event, `time` when the event happened. The
        change moves the open periods' beginnings, and is told as a late row of its own period,
        with what it did to the value of open positions there.
        """
        after, of = line.capture(), line.instrument
        if time < self.hour_start:
            began, start = _shift(line.hour, before, after), self.calendar.hour_start(time)
            gained = _gained_at_once(line, began, line.hour, of.hour_mark)
            self._tell(line, ("hour", start), began, line.hour, gained)
        if time < self.day_start:
            began, start = _shift(line.day, before, after), self.calendar.day_start(time)
            gained = _gained_at_once(line, began, line.day, of.day_mark)
            self._tell(line, ("day", start), began, line.day, gained)

    def _tell(
        self,
        line: Line,
        of: tuple[Period, int],
        before: Baseline,
        after: Baseline,
        gained: int | None,
    ) -> None:
        """Tell what came late for a period as a row of it, or keep it while its worth isn't known.

        It is known once as much was open as without all that came, as after a round trip.
        """
        if gained is not None:
            self.late += rows(line, *of, before, after, gained)
            return
        unvalued = line.unvalued.pop(of, None) or nothing()
        unvalued.shift(before, after)
        if not unvalued.quantity:
            gained = _gained_at_once(line, nothing(), unvalued, None)
            self.late += rows(line, *of, nothing(), unvalued, gained)
            return
        line.unvalued[of] = unvalued
        if len(line.unvalued) > MOST_UNVALUED:
            self.late += _given_up(line, next(iter(line.unvalued)))

    def _give_up(self, line: Line, *, hour_closes: bool, day_closes: bool) -> None:
        """Give up what came late while a period was open that closes: the next has another mark."""
        for of in list(line.unvalued):
            if hour_closes if of[0] == "hour" else day_closes:
                self.given_up += _given_up(line, of)

    def tell_given_up(self) -> None:
        """Make late rows of what stayed unknown. To be called as events come."""
        if self.given_up:
            self.late += self.given_up
            self.given_up = []

    def unvalued_rows(self, lines: Iterable[Line]) -> Iterator[PnlRow]:
        """Yield what came late and is not known, or not yet, to be added as late rows are."""
        yield from self.given_up
        for line in lines:
            for of, unvalued in line.unvalued.items():
                yield from rows(line, *of, nothing(), unvalued, None)

    def split(self, instrument: Instrument, lines: Iterable[Line], split: Split) -> None:
        """Split what was held when an open period began, where that was after the split."""
        time, lines = split.event_time, list(lines)
        for line in lines:
            for of in list(line.unvalued):
                self.late += _given_up(line, of)
        if time < self.hour_start:
            start, held = self.calendar.hour_start(time), [(line, line.hour) for line in lines]
            instrument.hour_mark = self._split("hour", start, held, instrument.hour_mark, split)
        if time < self.day_start:
            start, held = self.calendar.day_start(time), [(line, line.day) for line in lines]
            instrument.day_mark = self._split("day", start, held, instrument.day_mark, split)

    def _split(
        self,
        period: Period,
        start: int,
        held: list[tuple[Line, Baseline]],
        mark: Price | None,
        split: Split,
    ) -> Price | None:
        """Split the beginnings of lines, and tell what fractions were worth; return their mark."""
        numerator, denominator = split.numerator, split.denominator
        divided = None if mark is None else mark.split(numerator, denominator)
        for line, beginning in held:
            before = _copy(beginning)
            beginning.split(numerator, denominator)
            if before.quantity * numerator == beginning.quantity * denominator:
                continue  # nothing was cut off, so it is worth the same, whatever the mark
            gained = _gained(line, before, mark, beginning, divided)
            self.late += rows(line, period, start, before, beginning, gained)
        return divided


def _shift(beginning: Baseline, before: Baseline, after: Baseline) -> Baseline:
    """Put what changed into a period's beginning; return that as it was."""
    was = _copy(beginning)
    beginning.shift(before, after)
    return was


def _given_up(line: Line, of: tuple[Period, int]) -> Iterator[PnlRow]:
    """Forget what came late for a period, and return its rows: what that is worth is not known."""
    return rows(line, *of, nothing(), line.unvalued.pop(of), None)


def _copy(at: Baseline) -> Baseline:
    return Baseline(
        at.quantity, at.cash, at.average_cost, at.fifo_cost, dict(at.fees), dict(at.funding)
    )


def _gained(
    line: Line, before: Baseline, before_mark: Price | None, after: Baseline, mark: Price | None
) -> int | None:
    """Return by how much unrealized grew; None where what was open has no price at either end."""
    opening = unrealized(before, line.instrument, before_mark, line.method)
    closing = unrealized(after, line.instrument, mark, line.method)
    return None if opening is None or closing is None else closing - opening


def _gained_at_once(
    line: Line, before: Baseline, after: Baseline, mark: Price | None
) -> int | None:
    """Return the same of one moment, at whose mark both are valued.

    Without one it is known as well where as much is held: that is worth the same.
    """
    if before.quantity == after.quantity:
        return before.cost(line.method) - after.cost(line.method)
    return _gained(line, before, mark, after, mark)


def rows(
    line: Line, period: Period, start: int, before: Baseline, after: Baseline, gained: int | None
) -> Iterator[PnlRow]:
    """Yield a row for each currency in which `line` went from `before` to `after`.

    gained: by how much its unrealized grew. A line that did nothing and gained nothing has none.
    """
    instrument = line.instrument
    realized = after.cost(line.method) - after.cash - before.cost(line.method) + before.cash
    for currency in {instrument.settle: None} | dict.fromkeys(after.fees | after.funding):
        settles = currency == instrument.settle
        fees = after.fees.get(currency, 0) - before.fees.get(currency, 0)
        funding = after.funding.get(currency, 0) - before.funding.get(currency, 0)
        if not (fees or funding or (settles and (realized or gained != 0))):
            continue
        decimals = instrument.money_decimals
        yield PnlRow(
            period=period,
            start=start,
            account=line.account,
            strategy=line.strategy,
            venue=instrument.venue,
            symbol=instrument.symbol,
            currency=currency,
            realized=format_decimal(realized, decimals) if settles else "0",
            fees=format_decimal(fees, MONEY_DECIMALS),
            funding=format_decimal(funding, MONEY_DECIMALS),
            unrealized_change=format_figure(gained, decimals) if settles else "0",
        )

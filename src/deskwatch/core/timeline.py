"""What is drawn over time: P&L, drawdown and exposure by strategy, and latencies by venue.

A point is a moment at which a figure changed, at the end of a step; it holds until the next. Points
of short steps are kept here for a while; those of long ones wait, as closed hours do, until the
history takes them. All of it follows from the receive times in the journal, so a replay draws the
same: a second in which something was booked, and one at whose end a mark or a rate has grown too
old for what is held. A late event changes what is drawn from then on, not what was drawn.
"""

from collections import deque
from collections.abc import Callable, Mapping
from itertools import islice
from typing import Final, NamedTuple

import msgspec
from msgspec import Raw, Struct, structs

from deskwatch.core.account import PnlReport
from deskwatch.core.book import Checks, Followers
from deskwatch.core.exposure import Exposures
from deskwatch.core.holder import Holder
from deskwatch.core.latency import LatencyBook
from deskwatch.core.period import SECOND
from deskwatch.core.valuation import Valuation

Reports = Mapping[str, Mapping[str, PnlReport]]


class Step(NamedTuple):
    """A step's length, and how long its points are kept here; None: until they are taken."""

    seconds: int
    kept_s: int | None


#: Six minutes by the second, 66 by ten seconds; the history has the rest.
STEPS: Final = (Step(1, 360), Step(10, 3960), Step(60, None), Step(900, None))

#: Exposure is worked out for steps from this length on: lines whose marks moved are many, and every
#: second would cost a replay as much again as their P&L does.
EXPOSED_S: Final = 10

#: Bounds on memory. A point is about 70 bytes a strategy: those that came first are drawn. Points
#: that no history takes for two days make room for newer ones.
MAX_DRAWN: Final = 200
MAX_WAITING: Final = 3000


class StrategyPoint(Struct, array_like=True, frozen=True):
    """A strategy's figures in its reporting currency at REPORTING_DECIMALS; None can't be known.

    drawdown, gross: zero or above. exposure: long less short. The points of steps shorter
    than EXPOSED_S have neither of these.
    """

    account: str
    strategy: str
    currency: str
    net: int | None
    drawdown: int | None
    gross: int | None = None
    exposure: int | None = None


class LatencyPoint(Struct, array_like=True, frozen=True):
    """How many durations fell into each bucket of LATENCY_BOUNDS during a step."""

    operation: str
    venue: str
    counts: list[int]


class Point(NamedTuple):
    """What changed in the step that ends at `time` (seconds since 1970), as JSON.

    figures: a StrategyPoint each; None: those of the point before. latencies: a LatencyPoint each
    with a duration; None: there were none.
    """

    time: int
    figures: bytes | None
    latencies: bytes | None


class Level:
    """The points of one step, oldest first. before: the figures that held before the first."""

    def __init__(self, step: Step) -> None:
        self.step = step
        self.points: deque[Point] = deque(maxlen=MAX_WAITING if step.kept_s is None else None)
        self.before: bytes | None = None
        self.due = 0
        self.drawn: bytes | None = None
        self.counted: dict[tuple[str, str], list[int]] = {}

    def stir(self, second: int) -> None:
        """Have a point drawn at the end of the step that ends at `second` or after it."""
        if not self.due:
            length = self.step.seconds
            self.due = -(-second // length) * length

    def draw(self, figures: bytes, counts: Mapping[tuple[str, str], list[int]]) -> None:
        """Draw the point that is due. counts: of all durations so far."""
        time, self.due = self.due, 0
        changed = None if figures == self.drawn else figures
        latencies = self.since_drawn(counts)
        self.counted = dict(counts)
        if changed is not None or latencies is not None:
            self.points.append(Point(time, changed, latencies))
            self.drawn = figures
        kept = self.step.kept_s
        while kept is not None and self.points and self.points[0].time <= time - kept:
            self.before = self.points.popleft().figures or self.before

    def since_drawn(self, counts: Mapping[tuple[str, str], list[int]]) -> bytes | None:
        """Return the LatencyPoints of what was counted since the last point; None: nothing."""
        found = []
        for key, now in counts.items():
            before = self.counted.get(key)
            if now != before:
                new = now if before is None else [a - b for a, b in zip(now, before, strict=True)]
                found.append(LatencyPoint(*key, new))
        return msgspec.json.encode(found) if found else None


class LevelState(Struct, array_like=True):
    """A level, as a snapshot keeps it."""

    seconds: int
    due: int
    before: Raw
    drawn: Raw
    points: list[tuple[int, Raw, Raw]]
    counted: list[tuple[str, str, list[int]]]


class TimelineState(Struct, array_like=True):
    """The book, as a snapshot keeps it."""

    at: int
    earned: list[StrategyPoint]
    counts: list[tuple[str, str, list[int]]]
    levels: list[LevelState]


class Timeline:
    """The points of every step. now: the books' time in ns."""

    name = "timeline"

    def __init__(
        self,
        valuation: Valuation,
        exposures: Exposures,
        latency: LatencyBook,
        now: Callable[[], int],
    ) -> None:
        self._valuation = valuation
        self._exposures = exposures
        self._latency = latency
        self._now = now
        self.levels = {step.seconds: Level(step) for step in STEPS}
        self._counts: dict[tuple[str, str], list[int]] = {}
        self._counted: dict[tuple[str, ...], list[int]] = {}
        # The P&L as of the end of second `_at`, and when the first of what it rests on ages.
        self._at = 0
        self._earned: list[StrategyPoint] = []
        self._ages_at: int | None = None

    @property
    def checks(self) -> Checks:
        """It takes every event."""
        return {}

    @property
    def followers(self) -> Followers:
        """It looks at the other books when a second has ended, and at no event."""
        return {}

    @property
    def passed(self) -> int:
        """The last second (since 1970) that has ended for the books."""
        return self._now() // SECOND

    @property
    def left_out(self) -> int:
        """How many strategies are not drawn, for there are more than MAX_DRAWN."""
        groups = sum(len(account.groups) for account in self._valuation.accounts.values())
        return max(groups - MAX_DRAWN, 0)

    def latest(self, step_s: int) -> list[Point]:
        """Return the points of a step that are kept here, oldest first.

        The last one is of `passed`, where durations were counted in the step that is not over yet.
        """
        level = self.levels[step_s]
        latencies = level.since_drawn(self._counts)
        unended = [] if latencies is None else [Point(self.passed, None, latencies)]
        return [*level.points, *unended]

    def draws_exposure(self, now: int) -> bool:
        """Whether a step of those that have exposure ends with the second of `now` (ns)."""
        return (now // SECOND + 1) % EXPOSED_S == 0

    def observe(self, now: int, reports: Reports) -> None:
        """Take the figures as of `now`, the end of a second in which something was booked."""
        self._look(now // SECOND, reports)
        self._count()
        for level in self.levels.values():
            level.stir(self._at)

    def begin(self, now: int) -> None:
        """Draw what became due until `now`."""
        if not self._at:
            return
        last = now // SECOND
        while True:
            ages = self._next_to_age(last)
            due = min((level.due for level in self.levels.values() if level.due), default=ages)
            if min(due, ages) > last:
                return
            if ages <= due:
                self._age(ages)
            self._draw(min(due, ages))

    def _draw(self, second: int) -> None:
        """Draw the points that are due at the end of a second, if any is."""
        exposed: bytes | None = None
        for level in self.levels.values():
            if level.due != second:
                continue
            if level.step.seconds < EXPOSED_S:
                level.draw(msgspec.json.encode(self._earned), self._counts)
            else:
                exposed = exposed or msgspec.json.encode(self._exposed(second))
                level.draw(exposed, self._counts)

    def _exposed(self, second: int) -> list[StrategyPoint]:
        self._exposures.refresh(second * SECOND)
        return [self._with_exposure(point) for point in self._earned]

    def _with_exposure(self, point: StrategyPoint) -> StrategyPoint:
        total = self._exposures.of(Holder(point.account, point.strategy))
        exposure = None if total is None else total.exposure
        if exposure is None:
            return point
        return structs.replace(point, gross=exposure.gross, exposure=exposure.net)

    def _next_to_age(self, last: int) -> int:
        """Return the first second at whose end something has grown too old; or one after `last`."""
        if self._at >= last:
            return last + 1
        if self._ages_at is None:
            self._ages_at = self._valuation.fresh_until(self._at * SECOND) // SECOND + 1
        return self._ages_at

    def _age(self, second: int) -> None:
        before, now = self._earned, second * SECOND
        self._valuation.refresh(now)
        accounts = self._valuation.accounts.items()
        self._look(second, {name: self._valuation.reports(each, now) for name, each in accounts})
        if self._earned != before:
            for level in self.levels.values():
                level.stir(second)

    def _look(self, second: int, reports: Reports) -> None:
        self._at, self._ages_at = second, None
        accounts = self._valuation.accounts
        earned = (
            StrategyPoint(name, strategy, accounts[name].currency, report.net, report.drawdown)
            for name, strategies in reports.items()
            for strategy, report in strategies.items()
        )
        self._earned = list(islice(earned, MAX_DRAWN))

    def _count(self) -> None:
        """Bring the counts of all durations, by operation and venue, up to date."""
        if not self._counted:  # after a restart, every leg is counted anew
            self._counts.clear()
        for leg, kept in self._latency.legs.items():
            before = self._counted.get(leg)
            if before == kept.counts:
                continue
            new = kept.counts
            if before is not None:
                new = [a - b for a, b in zip(new, before, strict=True)]
            key = (leg.operation, leg.venue)
            counts = self._counts.get(key)
            self._counts[key] = (
                new.copy() if counts is None else [a + b for a, b in zip(counts, new, strict=True)]
            )
            self._counted[leg] = kept.counts.copy()

    def waiting(self) -> dict[int, list[Point]]:
        """Return by step (seconds) the points that the history does not have yet, oldest first."""
        return {level.step.seconds: list(level.points) for level in self._closing() if level.points}

    @property
    def waits(self) -> int:
        """How many points the history does not have yet."""
        return sum(len(level.points) for level in self._closing())

    def _closing(self) -> list[Level]:
        return [level for level in self.levels.values() if level.step.kept_s is None]

    def taken(self, points: Mapping[int, list[Point]]) -> None:
        """Forget points that the history has now: the first ones of those that wait."""
        for seconds, those in points.items():
            waiting = self.levels[seconds].points
            for point in those:
                if waiting and waiting[0] is point:
                    waiting.popleft()

    def forget(self) -> None:
        """Forget all points that wait: the history has them, or is to have none."""
        for level in self._closing():
            level.points.clear()

    def dump(self) -> bytes:
        """Return the book as JSON."""
        state = TimelineState(
            at=self._at,
            earned=self._earned,
            counts=[(*key, counts) for key, counts in self._counts.items()],
            levels=[_dump(level) for level in self.levels.values()],
        )
        return msgspec.json.encode(state)

    def load(self, state: bytes) -> None:
        """Take up a dumped state."""
        dumped = msgspec.json.decode(state, type=TimelineState)
        if [level.seconds for level in dumped.levels] != list(self.levels):
            raise msgspec.ValidationError("other steps than these")
        self._at, self._earned = dumped.at, dumped.earned
        self._counts = {(operation, venue): counts for operation, venue, counts in dumped.counts}
        for level in dumped.levels:
            _load(self.levels[level.seconds], level)


def _dump(level: Level) -> LevelState:
    return LevelState(
        seconds=level.step.seconds,
        due=level.due,
        before=_raw(level.before),
        drawn=_raw(level.drawn),
        points=[(time, _raw(figures), _raw(columns)) for time, figures, columns in level.points],
        counted=[(*key, counts) for key, counts in level.counted.items()],
    )


def _load(level: Level, state: LevelState) -> None:
    level.due = state.due
    level.before, level.drawn = _bytes(state.before), _bytes(state.drawn)
    level.points.extend(
        Point(time, _bytes(figures), _bytes(latencies)) for time, figures, latencies in state.points
    )
    level.counted = {(operation, venue): counts for operation, venue, counts in state.counted}


def _raw(text: bytes | None) -> Raw:
    return Raw(b"null" if text is None else text)


def _bytes(raw: Raw) -> bytes | None:
    text = bytes(raw)
    return None if text == b"null" else text

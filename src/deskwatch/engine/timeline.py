"""What is drawn over time, as the HTTP service sees it: from the books, and from the history."""

import asyncio
from collections.abc import Sequence
from typing import Final, NamedTuple, cast

import msgspec

from deskwatch.core.histogram import LATENCY_BOUNDS
from deskwatch.core.latency import Operation
from deskwatch.core.money import POW10, REPORTING_DECIMALS
from deskwatch.core.period import SECOND
from deskwatch.core.pnl_row import Period
from deskwatch.core.timeline import EXPOSED_S, LatencyPoint, Point, StrategyPoint
from deskwatch.engine.changes import changes, sums_of
from deskwatch.engine.desk import EngineDesk
from deskwatch.engine.engine import Engine
from deskwatch.journal.timeline import KEPT_S
from deskwatch.web.answers.timelines import (
    Drawn,
    LatencyTimelineAnswer,
    NewestAnswer,
    NewestColumn,
    NewestPoint,
    TimelineAnswer,
    TimelineSeries,
)
from deskwatch.web.desks.figures import HistoryQuery
from deskwatch.web.desks.timelines import TooManyRows

HOUR_S: Final = 3600
DAY_S: Final = 24 * HOUR_S

#: The longest range of each step, and the step of the points that it is drawn from: never many more
#: than 2,000 times.
RANGES: Final = (
    (360, 1, 1),
    (66 * 60, 10, 10),
    (30 * HOUR_S, 60, 60),
    (20 * DAY_S, 900, 900),
    (93 * DAY_S, HOUR_S, 900),
)

#: Which figure of a point is drawn.
_FIELDS: Final[dict[Drawn, str]] = {
    "pnl": "net",
    "drawdown": "drawdown",
    "gross": "gross",
    "net": "exposure",
}

#: How many rows of hours or days are summed at once: ten strategies' of 31 days, each on 26 lines.
MAX_ROWS: Final = 200_000

_EDGES: Final = list(LATENCY_BOUNDS)
_SCALE: Final = POW10[REPORTING_DECIMALS]
_figures_of = msgspec.json.Decoder(list[StrategyPoint]).decode
_latencies_of = msgspec.json.Decoder(list[LatencyPoint]).decode


class Stretch(NamedTuple):
    """What is drawn of a range.

    times: the ends of its steps. unended: the second up to which the step after them is counted;
    None where it has not begun, or the range ends before. points: oldest first.
    """

    times: range
    unended: int | None
    points: list[Point]


class EngineTimeline:
    """Answers for an engine; see web.desks.timelines.TimelineDesk. `desk` shows the same engine."""

    def __init__(self, engine: Engine, desk: EngineDesk) -> None:
        self._engine = engine
        self._desk = desk

    async def figures(self, drawn: Sequence[Drawn], start_ns: int, end_ns: int) -> TimelineAnswer:
        """Return series of each of `drawn`, by steps that fit the range."""
        found = await self._stretch(start_ns, end_ns, EXPOSED_S if "gross" in drawn else 1)
        return TimelineAnswer(
            as_of=self._engine.clock(),
            step_s=found.times.step,
            times=list(found.times),
            series=await asyncio.to_thread(series_of, found.points, found.times, drawn),
            left_out=self._engine.books.timeline.left_out,
        )

    async def latencies(
        self, operation: Operation, venue: str | None, start_ns: int, end_ns: int
    ) -> LatencyTimelineAnswer:
        """Return columns of an operation. venue: None for all of them together."""
        found = await self._stretch(start_ns, end_ns, 1)
        ended, unended = found.times, found.unended
        times = [*ended] if unended is None else [*ended, unended]
        return LatencyTimelineAnswer(
            as_of=self._engine.clock(),
            step_s=ended.step,
            operation=operation,
            venue=venue,
            times=times,
            edges_s=_EDGES,
            counts=await asyncio.to_thread(
                columns_of, found.points, times, ended.step, operation, venue
            ),
        )

    async def changes(self, period: Period, start_ns: int, end_ns: int) -> TimelineAnswer:
        """Return what each strategy earned in the hours or days that begin in the range."""
        asked = HistoryQuery(period, start_ns, end_ns)
        rows = await self._desk.history(asked, limit=MAX_ROWS + 1)
        if len(rows) > MAX_ROWS:
            raise TooManyRows(f"more than {MAX_ROWS} rows of P&L")
        sums = await asyncio.to_thread(sums_of, rows)
        earliest = await self._engine.history.ask(lambda file: file.earliest(period))
        now = self._engine.clock()
        return changes(
            self._engine.books, period, (start_ns, min(end_ns, now)), sums, earliest, now
        )

    def newest(self) -> NewestAnswer:
        """Return the last second that has ended. Raises FiguresUnavailable."""
        self._desk.require_books()
        timeline = self._engine.books.timeline
        level, time = timeline.levels[1], timeline.passed
        exposed = {
            (point.account, point.strategy): point
            for point in _figures_of(timeline.levels[EXPOSED_S].drawn or b"[]")
        }
        return NewestAnswer(
            as_of=self._engine.clock(),
            time=time,
            step_s=1,
            points=[
                _newest(point, exposed.get((point.account, point.strategy)))
                for point in _figures_of(level.drawn or b"[]")
            ],
            latencies=[
                NewestColumn(cast("Operation", one.operation), one.venue, one.counts)
                for point in list(level.points)[-1:]
                if point.time == time and point.latencies is not None
                for one in _latencies_of(point.latencies)
            ],
        )

    async def _stretch(self, start_ns: int, end_ns: int, least: int) -> Stretch:
        """Return what is drawn of a range, by steps of at least `least` seconds."""
        self._desk.require_books()
        start, end = -(-start_ns // SECOND), end_ns // SECOND
        step_s, source = self._step(start, end, least)
        first = -(-start // step_s) * step_s
        points, passed = await self._points_of(source, first - step_s, end + 1)
        return Stretch(
            times=range(first, min(end, passed) + 1, step_s),
            unended=passed if start <= passed <= end and passed % step_s else None,
            points=points,
        )

    def _step(self, start: int, end: int, least: int) -> tuple[int, int]:
        """Return the step of a range (s), and that of the points which reach back that far."""
        passed = self._engine.books.timeline.passed
        for longest, step_s, source in RANGES:
            level = self._engine.books.timeline.levels[source]
            kept = level.step.kept_s or KEPT_S[source]
            if step_s >= least and end - start <= longest and passed - start <= kept:
                return step_s, source
        return RANGES[-1][1:]

    async def _points_of(self, source: int, start: int, stop: int) -> tuple[list[Point], int]:
        """Return the points of a step, from the last one before `start`; and the second of them."""
        timeline = self._engine.books.timeline
        level = timeline.levels[source]
        if level.step.kept_s is not None:
            before = [] if level.before is None else [Point(0, level.before, None)]
            return [*before, *timeline.latest(source)], timeline.passed
        async with self._engine.history.handover:
            waiting, passed = timeline.latest(source), timeline.passed
            stored = await self._engine.history.ask(lambda file: file.drawn(source, start, stop))
        # Those that time alone brought may be written before they are brought again.
        merged = {point.time: point for point in (*stored, *waiting)}
        return [merged[time] for time in sorted(merged)], passed


def series_of(
    points: Sequence[Point], times: range, drawn: Sequence[Drawn]
) -> list[TimelineSeries]:
    """Return the series of strategies at each of the times; points come oldest first."""
    found: dict[tuple[str, str, str], dict[Drawn, list[float | None]]] = {}
    figures: list[StrategyPoint] = []
    following = iter(points)
    point = next(following, None)
    for place, time in enumerate(times):
        newest: bytes | None = None
        while point is not None and point.time <= time:
            newest = point.figures or newest
            point = next(following, None)
        if newest is not None:
            figures = _figures_of(newest)
        for each in figures:
            key = (each.account, each.strategy, each.currency)
            values = found.get(key)
            if values is None:
                values = found[key] = {one: [None] * len(times) for one in drawn}
            for one in drawn:
                values[one][place] = _number(getattr(each, _FIELDS[one]))
    return [
        TimelineSeries(account=key[0], strategy=key[1], currency=key[2], drawn=one, values=values)
        for key, by_figure in sorted(found.items())
        for one, values in by_figure.items()
    ]


def columns_of(
    points: Sequence[Point], times: Sequence[int], step_s: int, operation: str, venue: str | None
) -> list[list[int] | None]:
    """Return how many durations fell into each bucket, in the steps that end at the times.

    times: by steps, but for the last one where its step is not over yet. venue: None for all. A
    column is None before the first point: nobody counted yet.
    """
    since = points[0].time if points else None
    found = [None if since is None or time < since else [0] * (len(_EDGES) + 1) for time in times]
    for point in points:
        place = -(-(point.time - times[0]) // step_s) if times else -1
        if point.latencies is None or not 0 <= place < len(found):
            continue
        for latency in _latencies_of(point.latencies):
            column = found[place]
            if latency.operation == operation and venue in (None, latency.venue) and column:
                found[place] = [a + b for a, b in zip(column, latency.counts, strict=True)]
    return found


def _newest(point: StrategyPoint, exposed: StrategyPoint | None) -> NewestPoint:
    return NewestPoint(
        account=point.account,
        strategy=point.strategy,
        currency=point.currency,
        pnl=_number(point.net),
        drawdown=_number(point.drawdown),
        gross=None if exposed is None else _number(exposed.gross),
        net=None if exposed is None else _number(exposed.exposure),
    )


def _number(amount: int | None) -> float | None:
    return None if amount is None else amount / _SCALE

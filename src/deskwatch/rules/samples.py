"""The bounded history of samples that rules are evaluated over."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import Final, Protocol

from deskwatch.rules.needs import Need
from deskwatch.rules.promql.labels import METRIC_NAME, Labels, labels_of, value_of
from deskwatch.rules.promql.plan import Select
from deskwatch.rules.promql.select import Series
from deskwatch.rules.promql.vector import STALE, Vector, is_stale

#: A window is seen through at least so many samples, or one every 15 s if those are fewer.
_SAMPLES_A_HORIZON: Final = 720
_COARSEST_MS: Final = 15_000

#: Label pairs as a source has them: in any order, but in the same one each time; no metric name.
Pairs = tuple[tuple[str, str], ...]


class Source(Protocol):
    """Where series come from: what /metrics would show now.

    A look begins with `names`; the series that are asked for until the next one may all be as they
    were at one moment in between.
    """

    def names(self) -> Iterable[str]:
        """Return the metrics there are; a histogram's as name_bucket, name_sum and name_count."""
        ...

    def series(self, name: str) -> Iterable[tuple[Pairs, float]]:
        """Return a metric's series and their values; a series without a value is left out."""
        ...


class _Kept(Series):
    """A series and when it was last there. pairs: its labels as its source has them."""

    __slots__ = ("pairs", "seen")

    def __init__(self, labels: Labels, pairs: Pairs) -> None:
        super().__init__(labels)
        self.pairs = pairs
        self.seen = 0


class _Metric:
    """One metric's series. cell_ms: of the samples in one cell, the newest is kept.

    moved: the number, in `Samples.moves`, of its last change.
    """

    def __init__(self, name: str, horizon_ms: int, tick_ms: int) -> None:
        self.name = name
        self.series: dict[Pairs, _Kept] = {}
        self.moved = 0
        self.retain(horizon_ms, tick_ms)

    def retain(self, horizon_ms: int, tick_ms: int) -> None:
        self.horizon_ms = horizon_ms
        self.cell_ms = max(tick_ms, min(horizon_ms // _SAMPLES_A_HORIZON, _COARSEST_MS))


class Samples:
    """Keeps the samples that rules need, and no others; what expressions are evaluated over.

    tick_ms: how often samples are recorded; of several within one tick the newest counts, and a
    series' first.
    max_samples: the cap on all samples; at it a new series is refused and counted in `refused`,
    and a series that goes on loses its oldest sample for each new one. count: how many there are.
    moves: how often a series came, went, or had another value than before.
    """

    def __init__(self, *, tick_ms: int, max_samples: int) -> None:
        assert max_samples > 0, max_samples
        self.count = 0
        self.refused = 0
        self.moves = 0
        self._tick_ms = tick_ms
        self._max_samples = max_samples
        self._needs: list[Need] = []
        self._horizons: dict[str, int | None] = {}
        self._metrics: dict[str, _Metric] = {}
        self._written: dict[object, set[Labels]] = {}
        self._rule_names: set[str] = set()
        #: What selectors found, by the metric that they name, None of those that name none.
        self._selected: dict[str | None, dict[Select, list[_Kept]]] = {}
        self._newest = 0

    def keep(self, needs: Iterable[Need]) -> None:
        """Keep what is needed from now on; the samples of metrics needed before stay."""
        self._needs = list(needs)
        self._horizons.clear()
        self._selected.clear()
        for name, metric in list(self._metrics.items()):
            horizon_ms = self._horizon(name)
            if horizon_ms is None:
                self.count -= sum(len(series.times) for series in metric.series.values())
                del self._metrics[name]
            else:
                metric.retain(horizon_ms, self._tick_ms)

    def is_needed(self, name: str) -> bool:
        """Whether any expression can select this metric."""
        return self._horizon(name) is not None

    def names(self) -> AbstractSet[str]:
        """Return the metrics that were taken from a source, whether it still shows them or not."""
        return self._metrics.keys() - self._rule_names

    def select(self, select: Select) -> Sequence[Series]:
        """Return the series that meet the selector's matchers."""
        remembered = self._selected.setdefault(select.metric, {})
        found = remembered.get(select)
        if found is None:
            named = self._metrics.get(select.metric) if select.metric is not None else None
            among = self._metrics.values() if select.metric is None else [named] if named else []
            found = [series for metric in among for series in metric.series.values()]
            # Of hundreds of accounts' series one is told apart sooner so than by its matchers.
            for pair in select.pairs:
                found = [series for series in found if pair in series.labels]
            found = [series for series in found if select.meets(series.labels)]
            remembered[select] = found
        return found

    def moved(self, select: Select) -> int:
        """Return the number, in `moves`, of the last change of a metric that may be selected."""
        if select.metric is None:
            return self.moves
        metric = self._metrics.get(select.metric)
        return 0 if metric is None else metric.moved

    def recording(self, now: int, source: Source, names: Iterable[str]) -> Iterator[None]:
        """Take what the source shows of these metrics at `now`, a metric at a step.

        A needed series that is gone is marked stale. What shows a large desk takes its time.
        """
        self._rewind(now)
        shown = set(source.names())
        for name in names:
            if self._horizon(name) is None:
                continue
            metric = self._metric(name)
            for pairs, value in source.series(name) if name in shown else ():
                self._put(metric, pairs, now, value)
            self._end(
                metric, now, [series for series in metric.series.values() if series.seen != now]
            )
            yield

    def write(self, now: int, rule: object, vector: Vector) -> None:
        """Take what a rule recorded; series it gave before and no longer gives are marked stale."""
        before = self._written.get(rule, set())
        self._written[rule] = set(vector)
        for labels, value in vector.items():
            name = value_of(labels, METRIC_NAME)
            self._rule_names.add(name)
            if self._horizon(name) is not None:
                self._put(self._metric(name), labels, now, value)
        for labels in before - vector.keys():
            metric = self._metrics.get(value_of(labels, METRIC_NAME))
            series = None if metric is None else metric.series.get(labels)
            if metric is not None and series is not None:
                self._end(metric, now, [series])

    def forget(self, rule: object, now: int) -> None:
        """End the series of a rule that is no more."""
        self.write(now, rule, {})
        del self._written[rule]

    def _horizon(self, name: str) -> int | None:
        """Return how far back a metric is needed; None when no expression selects it."""
        if name not in self._horizons:
            horizons = [need.horizon_ms for need in self._needs if need.select.may_meet(name)]
            self._horizons[name] = max(horizons, default=None)
        return self._horizons[name]

    def _metric(self, name: str) -> _Metric:
        metric = self._metrics.get(name)
        if metric is None:
            metric = _Metric(name, self._horizon(name) or 0, self._tick_ms)
            self._metrics[name] = metric
        return metric

    def _put(self, metric: _Metric, pairs: Pairs, now: int, value: float) -> None:
        series = metric.series.get(pairs)
        if series is None:
            if self.count >= self._max_samples:
                self.refused += 1
                return
            series = _Kept(labels_of((*pairs, (METRIC_NAME, metric.name))), pairs)
            metric.series[pairs] = series
            self._forget_selected(metric)
        series.seen = now
        self._append(metric, series, now, value)

    def _forget_selected(self, metric: _Metric) -> None:
        """Find anew what selectors see of a metric, whose series are others now."""
        self._selected.pop(metric.name, None)
        self._selected.pop(None, None)

    def _move(self, metric: _Metric) -> None:
        self.moves += 1
        metric.moved = self.moves

    def _append(self, metric: _Metric, series: _Kept, now: int, value: float) -> None:
        times = series.times
        if not times or value != series.values[-1]:
            self._move(metric)
        if times and (not metric.horizon_ms or self._same_cell(metric, times, now)):
            times[-1], series.values[-1] = now, value
            return
        series.append(now, value)
        self.count += 1
        if times[0] < now - metric.horizon_ms - metric.horizon_ms // 8:
            self._drop(series, bisect_left(times, now - metric.horizon_ms))
        elif self.count > self._max_samples:
            self._drop(series, 1)

    def _same_cell(self, metric: _Metric, times: Sequence[int], now: int) -> bool:
        """Whether a sample takes the newest one's place.

        A series' first one stays: a counter that has risen by the next has risen from there.
        """
        if len(times) == 1:
            return times[0] == now
        return times[-1] // metric.cell_ms == now // metric.cell_ms

    def _drop(self, series: _Kept, oldest: int) -> None:
        oldest = min(oldest, len(series.times) - 1)
        del series.times[:oldest]
        del series.values[:oldest]
        self.count -= oldest

    def _end(self, metric: _Metric, now: int, gone: Iterable[_Kept]) -> None:
        """Mark series stale; those of which nothing is needed any more are forgotten."""
        for series in gone:
            ended = is_stale(series.values[-1])
            if not metric.horizon_ms or (ended and series.times[-1] < now - metric.horizon_ms):
                self.count -= len(series.times)
                del metric.series[series.pairs]
                self._forget_selected(metric)
                self._move(metric)
            elif not ended:
                self._append(metric, series, now, STALE)

    def _rewind(self, now: int) -> None:
        """Forget what lies in the future: the clock has been set back."""
        if now < self._newest:
            for metric in self._metrics.values():
                for pairs, series in list(metric.series.items()):
                    kept = bisect_right(series.times, now)
                    self.count -= len(series.times) - kept
                    del series.times[kept:]
                    del series.values[kept:]
                    if not kept:
                        del metric.series[pairs]
                self._move(metric)
            self._selected.clear()
        self._newest = now

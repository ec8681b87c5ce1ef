"""Where samples come from, and which of them a selector sees."""

import math
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import Final, Protocol

from deskwatch.rules.promql.labels import Labels
from deskwatch.rules.promql.plan import Select
from deskwatch.rules.promql.vector import Points, is_stale

#: How long a series goes on after its newest sample, unless a staleness marker ends it.
LOOKBACK_MS: Final = 300_000


class Series:
    """One series' samples, oldest first; a staleness marker is a sample too."""

    __slots__ = ("labels", "times", "values")

    def __init__(self, labels: Labels) -> None:
        self.labels = labels
        self.times: array[int] = array("q")
        self.values: array[float] = array("d")

    def append(self, time: int, value: float) -> None:
        """Add a sample newer than all others."""
        self.times.append(time)
        self.values.append(value)


class SeriesSource(Protocol):
    """What expressions are evaluated over."""

    def select(self, select: Select) -> Sequence[Series]:
        """Return the series that meet the selector's matchers."""
        ...


def newest(
    found: Sequence[Series], at: int, *, left_open: bool
) -> Iterator[tuple[Labels, int, float]]:
    """Yield labels, time and value of each series' newest sample at `at`, where it hasn't ended."""
    oldest = at - LOOKBACK_MS + (1 if left_open else 0)
    for series in found:
        times, index = series.times, -1
        if times and times[-1] > at:
            index = bisect_right(times, at) - 1
            if index < 0:
                continue
        elif not times:
            continue
        time, value = times[index], series.values[index]
        if time >= oldest and (value == value or not is_stale(value)):  # noqa: PLR0124 - only NaN
            yield series.labels, time, value


def window(series: Series, start: int, end: int, *, left_open: bool) -> Points:
    """Return the samples up to `end` and since `start`: after it where the window is left-open."""
    times = series.times
    first = bisect_right(times, start) if left_open else bisect_left(times, start)
    last = bisect_right(times, end)
    return fresh(times[first:last], series.values[first:last])


def fresh(times: Sequence[int], values: Sequence[float]) -> Points:
    """Return these points without the staleness markers."""
    if not math.isnan(sum(values)):  # a marker is a NaN, and so is every sum over one
        return Points(times, values)
    kept = [index for index, value in enumerate(values) if not is_stale(value)]
    return Points([times[index] for index in kept], [values[index] for index in kept])

"""Where samples come from, and which of them a selector sees."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
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


def newest(series: Series, at: int, *, left_open: bool) -> tuple[int, float] | None:
    """Return the time and value that a series has at `at`; None where it has ended."""
    times = series.times
    index = len(times) if times and times[-1] <= at else bisect_right(times, at)
    if not index:
        return None
    time, value = times[index - 1], series.values[index - 1]
    oldest = at - LOOKBACK_MS + (1 if left_open else 0)
    return None if time < oldest or is_stale(value) else (time, value)


def window(series: Series, start: int, end: int, *, left_open: bool) -> Points:
    """Return the samples up to `end` and since `start`: after it where the window is left-open."""
    times = series.times
    first = bisect_right(times, start) if left_open else bisect_left(times, start)
    last = bisect_right(times, end)
    return fresh(times[first:last], series.values[first:last])


def fresh(times: Sequence[int], values: Sequence[float]) -> Points:
    """Return these points without the staleness markers."""
    if not any(value != value for value in values):  # noqa: PLR0124 - only NaN isn't itself
        return Points(times, values)
    kept = [index for index, value in enumerate(values) if not is_stale(value)]
    return Points([times[index] for index in kept], [values[index] for index in kept])

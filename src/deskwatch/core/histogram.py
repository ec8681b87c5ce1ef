"""Durations counted into buckets, as Prometheus' histograms count them."""

from bisect import bisect_left
from itertools import accumulate
from math import inf

#: The one set of bucket edges for every latency, in seconds: 1-2-5 steps from 100 µs to 10 s.
#: 5 s is an edge because RTS 6 Art. 16(5) asks for alerts within five seconds of the event.
LATENCY_BOUNDS: tuple[float, ...] = (
    0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05,
    0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0,
)  # fmt: skip


class Histogram:
    """How many durations were at most each bound, how many there were in all, and their sum.

    bounds: the buckets' upper edges in seconds, inclusive and ascending; one for everything above
    the last is implied.
    """

    __slots__ = ("_counts", "bounds", "count", "sum")

    def __init__(self, bounds: tuple[float, ...] = LATENCY_BOUNDS) -> None:
        assert bounds, "a histogram needs at least one bound"
        assert all(a < b for a, b in zip((0.0, *bounds), (*bounds, inf), strict=True)), bounds
        self.bounds = bounds
        self.count = 0
        self.sum = 0.0
        self._counts = [0] * (len(bounds) + 1)

    def observe(self, seconds: float) -> None:
        """Count one duration. Raises ValueError, and counts nothing, unless it is finite and >= 0.

        A negative interval was taken across two clocks; clamping it to zero would hide that.
        """
        if not 0.0 <= seconds < inf:
            raise ValueError(f"found a duration of {seconds} s; expected one that is finite, >= 0")
        self._counts[bisect_left(self.bounds, seconds)] += 1
        self.count += 1
        self.sum += seconds

    def cumulative(self) -> list[int]:
        """Return how many durations were at most each bound; the last entry is `count`."""
        return list(accumulate(self._counts))


#: The same edges in nanoseconds, as the books count: exactly those of LATENCY_BOUNDS.
LATENCY_BOUNDS_NS: tuple[int, ...] = tuple(round(bound * 1_000_000_000) for bound in LATENCY_BOUNDS)


class DurationHistogram:
    """As a Histogram with the bounds of every latency, of whole nanoseconds and so exact.

    counts: by bucket, the last one for everything above the last bound. sum_ns: of all durations.
    """

    __slots__ = ("counts", "sum_ns")

    bounds = LATENCY_BOUNDS

    def __init__(self, counts: list[int] | None = None, sum_ns: int = 0) -> None:
        self.counts = [0] * (len(LATENCY_BOUNDS_NS) + 1) if counts is None else counts
        self.sum_ns = sum_ns

    def observe(self, duration_ns: int) -> None:
        """Count one duration of zero or more."""
        self.counts[bisect_left(LATENCY_BOUNDS_NS, duration_ns)] += 1
        self.sum_ns += duration_ns

    def cumulative(self) -> list[int]:
        """Return how many durations were at most each bound; the last entry is `count`."""
        return list(accumulate(self.counts))

    @property
    def count(self) -> int:
        """How many durations there were."""
        return sum(self.counts)

    @property
    def sum(self) -> float:
        """The sum of all durations in seconds, for who shows it."""
        return self.sum_ns / 1_000_000_000

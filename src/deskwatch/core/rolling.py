"""The durations of the last minute, five minutes and hour, and what is normal for them."""

from array import array
from collections import deque
from collections.abc import Iterable
from typing import Final, NamedTuple

from msgspec import Struct

from deskwatch.core.period import MINUTE, SECOND
from deskwatch.core.quantile import QUANTILES, Ranks, packed, quantile, quantiles, unpacked

#: The quantile whose normal is kept.
NORMAL_OF: Final = 990

#: Normal is the median over the slices of this window, the longest.
_NORMAL_WINDOW: Final = "1h"

#: How many of those slices: six hours; and from how many on it is known: one hour.
_NORMAL_SLICES: Final = 36
_FEWEST_NORMAL_SLICES: Final = 6


class WindowKind(NamedTuple):
    """A window that moves on by whole slices. slices: how many finished ones it holds."""

    name: str
    slice_ns: int
    slices: int


#: A window holds its finished slices and the one that runs: of a minute, the last 60 to 70 seconds.
WINDOWS: Final = (
    WindowKind("1m", 10 * SECOND, 6),
    WindowKind("5m", MINUTE, 5),
    WindowKind(_NORMAL_WINDOW, 10 * MINUTE, 6),
)


#: The latest durations are put in order with the others once they are more than this, and more
#: than this part of the others.
_FEW: Final = 16
_MANY_TO_FEW: Final = 8


class Measured(NamedTuple):
    """How many durations a window holds, and their QUANTILES (ns); None of too few."""

    total: int
    quantiles: list[int | None]


class WindowState(Struct, array_like=True):
    """A window, as a snapshot keeps it. number: of the slice that runs."""

    number: int
    running: list[tuple[int, int]]
    finished: list[tuple[int, list[int]]]


class Window:
    """Durations of the last slices, by bucket. Slices are numbered by the time they begin.

    Of the slice that runs, those that came last are kept apart: what is put in order once is not
    put in order again for each that comes.
    """

    def __init__(self, kind: WindowKind) -> None:
        self._kind = kind
        self._number = 0
        self._running: dict[int, int] = {}
        self._latest: dict[int, int] = {}
        self._finished: deque[tuple[int, array[int]]] = deque(maxlen=kind.slices)
        #: All but the latest in order, as of which slice.
        self._ranks: tuple[int, Ranks] | None = None
        #: The figures, as of which slice; None since a duration came.
        self._measured: tuple[int, Measured] | None = None

    def observe(self, bucket: int, now: int) -> dict[int, int] | None:
        """Count one duration; return the slice that this one finished, if it did."""
        number = now // self._kind.slice_ns
        finished = None
        if number > self._number:
            finished = self._turn(number)
        self._latest[bucket] = self._latest.get(bucket, 0) + 1
        self._measured = None
        return finished

    def measured(self, now: int) -> Measured:
        """Return the figures of what is in the window as of `now`.

        They are worked out again only where a slice is over or a duration came.
        """
        number = max(now // self._kind.slice_ns, self._number)
        if self._measured is None or self._measured[0] != number:
            self._measured = number, self._measure(number)
        return self._measured[1]

    def _measure(self, number: int) -> Measured:
        """Return the figures as of a slice.

        Asking turns nothing: a replay, where nobody asks, must come to the same state.
        """
        if number - self._number > self._kind.slices:
            return Measured(0, [None] * len(QUANTILES))
        settled = self._ranks[1] if self._ranks is not None and self._ranks[0] == number else None
        if settled is None or len(self._latest) > _FEW + len(settled.buckets) // _MANY_TO_FEW:
            self._settle()
            settled = Ranks(self._settled_as_of(number))
            self._ranks = number, settled
        latest = Ranks(self._latest)
        total = settled.reached[-1] + latest.reached[-1]
        return Measured(total, quantiles(settled, latest, QUANTILES))

    def _settle(self) -> None:
        """Put the latest durations with the others of the slice that runs."""
        if self._running:
            _add(self._running, self._latest.items())
        else:
            self._running = self._latest
        self._latest, self._ranks = {}, None

    def _settled_as_of(self, number: int) -> dict[int, int]:
        counts = self._running.copy()
        for finished, numbers in self._finished:
            if finished >= number - self._kind.slices:
                _add(counts, unpacked(numbers))
        return counts

    def dump(self) -> WindowState:
        """Return all of it."""
        self._settle()
        finished = [(number, list(numbers)) for number, numbers in self._finished]
        return WindowState(self._number, list(self._running.items()), finished)

    def load(self, state: WindowState) -> None:
        """Take up what was dumped, before any duration of its own."""
        self._number = state.number
        self._running = dict(state.running)
        self._finished.extend((number, array("Q", kept)) for number, kept in state.finished)

    def _turn(self, number: int) -> dict[int, int] | None:
        self._settle()
        finished, self._running = self._running, {}
        self._measured = None
        if finished:
            self._finished.append((self._number, packed(finished)))
        # What is out of the window is let go; only then does a quiet leg cost next to nothing.
        while self._finished and self._finished[0][0] < number - self._kind.slices:
            self._finished.popleft()
        self._number = number
        return finished or None


def _add(counts: dict[int, int], more: Iterable[tuple[int, int]]) -> None:
    for bucket, count in more:
        counts[bucket] = counts.get(bucket, 0) + count


class RollingState(Struct, array_like=True):
    """The windows in the order of WINDOWS, and the slices' own quantiles, oldest first."""

    windows: list[WindowState]
    usual: list[int]


class Rolling:
    """One leg's durations over all windows. Time passes with its durations, not with a timer."""

    def __init__(self) -> None:
        self._windows = {kind.name: Window(kind) for kind in WINDOWS}
        self._usual: deque[int] = deque(maxlen=_NORMAL_SLICES)

    def observe(self, bucket: int, now: int) -> None:
        """Count one duration, which ended at `now`."""
        for window in self._windows.values():
            finished = window.observe(bucket, now)
        if finished:
            usual = quantile(finished, NORMAL_OF)
            if usual is not None:
                self._usual.append(usual)

    def measured(self, window: str, now: int) -> Measured:
        """Return a window's figures as of `now`."""
        return self._windows[window].measured(now)

    def normal(self) -> int | None:
        """Return the median (ns) of the 99th percentiles of the last ten-minute slices.

        Of the last 36 that had enough durations and are finished, so that what is odd right now
        does not count as normal; None before there are six.
        """
        if len(self._usual) < _FEWEST_NORMAL_SLICES:
            return None
        return sorted(self._usual)[(len(self._usual) - 1) // 2]

    def dump(self) -> RollingState:
        """Return all of it."""
        return RollingState([window.dump() for window in self._windows.values()], list(self._usual))

    def load(self, state: RollingState) -> None:
        """Take up what was dumped, before any duration of its own."""
        for window, kept in zip(self._windows.values(), state.windows, strict=True):
            window.load(kept)
        self._usual.extend(state.usual)

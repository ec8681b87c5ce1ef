"""The time that passes in a file of events, told by their own times."""

from collections.abc import Sequence
from typing import Final

from deskwatch.core.books import EARLIEST

#: An event is taken for one with a broken clock when most of this many after it are long before it.
WITNESSES: Final = 5


class EventClock:
    """A clock that is set by event times, and never goes back.

    A night or a weekend without events passes at once. But an event that stands alone, ahead of
    those after it, does not move the clock: so the books refuse it, as the live engine would.

    tolerance: how far ahead (ns) an event may be without being doubted. latest: the real time (ns);
    what is ahead of that is no time at all.
    """

    def __init__(self, tolerance: int, latest: int) -> None:
        self._tolerance = tolerance
        self._latest = latest
        self._now = 0

    def readings(self, times: Sequence[int], following: Sequence[int]) -> list[int]:
        """Return the time (ns) at each event. following: the times of those that come next."""
        readings = []
        now = self._now
        for index, time in enumerate(times):
            near = now > 0 and time <= now + self._tolerance
            passes = time > now and self._possible(time)
            if passes and (near or not self._belied(time, index, times, following)):
                now = time
            readings.append(now)
        self._now = now
        return readings

    def _belied(
        self, time: int, index: int, times: Sequence[int], following: Sequence[int]
    ) -> bool:
        """Return whether most of the events after this one are long before it."""
        after = [*times[index + 1 : index + 1 + WITNESSES], *following][:WITNESSES]
        witnesses = [other for other in after if self._possible(other)]
        behind = sum(other < time - self._tolerance for other in witnesses)
        return 2 * behind > len(witnesses)

    def _possible(self, time: int) -> bool:
        return EARLIEST <= time <= self._latest

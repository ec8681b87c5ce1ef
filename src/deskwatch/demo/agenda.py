"""What is to happen, in order of simulated time."""

from collections.abc import Callable
from heapq import heappop, heappush

Action = Callable[[int], None]

SECOND = 1_000_000_000
MILLISECOND = 1_000_000


class Agenda:
    """Actions by simulated time (ns); those of one instant run in the order they were added."""

    def __init__(self) -> None:
        self._entries: list[tuple[int, int, Action]] = []
        self._added = 0

    def at(self, time: int, action: Action) -> None:
        """Have `action(time)` run once."""
        self._added += 1
        heappush(self._entries, (time, self._added, action))

    def every(self, first: int, period: int, action: Action) -> None:
        """Have `action` run at `first` and then once a period, for ever."""

        def run(now: int) -> None:
            action(now)
            self.at(now + period, run)

        self.at(first, run)

    def run_until(self, now: int) -> None:
        """Run everything that is due up to and including `now`."""
        while self._entries and self._entries[0][0] <= now:
            time, _, action = heappop(self._entries)
            action(time)

"""How fast messages may leave: windows that never let more through than a service allows."""

from collections import deque
from collections.abc import Callable
from typing import Final

from msgspec import Struct

SECOND: Final = 1_000_000_000
MINUTE: Final = 60 * SECOND


class LaneLimits(Struct, frozen=True):
    """What one lane takes. kept_for_pages: how many of `per_minute` only pages may use."""

    per_second: int = 1
    per_minute: int | None = None
    kept_for_pages: int = 0


class Window:
    """At most `most` in any stretch of `length` ns."""

    def __init__(self, most: int, length: int) -> None:
        self._most = most
        self._length = length
        self._taken: deque[int] = deque()

    def free_at(self, now: int, spare: int = 0) -> int:
        """Return when one more fits that leaves room for `spare` others; `now` if it does now."""
        while self._taken and self._taken[0] <= now - self._length:
            self._taken.popleft()
        over = len(self._taken) - (self._most - spare)
        return now if over < 0 else self._taken[over] + self._length

    def take(self, at: int) -> None:
        """Count one."""
        self._taken.append(at)


class Pace:
    """The limits of one service: in all, and for each lane. Times come from a steady clock."""

    def __init__(
        self,
        clock: Callable[[], int],
        overall_per_second: int,
        limits: Callable[[str], LaneLimits],
    ) -> None:
        self._clock = clock
        self._limits = limits
        self._overall = Window(overall_per_second, SECOND)
        self._lanes: dict[str, list[tuple[Window, int]]] = {}
        self._blocked: dict[str, int] = {}

    def wait_s(self, lane: str, *, page: bool) -> float:
        """Return how long until a message may leave in this lane; 0 if it may now."""
        now = self._clock()
        free = max(self._overall.free_at(now), self._blocked.get(lane, 0))
        for window, kept in self._windows(lane):
            free = max(free, window.free_at(now, 0 if page else kept))
        return max(0, free - now) / SECOND

    def take(self, lane: str) -> None:
        """Count a message that leaves now."""
        self.take_at(lane, self._clock())

    def take_at(self, lane: str, at: int) -> None:
        """Count a message that left at a time in the past, oldest first."""
        self._overall.take(at)
        for window, _ in self._windows(lane):
            window.take(at)

    def block(self, lane: str, seconds: float) -> None:
        """Let nothing leave in a lane for a while: the service has said so."""
        until = self._clock() + int(seconds * SECOND)
        self._blocked[lane] = max(until, self._blocked.get(lane, 0))

    def _windows(self, lane: str) -> list[tuple[Window, int]]:
        windows = self._lanes.get(lane)
        if windows is None:
            limits = self._limits(lane)
            windows = [(Window(limits.per_second, SECOND), 0)]
            if limits.per_minute is not None:
                windows.append((Window(limits.per_minute, MINUTE), limits.kept_for_pages))
            self._lanes[lane] = windows
        return windows

"""How fast messages may leave, so that a service never sees more than it allows."""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from msgspec import Struct

from deskwatch.core.period import SECOND

#: The room in a lane that only the second limits.
UNBOUNDED: Final = 1_000_000


class LaneLimits(Struct, frozen=True):
    """What one lane takes.

    per_second: in any second. burst: so many may follow each other as fast as that, and one more
    every `refill_s` after them; None if all may. kept_for_pages: how many of the burst only pages
    may use.
    """

    per_second: int = 1
    burst: int | None = None
    refill_s: float = 0.0
    kept_for_pages: int = 0


class Window:
    """At most `most` in any stretch of `length` ns, at whatever moment the service counts them.

    That is some time between a request's leaving and its answer. So what is under way keeps its
    place until it is answered, and for `length` after that.
    """

    def __init__(self, most: int, length: int) -> None:
        self._most = most
        self._length = length
        self._under_way = 0
        self._answered: deque[int] = deque()

    def free_at(self, now: int) -> int:
        """Return when one more fits; where an answer has yet to say that, the earliest it can."""
        while self._answered and self._answered[0] <= now - self._length:
            self._answered.popleft()
        over = self._under_way + len(self._answered) - self._most
        if over < 0:
            return now
        since = self._answered[over] if over < len(self._answered) else now
        return since + self._length

    def leave(self) -> None:
        """Count one that leaves."""
        self._under_way += 1

    def answered(self, at: int) -> None:
        """Count one that has left from the time of its answer on."""
        self._under_way -= 1
        self._answered.append(at)


class Bucket:
    """`most` at once and one more every `every` ns, so `most + length // every` in any `length`.

    Unlike in a window, which can be used up, nobody ever waits longer than `every`. It counts what
    leaves, not what is answered: keep one or two below what the service allows.
    """

    def __init__(self, most: int, every: int) -> None:
        self._most = most
        self._every = every
        self._full_at = 0

    def free_at(self, now: int, spare: int) -> int:
        """Return when one more fits that leaves room for `spare` others; `now` if it does now."""
        return max(now, self._full_at - (self._most - spare - 1) * self._every)

    def room(self, now: int) -> int:
        """Return how many fit now."""
        return self._most + min(0, (now - self._full_at) // self._every)

    def leave(self, at: int) -> None:
        """Count one that leaves, or that left before, oldest first."""
        self._full_at = max(self._full_at, at) + self._every


class _Lane:
    """How far one lane has used its limits. blocked_until: because the service has said so."""

    def __init__(self, limits: LaneLimits) -> None:
        self.second = Window(limits.per_second, SECOND)
        self.bucket: Bucket | None = None
        self.kept = limits.kept_for_pages
        self.blocked_until = 0
        if limits.burst is not None:
            self.bucket = Bucket(limits.burst, int(limits.refill_s * SECOND))


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
        self._lanes: dict[str, _Lane] = {}

    def wait_s(self, lane: str, *, page: bool) -> float:
        """Return how long until a message may leave in this lane; 0 if it may now."""
        now = self._clock()
        one = self._lane(lane)
        free = max(self._overall.free_at(now), one.second.free_at(now), one.blocked_until)
        if one.bucket is not None:
            free = max(free, one.bucket.free_at(now, 0 if page else one.kept))
        return max(0, free - now) / SECOND

    def room(self, lane: str) -> int:
        """Return how many pages could leave in this lane with no more than a second between."""
        bucket = self._lane(lane).bucket
        return UNBOUNDED if bucket is None else bucket.room(self._clock())

    @contextmanager
    def leaving(self, lane: str) -> Iterator[None]:
        """Count a message that leaves now and is answered when the block ends, however it ends."""
        one = self._lane(lane)
        if one.bucket is not None:
            one.bucket.leave(self._clock())
        self._overall.leave()
        one.second.leave()
        try:
            yield
        finally:
            now = self._clock()
            self._overall.answered(now)
            one.second.answered(now)

    def has_left(self, lane: str, at: int) -> None:
        """Count a message that left at a time in the past, before a restart; oldest first."""
        one = self._lane(lane)
        if one.bucket is not None:
            one.bucket.leave(at)
        for window in (self._overall, one.second):
            window.leave()
            window.answered(at)

    def block(self, lane: str, seconds: float) -> None:
        """Let nothing leave in a lane for a while: the service has said so."""
        one = self._lane(lane)
        one.blocked_until = max(one.blocked_until, self._clock() + int(seconds * SECOND))

    def _lane(self, lane: str) -> _Lane:
        one = self._lanes.get(lane)
        if one is None:
            one = self._lanes[lane] = _Lane(self._limits(lane))
        return one

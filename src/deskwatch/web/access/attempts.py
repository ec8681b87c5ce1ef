"""Wrong passwords and tokens, by where they come from: after a few, each costs a doubling wait."""

import math
from collections.abc import Callable
from typing import Final

from msgspec import Struct

from deskwatch.core.period import SECOND
from deskwatch.web.access.peer import network

#: Wrong passwords that cost nothing: fingers slip.
FREE: Final = 5
#: The longest wait, and how long after its end it is forgotten.
LONGEST_S: Final = 300
FORGOTTEN_AFTER_S: Final = 3600
_FORGOTTEN_AFTER_NS: Final = FORGOTTEN_AFTER_S * SECOND
#: Networks that are counted; for one more, the one whose wait ends first is forgotten.
MOST: Final = 1000


class _Misses(Struct):
    count: int
    until: int


class Attempts:
    """Counts wrong passwords, or wrong tokens. clock: ns."""

    def __init__(self, clock: Callable[[], int]) -> None:
        self._clock = clock
        self._misses: dict[str, _Misses] = {}

    def wait_s(self, address: str) -> int:
        """Return for how long nothing from `address` is looked at; 0 is not at all."""
        misses = self._misses.get(network(address))
        left = 0 if misses is None else misses.until - self._clock()
        return max(0, math.ceil(left / SECOND))

    def missed(self, address: str) -> None:
        """Count a wrong one."""
        now, key = self._clock(), network(address)
        misses = self._misses.get(key)
        if misses is None or misses.until <= now - _FORGOTTEN_AFTER_NS:
            self._misses.pop(key, None)
            self._make_room()
            misses = self._misses[key] = _Misses(0, now)
        misses.count += 1
        over = misses.count - FREE
        # The count has no end, two to its power must have one.
        wait_s = 0 if over < 0 else min(LONGEST_S, 2 ** min(over, 16))
        misses.until = now + wait_s * SECOND

    def hit(self, address: str) -> None:
        """Forget what was wrong before a right one."""
        self._misses.pop(network(address), None)

    def _make_room(self) -> None:
        # Not one count for all others: whoever has many addresses would keep everybody out.
        if len(self._misses) >= MOST:
            del self._misses[min(self._misses, key=lambda one: self._misses[one].until)]

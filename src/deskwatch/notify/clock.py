"""Clocks that don't step: what intervals, repeats and silences are measured with."""

import time
from collections.abc import Callable

from deskwatch.core.period import MINUTE


class SteadyClock:
    """UTC in ns as it was at the start, plus the time that has really passed since.

    When someone sets the machine's clock, nothing repeats early and nobody waits for an hour, and
    no sleep of the machine is a time that a channel waited. After a restart it agrees with the wall
    clock again.
    """

    def __init__(
        self, wall: Callable[[], int], monotonic: Callable[[], int] = time.monotonic_ns
    ) -> None:
        self._wall = wall
        self._monotonic = monotonic
        self._offset = wall() - monotonic()

    def __call__(self) -> int:
        """Return the time in ns UTC; it never goes back."""
        return self._monotonic() + self._offset


class WakingClock(SteadyClock):
    """The same, but never a minute or more behind the wall clock: the machine slept.

    A silence is said to end at a time of day. It would last longer by as long as the machine slept,
    or as its clock was behind when we started, and nobody would be told of what fires meanwhile.
    """

    def __call__(self) -> int:
        """Return the time in ns UTC; it never goes back."""
        behind = self._wall() - super().__call__()
        if behind >= MINUTE:
            self._offset += behind
        return super().__call__()

"""The engine's clock: UTC that does not jump when somebody sets the machine's clock."""

from collections.abc import Callable
from typing import Final

from deskwatch.core.period import MINUTE, SECOND

#: What NTP corrects at once in the small is followed at once; more than this is a step.
_STEP_NS: Final = SECOND // 4

#: A step is caught up with by this part of the time that passes: 2 s take under seven minutes.
_SLEW: Final = 200

#: A step this long is taken at once: a machine that slept, or a clock that was wrong altogether,
#: by which events would be refused as from the future.
_TAKEN_AT_ONCE_NS: Final = MINUTE


class EngineClock:
    """The machine's wall clock, on the monotonic one: ages and windows don't jump with a step.

    wall, monotonic: in ns. steps: how often the machine's clock was set while we ran.
    """

    def __init__(self, wall: Callable[[], int], monotonic: Callable[[], int]) -> None:
        self._wall = wall
        self._monotonic = monotonic
        self._offset = wall() - monotonic()
        self._followed_at = monotonic()
        self._apart_before = 0
        self._catching_up = False
        self.steps = 0

    def __call__(self) -> int:
        """Return the time in ns UTC."""
        return self._monotonic() + self._offset

    @property
    def apart_ns(self) -> int:
        """How far the machine's clock is ahead of this one; zero but after a step."""
        apart = self._wall() - self()
        return apart if abs(apart) > _STEP_NS else 0

    def follow(self) -> None:
        """Go along with the machine's clock. To be called several times a second."""
        now = self._monotonic()
        passed, self._followed_at = now - self._followed_at, now
        apart = self._wall() - self()
        if abs(apart - self._apart_before) > _STEP_NS:
            self.steps += 1
            self._catching_up = True
        if abs(apart) >= _TAKEN_AT_ONCE_NS:
            moved = apart
        else:
            # A correction in the small is gone along with at once, but never back in time.
            most = passed // _SLEW if self._catching_up else passed
            moved = max(-most, min(most, apart))
        self._catching_up = self._catching_up and moved != apart
        self._offset += moved
        self._apart_before = apart - moved

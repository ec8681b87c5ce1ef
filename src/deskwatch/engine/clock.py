"""The engine's clock: UTC that does not jump when somebody sets the machine's clock."""

from collections.abc import Callable
from threading import Lock
from typing import Final

from deskwatch.core.period import MINUTE, SECOND

#: What NTP corrects at once in the small is followed at once; more than this is a step.
_STEP_NS: Final = SECOND // 4

#: A step is caught up with by this part of the time that passes: 2 s take under seven minutes.
_SLEW: Final = 200

#: A step forward of this much is taken at once: a machine that slept, or a clock that was wrong
#: altogether, by which events would be refused as from the future.
_LONG_NS: Final = MINUTE

#: A step back of as much is caught up with by this part of the time that passes. Ages grow at half
#: their pace then; if time went back, they would not grow at all until it had come as far again.
_LONG_SLEW: Final = 2

#: Who asks for the time several times a second, and hasn't for so long, was not running.
_ASLEEP_NS: Final = 5 * SECOND


class EngineClock:
    """The machine's wall clock, on the monotonic one: ages and windows don't jump with a step.

    wall, monotonic: in ns. It never goes back. steps: how often the machine's clock was set while
    we ran. woke: called when the machine, or we, slept, with the time until which nobody did, and
    the time since when nobody does any more (ns UTC).
    """

    def __init__(self, wall: Callable[[], int], monotonic: Callable[[], int]) -> None:
        self._wall = wall
        self._monotonic = monotonic
        self._offset = wall() - monotonic()
        self._followed_at = self._asked_at = monotonic()
        self._stepped_at: int | None = None
        self._apart_before = 0
        #: By which part of the time that passes a step is caught up with; 1 where there is none.
        self._part = 1
        self._following = Lock()
        self.woke: Callable[[int, int], None] = _nobody_cares
        self.steps = 0

    def __call__(self) -> int:
        """Return the time in ns UTC."""
        passed = self._monotonic()
        until, asleep = self._asked_at + self._offset, passed - self._asked_at > _ASLEEP_NS
        self._asked_at = passed
        # Not in `follow` alone: what comes first after a sleep is judged by the time of now.
        if asleep or self._apart() >= _LONG_NS:
            self._go_along()
            self.woke(until, passed + self._offset)
        return passed + self._offset

    @property
    def apart_ns(self) -> int:
        """How far the machine's clock is ahead of this one; zero but after a step."""
        apart = self._apart()
        return apart if abs(apart) > _STEP_NS else 0

    @property
    def step_age_ns(self) -> int | None:
        """How long ago the machine's clock was last set; None if it wasn't while we ran."""
        return None if self._stepped_at is None else self._monotonic() - self._stepped_at

    def not_before(self, time: int) -> None:
        """Go on from a time (ns UTC) that was reached before us, where the machine's is behind it.

        What is kept was heard by that time, and would be no second old until it has come again.
        """
        self._offset += max(time - self._monotonic() - self._offset, 0)

    def follow(self) -> None:
        """Go along with the machine's clock. To be called several times a second."""
        self()
        self._go_along()

    def _go_along(self) -> None:
        with self._following:
            now = self._monotonic()
            passed, self._followed_at = now - self._followed_at, now
            apart = self._apart()
            if abs(apart - self._apart_before) > _STEP_NS:
                self.steps += 1
                self._stepped_at = now
                self._part = _LONG_SLEW if apart <= -_LONG_NS else _SLEW
            # A correction in the small is gone along with at once, but never back in time.
            most = passed // self._part
            moved = apart if apart >= _LONG_NS else max(-most, min(most, apart))
            self._part = 1 if moved == apart else self._part
            self._offset += moved
            self._apart_before = apart - moved

    def _apart(self) -> int:
        return self._wall() - self._monotonic() - self._offset


def _nobody_cares(_until: int, _since: int) -> None:
    """Nobody is told that we slept."""

"""The engine's pulse: how late its event loop comes round, and whether the clock was set."""

import asyncio
import time
from collections.abc import Callable
from typing import Final

from deskwatch.core.histogram import Histogram
from deskwatch.core.period import SECOND, seconds
from deskwatch.engine.clock import EngineClock

#: How often the loop is asked to come back; what it is late by is its delay.
BEAT_S: Final = 0.1


class Pulse:
    """Measures until cancelled. delay_seconds: how much later than asked the loop came back."""

    def __init__(
        self, clock: Callable[[], int], monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self.clock = clock
        self.delay_seconds = Histogram()
        self._monotonic = monotonic

    @property
    def clock_steps(self) -> int | None:
        """How often the machine's clock was set; None where nobody looks."""
        return self.clock.steps if isinstance(self.clock, EngineClock) else None

    @property
    def clock_apart_s(self) -> float | None:
        """How far the machine's clock is ahead of the engine's, in seconds."""
        return self.clock.apart_ns / SECOND if isinstance(self.clock, EngineClock) else None

    @property
    def clock_step_age_s(self) -> float | None:
        """How long ago the machine's clock was last set; None where it wasn't."""
        age = self.clock.step_age_ns if isinstance(self.clock, EngineClock) else None
        return seconds(age)

    async def run(self) -> None:
        """Beat until cancelled."""
        while True:
            asked = self._monotonic() + BEAT_S
            await asyncio.sleep(BEAT_S)
            self.beat(asked)

    def beat(self, asked: float) -> None:
        """Take note of a beat that was asked for at `asked` (monotonic seconds)."""
        self.delay_seconds.observe(max(self._monotonic() - asked, 0.0))
        if isinstance(self.clock, EngineClock):
            self.clock.follow()

"""The event loop's delay, on a clock that is moved by hand."""

from deskwatch.core.period import SECOND
from deskwatch.engine.clock import EngineClock
from deskwatch.engine.pulse import Pulse
from tests.core.blotter import TEN


def test_a_turn_that_comes_late_is_counted_by_how_late():
    passed = 10.0
    pulse = Pulse(lambda: TEN, lambda: passed)
    pulse.beat(asked=10.0)
    passed = 10.7
    pulse.beat(asked=10.1)
    at_most = dict(zip(pulse.delay_seconds.bounds, pulse.delay_seconds.cumulative(), strict=False))
    assert (at_most[0.0001], at_most[0.5], at_most[1.0]) == (1, 1, 2)
    assert (pulse.clock_steps, pulse.clock_step_age_s) == (None, None)


def test_a_beat_sees_that_the_clock_was_set():
    wall, passed = TEN, 0
    pulse = Pulse(EngineClock(lambda: wall, lambda: passed))
    pulse.beat(asked=0.0)
    assert (pulse.clock_steps, pulse.clock_apart_s) == (0, 0)
    wall = TEN + 2 * SECOND
    pulse.beat(asked=0.0)
    assert (pulse.clock_steps, pulse.clock_apart_s, pulse.clock_step_age_s) == (1, 2.0, 0.0)
    passed += 3 * SECOND // 2
    assert pulse.clock_step_age_s == 1.5

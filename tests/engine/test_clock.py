"""A clock that is set: the engine's own goes on, says so, and catches up slowly."""

import pytest

from deskwatch.core.period import MINUTE, SECOND
from deskwatch.engine.clock import EngineClock
from tests.core.blotter import TEN


class Machine:
    """Two clocks: one that somebody can set, and one that only passes."""

    def __init__(self) -> None:
        self.wall, self.passed = TEN, 0
        self.clock = EngineClock(lambda: self.wall, lambda: self.passed)

    def beat(self, times: int = 1) -> None:
        for _ in range(times):
            self.wall += SECOND // 10
            self.passed += SECOND // 10
            self.clock.follow()


@pytest.mark.parametrize("step", [2 * SECOND, -2 * SECOND])
def test_a_step_moves_no_age_and_is_told_once(step):
    machine = Machine()
    machine.beat(10)
    before = machine.clock()
    machine.wall += step
    machine.beat()
    assert machine.clock() - before == pytest.approx(SECOND // 10, rel=0.01)
    assert machine.clock.apart_ns == pytest.approx(step, rel=0.01)
    machine.beat(100)
    assert machine.clock.steps == 1


def test_a_step_is_caught_up_with_and_time_never_goes_back():
    machine = Machine()
    machine.wall -= 2 * SECOND
    last = machine.clock()
    for _ in range(4_000):
        machine.beat()
        assert machine.clock() > last
        last = machine.clock()
    assert machine.clock() == machine.wall
    assert (machine.clock.steps, machine.clock.apart_ns) == (1, 0)


def test_what_ntp_corrects_in_the_small_is_no_step():
    machine = Machine()
    for _ in range(100):
        machine.wall += 1_000_000
        machine.beat()
    assert machine.clock() == machine.wall
    assert machine.clock.steps == 0


@pytest.mark.parametrize("step", [8 * 60 * MINUTE, -90 * SECOND])
def test_a_machine_that_slept_is_taken_at_its_word(step):
    machine = Machine()
    machine.wall += step
    machine.beat()
    assert machine.clock() == machine.wall
    assert machine.clock.steps == 1

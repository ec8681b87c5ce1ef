"""A clock that is set: the engine's own goes on, says so, and catches up slowly."""

import pytest

from deskwatch.core.period import MINUTE, SECOND
from tests.core.blotter import TEN
from tests.engine.rig import Machine


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


def test_a_machine_that_slept_is_taken_at_its_word():
    machine = Machine()
    machine.wall += 8 * 60 * MINUTE
    machine.beat()
    assert machine.clock() == machine.wall
    assert machine.clock.steps == 1


def test_what_comes_first_after_a_sleep_is_judged_by_the_time_of_now():
    machine = Machine()
    machine.wall += 10 * MINUTE
    assert machine.clock() == machine.wall
    machine.beat()
    assert machine.clock.steps == 1


@pytest.mark.parametrize("step", [-90 * SECOND, -60 * MINUTE])
def test_after_a_step_far_back_time_goes_on_at_half_its_pace_until_it_is_caught_up_with(step):
    machine = Machine()
    machine.beat()
    machine.wall += step
    before = machine.clock()
    machine.beat(600)
    assert machine.clock() - before == pytest.approx(30 * SECOND, rel=0.01)
    machine.beat(20 * -step // SECOND)
    assert machine.clock() == machine.wall
    assert machine.clock.steps == 1


def test_time_goes_on_from_where_it_was_before_a_restart_and_says_that_it_is_ahead():
    machine = Machine()
    machine.clock.not_before(TEN + 60 * MINUTE)
    assert machine.clock() == TEN + 60 * MINUTE
    machine.beat()
    assert machine.clock() > TEN + 60 * MINUTE
    assert machine.clock.steps == 1
    assert machine.clock.apart_ns == pytest.approx(-60 * MINUTE, rel=0.01)


def test_a_start_long_after_the_last_run_is_no_step():
    machine = Machine()
    machine.clock.not_before(TEN - 60 * MINUTE)
    machine.beat()
    assert (machine.clock(), machine.clock.steps) == (machine.wall, 0)


def test_how_long_ago_the_clock_was_set_counts_neither_by_the_old_time_nor_the_new():
    machine = Machine()
    assert machine.clock.step_age_ns is None
    machine.wall -= 60 * MINUTE
    machine.beat(21)
    assert machine.clock.step_age_ns == 2 * SECOND


@pytest.mark.parametrize("asleep", ["the machine", "we"])
def test_who_slept_is_told_of_it_with_the_time_in_which_nobody_listened(asleep):
    machine, told = Machine(), []
    machine.beat(10)
    until = machine.clock()
    machine.clock.woke = lambda *times: told.append(times)
    machine.wall += 10 * MINUTE
    if asleep == "we":
        machine.passed += 10 * MINUTE
    machine.beat(10)
    machine.clock()
    assert told == [(until, until + 10 * MINUTE + SECOND // 10)]

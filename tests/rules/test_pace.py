"""Whose turn it is: groups through each tick, and what events touched in between."""

import pytest

from deskwatch.rules.pace import Pace, rest_s


def test_groups_take_turns_through_the_tick():
    pace = Pace(100.0)
    assert pace.is_turn(100.0, touched=False)
    pace.turn_ended(100.01, 0.25)
    assert not pace.is_turn(100.2, touched=False)
    assert pace.is_turn(100.25, touched=False)
    pace.turn_ended(100.26, 0.25)
    assert pace.next_turn == 100.5  # the looks' own time moves nothing


def test_what_events_touched_goes_between_two_turns_that_are_late():
    pace = Pace(100.0)
    pace.turn_ended(103.0, 0.25)
    assert not pace.is_turn(103.0, touched=True)
    pace.look_ended(103.1, 0.1)
    assert pace.is_turn(103.1, touched=True)
    pace.turn_ended(103.2, 0.25)
    assert not pace.is_turn(103.2, touched=True)


def test_a_turn_that_is_due_is_taken_while_a_look_has_to_rest():
    pace = Pace(100.0)
    pace.look_ended(100.0, 0.1)
    pace.turn_ended(100.01, 0.0)
    assert pace.is_turn(100.02, touched=True)


@pytest.mark.parametrize(
    ("worked_s", "rests_s"),
    [
        pytest.param(0.0, 0.02, id="events that come together are one look"),
        pytest.param(0.005, 0.045, id="a tenth of the time at most"),
        pytest.param(0.2, 0.05, id="an alert doesn't wait longer than this for the next look"),
    ],
)
def test_the_rest_after_a_look(worked_s, rests_s):
    assert rest_s(worked_s) == pytest.approx(rests_s)

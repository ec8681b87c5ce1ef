"""Runs of drills in, how each stands out."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskwatch.core.books import Books
from deskwatch.core.drill import MAX_DRILLS, MAX_STEPS, Course
from deskwatch.core.observation import Drill
from deskwatch.core.period import SECOND
from deskwatch.core.rejection import EventRejected
from deskwatch.core.settings import BooksSettings
from deskwatch.core.state import dump, load
from deskwatch.core.watch import Watch
from tests.core.blotter import TEN
from tests.core.play import booked


def told(at: int, status: Any = "passed", **fields: Any) -> Drill:
    named: dict[str, Any] = {"drill": "breaker", "duration_ns": 2 * SECOND}
    return Drill(event_time=TEN + at * SECOND, status=status, **(named | fields))


def course(*events: Drill) -> Course:
    return booked(*events).drills.courses["breaker"]


def test_a_run_has_its_steps_and_not_those_of_the_run_before():
    one = course(
        told(1, step="open"), told(2, step="told"), told(2),
        told(11, step="open"), told(12, "failed", step="refuse", reason="accepted"),
        told(12, "failed", reason="accepted"),
    )  # fmt: skip
    assert {name: step.status for name, step in one.steps.items()} == {
        "open": "passed",
        "refuse": "failed",
    }
    assert (one.status, one.reason, one.runs) == ("failed", "accepted", {"passed": 1, "failed": 1})


def test_steps_of_a_run_that_broke_off_belong_to_no_other():
    one = course(told(1, step="open"), told(2, step="told"), told(61, step="open"), told(61))
    assert list(one.steps) == ["open"]


def test_failures_count_until_a_run_passes():
    runs = [told(0), told(60, "failed", reason="x"), told(120, "failed", reason="y")]
    assert course(*runs).failures == 2
    assert course(*runs).last_success == TEN
    assert course(*runs, told(180)).failures == 0


@pytest.mark.parametrize(
    ("runs", "age_s"),
    [
        pytest.param([told(0)], None, id="a single run promises nothing"),
        pytest.param([told(0, interval_ns=60 * SECOND)], 100, id="a run that goes on does"),
        pytest.param([told(0, interval_ns=60 * SECOND), told(40)], 60, id="a single run counts as one that came"),
        pytest.param([told(0, interval_ns=60 * SECOND), told(9, "stopped")], None, id="stopped on purpose"),
    ],
)  # fmt: skip
def test_what_is_waited_for(runs, age_s):
    one = course(*runs)
    assert one.age_ns(TEN + 100 * SECOND, Watch()) == (None if age_s is None else age_s * SECOND)


def test_what_came_while_nobody_listened_is_not_missed():
    one = course(told(0, interval_ns=60 * SECOND))
    assert one.age_ns(TEN + 100 * SECOND, Watch(TEN + 90 * SECOND)) == 10 * SECOND


def test_a_stop_is_no_run():
    one = course(told(0, "stopped"))
    assert not one.has_run
    stopped = course(told(0), told(1, "stopped"))
    assert (stopped.status, stopped.ended_at) == ("passed", TEN)


def test_a_run_that_is_told_of_late_changes_nothing():
    assert course(told(60), told(0, "failed", reason="x")).failures == 0


def test_a_run_beside_another_has_its_steps_whichever_is_told_of_first():
    """By hand from 57 on, and by the one that goes on from 58 on."""
    by_hand = told(58, step="ready"), told(60, step="told"), told(60, duration_ns=3 * SECOND)
    repeated = told(59, step="ready"), told(61, step="told"), told(61, duration_ns=3 * SECOND)
    for runs in ((*by_hand, *repeated), (*repeated, *by_hand)):
        one = course(*runs)
        assert one.ended_at == TEN + 61 * SECOND
        ends = {name: (step.ended_at - TEN) // SECOND for name, step in one.steps.items()}
        assert ends == {"ready": 59, "told": 61}
        assert not one.pending


def test_a_run_that_is_told_of_late_is_counted():
    late = told(59, "failed", step="open", reason="x"), told(59, "failed", reason="x")
    one = course(told(60, step="open"), told(60), *late, told(58, "stopped"))
    assert one.runs == {"passed": 1, "failed": 1}
    assert (one.status, one.reason, one.steps["open"].status) == ("passed", "", "passed")


def test_drills_and_steps_are_bounded():
    books = booked(*(told(0, drill=f"d{number}") for number in range(MAX_DRILLS)))
    with pytest.raises(EventRejected, match="too_many_names"):
        books.apply(told(0, drill="one more"))
    books = booked(*(told(0, step=f"s{number}") for number in range(MAX_STEPS)))
    books.apply(told(0, step="s0"))
    with pytest.raises(EventRejected, match="too_many_names"):
        books.apply(told(0, step="one more"))


events = st.builds(
    told,
    st.integers(0, 100),
    st.sampled_from(["passed", "failed", "stopped"]),
    drill=st.sampled_from(["a", "b"]),
    step=st.sampled_from(["", "", "open", "told"]),
    reason=st.sampled_from(["", "x", "y"]),
    interval_ns=st.sampled_from([None, 0, SECOND]),
)


@given(st.lists(events), st.lists(events))
def test_a_restart_changes_nothing(before, after):
    books = booked(*before)
    again = Books(BooksSettings())
    load(again, dump(books))
    for one in after:
        for each in (books, again):
            each.begin(max(each.now, one.event_time))
            each.apply(one)
    assert again.drills.dump() == books.drills.dump()
    assert all(one.failures == 0 or one.status == "failed" for one in books.drills.courses.values())

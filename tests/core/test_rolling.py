"""Windows that move on, and what is normal; time comes with the durations."""

from collections import Counter
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskwatch.core.period import SECOND
from deskwatch.core.quantile import QUANTILES, bucket_of, highest_of, quantile
from deskwatch.core.rolling import WINDOWS, Measured, Rolling
from tests.core.blotter import HOUR, MINUTE, TEN

MS = 1_000_000
FAST, SLOW = bucket_of(2 * MS), bucket_of(900 * MS)


def test_a_window_lets_go_of_what_is_older():
    rolling = Rolling()
    observe_two(rolling, FAST, TEN)
    observe_two(rolling, SLOW, TEN + 2 * MINUTE)
    now = TEN + 2 * MINUTE
    assert rolling.measured("1m", now) == figures({SLOW: 2})
    assert rolling.measured("5m", now) == figures({FAST: 2, SLOW: 2})
    assert rolling.measured("1m", now + 2 * MINUTE) == figures({})
    assert rolling.measured("1h", now + 2 * HOUR) == figures({})


def test_windows_are_as_long_as_their_names_say():
    lengths = {kind.name: kind.slice_ns * kind.slices for kind in WINDOWS}
    assert lengths == {"1m": MINUTE, "5m": 5 * MINUTE, "1h": HOUR}


@pytest.mark.parametrize("kind", WINDOWS, ids=lambda kind: kind.name)
def test_a_slice_is_let_go_of_when_all_of_it_is_older_than_the_window(kind):
    last = TEN + kind.slice_ns * (kind.slices + 1) - 1
    rolling = Rolling()
    observe_two(rolling, FAST, TEN)
    assert rolling.measured(kind.name, last) == figures({FAST: 2})
    assert rolling.measured(kind.name, last + 1) == figures({})
    observe_two(rolling, SLOW, last)
    assert rolling.measured(kind.name, last) == figures({FAST: 2, SLOW: 2})
    assert rolling.measured(kind.name, last + 1) == figures({SLOW: 2})


arrivals = st.lists(
    st.tuples(st.integers(0, 40 * MINUTE), st.sampled_from([FAST, SLOW])), max_size=40
)


@given(arrivals, st.integers(0, 20 * MINUTE))
def test_a_window_holds_all_of_its_time_and_at_most_a_slice_more(gaps, later):
    rolling, seen, now = Rolling(), [], TEN
    for gap, bucket in gaps:
        now += gap
        rolling.observe(bucket, now)
        seen.append(now)
    now += later
    for kind in WINDOWS:
        held = rolling.measured(kind.name, now).total
        whole = kind.slice_ns * kind.slices
        assert sum(now - time < whole for time in seen) <= held
        assert held <= sum(now - time < whole + kind.slice_ns for time in seen)


@given(arrivals, st.sets(st.integers(0, 40)))
def test_figures_that_were_kept_are_those_of_what_is_in_the_window(gaps, asked):
    rolling, seen, now = Rolling(), [], TEN
    for place, (gap, bucket) in enumerate(gaps):
        now += gap
        if place in asked:
            check(rolling, seen, now)
        rolling.observe(bucket, now)
        seen.append((now, bucket))
        check(rolling, seen, now)


#: A busy leg: what came, each some time after the one before, and what is done after it.
busy = st.lists(
    st.tuples(
        st.integers(0, 9 * SECOND),
        st.integers(0, 90),
        st.sampled_from(["nothing", "nothing", "ask", "dump"]),
    ),
    min_size=20,
    max_size=150,
)


@given(busy, st.integers(0, 20 * MINUTE))
def test_figures_of_a_busy_leg_are_those_worked_out_anew(arrivals, later):
    rolling, seen, now = Rolling(), [], TEN
    for gap, bucket, then in arrivals:
        now += gap
        rolling.observe(bucket, now)
        seen.append((now, bucket))
        if then == "ask":
            check(rolling, seen, now)
        elif then == "dump":
            rolling.dump()
    check(rolling, seen, now)
    check(rolling, seen, now + later)


def observe_two(rolling: Rolling, bucket: int, now: int) -> None:
    """Count two durations: of so many there is a median."""
    rolling.observe(bucket, now)
    rolling.observe(bucket, now)


def check(rolling: Rolling, seen: list[tuple[int, int]], now: int) -> None:
    """Assert that every window has the figures of those that were seen within it."""
    for kind in WINDOWS:
        oldest = now // kind.slice_ns - kind.slices
        held = Counter(bucket for time, bucket in seen if time // kind.slice_ns >= oldest)
        assert rolling.measured(kind.name, now) == figures(held)


def figures(counts: Mapping[int, int]) -> Measured:
    return Measured(sum(counts.values()), [quantile(counts, share) for share in QUANTILES])


@given(arrivals, arrivals)
def test_a_restart_changes_nothing(before, after):
    rolling, now = Rolling(), TEN
    for gap, bucket in before:
        now += gap
        rolling.observe(bucket, now)
    again = Rolling()
    again.load(rolling.dump())
    for gap, bucket in after:
        now += gap
        rolling.observe(bucket, now)
        again.observe(bucket, now)
    assert again.dump() == rolling.dump()


def slices(rolling: Rolling, first: int, number: int, bucket: int, size: int = 100) -> int:
    """Fill ten-minute slices; return the time after them."""
    for n in range(first, first + number):
        for _ in range(size):
            rolling.observe(bucket, TEN + n * 10 * MINUTE)
    return first + number


def test_normal_is_known_after_an_hour_and_an_odd_slice_does_not_move_it():
    rolling = Rolling()
    done = slices(rolling, 0, 6, FAST)
    assert rolling.normal() is None
    slices(rolling, done, 1, SLOW)
    assert rolling.normal() == highest_of(FAST)
    slices(rolling, done + 1, 1, SLOW)
    assert rolling.normal() == highest_of(FAST)


def test_normal_is_the_lower_median_of_the_last_six_hours():
    rolling, done = Rolling(), 0
    for bucket in (10, 60, 20, 50, 30, 40, 70):
        done = slices(rolling, done, 1, bucket)
    assert rolling.normal() == 30
    done = slices(rolling, done, 1, 80)
    assert rolling.normal() == 40
    for before, after, needed in ((50, 40, 18), (40, 50, 19)):
        done = slices(rolling, done, 40, before)
        done = slices(rolling, done, needed, after)
        assert rolling.normal() == before  # the last of them is not finished
        done = slices(rolling, done, 1, after)
        assert rolling.normal() == after


def test_a_slice_with_too_few_durations_is_not_judged():
    rolling = Rolling()
    slices(rolling, 0, 20, FAST, size=99)
    assert rolling.normal() is None


def test_a_quiet_leg_is_let_go_of():
    rolling = Rolling()
    slices(rolling, 0, 6, FAST)
    rolling.observe(FAST, TEN + 48 * HOUR)
    assert all(not window.finished for window in rolling.dump().windows)

from itertools import zip_longest

from hypothesis import given
from hypothesis import strategies as st

from deskwatch.core.duplicate import MAX_HOLES, MAX_RUNS, Remembered, Run, Sequences


def test_a_number_is_new_once_in_any_order():
    run = Run()
    assert [run.arrive(n) for n in (1, 2, 5, 4, 5, 3, 3)] == [1, 1, 1, 1, 0, 1, 0]
    assert run.missing == 0


def test_what_never_came_is_missing():
    run = Run()
    for number in (1, 2, 9, 5):
        run.arrive(number)
    assert run.holes == [(3, 4), (6, 8)]
    assert run.missing == 5


def test_the_oldest_hole_is_given_up_at_the_bound_and_still_missing():
    run = Run()
    for number in range(2, 2 * MAX_HOLES + 6, 2):
        run.arrive(number)
    assert len(run.holes) == MAX_HOLES
    assert run.missing == MAX_HOLES + 2
    assert not run.arrive(1)


def test_a_hole_that_is_split_again_and_again_leaves_no_more_than_the_bound():
    run = Run()
    run.arrive(1_000_000)
    for number in range(2, 2 * MAX_HOLES + 6, 2):
        assert run.arrive(number)
    assert len(run.holes) == MAX_HOLES
    assert run.missing == 1_000_000 - (MAX_HOLES + 3)
    # What was given up counts as lost for good, what is still waited for does not.
    assert [run.arrive(number) for number in (1, 3, 5, 7)] == [0, 0, 0, 1]


@given(
    st.lists(st.integers(1, 4 * MAX_HOLES), max_size=80),
    st.lists(st.integers(1, 6), max_size=80),
)
def test_a_run_at_its_bound_is_a_set_of_numbers_above_those_given_up(numbers, steps):
    run, seen, high = Run(), {3 * MAX_HOLES}, 3 * MAX_HOLES
    run.arrive(high)
    evens = range(2, 2 * MAX_HOLES, 2)
    upwards = [high + sum(steps[: count + 1]) for count in range(len(steps))]
    turns = [number for pair in zip_longest(numbers, upwards) for number in pair if number]
    for number in [*evens, *turns]:
        waited_for = run.holes[0][0] if run.holes else run.high
        new = number > run.high or (number >= waited_for and number not in seen)
        assert run.arrive(number) == new
        if new:
            seen.add(number)
        assert len(run.holes) <= MAX_HOLES
    assert run.missing == run.high - len(seen)
    ends = [end for hole in run.holes for end in hole]
    assert ends == sorted(ends)
    assert not [hole for hole in run.holes if seen.intersection(range(hole[0], hole[1] + 1))]


@given(st.lists(st.integers(1, 60), max_size=80))
def test_a_run_is_a_set_of_numbers(numbers):
    run, seen = Run(), set()
    for number in numbers:
        assert run.arrive(number) == (number not in seen)
        seen.add(number)
    assert run.missing == max(seen, default=0) - len(seen)


def test_runs_are_bounded_and_the_longest_silent_is_forgotten():
    sequences = Sequences()
    for epoch in range(MAX_RUNS):
        sequences.arrive("bot", epoch, 1)
    sequences.arrive("bot", 0, 2)
    sequences.arrive("another", 0, 1)
    assert len(sequences.runs) == MAX_RUNS
    assert ("bot", 1) not in sequences.runs
    assert not sequences.arrive("bot", 0, 2)


@given(st.lists(st.integers(0, 30), max_size=100), st.integers(2, 12))
def test_at_least_half_of_the_bound_is_remembered(keys, bound):
    memory: Remembered[int, int] = Remembered(bound)
    fresh: list[int] = []
    for time, key in enumerate(keys):
        if memory.get(key) is None:
            memory.put(key, key, time)
            fresh.append(key)
        assert all(memory.get(recent) is not None for recent in fresh[-(bound // 2) :])
        assert len(memory) <= bound

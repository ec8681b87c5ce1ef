from itertools import cycle, islice
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskwatch.exposition.lines import Lines

# Enough for several chunks, and for changes that are few beside them.
LINES = 400

values = st.none() | st.floats() | st.sampled_from([0.0, 1.0])

# A few are drawn and then repeated: drawing each would be most of the time.
whole = st.lists(values, min_size=1, max_size=12).map(lambda few: list(islice(cycle(few), LINES)))
changes = st.builds(
    lambda few, times: [((at + n) % LINES, value) for at, value in few for n in range(times)],
    st.lists(st.tuples(st.integers(0, LINES - 1), values), max_size=12),
    st.sampled_from([1, LINES // 10]),
)


def page(lines: Lines) -> bytes:
    return b"".join(lines.chunks())


def prefix(number: int) -> bytes:
    return b"\nx%d " % number


def made_of(figures: list[float | None]) -> Lines:
    lines = Lines()
    for number, value in enumerate(figures):
        lines.set(lines.append(prefix(number)), value)
    return lines


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param(1.5, b"\nx0 1.5", id="a float"),
        pytest.param(3, b"\nx0 3.0", id="a whole number"),
        pytest.param(10**30, b"\nx0 1e+30", id="larger than 64 bits"),
        pytest.param(-0.1, b"\nx0 -0.1", id="the shortest text that reads back"),
        pytest.param(nan, b"\nx0 NaN", id="NaN"),
        pytest.param(inf, b"\nx0 +Inf", id="infinite"),
        pytest.param(-inf, b"\nx0 -Inf", id="below every number"),
        pytest.param(None, b"", id="absent"),
    ],
)
def test_a_value_and_its_text(value, text):
    assert page(made_of([value])) == text


def test_no_line_no_text():
    assert page(Lines()) == b""


def test_an_absent_value_leaves_its_neighbours_where_they_are():
    lines = made_of([1.0, None, nan, 4.0])
    assert page(lines) == b"\nx0 1.0\nx2 NaN\nx3 4.0"
    lines.set(1, 2.0)
    lines.set(2, None)
    assert page(lines) == b"\nx0 1.0\nx1 2.0\nx3 4.0"


@given(whole, st.lists(changes, max_size=4))
def test_what_is_kept_between_scrapes_equals_a_page_made_afresh(figures, scrapes):
    lines = made_of(figures)
    page(lines)
    for scrape in scrapes:
        for number, value in scrape:
            lines.set(number, value)
            # Equal is no change: 0.0 stays 0.0 when it is set to -0.0.
            figures[number] = figures[number] if figures[number] == value else value
        assert page(lines) == page(made_of(figures))


@given(whole, changes)
def test_setting_many_equals_setting_each(figures, many):
    one_by_one, at_once = made_of(figures), made_of(figures)
    for number, value in many:
        one_by_one.set(number, value)
    at_once.set_many([number for number, _ in many], [value for _, value in many])
    assert page(at_once) == page(one_by_one)


@pytest.mark.parametrize("value", [1.0, None, inf])
def test_an_equal_value_keeps_the_rendered_bytes(value):
    lines = made_of([value, 7.0])
    before = lines.chunks()[0]
    lines.set(0, value)
    lines.set_many([0, 1], [value, 7.0])
    assert lines.chunks()[0] is before


def test_a_change_renders_its_own_chunk_only():
    lines = made_of([float(number) for number in range(LINES)])
    before = list(lines.chunks())
    lines.set(LINES - 1, -1.0)
    after = lines.chunks()
    assert [kept is made for kept, made in zip(before, after, strict=True)] == [
        *[True] * (len(before) - 1),
        False,
    ]


def test_a_line_that_is_another_one_now_starts_absent():
    lines = made_of([1.0, 2.0])
    page(lines)
    lines.reuse(0, b"\ny ")
    assert page(lines) == b"\nx1 2.0"
    lines.set(0, 1.0)
    assert page(lines) == b"\ny 1.0\nx1 2.0"

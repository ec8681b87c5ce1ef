from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskwatch.core.period import SECOND, Calendar, is_newer

ZONES = [
    "UTC", "America/New_York", "America/St_Johns", "Asia/Kathmandu", "Asia/Kolkata",
    "Australia/Lord_Howe", "Europe/Zurich",
]  # fmt: skip


def ns(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * SECOND


@pytest.mark.parametrize(
    ("zone", "minute", "time", "hour", "day"),
    [
        ("UTC", 0, "2026-11-23T10:30", "2026-11-23T10:00", "2026-11-23T00:00"),
        ("Asia/Kolkata", 0, "2026-11-23T10:40", "2026-11-23T10:30", "2026-11-22T18:30"),
        ("America/New_York", 1020, "2026-11-23T10:30", "2026-11-23T10:00", "2026-11-22T22:00"),
        ("America/New_York", 1020, "2026-11-23T22:00", "2026-11-23T22:00", "2026-11-23T22:00"),
    ],
)
def test_where_periods_begin(zone, minute, time, hour, day):
    calendar = Calendar(zone, minute)
    assert calendar.hour_start(ns(time)) == ns(hour)
    assert calendar.day_start(ns(time)) == ns(day)


@pytest.mark.parametrize(
    ("zone", "minute", "time", "date"),
    [
        ("America/New_York", 0, "2026-11-27T20:00", "2026-11-27"),
        ("America/New_York", 1020, "2026-11-26T22:00", "2026-11-27"),
        ("America/New_York", 1020, "2026-11-27T21:59", "2026-11-27"),
        ("Asia/Tokyo", 0, "2026-11-26T15:00", "2026-11-27"),
        ("Europe/Zurich", 0, "2026-10-25T22:30", "2026-10-25"),  # of 25 hours
        ("Europe/Zurich", 0, "2026-03-29T00:00", "2026-03-29"),  # of 23
    ],
)
def test_a_day_is_called_by_the_desks_own_date(zone, minute, time, date):
    calendar = Calendar(zone, minute)
    assert calendar.date(calendar.day_start(ns(time))) == date


@pytest.mark.parametrize(
    ("zone", "time", "hour"),
    [
        ("UTC", "2026-11-22T00:00", 0),
        ("UTC", "2026-11-28T23:59", 167),
        ("America/New_York", "2026-11-22T04:59", 167),
        ("America/New_York", "2026-10-26T14:30", 24 + 10),
        ("America/New_York", "2026-11-02T15:30", 24 + 10),
    ],
)
def test_the_hour_of_a_week_begins_with_sunday(zone, time, hour):
    assert Calendar(zone, 0).hour_of_week(ns(time)) == hour


@pytest.mark.parametrize(
    ("time", "came", "newest", "newest_since", "newer"),
    [
        pytest.param(101, 101, 100, 100, True, id="later"),
        pytest.param(100, 101, 100, 100, True, id="at the same time, and told later"),
        pytest.param(99, 101, 100, 100, False, id="earlier"),
        pytest.param(105, 105, 130, 100, True, id="after one came whose clock was ahead"),
        pytest.param(100, 105, 130, 100, True, id="as one came whose clock was ahead"),
        pytest.param(99, 105, 130, 100, False, id="before one came whose clock was ahead"),
        pytest.param(105, 104, 130, 100, False, id="of two clocks that are ahead, the earlier"),
    ],
)
def test_what_follows_on_the_newest(time, came, newest, newest_since, newer):
    assert is_newer(time, came, newest, newest_since) is newer


@pytest.mark.parametrize(
    ("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-11-23", 24)]
)
def test_a_day_has_the_hours_that_the_clock_gives_it(day, hours):
    calendar = Calendar("Europe/Zurich", 0)
    start = calendar.day_start(ns(day + "T12:00"))
    assert calendar.day_end(start) - start == hours * 3600 * SECOND


@pytest.mark.parametrize(
    ("day", "begins"),
    [
        ("2026-10-03", ["13:30", "14:30", "15:30", "16:00", "17:00"]),
        ("2027-04-03", ["13:00", "14:00", "15:00", "15:30", "16:30"]),
    ],
)
def test_where_clocks_change_by_half_an_hour_an_hour_is_two(day, begins):
    calendar = Calendar("Australia/Lord_Howe", 0)
    at = [ns(f"{day}T{begin}") for begin in begins]
    assert [calendar.hour_end(start) for start in at[:-1]] == at[1:]


def test_where_clocks_change_a_minute_past_the_hour_that_minute_is_an_hour_of_its_own():
    calendar = Calendar("America/St_Johns", 0)
    at = [ns(f"2010-03-14T{begin}") for begin in ("02:30", "03:30", "03:31", "04:30")]
    assert [calendar.hour_end(start) for start in at[:-1]] == at[1:]
    assert [calendar.hour_start(end - SECOND) for end in at[1:]] == at[:-1]


@pytest.mark.parametrize("time", ["2027-03-28T01:00", "2027-03-28T01:20", "2027-03-28T01:29"])
def test_a_day_that_begins_in_an_hour_that_is_left_out_before_midnight_has_not_begun_in_it(time):
    """In Nuuk clocks go from 23:00 on Saturday to midnight: 23:30 is half an hour after that."""
    calendar = Calendar("America/Nuuk", 23 * 60 + 30)
    assert calendar.day_start(ns(time)) == ns("2027-03-27T01:30")
    assert calendar.day_end(ns("2027-03-27T01:30")) == ns("2027-03-28T01:30")
    assert calendar.day_start(ns("2027-03-28T01:30")) == ns("2027-03-28T01:30")


def test_an_hour_of_a_quarter_hour_zone_ends_on_its_own_clock():
    calendar = Calendar("Asia/Kathmandu", 0)
    assert calendar.hour_end(ns("2026-11-23T10:15")) == ns("2026-11-23T11:15")


times = st.integers(946_684_800, 4_102_444_800).map(lambda seconds: seconds * SECOND)


@given(st.sampled_from(ZONES), st.integers(0, 1439), times)
def test_every_moment_is_in_one_period(zone, minute, time):
    calendar = Calendar(zone, minute)
    for start_of, end_of in (
        (calendar.hour_start, calendar.hour_end),
        (calendar.day_start, calendar.day_end),
    ):
        start = start_of(time)
        assert start <= time < end_of(start)
        assert start_of(start) == start
        assert start_of(end_of(start)) == end_of(start)


#: Within two days of a change of Lord Howe's clocks.
changes = st.sampled_from(["2026-10-03T15:30", "2027-04-03T15:00"]).map(ns)
apart = st.integers(-86_400, 86_400).map(lambda seconds: seconds * SECOND)


@given(changes, apart, apart)
def test_two_moments_are_in_one_hour_or_the_later_is_in_a_later_one(change, one, other):
    calendar = Calendar("Australia/Lord_Howe", 0)
    first, second = sorted((change + one, change + other))
    start, end = calendar.hour_start(first), calendar.hour_end(calendar.hour_start(first))
    assert (calendar.hour_start(second) == start) is (second < end)

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskwatch.core.period import SECOND, Calendar

ZONES = ["UTC", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Europe/Zurich"]


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
    ("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-11-23", 24)]
)
def test_a_day_has_the_hours_that_the_clock_gives_it(day, hours):
    calendar = Calendar("Europe/Zurich", 0)
    start = calendar.day_start(ns(day + "T12:00"))
    assert calendar.day_end(start) - start == hours * 3600 * SECOND


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

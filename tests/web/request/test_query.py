import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import QueryParams

from deskwatch.core.period import DAY, HOUR
from deskwatch.web.desks.figures import HistoryQuery
from deskwatch.web.request.query import history_query, parse_time
from deskwatch.web.respond import Refused

NOW = 1_790_000_000_000_000_000


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [
        ("0", 0),
        ("1790000000000000001", 1_790_000_000_000_000_001),
        (str(2**63 - 1), 2**63 - 1),
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01T00:00:01.5Z", 1_500_000_000),
        ("1970-01-01T00:00:00.000000001Z", 1),
        ("2026-09-21T13:33:20.123456789Z", 1_789_997_600_123_456_789),
        ("2026-09-21T15:33:20.123456789+02:00", 1_789_997_600_123_456_789),
        ("2026-09-21t13:33:20z", 1_789_997_600_000_000_000),
    ],
)
def test_a_time_is_exact(text: str, nanoseconds: int) -> None:
    assert parse_time("from", text) == nanoseconds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "-1",
        "+1",
        " 1",
        "1_000",
        "1e18",
        "1.5",
        "٣",
        str(2**63),
        "9" * 500,
        "2026-09-21",
        "2026-09-21T13:33:20",
        "2026-09-21T13:33:20 02:00",
        "2026-09-21T13:33:20.1234567891Z",
        "2026-09-21T13:33:20.Z",
        "2026-13-01T00:00:00Z",
        "2026-02-30T00:00:00Z",
        "1969-12-31T23:59:59Z",
        "0001-01-01T00:00:00+12:00",
        "9999-12-31T23:59:59Z",
        "\0",
    ],
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_time("from", text)
    assert (refused.value.status, refused.value.reason) == (400, "bad_parameter")
    assert len(refused.value.detail) < 240


@given(st.text())
def test_any_text_is_a_time_or_refused(text: str) -> None:
    try:
        found = parse_time("to", text)
    except Refused:
        return
    assert 0 <= found < 2**63


def test_without_parameters_the_last_day_or_month() -> None:
    nothing = QueryParams("")
    assert history_query(nothing, "hour", NOW) == HistoryQuery("hour", NOW - DAY, NOW)
    assert history_query(nothing, "day", NOW) == HistoryQuery("day", NOW - 30 * DAY, NOW)


def test_each_parameter_narrows() -> None:
    asked = history_query(
        QueryParams(f"from={NOW - HOUR}&to={NOW}&account=A1&strategy=pairs"), "hour", NOW
    )
    assert asked == HistoryQuery("hour", NOW - HOUR, NOW, "A1", "pairs")


@pytest.mark.parametrize(
    ("query", "complaint"),
    [
        ("acount=A1", "'acount'"),
        ("from=1&from=2", "twice"),
        ("from=2&to=2", "from before to"),
        ("from=3&to=2", "from before to"),
        (f"from={NOW}", "from before to"),
        (f"from={NOW - 31 * DAY - 1}", "at most 31 days"),
        ("account=", "0 characters in account"),
        ("strategy=" + "x" * 65, "65 characters in strategy"),
    ],
)
def test_a_query_that_cannot_be_meant(query: str, complaint: str) -> None:
    with pytest.raises(Refused) as refused:
        history_query(QueryParams(query), "hour", NOW)
    assert (refused.value.status, refused.value.reason) == (400, "bad_parameter")
    assert complaint in refused.value.detail


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        ("2026-10-01T00:00:00+02:00", "2026-11-01T00:00:00+01:00"),
        ("2026-10-01T00:00:00+01:00", "2026-11-01T00:00:00Z"),
    ],
)
def test_a_month_in_which_clocks_go_back_has_an_hour_more(begin: str, end: str) -> None:
    asked = history_query(QueryParams({"from": begin, "to": end}), "hour", NOW)
    assert asked.end_ns - asked.start_ns == 31 * DAY + HOUR


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        ("2026-10-01T00:00:00+02:00", "2026-11-01T00:00:00.000000001+01:00"),
        ("2026-09-30T22:00:00Z", "2026-10-31T23:00:00Z"),
        ("2026-09-30T22:00:00+02:00", str(parse_time("to", "2026-10-31T23:00:00Z"))),
        ("2026-03-01T00:00:00+01:00", "2026-04-01T00:00:01+01:00"),
    ],
)
def test_another_month_has_not(begin: str, end: str) -> None:
    with pytest.raises(Refused, match="at most 31 days"):
        history_query(QueryParams({"from": begin, "to": end}), "hour", NOW)


def test_the_longest_range_is_taken() -> None:
    longest = QueryParams(f"from={NOW - 31 * DAY}&to={NOW}")
    assert history_query(longest, "hour", NOW).start_ns == NOW - 31 * DAY

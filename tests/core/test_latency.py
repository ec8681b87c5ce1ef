"""Intervals in, histograms out; what can't be an interval is counted apart, with its reason."""

from math import inf, nan
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskwatch.core.books import Books
from deskwatch.core.histogram import LATENCY_BOUNDS_NS
from deskwatch.core.latency import MAX_LEGS, MAX_ROUTES, MAX_STATUSES, OTHER_STATUS, Leg
from deskwatch.core.observation import ApiRequest, Feed, Latency
from deskwatch.core.quantile import QUANTILES, fewest_samples, rank_of
from deskwatch.core.settings import BooksSettings
from deskwatch.core.state import dump, load
from tests.core.blotter import TEN

MS = 1_000_000


def desk() -> Books:
    books = Books(BooksSettings())
    books.begin(TEN)
    return books


def timed(**fields: Any) -> Latency:
    return Latency(event_time=TEN, **fields)


def test_an_interval_is_counted_for_its_venue_and_strategy():
    books = desk()
    books.apply(timed(operation="order_ack", duration_ns=3 * MS, venue="XNAS", strategy="mm"))
    books.latency.observe("order_ack", 5 * MS, venue="XNAS", strategy="mm")
    ((leg, counted),) = books.latency.legs.items()
    assert leg == Leg("order_ack", "XNAS", "mm")
    assert (counted.count, counted.sum_ns, counted.sum) == (2, 8 * MS, 0.008)
    assert counted.cumulative()[LATENCY_BOUNDS_NS.index(5 * MS)] == 2


def test_a_request_is_counted_by_its_operation_and_transport():
    books = desk()
    asked = ApiRequest(
        event_time=TEN, venue="BINANCE", operation="new_order", transport="websocket",
        status="ok", duration_ns=40 * MS,
    )  # fmt: skip
    books.apply(asked)
    assert list(books.latency.legs) == [
        Leg("api_request", "BINANCE", request="new_order", transport="websocket")
    ]


@pytest.mark.parametrize(
    ("duration", "reason"),
    [
        pytest.param(-1, "negative", id="it ends before it begins"),
        pytest.param(nan, "not_a_number", id="NaN"),
        pytest.param(0.25, "not_a_number", id="seconds, where nanoseconds are meant"),
        pytest.param(86_400 * 10**9, "too_long", id="a stamp that was never set"),
    ],
)
def test_what_is_no_interval_is_refused_with_its_reason(duration, reason):
    books = desk()
    books.latency.observe("ack_to_fill", duration, venue="XNAS")
    assert books.latency.refused == {("ack_to_fill", reason): 1}
    assert books.latency.legs == {}


def test_an_interval_of_nothing_is_one():
    books = desk()
    books.latency.observe("processing", 0, stage="risk")
    assert books.latency.legs[Leg("processing", stage="risk")].cumulative()[0] == 1


def test_legs_are_bounded():
    books = desk()
    for number in range(MAX_LEGS + 1):
        books.latency.observe("processing", MS, stage=f"s{number}")
    assert len(books.latency.legs) == MAX_LEGS
    books.latency.observe("processing", MS, stage="s0")
    assert books.latency.legs[Leg("processing", stage="s0")].count == 2
    without_quantiles = {("processing", "too_many_routes"): MAX_LEGS - MAX_ROUTES}
    assert books.latency.refused == {("processing", "too_many_legs"): 1, **without_quantiles}


def test_a_duration_that_no_quantile_has_is_told_of():
    """Rules compare quantiles: who has none would be slow and nobody be told."""
    books = desk()
    for number in range(MAX_ROUTES):
        books.latency.observe("processing", MS, stage=f"s{number}")
    assert books.latency.refused == {}
    for _ in range(2):
        books.latency.observe("processing", MS, stage="late")
    assert books.latency.legs[Leg("processing", stage="late")].count == 2
    assert Leg("processing", stage="late") not in books.latency.routes
    assert books.latency.refused == {("processing", "too_many_routes"): 2}


intervals = st.lists(
    st.tuples(
        st.sampled_from(["order_ack", "cancel_ack", "feed_delay"]),
        st.sampled_from(["XNAS", "BINANCE"]),
        st.integers(-5, 20_000_000_000),
    )
)


@given(intervals, intervals)
def test_a_restart_changes_nothing(before, after):
    books, again = desk(), Books(BooksSettings())
    for operation, venue, duration in before:
        books.latency.observe(operation, duration, venue=venue)
    load(again, dump(books))
    for operation, venue, duration in after:
        books.latency.observe(operation, duration, venue=venue)
        again.latency.observe(operation, duration, venue=venue)
    assert again.latency.dump() == books.latency.dump()


@given(
    st.lists(
        st.tuples(st.integers(0, 700 * 10**9), st.integers(1, 20 * 10**9), st.booleans()),
        min_size=1,
    )
)
def test_ticks_and_whoever_asks_change_nothing(steps):
    """A replay has no ticks, and nobody looks at it: it comes to the same state as the live desk."""
    live, replayed, now = desk(), desk(), TEN
    for gap, duration, looked in steps:
        now += gap
        if looked:
            live.begin(now - gap // 2)
            for rolling in live.latency.routes.values():
                rolling.measured("1h", live.now)
            live.feed_delays.skews(live.now)
        for books in (live, replayed):
            books.begin(now)
            books.apply(timed(operation="order_ack", duration_ns=duration, venue="XNAS"))
            books.apply(
                Feed(
                    event_time=now, venue="XNAS", channel="q", status="message",
                    exchange_time=now - duration,
                )
            )  # fmt: skip
    assert live.latency.dump() == replayed.latency.dump()
    assert live.feed_delays.dump() == replayed.feed_delays.dump()


def test_a_state_of_other_buckets_is_refused():
    state = msgspec.json.encode([[[["order_ack", "", "", "", "", ""], [1, 2], 3]], [], [], []])
    with pytest.raises(msgspec.ValidationError, match="buckets"):
        desk().latency.load(state)


def test_an_interval_across_two_clocks_is_refused():
    books = desk()
    books.apply(timed(operation="order_ack", duration_ns=MS, clock="oms-1", end_clock="gw-2"))
    books.apply(timed(operation="order_ack", duration_ns=MS, clock="oms-1", end_clock="oms-1"))
    assert books.latency.refused == {("order_ack", "cross_clock"): 1}
    assert [kept.count for kept in books.latency.legs.values()] == [1]


def asked(status: str, venue: str = "BINANCE") -> ApiRequest:
    return ApiRequest(
        event_time=TEN, venue=venue, operation="new_order", status=status, duration_ns=MS
    )


@pytest.mark.parametrize("status", ["429", "503", "timeout", "error", "2xx", "1003"])
def test_a_request_that_failed_is_counted_by_its_status(status):
    books = desk()
    for answered in (status, "ok", "200", "304", status):
        books.apply(asked(answered))
    assert books.latency.errors == {("BINANCE", status): 2}


def test_statuses_are_bounded():
    books = desk()
    for number in range(MAX_STATUSES + 5):
        books.apply(asked(f"E{number}"))
    assert len(books.latency.errors) == MAX_STATUSES + 1
    assert books.latency.errors["BINANCE", OTHER_STATUS] == 5
    books.apply(asked("E0"))
    assert books.latency.errors["BINANCE", "E0"] == 2


def test_venues_whose_requests_fail_are_bounded(monkeypatch):
    monkeypatch.setattr("deskwatch.core.latency.MAX_STATUSES", 1)
    monkeypatch.setattr("deskwatch.core.latency.MAX_LEGS", 2)
    books = desk()
    for number in range(9):
        books.apply(asked("503", venue=f"V{number}"))
    assert list(books.latency.errors) == [("V0", "503"), *((f"V{n}", OTHER_STATUS) for n in (1, 2))]
    assert books.latency.refused["api_request", "too_many_legs"] == 7


def test_strategies_share_the_windows_of_their_route():
    books = desk()
    for strategy in ("mm", "arb"):
        books.latency.observe("order_ack", 3 * MS, venue="XNAS", strategy=strategy)
    ((route, rolling),) = books.latency.routes.items()
    assert route == Leg("order_ack", "XNAS")
    median = rolling.measured("1m", TEN).quantiles[0]
    assert median is not None
    assert 3 * MS <= median < 3 * MS * 1.001


@given(
    st.lists(st.integers(0, 20 * 10**9), min_size=2, max_size=400),
    st.sampled_from([500, 900]),
)
def test_the_buckets_of_the_histogram_bracket_the_quantile(durations, thousandths):
    books = desk()
    for duration in durations:
        books.latency.observe("order_ack", duration)
    ((leg, histogram),) = books.latency.legs.items()
    measured = books.latency.routes[leg].measured("1m", TEN).quantiles
    found = dict(zip(QUANTILES, measured, strict=True))[thousandths]
    if found is None:
        assert len(durations) < fewest_samples(thousandths)
        return
    rank = rank_of(thousandths, len(durations))
    assert sorted(durations)[rank - 1] <= found
    edges = [0, *LATENCY_BOUNDS_NS, inf]
    bucket = next(n for n, count in enumerate(histogram.cumulative()) if count >= rank)
    assert edges[bucket] <= found
    # The finer bucket may end a thousandth beyond the edge that its durations lie below.
    assert found <= edges[bucket + 1] * 1.001

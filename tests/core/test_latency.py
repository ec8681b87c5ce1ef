"""Intervals in, histograms out; what can't be an interval is counted apart, with its reason."""

from math import nan
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskwatch.core.books import Books
from deskwatch.core.histogram import LATENCY_BOUNDS_NS
from deskwatch.core.latency import MAX_LEGS, Leg
from deskwatch.core.observation import ApiRequest, Latency
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
    assert books.latency.refused == {("processing", "too_many_legs"): 1}


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


def test_a_state_of_other_buckets_is_refused():
    state = msgspec.json.encode([[["order_ack", "", "", "", "", ""], [1, 2], 3]])
    with pytest.raises(msgspec.ValidationError):
        desk().latency.load(b"[%b,[]]" % state)

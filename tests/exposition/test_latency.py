"""What the latency book and the clocks show."""

import pytest
from msgspec.structs import replace

from deskwatch.core.books import Books
from deskwatch.core.latency_limit import LatencyLimit
from deskwatch.core.observation import ApiRequest, Clock, Feed
from deskwatch.core.settings import BooksSettings
from deskwatch.exposition.clock import ClockCollector
from deskwatch.exposition.family import MAX_SERIES
from deskwatch.exposition.latency import LatencyCollector
from deskwatch.exposition.registry import Registry
from tests.core.blotter import MINUTE, TEN

MS = 1_000_000
REFUSED = ApiRequest(
    event_time=TEN, venue="BITMEX", operation="new_order", status="503", duration_ns=MS
)
LIMITS = {"order_ack": LatencyLimit(warning_ns=500 * MS, page_ns=5_000 * MS)}


class Shown:
    """Books and their page, at a time that is moved by hand."""

    def __init__(self) -> None:
        self.now = TEN
        self.books = Books(BooksSettings())
        self.books.begin(TEN)
        self.registry = Registry()
        self.registry.register(
            LatencyCollector(LIMITS, self.books, lambda: self.now, MAX_SERIES)  # type: ignore[arg-type]
        )
        self.registry.register(ClockCollector(self.books, lambda: self.now, MAX_SERIES))

    def lines(self, start: str) -> list[str]:
        page = self.registry.render(openmetrics=False).decode()
        return [line for line in page.splitlines() if line.startswith(start)]


@pytest.fixture
def shown() -> Shown:
    return Shown()


def test_an_acknowledgement_is_a_histogram_of_its_venue_and_strategy(shown):
    shown.books.latency.observe("order_ack", 3 * MS, venue="XNAS", strategy="mm")
    assert shown.lines("desk_order_ack_seconds")[5:7] == [
        'desk_order_ack_seconds_bucket{venue="XNAS",strategy="mm",le="0.005"} 1.0',
        'desk_order_ack_seconds_bucket{venue="XNAS",strategy="mm",le="0.01"} 1.0',
    ]
    assert shown.lines("desk_order_ack_seconds_sum") == [
        'desk_order_ack_seconds_sum{venue="XNAS",strategy="mm"} 0.003'
    ]


def test_a_request_is_a_histogram_of_its_operation_and_transport(shown):
    shown.books.apply(REFUSED)
    assert shown.lines("desk_api_request_seconds_count") == [
        'desk_api_request_seconds_count{venue="BITMEX",operation="new_order",transport="rest"} 1.0'
    ]
    assert shown.lines("desk_api_errors_total") == [
        'desk_api_errors_total{venue="BITMEX",status="503"} 1.0'
    ]
    for status in ("200", "503", "429"):
        shown.books.apply(replace(REFUSED, venue="XNAS", status=status))
    assert shown.lines("desk_api_failed_requests_total") == [
        'desk_api_failed_requests_total{venue="BITMEX"} 1.0',
        'desk_api_failed_requests_total{venue="XNAS"} 2.0',
    ]


def test_what_never_failed_and_was_never_refused_is_0(shown):
    shown.books.apply(replace(REFUSED, status="200"))
    assert shown.lines("desk_api_failed_requests_total") == [
        'desk_api_failed_requests_total{venue="BITMEX"} 0.0'
    ]
    assert 'desk_latency_refused_total{operation="order_ack",reason="negative"} 0.0' in shown.lines(
        "desk_latency_refused_total"
    )


def test_the_99th_percentile_is_there_from_100_durations_on(shown):
    for _ in range(99):
        shown.books.latency.observe("processing", 2_000, stage="risk")
    p99 = 'desk_latency_quantile_seconds{operation="processing",venue="",request="",transport="",stage="risk",window="1m",q="0.99"}'
    assert shown.lines(p99) == []
    assert len(shown.lines("desk_latency_quantile_seconds")) == 6  # 0.5 and 0.9 of three windows
    shown.books.latency.observe("processing", 2_000, stage="risk")
    shown.now += MINUTE // 60
    assert shown.lines(p99) == [f"{p99} 2e-6"]
    shown.now += 2 * MINUTE
    assert shown.lines(p99) == []


def test_limits_and_refusals_are_series(shown):
    shown.books.latency.observe("order_ack", -1)
    assert [line for line in shown.lines("desk_latency_") if not line.endswith(" 0.0")] == [
        'desk_latency_limit_seconds{operation="order_ack",severity="warning"} 0.5',
        'desk_latency_limit_seconds{operation="order_ack",severity="page"} 5.0',
        'desk_latency_refused_total{operation="order_ack",reason="negative"} 1.0',
    ]


def test_a_skew_is_shown_signed(shown):
    sent = TEN + 1_270 * MS
    shown.books.apply(
        Feed(event_time=TEN, venue="BINANCE", channel="d", status="message", exchange_time=sent)
    )
    assert shown.lines("desk_feed") == ['desk_feed_clock_skew_seconds{venue="BINANCE"} -1.27']


def test_an_offset_is_shown_while_its_report_is_recent(shown):
    shown.books.apply(Clock(event_time=TEN, host="fra-1", offset_ns=-40_000))
    assert shown.lines("desk_clock") == [
        'desk_clock_offset_seconds{host="fra-1"} -0.00004',
        'desk_clock_offset_limit_seconds{preset="algorithmic"} 0.001',
        'desk_clock_report_age_seconds{host="fra-1"} 0.0',
        "desk_clock_report_max_age_seconds 60.0",
    ]
    shown.now += 2 * MINUTE
    assert shown.lines("desk_clock_offset_seconds") == []
    assert shown.lines("desk_clock_report_age") == [
        'desk_clock_report_age_seconds{host="fra-1"} 120.0'
    ]

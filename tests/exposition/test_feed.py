"""Feeds, sessions and services as a scrape finds them."""

from typing import Any

from deskwatch.core.books import Books
from deskwatch.core.observation import Feed, Heartbeat, Order, Session
from deskwatch.core.period import MINUTE, SECOND
from deskwatch.core.settings import BooksSettings
from deskwatch.core.watch import Watch
from deskwatch.exposition.feed import FeedCollector
from deskwatch.exposition.service import ServiceCollector
from deskwatch.exposition.session import SessionCollector
from tests.core.blotter import TEN
from tests.exposition.scrape import Scrape
from tests.exposition.test_breaker import named

ALWAYS = Watch()


def scrape(collector: Any, *told: Any, at: int, watch: Watch = ALWAYS) -> list[str]:
    """Return the samples of one collector once these were told, as of `at`."""
    books = Books(BooksSettings())
    for one in told:
        books.begin(max(books.now, one.event_time))
        books.apply(one)
    books.watch = watch
    return Scrape(collector(books, lambda: at, max_series=100))()


def feed(at: float, status: Any = "message", **fields: Any) -> Feed:
    named_ = {"service": "md-1", "venue": "XCME", "channel": "book"}
    return Feed(event_time=TEN + round(at * SECOND), status=status, **(named_ | fields))


CHANNEL = 'service="md-1",venue="XCME",channel="book"'
WHOLE = f'{{{CHANNEL},symbol="",stream="market"}}'
ES = f'{{{CHANNEL},symbol="ES",stream="market"}}'

FLOWING = [feed(second, symbol="ES") for second in range(300)]


def test_a_silence_stands_beside_what_is_usual_and_what_is_too_long():
    samples = scrape(FeedCollector, *FLOWING, at=TEN + 309 * SECOND)
    assert named(samples, "desk_feed_staleness_seconds") == [f"{WHOLE} 10.0", f"{ES} 10.0"]
    assert named(samples, "desk_feed_expected_gap_seconds") == [f"{WHOLE} 1.0", f"{ES} 1.0"]
    assert named(samples, "desk_feed_stale_after_seconds") == [f"{WHOLE} 5.0", f"{ES} 5.0"]
    assert named(samples, "desk_feed_overdue_ratio") == [f"{WHOLE} 2.0", f"{ES} 2.0"]
    assert named(samples, "desk_feed_symbols") == [f'{{{CHANNEL},state="stale"}} 1.0']
    assert named(samples, "desk_feed_messages_total") == [f"{{{CHANNEL}}} 300.0"]


def test_what_is_disconnected_has_no_staleness_and_keeps_its_last_message():
    last = TEN + 299 * SECOND
    samples = scrape(FeedCollector, *FLOWING, feed(300, "disconnected"), at=TEN + 309 * SECOND)
    assert not named(samples, "desk_feed_staleness_seconds")
    assert not named(samples, "desk_feed_overdue_ratio")
    assert named(samples, "desk_feed_connected") == [f"{WHOLE} 0.0", f"{ES} 0.0"]
    (whole, _) = named(samples, "desk_feed_last_message_timestamp_seconds")
    assert float(whole.split()[-1]) == last / SECOND


def test_after_a_restart_a_silence_counts_from_when_somebody_listened():
    since = TEN + 900 * SECOND
    samples = scrape(FeedCollector, *FLOWING, at=since + 2 * SECOND, watch=Watch(since))
    assert named(samples, "desk_feed_staleness_seconds") == [f"{WHOLE} 2.0", f"{ES} 2.0"]


def test_gaps_and_crossed_books_by_channel():
    samples = scrape(
        FeedCollector, feed(0, "gap", symbol="ES", missed=9),
        feed(1, symbol="NQ", bid="2", ask="1"), at=TEN + 2 * SECOND,
    )  # fmt: skip
    for name, value in (
        ("desk_feed_sequence_gaps_total", 1),
        ("desk_feed_missed_messages_total", 9),
        ("desk_feed_recent_gaps", 1),
        ("desk_feed_open_gaps", 1),
        ("desk_feed_crossed_books", 1),
        ("desk_feed_crossings_total", 1),
    ):
        assert named(samples, name) == [f"{{{CHANNEL}}} {value}.0"]


def test_what_a_user_stream_owes():
    order = Order(
        event_time=TEN + 60 * SECOND, account="A1", venue="XCME", symbol="ES", client_order_id="1",
        status="acknowledged", side="buy", quantity="1",
    )  # fmt: skip
    samples = scrape(
        FeedCollector, feed(0, "connected", channel="user"), order, at=TEN + 80 * SECOND
    )
    user = '{service="md-1",venue="XCME",channel="user"}'
    assert named(samples, "desk_user_stream_owed_seconds") == [f"{user} 20.0"]
    assert "desk_user_stream_owed_max_seconds 15.0" in samples


def test_a_session_is_in_one_state():
    told = [
        Session(event_time=TEN, venue="XNAS", session="OE1", state="logged_on"),
        Session(event_time=TEN + SECOND, venue="XNAS", session="OE1", state="disconnected"),
    ]
    samples = scrape(SessionCollector, *told, at=TEN + MINUTE + SECOND)
    states = named(samples, "desk_session_state")
    assert len(states) == 5
    assert [one for one in states if one.endswith(" 1.0")] == [
        '{venue="XNAS",session="OE1",state="disconnected"} 1.0'
    ]
    assert named(samples, "desk_session_time_in_state_seconds") == [
        '{venue="XNAS",session="OE1",state="disconnected"} 60.0'
    ]
    assert named(samples, "desk_session_drops_total") == ['{venue="XNAS",session="OE1"} 1.0']


def test_a_services_age_stands_beside_its_promise():
    beat = Heartbeat(
        event_time=TEN, service="pricer", host="fra-1", interval_ns=10 * SECOND,
        started_at=TEN - MINUTE,
    )  # fmt: skip
    labels = '{service="pricer",host="fra-1"}'
    samples = scrape(ServiceCollector, beat, at=TEN + 20 * SECOND)
    assert named(samples, "desk_heartbeat_age_seconds") == [f"{labels} 20.0"]
    assert named(samples, "desk_heartbeat_interval_seconds") == [f"{labels} 10.0"]
    assert named(samples, "desk_heartbeat_down_after_seconds") == [f"{labels} 30.0"]
    assert named(samples, "desk_service_uptime_seconds") == [f"{labels} 80.0"]
    down = scrape(ServiceCollector, beat, at=TEN + 40 * SECOND)
    assert not named(down, "desk_service_uptime_seconds"), "nobody knows"

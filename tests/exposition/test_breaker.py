"""Breakers, kill switches and timers as a scrape finds them."""

from typing import Any

from msgspec import structs

from deskwatch.core.books import Books
from deskwatch.core.breaker import BreakerSettings
from deskwatch.core.observation import Breaker, DeadMan, KillSwitch
from deskwatch.core.period import MINUTE, SECOND
from deskwatch.core.settings import BooksSettings
from deskwatch.exposition.breaker import BreakerCollector
from deskwatch.exposition.kill_switch import DeadManCollector, KillSwitchCollector
from tests.core.blotter import TEN
from tests.exposition.scrape import Scrape

OPEN = Breaker(
    event_time=TEN, breaker="loss", account="A1", strategy="mm", state="open", cause="drawdown",
    limit="500", value="620.50",
)  # fmt: skip
CLOSED = structs.replace(OPEN, event_time=TEN + SECOND, state="closed", cause="")
LABELS = 'breaker="loss",account="A1",strategy="mm"'


def scrape(collector: Any, *told: Any, at: int = TEN, **settings: Any) -> list[str]:
    """Return the samples of one collector once these were told, as of `at`."""
    books = Books(BooksSettings(breakers=BreakerSettings(**settings)))
    for one in told:
        books.begin(max(books.now, one.event_time))
        books.apply(one)
    return Scrape(collector(books, lambda: at, max_series=100))()


def named(samples: list[str], name: str) -> list[str]:
    return [sample.removeprefix(name) for sample in samples if sample.partition("{")[0] == name]


def test_an_open_breaker_shows_its_state_its_time_and_what_tripped_it():
    samples = scrape(BreakerCollector, OPEN, at=TEN + MINUTE)
    assert named(samples, "desk_circuit_breaker_state") == [
        f'{{{LABELS},state="closed"}} 0.0',
        f'{{{LABELS},state="open"}} 1.0',
        f'{{{LABELS},state="half_open"}} 0.0',
    ]
    assert named(samples, "desk_circuit_breaker_time_in_state_seconds") == [
        f'{{{LABELS},state="open"}} 60.0'
    ]
    assert named(samples, "desk_circuit_breaker_trip_limit") == [
        f'{{{LABELS},cause="drawdown"}} 500.0'
    ]
    assert named(samples, "desk_circuit_breaker_trip_value") == [
        f'{{{LABELS},cause="drawdown"}} 620.5'
    ]
    assert named(samples, "desk_circuit_breaker_tripped") == [f'{{{LABELS},cause="drawdown"}} 1.0']
    assert named(samples, "desk_circuit_breaker_trips_total") == [
        f'{{{LABELS},cause="drawdown"}} 1.0'
    ]


def test_a_closed_one_keeps_its_counts_and_shows_no_trip():
    samples = scrape(BreakerCollector, OPEN, CLOSED, at=TEN + MINUTE)
    assert not named(samples, "desk_circuit_breaker_tripped")
    assert not named(samples, "desk_circuit_breaker_trip_limit")
    assert named(samples, "desk_circuit_breaker_trips_total")
    unrecorded = f'{{{LABELS},actor="unrecorded"}} 1.0'
    assert named(samples, "desk_circuit_breaker_resets_total") == [unrecorded]
    assert named(samples, "desk_circuit_breaker_recent_resets") == [unrecorded]


def test_one_that_was_closed_and_is_tried_again_shows_no_trip_of_before():
    tried = structs.replace(CLOSED, event_time=TEN + MINUTE, state="half_open")
    samples = scrape(BreakerCollector, OPEN, CLOSED, tried, at=TEN + MINUTE)
    assert f'{{{LABELS},state="half_open"}} 1.0' in named(samples, "desk_circuit_breaker_state")
    for name in ("tripped", "trip_limit", "trip_value"):
        assert not named(samples, f"desk_circuit_breaker_{name}")
    on_trial = structs.replace(tried, event_time=TEN + SECOND)
    assert named(scrape(BreakerCollector, OPEN, on_trial), "desk_circuit_breaker_tripped")


def test_what_lies_before_the_window_is_not_recent():
    samples = scrape(BreakerCollector, OPEN, CLOSED, at=TEN + 5 * MINUTE, flap_window_ns=4 * MINUTE)
    assert named(samples, "desk_circuit_breaker_recent_trips") == [f"{{{LABELS}}} 0.0"]
    assert named(samples, "desk_circuit_breaker_recent_resets") == [
        f'{{{LABELS},actor="unrecorded"}} 0.0'
    ]


def test_a_limit_that_was_not_told_is_absent():
    samples = scrape(BreakerCollector, structs.replace(OPEN, limit=None, value=None))
    assert not named(samples, "desk_circuit_breaker_trip_limit")
    assert named(samples, "desk_circuit_breaker_tripped")


def test_what_breakers_are_judged_by():
    samples = scrape(BreakerCollector, designated=("j.ferro",), flap_trips=4)
    assert samples == [
        "desk_circuit_breaker_open_max_seconds 900.0",
        "desk_circuit_breaker_flap_trips 4.0",
        "desk_circuit_breaker_flap_window_seconds 600.0",
        'desk_circuit_breaker_designated{actor="j.ferro"} 1.0',
    ]


def test_an_engaged_switch_says_who_and_why_and_a_released_one_by_whom():
    engaged = KillSwitch(event_time=TEN, engaged=True, actor="ops.duty", cause="runaway")
    samples = scrape(KillSwitchCollector, engaged)
    assert named(samples, "desk_kill_switch_engaged") == ['{scope="desk",account=""} 1.0']
    assert named(samples, "desk_kill_switch_cause") == [
        '{scope="desk",account="",cause="runaway",actor="ops.duty"} 1.0'
    ]
    released = KillSwitch(event_time=TEN + 1, engaged=False)
    samples = scrape(KillSwitchCollector, engaged, released)
    assert named(samples, "desk_kill_switch_engaged") == ['{scope="desk",account=""} 0.0']
    assert not named(samples, "desk_kill_switch_cause")
    assert named(samples, "desk_kill_switch_recent_releases") == [
        '{scope="desk",account="",actor="unrecorded"} 1.0'
    ]


def test_a_timer_shows_what_is_left_and_nothing_once_it_is_disarmed():
    armed = DeadMan(event_time=TEN, timer="cancel-all", venue="BITMEX", timeout_ns=15 * SECOND)
    labels = 'timer="cancel-all",venue="BITMEX",account=""'
    assert scrape(DeadManCollector, armed, at=TEN + 20 * SECOND) == [
        f"desk_dead_man_left_seconds{{{labels}}} -5.0",
        f"desk_dead_man_timeout_seconds{{{labels}}} 15.0",
    ]
    assert scrape(DeadManCollector, armed, structs.replace(armed, timeout_ns=None)) == []

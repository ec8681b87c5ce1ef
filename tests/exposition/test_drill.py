"""Drills as a scrape and the API find them."""

from deskwatch.core.drill import DrillSettings
from deskwatch.core.period import SECOND
from deskwatch.core.settings import BooksSettings
from deskwatch.core.watch import Watch
from deskwatch.engine.views.drills import drills
from deskwatch.exposition.drill import DrillCollector, DrillSettingsCollector
from tests.core.blotter import TEN
from tests.core.play import booked
from tests.core.test_drill import told
from tests.exposition.scrape import Scrape
from tests.exposition.test_breaker import named

FAILED = [
    told(0),
    told(59, step="open", duration_ns=SECOND),
    told(60, "failed", step="refuse", reason="accepted", duration_ns=SECOND // 2),
    told(60, "failed", reason="accepted", interval_ns=100 * SECOND),
]
NOW = TEN + 90 * SECOND


def scrape(books):
    return Scrape(DrillCollector(books.drills, lambda: NOW, 100, Watch))()


def test_a_run_that_failed_shows_why_and_how_often():
    samples = scrape(booked(*FAILED))
    assert named(samples, "desk_drill_success") == ['{drill="breaker"} 0.0']
    assert named(samples, "desk_drill_failed") == ['{drill="breaker",reason="accepted"} 1.0']
    assert named(samples, "desk_drill_consecutive_failures") == ['{drill="breaker"} 1.0']
    assert named(samples, "desk_drill_step_duration_seconds") == [
        '{drill="breaker",step="open"} 1.0',
        '{drill="breaker",step="refuse"} 0.5',
    ]
    assert named(samples, "desk_drill_age_seconds") == ['{drill="breaker"} 30.0']
    assert named(samples, "desk_drill_promised_seconds") == ['{drill="breaker"} 100.0']
    assert named(samples, "desk_drill_last_success_timestamp_seconds") == [
        f'{{drill="breaker"}} {TEN / SECOND}'
    ]


def test_a_run_that_passed_has_no_reason_and_one_that_is_stopped_no_age():
    samples = scrape(booked(*FAILED, told(80), told(81, "stopped")))
    assert named(samples, "desk_drill_success") == ['{drill="breaker"} 1.0']
    assert named(samples, "desk_drill_failed") == []
    assert named(samples, "desk_drill_age_seconds") == []


def test_a_first_failure_is_an_increase():
    before, after = (
        named(scrape(booked(*FAILED[:until])), "desk_drill_runs_total") for until in (1, 4)
    )
    assert '{drill="breaker",status="failed"} 0.0' in before
    assert '{drill="breaker",status="failed"} 1.0' in after


def test_what_never_ran_shows_nothing_but_that_it_must():
    books = booked(told(0, "stopped"))
    assert scrape(books) == []
    books.settings = BooksSettings(drills=DrillSettings(required=("breaker", "feed")))
    samples = Scrape(DrillSettingsCollector(books))()
    assert named(samples, "desk_drill_required") == ['{drill="breaker"} 1.0', '{drill="feed"} 1.0']
    assert "desk_drill_page_failures 3.0" in samples
    rows = drills(books, NOW).drills
    assert [(row.drill, row.required, row.status) for row in rows] == [
        ("breaker", True, None),
        ("feed", True, None),
    ]


def test_the_api_says_which_step_failed_and_whether_the_next_run_is_overdue():
    books = booked(*FAILED)
    (row,) = drills(books, NOW).drills
    assert (row.status, row.reason, row.failures, row.overdue) == ("failed", "accepted", 1, False)
    assert [(step.step, step.reason, step.duration_s) for step in row.steps] == [
        ("open", "", 1.0),
        ("refuse", "accepted", 0.5),
    ]
    (late,) = drills(books, TEN + 161 * SECOND).drills
    assert late.overdue

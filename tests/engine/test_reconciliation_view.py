"""What `/api/v1/reconciliation` answers."""

import pytest

from deskwatch.core.watch import Watch
from deskwatch.engine.views.reconciliation import reconciliation
from deskwatch.exposition.reconciliation import ReconciliationCollector
from tests.core.blotter import FUTURE, TEN
from tests.core.test_reconciliation import Desk
from tests.exposition.scrape import Scrape

SECOND = 1_000_000_000


def test_what_breaks_comes_first_and_what_is_unknown_has_no_figure():
    desk = Desk().fill("+10", 1).fill("+2", 1, of=FUTURE).said("10.5", 10)
    desk.said(None, 11, of=FUTURE, error="503 Service Unavailable")
    answer = reconciliation(desk.books, TEN + 20 * SECOND)
    assert (answer.breaks, answer.unknown, answer.unreported) == (1, 1, [])
    broken, unknown = answer.rows
    assert (broken.kind, broken.ours, broken.said, broken.apart) == (
        "quantity",
        "10",
        "10.5",
        "0.5",
    )
    assert (broken.age_s, broken.notional) == (10, None)
    assert (unknown.reason, unknown.said, unknown.said_time) == ("query_failed", None, None)
    assert (unknown.ours_then, unknown.apart, unknown.error) == (
        None,
        None,
        "503 Service Unavailable",
    )


@pytest.mark.parametrize(
    ("until", "at", "breaks"),
    [
        pytest.param(11, 62, 0, id="the fill may have come while nobody listened"),
        pytest.param(11, 63, 1, id="it has not come since either"),
        pytest.param(14, 60, 1, id="it was a break before that"),
    ],
)
def test_a_break_has_outlived_the_grace_while_we_listened(until, at, breaks):
    desk = Desk().fill("+10", 1).said("14", 10)
    desk.books.watch = Watch(since=TEN + 60 * SECOND, until=TEN + until * SECOND)
    now = TEN + at * SECOND
    answer = reconciliation(desk.books, now)
    assert answer.breaks == breaks
    assert [row.age_s for row in answer.rows if row.standing == "break"] == [at - 10] * breaks
    scrape = Scrape(ReconciliationCollector(desk.books, lambda: now, max_series=100))
    of_place = 'account="A1",venue="XNAS",kind="quantity"'
    assert f"desk_reconciliation_breaks{{{of_place}}} {breaks}.0" in scrape()


def test_a_break_adds_up_by_what_the_books_had_when_the_report_was_true():
    desk = Desk().fill("+10", 1).said("14", 10).fill("-7", 400).fill("+2", 8)
    (row,) = reconciliation(desk.books, TEN + 800 * SECOND).rows
    assert (row.ours, row.ours_then, row.said, row.apart) == ("5", "12", "14", "2")


def test_positions_that_no_report_names_are_listed():
    desk = Desk().fill("+10", 1).fill("-3", 1, strategy="pairs")
    (row,) = reconciliation(desk.books, TEN + 20 * SECOND).unreported
    assert (row.account, row.venue, row.symbol, row.ours) == ("A1", "XNAS", "AAPL", "7")

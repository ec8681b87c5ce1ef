"""What `/api/v1/reconciliation` answers."""

from deskwatch.engine.views.reconciliation import reconciliation
from tests.core.blotter import FUTURE, TEN
from tests.core.test_reconciliation import Desk

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


def test_a_break_adds_up_by_what_the_books_had_when_the_report_was_true():
    desk = Desk().fill("+10", 1).said("14", 10).fill("-7", 400).fill("+2", 8)
    (row,) = reconciliation(desk.books, TEN + 800 * SECOND).rows
    assert (row.ours, row.ours_then, row.said, row.apart) == ("5", "12", "14", "2")


def test_positions_that_no_report_names_are_listed():
    desk = Desk().fill("+10", 1).fill("-3", 1, strategy="pairs")
    (row,) = reconciliation(desk.books, TEN + 20 * SECOND).unreported
    assert (row.account, row.venue, row.symbol, row.ours) == ("A1", "XNAS", "AAPL", "7")

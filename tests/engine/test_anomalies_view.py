"""What `/api/v1/anomalies` answers."""

from deskwatch.engine.views.anomalies import anomalies
from tests.anomaly.test_book import USUAL, Desk


def test_each_account_comes_before_its_strategies_and_says_what_it_knows():
    desk = Desk()
    desk.fill("10", "pairs")
    answer = anomalies(desk.minutes(*USUAL, -60).books, desk.now)
    assert (answer.interval_s, answer.score_threshold) == (60, 8)
    assert [row.strategy for row in answer.rows] == ["", "mm", "pairs"]
    row = answer.rows[1]
    assert (row.change, row.currency, row.unknown) == ("-6", "USD", None)
    assert row.score is not None
    assert row.score < -8


def test_what_is_not_known_yet_is_null_with_its_reason():
    desk = Desk().minutes(1)
    row = anomalies(desk.books, desk.now).rows[0]
    assert (row.score, row.basis, row.shift, row.unknown) == (None, None, None, "warming_up")

"""Orders as the API answers them."""

from deskwatch.core.period import SECOND
from deskwatch.engine.views.order import execution, orders
from tests.core.blotter import TEN, Desk


def desk() -> Desk:
    desk = Desk().order("O1 +10@100.5").order("O1 +10@100.5", "acknowledged", order_id="V1")
    desk.fill("+4@100", client_order_id="O1")
    desk.order("O2 -3", strategy="pairs").order("O3 +1@1", "rejected", reason="price")
    return desk.at(TEN + 2 * SECOND)


def test_open_orders_the_longest_known_first():
    at = desk()
    answer = orders(at.books, at.now)
    first, second = answer.orders
    assert (answer.total, first.client_order_id, first.order_id) == (2, "O1", "V1")
    assert (first.quantity, first.executed, first.leaves, first.price) == ("10", "4", "6", "100.5")
    assert (second.side, second.price, second.acknowledged, second.age_s) == (
        "sell", None, False, 2.0,
    )  # fmt: skip


def test_what_became_of_orders_by_flow():
    at = desk()
    mm, pairs = execution(at.books, at.now).flows
    assert (mm.open, mm.unacked, mm.rejects, mm.window.reject_ratio) == (1, 0, {"price": 1}, 0.5)
    assert (mm.filled_over_ordered, mm.window.fill_ratio) == (0.4, None)
    assert (pairs.unacked, pairs.oldest_unacked_s) == (1, 2.0)


def test_what_was_executed_too_much_is_named():
    at = desk().order("O4 +5@100", parent_order_id="P1", parent_quantity="2")
    at.fill("+5@100", client_order_id="O4")
    (row,) = execution(at.books, at.now).over
    assert (row.order_id, row.symbol, row.executed, row.ordered) == ("P1", "AAPL", "5", "2")


def test_an_order_that_lacks_fills_is_named():
    at = desk().order("O1 +10@100", "partially_filled", cumulative_quantity="6")
    assert execution(at.books, at.now).missing_fills == []
    (row,) = execution(at.books, at.now + 4 * SECOND).missing_fills
    assert (row.client_order_id, row.order_id, row.reported, row.filled) == ("O1", "V1", "6", "4")
    assert (row.symbol, row.since) == ("AAPL", at.now)


def test_all_flows_together_and_each_symbols_orders_to_trades():
    at = desk()
    answer = execution(at.books, at.now)
    assert (answer.window_s, answer.whole_window.answered) == (300.0, 2)
    assert answer.whole_day.reject_ratio == 0.5
    mm, pairs = answer.orders_to_trades
    assert (mm.symbol, mm.messages, mm.trades, mm.by_number) == ("AAPL", 2, 1, 1.0)
    assert (pairs.messages, pairs.trades, pairs.by_number, pairs.by_volume) == (1, 0, None, None)


def test_slippage_is_told_by_how_much():
    at = Desk().mark("100", mark_source="mid").order("O1 +10@100")
    at.fill("+4@101", client_order_id="O1")
    at.fill("+4@102", client_order_id="O1")
    answer = execution(at.books, at.now)
    (row,) = answer.flows
    edges = [*answer.slippage_edges, float("inf")]
    counted = [(edge, n) for edge, n in zip(edges, row.slippage_counts, strict=True) if n]
    assert counted == [(0.01, 1), (float("inf"), 1)]


def test_without_orders_there_is_nothing_to_divide_by():
    at = Desk()
    answer = execution(at.books, at.now)
    assert (answer.flows, answer.orders_to_trades) == ([], [])
    assert (answer.whole_day.answered, answer.whole_day.fill_ratio) == (0, None)

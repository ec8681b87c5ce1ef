"""What reports of orders say was executed, against what fills have brought."""

import msgspec
import pytest

from deskwatch.core import event
from deskwatch.core.books import Books
from deskwatch.core.period import SECOND
from deskwatch.core.settings import BooksSettings
from tests.core.blotter import HOUR, MINUTE, TEN, Desk

PLACE = {"account": "A1", "venue": "XNAS", "symbol": "AAPL", "side": "buy"}


def desk() -> Desk:
    """A desk whose fills name their orders: O1 was filled whole."""
    at = Desk().order("O1 +10@100")
    at.fill("+10@100", client_order_id="O1")
    at.order("O1 +10@100", "filled", cumulative_quantity="10")
    return at.order("O2 +10@100")


def short(at: Desk, after: int = MINUTE) -> list[tuple[str, int, int]]:
    """The orders that lack fills a minute later: name, reported, filled."""
    unit = 10**18
    return [
        (order.client_order_id, order.said // unit, order.filled // unit)
        for order in at.books.orders.short_of_fills(at.now + after)
    ]


def test_an_execution_that_no_fill_brings_is_missed_after_the_grace():
    at = desk().order("O2 +10@100", "partially_filled", cumulative_quantity="4")
    assert (short(at, 3 * SECOND), short(at, 3 * SECOND + 1)) == ([], [("O2", 4, 0)])
    at.at(TEN + MINUTE).order("O2 +10@100", "filled", cumulative_quantity="10")
    assert short(at, 0) == [("O2", 10, 0)]


def test_an_execution_id_that_repeats_costs_a_fill_and_is_told():
    at = desk()
    for executed in ("4", "8"):
        at.fill("+4@100", client_order_id="O2", exec_id="X")
        at.order("O2 +10@100", "partially_filled", cumulative_quantity=executed)
    assert short(at) == [("O2", 8, 4)]


@pytest.mark.parametrize("fills", [["+10@100"], ["+4@100", "+6@100"]])
def test_a_fill_that_comes_behind_its_report_ends_it(fills):
    at = desk().order("O2 +10@100", "filled", cumulative_quantity="10")
    for fill in fills:
        at.at(TEN + HOUR).fill(fill, client_order_id="O2")
    assert short(at) == []


def test_a_bust_of_what_came_leaves_what_did_not():
    at = desk()
    at.fill("+4@100", client_order_id="O2", exec_id="X")
    at.order("O2 +10@100", "filled", cumulative_quantity="10")
    at.books.apply(event.Bust(event_time=TEN, **PLACE, exec_id="B", ref_exec_id="X"))
    assert short(at) == [("O2", 6, 0)]
    at.order("O2 +10@100", "canceled", cumulative_quantity="0")
    assert short(at) == []


def test_a_replaced_order_is_missed_by_its_new_name():
    at = desk().order("O2 +10@100", "partially_filled", cumulative_quantity="4")
    at.order("O3 +20@100", "replaced", original_client_order_id="O2")
    assert short(at) == [("O3", 4, 0)]
    at.fill("+4@100", client_order_id="O2")
    assert short(at) == []


def test_an_older_report_is_held_against_nothing():
    at = desk()
    at.fill("+4@100", client_order_id="O2", exec_id="X")
    at.order("O2 +10@100", "partially_filled", cumulative_quantity="4")
    at.books.apply(event.Bust(event_time=TEN, **PLACE, exec_id="B", ref_exec_id="X"))
    at.at(TEN + SECOND).order("O2 +10@100", "acknowledged", cumulative_quantity="0")
    at.order("O2 +10@100", "partially_filled", cumulative_quantity="4", event_time=TEN)
    assert short(at) == []


def test_where_no_fill_names_its_order_none_is_missed():
    at = Desk().order("O1 +10@100")
    at.fill("+10@100")
    at.order("O1 +10@100", "filled", cumulative_quantity="10")
    assert short(at) == []


def test_what_was_executed_before_an_order_was_heard_of_is_not_missed():
    at = desk().order("O3 +10@100", "partially_filled", cumulative_quantity="4")
    at.fill("+6@100", client_order_id="O3")
    at.order("O3 +10@100", "filled", cumulative_quantity="10")
    assert short(at) == []


def test_a_parent_has_its_fills_by_its_children():
    at = desk().order("O2 +10@100", "partially_filled", cumulative_quantity="4")
    at.order("O3 +4@100", parent_order_id="O2")
    assert short(at) == []


def test_what_was_missing_yesterday_is_not_said_today():
    at = desk().order("O2 +10@100", "partially_filled", cumulative_quantity="4")
    at.at(TEN + 24 * HOUR)
    assert short(at) == []


def test_an_order_of_an_older_snapshot_may_have_begun_before_we_listened():
    at = desk()
    state = msgspec.json.decode(at.books.orders.dump())
    opened = state["roster"][0]
    later = ("taken_back_time", "short_since", "said", "begun")
    assert [order.pop() for order in opened for _ in later]
    again = Desk()
    again.books.orders.load(msgspec.json.encode(state))
    again.order("O2 +10@100", "partially_filled", cumulative_quantity="4")
    assert short(again) == []


def test_a_restart_forgets_nothing_of_it():
    at = desk().order("O2 +10@100", "partially_filled", cumulative_quantity="4")
    again = Desk()
    again.books = Books(BooksSettings())
    again.books.begin(TEN)
    again.books.orders.load(at.books.orders.dump())
    assert short(again) == [("O2", 4, 0)]
    again.books.orders.blotter.execute(
        again.books.orders.short_of_fills(TEN + MINUTE)[0], 4 * 10**18, TEN, TEN
    )
    assert short(again) == []


def test_the_longest_comes_first_after_a_restart_too():
    at = desk().order("O2 +10@100", "partially_filled", cumulative_quantity="4")
    at.at(TEN + SECOND).order("O3 +10@100").order("O3 +10@100", "filled", cumulative_quantity="10")
    again = Desk()
    again.books = Books(BooksSettings())
    again.books.begin(at.now)
    again.books.orders.load(at.books.orders.dump())
    assert short(again) == short(at) == [("O2", 4, 0), ("O3", 10, 0)]

"""Reports and fills in, orders out: their lives, what was executed of them, and what they add to."""

from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from deskwatch.core import event
from deskwatch.core.books import Books
from deskwatch.core.latency import MAX_LEGS
from deskwatch.core.observation import Latency, Order
from deskwatch.core.order import TERMINAL
from deskwatch.core.order import Order as Known
from deskwatch.core.order_flow import ONE, SLIPPAGE_BOUNDS, OrderFlow, ratios
from deskwatch.core.period import SECOND
from deskwatch.core.rejection import EventRejected
from deskwatch.core.settings import ExecutionSettings
from deskwatch.core.state import dump, load
from tests.core.blotter import EQUITY, FUTURE, HOUR, MINUTE, TEN, Desk

UNIT = 10**18


def desk(**settings: Any) -> Desk:
    return Desk(execution=ExecutionSettings(**settings))


def known(at: Desk, called: str = "O1") -> Known:
    found = at.books.orders.blotter.roster.find("A1", called)
    assert found is not None
    return found


def flow(at: Desk) -> OrderFlow:
    return at.books.orders.flows.flows[0]


def over(at: Desk) -> dict[str, tuple[int, int]]:
    """What was executed beyond its quantity: executed and ordered, by name."""
    return {
        key[2]: (each.executed // UNIT, each.ordered // UNIT)
        for key, each in at.books.orders.blotter.overfills.over.items()
    }


LIFE = [
    pytest.param(["new"], "new", 0, id="sent"),
    pytest.param(["new", "acknowledged"], "acknowledged", 0, id="acknowledged"),
    pytest.param(["new", "partially_filled 4"], "partially_filled", 4, id="a fill acknowledges"),
    pytest.param(["new", "acknowledged", "filled"], "filled", 10, id="filled is all of it"),
    pytest.param(["new", "canceled"], "canceled", 0, id="canceled"),
    pytest.param(["new", "rejected"], "rejected", 0, id="rejected"),
    pytest.param(["new", "expired 3"], "expired", 3, id="expired, some of it executed"),
    pytest.param(["acknowledged"], "acknowledged", 0, id="first heard of when acknowledged"),
    pytest.param(
        ["partially_filled 4", "acknowledged 0", "new"], "partially_filled", 4, id="out of order"
    ),
    pytest.param(["canceled 2", "filled 10"], "canceled", 10, id="what ended stays ended"),
    pytest.param(["filled 10", "canceled 10"], "filled", 10, id="a late cancel ends nothing"),
    pytest.param(["new", "pending_cancel", "cancel_rejected"], "new", 0, id="a cancel refused"),
]


@pytest.mark.parametrize(("reports", "status", "executed"), LIFE)
def test_life(reports, status, executed):
    at = desk()
    for report in reports:
        status_told, _, cumulative = report.partition(" ")
        at.order("O1 +10@100", status_told, cumulative_quantity=cumulative or None)
    assert (known(at).status, known(at).executed) == (status, executed * UNIT)


def test_fills_move_an_order_that_no_report_says_the_executions_of():
    at = desk().order("O1 +10@100")
    at.fill("+4@100", client_order_id="O1")
    assert (known(at).status, known(at).executed) == ("partially_filled", 4 * UNIT)
    at.fill("+6@100", client_order_id="O1")
    assert (known(at).status, known(at).executed) == ("filled", 10 * UNIT)
    assert flow(at).statuses == {"new": 1, "partially_filled": 1, "filled": 1}


def test_fills_leave_an_order_alone_whose_reports_say_what_was_executed():
    at = desk().order("O1 +10@100", cumulative_quantity="0")
    at.fill("+10@100", client_order_id="O1")
    assert (known(at).status, known(at).executed) == ("new", 10 * UNIT)
    at.order("O1 +10@100", "filled", cumulative_quantity="10")
    assert (known(at).status, known(at).executed) == ("filled", 10 * UNIT)
    assert flow(at).day[:5] == [1, 0, 1, ONE, 0]


@pytest.mark.parametrize("names", [{"client_order_id": "O1"}, {"order_id": "V1"}])
@pytest.mark.parametrize("early", [False, True])
def test_a_fill_finds_its_order_by_either_name_before_and_after_its_report(names, early):
    at = desk()
    if early:
        at.fill("+4@100", **names)
    at.order("O1 +10@100").order("O1 +10@100", "acknowledged", order_id="V1")
    if not early:
        at.fill("+4@100", **names)
    assert known(at).executed == 4 * UNIT
    assert at.books.orders.flows.lines[0].traded == 4 * UNIT


def test_a_fill_is_counted_with_its_order_whoever_it_was_booked_for():
    at = desk().order("O1 +10@100")
    at.fill("+4@100", client_order_id="O1", strategy="pairs")
    at.fill("+4@100", strategy="pairs")
    fills = {flow.strategy: flow.fills for flow in at.books.orders.flows.flows}
    assert fills == {"mm": 1, "pairs": 1}


def test_a_bust_and_a_correction_restate_what_was_executed():
    at = desk().order("O1 +10@100")
    at.fill("+10@100", client_order_id="O1")
    at.fill("+2@100", client_order_id="O1")
    assert over(at) == {"O1": (12, 10)}
    place = {"account": "A1", "venue": "XNAS", "symbol": "AAPL", "side": "buy"}
    at.books.apply(event.Bust(event_time=TEN, **place, exec_id="B1", ref_exec_id="E2"))
    assert (over(at), known(at).executed) == ({}, 10 * UNIT)
    at.books.apply(
        event.Correction(
            event_time=TEN, **place, exec_id="C1", ref_exec_id="E1", quantity="11", price="100"
        )
    )
    assert over(at) == {"O1": (11, 10)}


def test_a_bust_takes_back_what_reports_have_said():
    at = desk().order("O1 +10@100")
    at.fill("+10@100", client_order_id="O1")
    at.order("O1 +10@100", "filled", cumulative_quantity="10")
    place = {"account": "A1", "venue": "XNAS", "symbol": "AAPL", "side": "buy"}
    at.books.apply(event.Bust(event_time=TEN, **place, exec_id="B1", ref_exec_id="E1"))
    assert (known(at).executed, known(at).status) == (0, "filled")


def test_the_fill_of_a_leg_is_no_execution_of_the_spread_whose_order_it_names():
    leg = replace(FUTURE, symbol="ESZ6")
    at = Desk(replace(FUTURE, symbol="ESZ6-ESH7"), leg).mark("10").order("O1 +10@10")
    place = {"venue": leg.venue, "symbol": leg.symbol}
    at.fill("+10@5000", exec_id="L1", client_order_id="O1", **place)
    assert (known(at).executed, over(at)) == (0, {})
    assert [sum(flow.slippage) for flow in at.books.orders.flows.flows] == [0]
    taken_back = {"event_time": TEN, "account": "A1", "side": "buy", "ref_exec_id": "L1"}
    at.fill("+10@10", client_order_id="O1")
    at.books.apply(event.Bust(**place, **taken_back, exec_id="B1"))
    assert known(at).executed == 10 * UNIT


def test_reports_that_are_sent_again_bring_back_nothing_that_was_taken_back():
    at = desk().order("O1 +10@100")
    at.fill("+6@100", client_order_id="O1")
    place = {"account": "A1", "venue": "XNAS", "symbol": "AAPL", "side": "buy"}
    for _ in range(2):
        at.order("O1 +10@100", "partially_filled", cumulative_quantity="6", event_time=TEN)
        bust = event.Bust(event_time=TEN + 1, **place, exec_id="B1", ref_exec_id="E1")
        at.at(TEN + SECOND).books.apply(bust)
        at.order("O1 +5@100", "acknowledged", cumulative_quantity="0", event_time=TEN + 1)
        assert (known(at).executed, over(at)) == (0, {})
    at.order("O1 +5@100", "partially_filled", cumulative_quantity="2", event_time=TEN + 2)
    assert known(at).executed == 2 * UNIT


def test_a_fill_under_the_new_name_may_come_before_the_report_that_gives_it():
    at = desk().order("O1 +10@100")
    at.fill("+4@100", client_order_id="O1")
    at.fill("+8@101", client_order_id="O2")
    at.order("O2 +20@101", "replaced", original_client_order_id="O1")
    assert (known(at).status, known(at).executed) == ("partially_filled", 12 * UNIT)
    assert at.books.orders.flows.lines[0].traded == 12 * UNIT
    at.fill("+8@101", client_order_id="O2")
    assert known(at).status == "filled"


def test_an_order_that_fills_filled_before_it_is_told_of_as_replaced_is_that_order_still():
    at = desk().order("O1 +10@100").order("O1 +10@100", "acknowledged", order_id="V1")
    at.fill("+4@101", client_order_id="O2")
    for _ in range(2):
        at.fill("+8@101", order_id="V1")
    assert over(at) == {"O1": (16, 10)}
    at.order("O2 +20@101", "replaced", original_client_order_id="O1", order_id="V1")
    assert known(at, "O2") is known(at, "O1")
    assert (known(at).status, known(at).executed) == ("filled", 20 * UNIT)
    assert (over(at), at.books.orders.flows.opened) == ({}, [0])


def test_an_order_that_is_first_heard_of_when_it_is_replaced_had_its_old_name_too():
    """Reports of before that come late, by another gateway, open no order that nobody ends."""
    at = desk()
    at.fill("+4@100", client_order_id="O1")
    at.order("O2 +20@101", "replaced", original_client_order_id="O1")
    for status in ("acknowledged", "new"):
        at.order("O1 +10@100", status, event_time=TEN - SECOND)
    at.fill("+6@100", client_order_id="O1")
    assert known(at, "O1") is known(at, "O2")
    assert (known(at).quantity, known(at).executed) == (20 * UNIT, 10 * UNIT)
    assert at.books.orders.flows.opened == [1]


def test_an_order_that_is_replaced_works_on_under_its_new_name():
    at = desk().order("O1 +10@100").order("O1 +10@100", "acknowledged", order_id="V1")
    at.order("O2 +20@101", "replaced", original_client_order_id="O1", order_id="V2")
    assert known(at, "O1") is known(at, "O2")
    assert (known(at).status, known(at).leaves) == ("acknowledged", 20 * UNIT)
    at.fill("+5@101", client_order_id="O1")
    at.fill("+5@101", order_id="V1")
    at.fill("+5@101", order_id="V2")
    assert known(at).executed == 15 * UNIT
    assert flow(at).statuses["replaced"] == 1


def test_an_order_whose_place_was_taken_is_over():
    at = desk().order("O1 +10@100", "acknowledged").order("O2 +20@101")
    at.order("O2 +20@101", "replaced", original_client_order_id="O1")
    assert (known(at, "O1").status, known(at, "O2").status) == ("replaced", "acknowledged")
    at.order("O2 +20@101", "replaced", leaves_quantity="0")
    assert known(at, "O2").status == "replaced"
    assert list(at.books.orders.working()) == []


@pytest.mark.parametrize("asked", [True, False], ids=["asked for", "not told of before"])
def test_a_cancel_by_a_name_of_its_own_ends_the_order_that_it_is_about(asked):
    """FIX names the cancel (ClOrdID 11) and the order (OrigClOrdID 41); so does Binance."""
    at = desk().order("O1 +10@100", "acknowledged", order_id="V1")
    if asked:
        at.order("C1 +10@100", "pending_cancel", original_client_order_id="O1")
    at.fill("+4@100", client_order_id="C1", order_id="V1")
    for _ in range(2):
        at.order("C1 +10@100", "canceled", original_client_order_id="O1")
    assert known(at, "C1") is known(at, "O1")
    assert (known(at).status, known(at).executed) == ("canceled", 4 * UNIT)
    assert at.books.orders.flows.opened == [0]
    assert flow(at).statuses["new"] == 1


def test_a_cancel_that_is_refused_by_a_name_of_its_own_leaves_its_order_as_it_was():
    at = desk().order("O1 +10@100", "acknowledged")
    at.at(TEN + SECOND).order("C1 +10@100", "pending_cancel", original_client_order_id="O1")
    at.at(TEN + MINUTE).order("C1 +0", "cancel_rejected", original_client_order_id="O1")
    assert [each.key for each in at.books.orders.blotter.roster.open.values()] == [("A1", "O1")]
    assert (known(at).canceling, known(at).leaves) == (False, 10 * UNIT)
    assert at.books.orders.flows.unacknowledged == {0: {}}


def test_an_order_that_is_first_heard_of_when_its_cancel_is_has_the_orders_own_name():
    at = desk()
    at.fill("+4@100", client_order_id="O1")
    at.order("C1 +10@100", "pending_cancel", original_client_order_id="O1")
    at.order("O1 +10@100", "acknowledged")
    assert known(at, "C1") is known(at, "O1")
    assert (known(at).client_order_id, known(at).executed) == ("O1", 4 * UNIT)
    assert at.books.orders.flows.opened == [1]


def test_a_quantity_of_nothing_takes_nothing_off_an_order():
    at = desk().order("O1 +10@100", "acknowledged").order("O1 +0", "partially_filled")
    assert known(at).leaves == 10 * UNIT


def test_a_late_report_may_still_say_that_more_was_ordered():
    at = desk().order("O1 +10@100")
    at.fill("+10@100", client_order_id="O1")
    at.at(TEN + SECOND).order("O1 +15@100", "replaced")
    at.fill("+5@100", client_order_id="O1")
    assert over(at) == {}


def test_the_name_of_before_finds_an_order_that_was_known_by_its_new_name_first():
    at = desk().order("O2 +10@100")
    at.fill("+4@100", client_order_id="O1")
    at.order("O2 +10@100", "replaced", original_client_order_id="O1")
    at.fill("+3@100", client_order_id="O1")
    assert known(at, "O2").executed == 7 * UNIT
    assert known(at, "O1") is known(at, "O2")


def test_the_knight_control_sets_executions_against_their_parent():
    at = desk()
    for number in range(5):
        at.order(f"O{number} +10@100", parent_order_id="P1", parent_quantity="40")
        at.fill("+10@100", client_order_id=f"O{number}")
        assert bool(over(at)) is (number == 4)
    assert over(at) == {"P1": (50, 40)}


@pytest.mark.parametrize("order", list(permutations(["parent", "child", "fill"])))
def test_a_parent_may_be_an_order_of_its_own_told_of_at_any_time(order):
    at = desk()
    for what in order:
        if what == "parent":
            at.order("P1 +10@100")
        elif what == "child":
            at.order("O1 +30@100", parent_order_id="P1", cumulative_quantity="0")
        else:
            at.fill("+12@100", client_order_id="O1")
    assert over(at) == {"P1": (12, 10)}
    assert known(at, "P1").is_parent
    assert at.books.orders.flows.opened == [1]
    assert [each.buying for each in at.books.orders.working()] == [18 * UNIT]


@pytest.mark.parametrize("order", list(permutations(["parent", "child"])))
def test_a_parent_is_no_order_at_a_venue_and_counts_as_none(order):
    at = desk()
    for what in order:
        if what == "parent":
            at.order("P1 +10@100")
        else:
            at.order("O1 +10@100", parent_order_id="P1")
    at.fill("+4@100", client_order_id="O1")
    at.order("O1 +10@100", "canceled").order("P1 +10@100", "pending_cancel")
    at.order("P1 +10@100", "canceled", cumulative_quantity="4")
    at.order("P2 +10@100", "new").order("O2 +10@100", "new", parent_order_id="P2")
    at.order("P2 +10@100", "rejected", reason="price")
    (line,) = at.books.orders.flows.lines
    assert (line.messages, line.volume // UNIT, line.trades, line.traded // UNIT) == (3, 20, 1, 4)
    assert ratios(flow(at).day)[:5] == (1, 0, 1, ONE * 4 // 10, ONE)


@pytest.mark.parametrize("order", list(permutations(["parent", "parent's answer", "child"])))
def test_the_answer_to_a_parent_is_none_of_the_venue(order):
    at = desk()
    at.order("O9 +10@100", "rejected", reason="price")
    for what in order:
        if what == "child":
            at.order("O1 +10@100", "new", parent_order_id="P1")
        else:
            at.order("P1 +10@100", "new" if what == "parent" else "acknowledged")
    at.order("O1 +10@100", "rejected", reason="price")
    assert ratios(flow(at).day)[:2] == (2, ONE)
    assert ratios(at.books.orders.flows.window(flow(at), at.now))[:2] == (2, ONE)
    child_first = order.index("child") < order.index("parent's answer")
    assert at.books.orders.blotter.rejected_in_a_row == {"XNAS": 2 if child_first else 1}


def test_a_parents_answer_that_left_the_window_is_taken_off_nothing():
    at = desk().order("P1 +10@100", "acknowledged")
    at.at(TEN + 10 * MINUTE).order("O1 +10@100", parent_order_id="P1")
    assert ratios(at.books.orders.flows.window(flow(at), at.now))[:2] == (0, None)
    at.at(TEN + 14 * HOUR).order("O2 +10@100", "acknowledged", parent_order_id="P2")
    assert ratios(flow(at).day)[:2] == (1, 0)


def test_what_was_too_much_yesterday_is_not_said_today():
    at = desk().order("O1 +10@100")
    at.fill("+12@100", client_order_id="O1")
    assert over(at) == {"O1": (12, 10)}
    assert not over(at.at(TEN + 14 * HOUR))


def test_what_is_open_is_summed_by_line_and_side():
    at = desk().order("O1 +10@100").order("O2 +4").order("O3 -6@101.5")
    at.fill("+3@100", client_order_id="O1")
    (working,) = at.books.orders.working()
    assert (working.buying, working.selling) == (11 * UNIT, 6 * UNIT)
    assert (working.buying_value, working.selling_value) == (700 * UNIT**2, 609 * UNIT**2)
    assert (working.buying_unpriced, working.selling_unpriced) == (4 * UNIT, 0)
    at.order("O1 +10@100", "canceled").order("O2 +4", "expired")
    (working,) = at.books.orders.working()
    assert (working.buying, working.selling) == (0, 6 * UNIT)
    at.order("O3 -6@101.5", "filled")
    assert list(at.books.orders.working()) == []


def test_orders_without_an_answer_are_known_by_the_time_they_were_sent():
    at = desk().order("O1 +10@100").order("O2 +10@100").order("O3 +10@100", "acknowledged")
    waiting = at.books.orders.flows.unacknowledged
    assert [order.client_order_id for order in waiting[0].values()] == ["O1", "O2"]
    at.order("O1 +10@100", "rejected").order("O2 +10@100", "acknowledged")
    assert waiting == {0: {}}


def test_ratios_are_absent_until_there_is_something_to_divide_by():
    at = desk().order("O1 +10@100")
    assert ratios(flow(at).day)[:5] == (0, None, 0, None, None)
    at.order("O1 +10@100", "acknowledged").order("O1 +10@100", "canceled", cumulative_quantity="4")
    at.order("O2 +10@100", "rejected", reason="Insufficient margin")
    at.order("O3 +10@100", "filled").order("O4 +10@100", "rejected", reason="breaker open")
    assert ratios(flow(at).day)[:5] == (3, ONE // 3, 2, ONE * 7 // 10, ONE // 2)
    assert flow(at).rejects == {"funds": 1, "breaker": 1}


def test_an_order_that_is_refused_after_it_was_taken_is_answered_once():
    at = desk().order("O1 +10@100", "acknowledged").order("O1 +10@100", "rejected", reason="price")
    assert ratios(flow(at).day)[:2] == (1, ONE)


@pytest.mark.parametrize("said", ["pending_cancel", "new"])
def test_an_order_of_which_something_was_executed_was_taken_by_the_venue(said):
    at = desk().order("O1 +10@100")
    at.fill("+4@100", order_id="V1")
    at.order("O1 +10@100", said, order_id="V1")
    at.order("O2 +10@100", said, cumulative_quantity="4")
    assert ratios(flow(at).day).answered == 2
    assert at.books.orders.flows.unacknowledged == {0: {}}


def test_more_that_was_ordered_is_not_more_that_was_executed():
    at = desk().order("O1 +10@100")
    at.fill("+10@100", client_order_id="O1")
    at.order("O1 +15@100", "replaced").order("O1 +15@100", "acknowledged")
    assert (known(at).status, known(at).executed // UNIT) == ("filled", 10)


def test_the_window_forgets_what_the_day_keeps():
    at = desk(window_ns=5 * MINUTE).order("O1 +10@100", "rejected", reason="price")
    flows = at.books.orders.flows
    for now, counted in ((TEN + 5 * MINUTE - SECOND, 1), (TEN + 5 * MINUTE, 0)):
        assert flows.window(flow(at), now)[1] == counted
    at.at(TEN + 6 * MINUTE)
    assert flow(at).day[1] == 1


@pytest.mark.parametrize("minutes", [2, 5, 20])
def test_a_window_that_is_set_anew_forgets_what_lies_before_it(minutes):
    at = desk(window_ns=5 * MINUTE).order("O1 +10@100", "rejected", reason="price")
    at.at(TEN + MINUTE)
    at.order("O2 +10@100", "rejected", reason="price")
    again = desk(window_ns=minutes * MINUTE)
    load(again.books, dump(at.books))
    flows, (after,) = again.books.orders.flows, again.books.orders.flows.flows
    length = minutes * MINUTE
    for ended, counted in ((TEN + MINUTE, 2), (TEN + length, 1), (TEN + MINUTE + length, 0)):
        assert flows.window(after, ended)[1] == counted
    again.at(TEN + MINUTE + length)
    again.order("O3 +10@100", "rejected", reason="price")
    assert flows.window(after, again.now)[1] == 1


def test_refusals_in_a_row_end_when_the_venue_takes_an_order():
    at = desk()
    for number in range(3):
        at.order(f"O{number} +10@100", "rejected", reason="closed")
    at.order("O7 +10@100", "rejected", reason="breaker")
    assert at.books.orders.blotter.rejected_in_a_row == {"XNAS": 3}
    at.order("O8 +10@100", "acknowledged")
    assert at.books.orders.blotter.rejected_in_a_row == {"XNAS": 0}


def test_orders_to_trades_counts_messages_and_orders_that_traded():
    at = desk()
    for number in range(4):
        at.order(f"O{number} +10@100", "acknowledged")
    at.order("O0 +20@100", "replaced").order("O1 +10@100", "pending_cancel")
    at.order("O1 +10@100", "canceled").order("O2 +10@100", "canceled")
    line = at.books.orders.flows.lines[0]
    assert (line.by_number(0), line.by_number(5), line.by_volume()) == (
        None,
        7 * ONE // 5 - ONE,
        None,
    )
    at.fill("+6@100", client_order_id="O3")
    at.fill("+4@100", client_order_id="O3")
    assert (line.by_number(0), line.by_volume()) == (6 * ONE, 5 * ONE)


def test_what_the_desks_own_breaker_refuses_is_no_order_to_the_venue():
    at = desk().order("O1 +10@100", "acknowledged")
    at.order("O2 +30@100").order("O2 +30@100", "rejected", reason="breaker open")
    at.order("O3 +40@100", "rejected", reason="funds")
    at.fill("+10@100", client_order_id="O1")
    line = at.books.orders.flows.lines[0]
    assert (line.messages, line.by_number(0), line.by_volume()) == (2, ONE, 4 * ONE)


def test_rates_are_those_of_the_busier_of_two_seconds():
    at = desk()
    for number in range(3):
        at.order(f"O{number} +10@100", "acknowledged")
    at.order("O0 +10@100", "pending_cancel")
    rates = at.books.orders.rates
    assert rates(TEN)["A1", "mm"] == rates(TEN + SECOND)["A1", ""] == (3, 4)
    assert rates(TEN + 2 * SECOND)["A1", "mm"] == (0, 0)
    at.at(TEN + SECOND).order("O9 +10@100", strategy="pairs")
    assert rates(TEN + SECOND)["A1", ""] == (3, 4)


def test_reports_that_move_nothing_are_counted():
    at = desk(max_open_orders=1, remembered_orders=2)
    at.order("O1 +10@100").order("O2 +10@100")
    at.order("O1 +10@100", "canceled").order("O1 +10@100", "filled")
    for number in (3, 4, 5):
        at.order(f"O{number} +10@100", "canceled", event_time=TEN + number)
    at.order("O1 +10@100", "acknowledged", event_time=TEN)
    ignored = at.books.orders.blotter.ignored
    assert ignored == {"too_many_open": 1, "ended": 1, "forgotten": 1}


def test_less_than_nothing_is_no_order():
    with pytest.raises(EventRejected, match="negative_quantity"):
        desk().order("O1 +-10@100")


def test_slippage_is_the_fill_against_the_mid_that_the_order_met():
    at = desk().mark("100", mark_source="mid").order("O1 +10@101").order("O2 -10@99")
    at.at(TEN + SECOND).mark("102", mark_source="mid")
    at.fill("+10@100.5", client_order_id="O1")
    at.fill("-10@100.5", client_order_id="O2")
    assert (flow(at).slippage_sum, sum(flow(at).slippage)) == (0, 2)
    at.order("O3 +10@102", event_time=TEN + SECOND // 2)
    at.fill("+10@101", client_order_id="O3")
    assert flow(at).slippage_sum == ONE // 100


def test_slippage_is_counted_in_the_same_steps_for_and_against_us():
    assert list(SLIPPAGE_BOUNDS) == sorted(SLIPPAGE_BOUNDS)
    assert {-bound for bound in SLIPPAGE_BOUNDS} == set(SLIPPAGE_BOUNDS)
    at = desk().mark("100", mark_source="mid").order("O1 +10@101")
    at.fill("+1@100.1", client_order_id="O1")
    below = sum(bound < ONE // 1000 for bound in SLIPPAGE_BOUNDS)
    assert flow(at).slippage.index(1) == below
    assert SLIPPAGE_BOUNDS[below] == ONE // 1000  # a bound is of its bucket


def test_an_order_without_a_fresh_mid_has_no_slippage():
    at = desk().order("O1 +10@101").mark("100", mark_source="last").order("O2 +10@101")
    at.mark("100", mark_source="mid").at(TEN + MINUTE).order("O3 +10@101")
    at.fill("+10@100.5", client_order_id="O3")
    assert sum(flow(at).slippage) == 0
    unsampled = at.books.orders.markouts.unsampled
    assert unsampled == {("slippage", "no_mark"): 2, ("slippage", "old_mark"): 1}


def test_nothing_is_a_share_of_a_mid_of_nothing():
    at = desk().mark("0", mark_source="mid").order("O1 +10@1")
    at.fill("+10@1", client_order_id="O1")
    assert sum(flow(at).slippage) == 0
    assert at.books.orders.markouts.unsampled == {("slippage", "no_price"): 1}


def test_markouts_are_good_when_the_price_goes_our_way():
    at = desk()
    at.fill("+10@100")
    at.fill("-10@100")
    at.fill("-10@100", strategy="pairs")
    for seconds, price in ((1, "101"), (10, "99"), (61, "100.5"), (62, "200")):
        at.at(TEN + seconds * SECOND).mark(price, mark_source="mid")
    both, sold = at.books.orders.flows.flows
    assert ratios(both.day).markouts == (0, 0, 0)
    assert ratios(sold.day).markouts == (-ONE // 100, ONE // 100, -ONE // 200)
    assert at.books.orders.markouts.waiting == 0


def test_a_fill_that_no_mark_follows_in_time_has_no_markout():
    at = desk(markout_tolerance_ns=SECOND)
    at.fill("+10@100")
    at.at(TEN + 4 * SECOND).mark("101")
    assert at.books.orders.markouts.unsampled == {("markout", "late_mark"): 1}
    at.fill("+10@100", event_time=TEN + SECOND)
    at.at(TEN + 2 * MINUTE)
    counted = at.books.orders.markouts.unsampled
    assert counted == {
        ("markout", "late_mark"): 1, ("markout", "late_fill"): 1, ("markout", "no_mark"): 4,
    }  # fmt: skip
    assert at.books.orders.markouts.waiting == 0


def test_a_fill_that_comes_late_waits_no_longer_than_others():
    at = desk()
    at.at(TEN + SECOND).fill("+10@100")
    at.fill("-10@100", strategy="pairs", event_time=TEN)
    at.at(TEN + 3 * SECOND // 2).mark("101", mark_source="mid")
    bought, sold = at.books.orders.flows.flows
    assert ratios(bought.day).markouts == (None, None, None)
    assert ratios(sold.day).markouts == (-ONE // 100, None, None)
    at.at(TEN + 2 * SECOND).mark("102", mark_source="mid")
    assert ratios(bought.day).markouts == (ONE // 50, None, None)


def test_fills_that_wait_are_bounded():
    at = desk(max_waiting_markouts=2)
    at.trade("+1@100 +1@100 +1@100")
    assert at.books.orders.markouts.waiting == 2
    assert at.books.orders.markouts.unsampled == {("markout", "queue_full"): 1}


def test_legs_are_timed_by_reports_unless_the_platform_times_them():
    at = desk().order("O1 +10@100")
    at.order("O1 +10@100", "acknowledged", receive_time=TEN + 3_000_000)
    ((leg, counted),) = at.books.latency.legs.items()
    assert (leg.operation, leg.venue, leg.strategy) == ("order_ack", "XNAS", "mm")
    assert counted.sum_ns == 3_000_000
    own = Latency(event_time=TEN, operation="order_ack", duration_ns=1, venue="XNAS", strategy="mm")
    at.books.apply(own)
    at.order("O2 +10@100").order("O2 +10@100", "acknowledged", receive_time=TEN + 3_000_000)
    assert counted.count == 2


def test_what_the_platform_times_is_bounded():
    """A name for each run of a strategy makes a leg each, and of those there are so many."""
    at = desk()

    def run(number: int) -> None:
        at.books.apply(
            Latency(
                event_time=TEN, operation="order_ack", duration_ns=1, strategy=f"run {number}"
            )
        )  # fmt: skip

    for number in range(MAX_LEGS):
        run(number)
    full = at.books.orders.dump()
    run(MAX_LEGS)
    assert at.books.orders.dump() == full


def test_a_fill_is_timed_from_the_acknowledgement_by_when_both_were_learned_of():
    at = desk().order("O1 +10@100")
    at.order("O1 +10@100", "acknowledged", receive_time=TEN + 3_000_000)
    at.fill("+4@100", client_order_id="O1", receive_time=TEN + 8_000_000)
    at.order("O1 +10@100", "filled", receive_time=TEN + 9_000_000)
    at.order("O2 +10@100", "acknowledged", receive_time=TEN + 3_000_000)
    at.order("O2 +10@100", "filled", receive_time=TEN + 5_000_000)
    assert sums(at)["ack_to_fill"] == (2, 7_000_000)


@pytest.mark.parametrize("first", ["fill", "early", "partially_filled", "filled"])
def test_a_fill_that_is_the_first_answer_was_acknowledged_by_nothing_before_it(first):
    at = desk()
    if first == "early":
        at.fill("+4@100", client_order_id="O1")
    at.order("O1 +10@100")
    if first == "fill":
        at.fill("+4@100", client_order_id="O1")
    elif first != "early":
        at.order("O1 +10@100", first)
    at.order("O1 +10@100", "filled")
    assert "ack_to_fill" not in sums(at)


def test_a_cancel_that_nobody_told_of_is_not_timed_from_the_refusal_before_it():
    at = desk().order("O1 +10@100").order("O1 +10@100", "pending_cancel")
    at.order("O1 +10@100", "cancel_rejected", receive_time=TEN + 3_000_000)
    at.at(TEN + MINUTE).order("O1 +10@100", "cancel_rejected")
    assert sums(at)["cancel_ack"] == (1, 3_000_000)


def sums(at: Desk) -> dict[str, tuple[int, int]]:
    """How many intervals there were of an operation, and their sum in ns."""
    legs = at.books.latency.legs.items()
    return {leg.operation: (counted.count, counted.sum_ns) for leg, counted in legs}


statuses = st.sampled_from(
    ["new", "acknowledged", "partially_filled", "filled", "pending_cancel", "canceled", "replaced",
     "rejected", "expired", "cancel_rejected"]
)  # fmt: skip
lives = st.lists(
    st.tuples(
        st.sampled_from(["O1", "O2", "O3"]),
        statuses,
        st.sampled_from([None, 0, 3, 10, 12]),
        st.integers(0, 3),
    ),
    max_size=20,
)


def report(called: str, status: Any, cumulative: int | None, seconds: int) -> Order:
    return Order(
        event_time=TEN - seconds * SECOND, account="A1", strategy=called, venue="XNAS",
        symbol="AAPL", client_order_id=called, side="buy", quantity="10", price="100",
        status=status, cumulative_quantity=None if cumulative is None else str(cumulative),
    )  # fmt: skip


@given(lives)
def test_no_report_leads_out_of_an_end(life):
    at = desk()
    ended: dict[str, str] = {}
    for each in life:
        at.books.apply(report(*each))
        order = known(at, each[0])
        assert ended.setdefault(each[0], order.status) == order.status or not ended.get(each[0])
        if order.status not in TERMINAL:
            del ended[each[0]]


@given(lives)
def test_a_report_that_comes_twice_changes_nothing(life):
    once, twice = desk(), desk()
    for each in life:
        once.books.apply(report(*each))
        for _ in range(2):
            twice.books.apply(report(*each))
    # What tells an order that it is over already is counted as often as it comes.
    for at in (once, twice):
        at.books.orders.blotter.ignored.clear()
    assert once.books.orders.dump() == twice.books.orders.dump()


@given(lives)
def test_a_flow_has_the_sums_of_its_lines_and_what_works_is_known(life):
    at = desk()
    for each in life:
        at.books.apply(report(*each))
    again = Books(at.books.settings)
    load(again, dump(at.books))
    for flows in (at.books.orders.flows, again.orders.flows):
        sums = [[0, 0] for _ in flows.flows]
        for line in flows.lines:
            sums[line.flow][0] += line.messages
            sums[line.flow][1] += line.trades
        assert sums == [list(each) for each in zip(flows.messages, flows.trades, strict=True)]
        assert flows.working == {
            number for number, line in enumerate(flows.lines) if line.buying or line.selling
        }


@given(lives, st.randoms())
def test_the_order_of_independent_orders_changes_nothing(life, chance):
    """Reports of each order in their order, those of different orders in any."""
    queues: dict[str, list[Any]] = {}
    for each in life:
        queues.setdefault(each[0], []).append(each)
    mixed = []
    while any(queues.values()):
        mixed.append(chance.choice([queue for queue in queues.values() if queue]).pop(0))

    def figures(reports: list[Any]) -> Any:
        at = desk()
        for each in reports:
            at.books.apply(report(*each))
        orders = at.books.orders
        return (
            sorted((each.client_order_id, each.status, each.executed) for each in
                   [*orders.blotter.roster.open.values(), *orders.blotter.roster.ended.young.values()]),
            sorted((each.strategy, each.statuses, each.day) for each in orders.flows.flows),
            sorted(orders.working()),
            sorted(orders.blotter.overfills.over.items(), key=lambda item: item[0][2]),
        )  # fmt: skip

    ran, again = figures(life), figures(mixed)
    assert [ran[0], ran[1]] == [again[0], again[1]]
    assert ran[2] == again[2]
    assert [key for key, _ in ran[3]] == [key for key, _ in again[3]]


def test_an_order_is_of_a_symbol_that_nobody_described():
    at = Desk(EQUITY).order("O1 +10@100", symbol="UNKNOWN")
    assert [each.symbol for each in at.books.orders.working()] == ["UNKNOWN"]

"""Orders as a scrape finds them."""

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from deskwatch.core.period import SECOND
from deskwatch.core.settings import ExecutionThresholds
from deskwatch.core.watch import Watch
from deskwatch.engine.views.order import execution
from deskwatch.exposition.execution_threshold import ExecutionThresholdCollector
from deskwatch.exposition.order import ExecutedCollector, OrderCollector
from deskwatch.exposition.registry import Registry
from tests.core.blotter import HOUR, MINUTE, TEN, Desk
from tests.exposition.scrape import Scrape

FLOW = '{account="A1",strategy="mm",venue="XNAS"}'


def in_flow(**labels: str) -> str:
    return FLOW[:-1] + "".join(f',{name}="{value}"' for name, value in labels.items()) + "}"


def scrape_of(desk: Desk) -> Scrape:
    return Scrape(OrderCollector(desk.books, lambda: desk.now, max_series=1000))


def test_counts_and_ratios_of_a_flow():
    desk = Desk(order_to_trade_floors={"XNAS": 2}).mark("100", mark_source="mid")
    desk.order("O1 +10@100").order("O1 +10@100", "acknowledged")
    desk.fill("+4@101", client_order_id="O1")
    desk.order("O1 +10@100", "canceled", cumulative_quantity="4")
    desk.order("O2 +10@100", "rejected", reason="Insufficient margin")
    desk.order("O3 +10@100")
    desk.at(TEN + SECOND).mark("102", mark_source="mid").at(TEN + 3 * SECOND)
    shown = set(scrape_of(desk)())
    assert shown >= {
        f"desk_orders_total{in_flow(status='new')} 3.0",
        f"desk_orders_total{in_flow(status='canceled')} 1.0",
        f"desk_fills_total{FLOW} 1.0",
        f"desk_order_rejects_total{in_flow(reason='funds')} 1.0",
        f"desk_orders_open{FLOW} 1.0",
        f"desk_orders_unacked{FLOW} 1.0",
        f"desk_oldest_unacked_seconds{FLOW} 3.0",
        f"desk_fill_ratio{in_flow(period='window')} 0.4",
        f"desk_reject_ratio{in_flow(period='day')} 0.5",
        f"desk_cancel_ratio{in_flow(period='day')} 1.0",
        f"desk_order_to_trade_ratio{in_flow(symbol='AAPL', basis='number')} 1.0",
        f"desk_order_to_trade_ratio{in_flow(symbol='AAPL', basis='volume')} 6.5",
        f"desk_slippage_ratio_bucket{in_flow(le='0.005')} 0.0",
        f"desk_slippage_ratio_bucket{in_flow(le='0.01')} 1.0",
        f"desk_slippage_sum_ratio{FLOW} 0.01",
        f"desk_markout_ratio{in_flow(horizon='1s', period='window')} 0.00990099",
        'desk_order_rejects_in_a_row{venue="XNAS"} 1.0',
    }
    assert not [line for line in shown if line.startswith("desk_markout") and '"10s"' in line]


def test_a_page_with_a_fill_that_gained_is_openmetrics():
    """It allows no sum beside buckets below zero: who reads it strictly would refuse all of it."""
    desk = Desk().mark("100", mark_source="mid").order("O1 +10@100")
    desk.fill("+4@98", client_order_id="O1")
    registry = Registry()
    registry.register(OrderCollector(desk.books, lambda: desk.now, max_series=1000))
    page = registry.render(openmetrics=True).decode()
    read = {family.name: family.samples for family in text_string_to_metric_families(page)}
    counted = {one.labels["le"]: one.value for one in read["desk_slippage_ratio"]}
    assert (counted["-0.01"], counted["+Inf"]) == (1, 1)
    assert {one.name for one in read["desk_slippage_ratio"]} == {"desk_slippage_ratio_bucket"}
    assert [one.value for one in read["desk_slippage_sum_ratio"]] == [-0.02]


def test_what_there_is_nothing_to_divide_by_is_absent():
    desk = Desk().order("O1 +10@100")
    scrape = scrape_of(desk)
    assert f"desk_oldest_unacked_seconds{FLOW} 0.0" in scrape()
    desk.order("O1 +10@100", "acknowledged")
    lines = scrape()
    assert f"desk_orders_unacked{FLOW} 0.0" in lines
    absent = ("desk_oldest", "desk_fill_ratio", "desk_cancel", "desk_markout", "desk_slippage")
    assert not [line for line in lines if line.startswith((*absent, "desk_order_to_trade"))]


@pytest.mark.parametrize(
    ("until", "age"),
    [
        pytest.param(1, 2, id="it may have been answered while nobody listened"),
        pytest.param(6, 62, id="it was over its time before that"),
    ],
)
def test_an_answer_is_waited_for_from_when_we_listen(until, age):
    desk = Desk().order("O1 +10@100")
    desk.books.watch = Watch(since=TEN + 60 * SECOND, until=TEN + until * SECOND)
    desk.now += 62 * SECOND
    assert f"desk_oldest_unacked_seconds{FLOW} {age}.0" in scrape_of(desk)()
    (flow,) = execution(desk.books, desk.now).flows
    assert flow.oldest_unacked_s == age


def test_the_window_moves_on_and_the_day_stays():
    desk = Desk().order("O1 +10@100", "rejected", reason="price")
    scrape = scrape_of(desk)
    desk.now += 6 * MINUTE
    lines = scrape()
    assert f"desk_orders_answered{in_flow(period='window')} 0.0" in lines
    assert f"desk_reject_ratio{in_flow(period='day')} 1.0" in lines
    assert not [line for line in lines if line.startswith("desk_reject") and "window" in line]


def test_orders_to_trades_are_shown_as_they_move_and_are_gone_when_the_day_turns():
    desk = Desk().order("O1 +10@100")
    desk.fill("+10@100", client_order_id="O1")
    scrape = scrape_of(desk)  # what was before the first scrape is shown, too
    of_line = f"desk_order_to_trade_ratio{in_flow(symbol='AAPL', basis='number')}"
    assert f"{of_line} 0.0" in scrape()
    desk.order("O2 +10@100")
    assert f"{of_line} 1.0" in scrape()
    assert f"{of_line} 1.0" in scrape()
    desk.fill("+10@100", client_order_id="O2")
    assert f"{of_line} 0.0" in scrape()
    desk.at(TEN + 24 * HOUR)
    assert not [line for line in scrape() if line.startswith(of_line)]


def test_executed_over_ordered_is_the_worst_of_a_flow():
    desk = Desk().order("O1 +10@100").order("O2 +10@100")
    scrape = Scrape(ExecutedCollector(desk.books, max_series=100))
    assert scrape() == []
    desk.fill("+5@100", client_order_id="O1")
    assert scrape() == [f"desk_filled_over_ordered_ratio{FLOW} 0.5"]
    desk.fill("+12@100", client_order_id="O2")
    desk.fill("+10@100", client_order_id="O1")
    assert scrape() == [f"desk_filled_over_ordered_ratio{FLOW} 1.5"]


def test_orders_that_lack_fills_are_counted_after_the_grace():
    desk = Desk().order("O1 +10@100")
    desk.fill("+4@100", client_order_id="O1")
    desk.order("O1 +10@100", "partially_filled", cumulative_quantity="6")
    scrape = scrape_of(desk)
    assert f"desk_orders_missing_fills{FLOW} 0.0" in scrape()
    desk.now += MINUTE
    assert f"desk_orders_missing_fills{FLOW} 1.0" in scrape()


def test_what_is_not_followed_or_sampled_says_why():
    desk = Desk().order("O1 +10@100", parent_order_id="P1")
    desk.order("O1 +10@100", "filled").order("O1 +10@100", "canceled")
    lines = scrape_of(desk)()
    for line in (
        'desk_order_reports_ignored_total{reason="ended"} 1.0',
        'desk_execution_unsampled_total{sample="slippage",reason="no_mark"} 1.0',
        'desk_execution_unsampled_total{sample="parent",reason="no_quantity"} 1.0',
    ):
        assert line in lines


def test_what_a_rule_counts_the_increase_of_begins_at_nought():
    """The first order that is not followed would be no increase, and no alert."""
    lines = scrape_of(Desk())()
    for reason in ("too_many_open", "too_many_lines"):
        assert f'desk_order_reports_ignored_total{{reason="{reason}"}} 0.0' in lines
    assert 'desk_execution_unsampled_total{sample="parent",reason="no_quantity"} 0.0' in lines


def test_thresholds_are_shown_where_they_are_set():
    thresholds = ExecutionThresholds(min_fill_ratio=None, max_reject_ratio="0.3")
    lines = Scrape(ExecutionThresholdCollector(thresholds))()
    assert 'desk_execution_threshold{threshold="max_reject_ratio"} 0.3' in lines
    assert 'desk_execution_threshold{threshold="max_unacked_s"} 5.0' in lines
    assert not [line for line in lines if "min_fill_ratio" in line]

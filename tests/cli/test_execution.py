"""`deskwatch execution` and `orders`: what a person and what a machine is told."""

import json

import msgspec
from msgspec import structs

from deskwatch.core.period import SECOND
from deskwatch.engine.views.order import execution, orders
from tests.cli.fake_engine import Answer, fake_engine
from tests.core.blotter import MINUTE, TEN, Desk


def desk() -> Desk:
    desk = Desk().order("O1 +10@100.5", "acknowledged", parent_order_id="P1", parent_quantity="3")
    desk.fill("+4@100", client_order_id="O1")
    desk.order("O2 -3000000", strategy="pairs").order("O3 +1@1", "rejected", reason="price")
    return desk.at(TEN + 2 * SECOND)


def answer(view) -> Answer:
    at = desk()
    return Answer(200, msgspec.json.encode(view(at.books, at.now)))


def test_what_became_of_orders(deskwatch):
    with fake_engine(answer(execution)) as engine:
        shown = deskwatch("execution", "--url", engine.url).stdout
    assert engine.asked == ["/api/v1/execution"]
    lines = [line.split() for line in shown.splitlines()]
    assert ["A1", "mm", "XNAS", "1", "0", "50.0%", "133%"] in lines
    assert ["A1", "pairs", "XNAS", "1", "1", "(2.0", "s)"] in lines
    assert ["A1", "mm", "XNAS", "AAPL", "P1", "4", "3"] in lines
    assert "A1 mm XNAS refused, since the first event: 1 price" in " ".join(shown.split())
    of_what = " ".join(shown.split())
    assert "of the last 5m00s, slippage of all fills so far, of ordered today's worst" in of_what


def test_a_little_more_than_was_ordered_does_not_read_as_all_of_it(deskwatch):
    at = Desk().order("O1 +10000@100", "acknowledged")
    at.fill("+10010@100", client_order_id="O1")
    over = msgspec.json.encode(execution(at.books, at.now))
    with fake_engine(Answer(200, over)) as engine:
        shown = deskwatch("execution", "--url", engine.url).stdout
    assert ">100%" in shown.split()


def test_orders_that_lack_fills_are_named(deskwatch):
    at = desk().order("O1 +10@100.5", "partially_filled", cumulative_quantity="6")
    late = msgspec.json.encode(execution(at.books, at.now + MINUTE))
    with fake_engine(Answer(200, late)) as engine:
        shown = deskwatch("execution", "--url", engine.url).stdout
    assert "Fills missing" in shown
    told = ["A1", "mm", "XNAS", "AAPL", "O1", "2026-11-23", "10:00:02", "UTC", "6", "4"]
    assert told in [line.split() for line in shown.splitlines()]


def test_open_orders_and_those_without_an_answer(deskwatch):
    with fake_engine(answer(orders)) as engine:
        shown = deskwatch("orders", "--url", engine.url).stdout
        unacked = deskwatch("orders", "--url", engine.url, "--unacked", "--json").stdout
    assert {"O1", "O2", "100.5", "3,000,000", "market"} <= set(shown.split())
    assert [row["client_order_id"] for row in json.loads(unacked)["orders"]] == ["O2"]


def test_orders_that_are_beyond_the_answer_are_not_silently_missing(deskwatch):
    at = desk()
    some = structs.replace(orders(at.books, at.now), total=6_001)
    with fake_engine(Answer(200, msgspec.json.encode(some))) as engine:
        shown = deskwatch("orders", "--url", engine.url, "--unacked").stdout
    assert shown.endswith("only the oldest 2 of 6,001 open orders were looked at\n")


def test_a_slippage_that_rounds_to_nothing_has_no_sign(deskwatch):
    at = desk()
    told = execution(at.books, at.now)
    flows = [structs.replace(flow, slippage=-0.0000001) for flow in told.flows]
    with fake_engine(
        Answer(200, msgspec.json.encode(structs.replace(told, flows=flows)))
    ) as engine:
        shown = deskwatch("execution", "--url", engine.url).stdout
    assert " 0.00 bp" in shown
    assert "-0.00" not in shown


def test_one_strategy(deskwatch):
    with fake_engine(answer(execution)) as engine:
        asked = deskwatch("execution", "--url", engine.url, "--strategy", "pairs", "--json").stdout
    told = json.loads(asked)
    assert [row["strategy"] for row in told["flows"]] == ["pairs"]
    assert told["over"] == []
    assert [row["strategy"] for row in told["orders_to_trades"]] == ["pairs"]

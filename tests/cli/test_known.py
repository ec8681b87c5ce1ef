"""Names that nothing was ever booked on, in every command that takes one."""

import json

import msgspec
import pytest

from deskwatch.engine.views.order import execution, orders
from deskwatch.engine.views.pnl import pnl, positions
from tests.cli.fake_engine import Answer, fake_engine
from tests.core.blotter import Desk

ACCOUNT = ("--account", "equity-su"), "found the account 'equity-su'; expected equity-us or equity"
STRATEGY = ("--strategy", "zz"), "found the strategy 'zz'; expected funding_carry or market_making"
VENUE = ("--venue", "NASDAQ"), "found the venue 'NASDAQ'; expected "

OF_LINES = [
    ("pnl",), ("pnl", "--hourly"), ("positions",), ("risk",), ("var",), ("anomalies",),
    ("execution",), ("orders",),
]  # fmt: skip
CASES = [
    *((command, *name) for command in OF_LINES for name in (ACCOUNT, STRATEGY)),
    (("reconcile",), *ACCOUNT),
    (("execution",), *VENUE),
    (("orders",), *VENUE),
]


@pytest.mark.parametrize("output", [(), ("--json",)], ids=["table", "json"])
@pytest.mark.parametrize(("command", "asked", "told"), CASES)
def test_a_name_that_there_is_not_is_refused_with_those_alike(
    deskwatch, engine, command, asked, told, output
):
    said = deskwatch(*command, *asked, *output, "--url", engine.url, status=2)
    assert told in said.stderr
    assert said.stdout == ""


def test_where_nothing_was_booked_that_is_said(deskwatch):
    with fake_engine(*answers(Desk(), orders, pnl, positions, execution)) as engine:
        said = deskwatch("orders", "--venue", "XNAS", "--url", engine.url, status=2).stderr
    assert "expected one that something was booked on, and nothing was yet" in said


def test_a_name_with_orders_alone_is_known(deskwatch):
    """None is open, and none was filled: the table is empty, and says the truth."""
    desk = Desk().order("O1 +10@100", "rejected", reason="price", strategy="pairs")
    with fake_engine(*answers(desk, orders, pnl, positions, execution)) as engine:
        shown = deskwatch("orders", "--strategy", "pairs", "--json", "--url", engine.url).stdout
    assert json.loads(shown)["orders"] == []


def test_nothing_more_is_asked_where_the_answer_has_the_name(deskwatch):
    desk = Desk()
    assert desk.fill("+1@100")
    with fake_engine(*answers(desk, positions)) as engine:
        deskwatch("positions", "--account", "A1", "--strategy", "mm", "--url", engine.url)
        assert engine.asked == ["/api/v1/positions"]


def answers(desk, *views):
    return [Answer(200, msgspec.json.encode(view(desk.books, desk.now))) for view in views]

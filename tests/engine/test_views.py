"""Rows of periods that are stored, waiting and open, put together."""

import pytest
from msgspec import structs

from deskwatch.core.event import Cash
from deskwatch.core.pnl_row import PnlRow
from deskwatch.core.settings import AccountSettings
from deskwatch.engine.views.history import history, merge
from deskwatch.engine.views.pnl import pnl, positions
from deskwatch.engine.views.risk import exposure
from deskwatch.web.answers.figures import MissingRateRow
from tests.core.blotter import EQUITY, HOUR, INVERSE, SPOT, TEN, Desk

ROW = PnlRow("hour", TEN, "A1", "mm", "XNAS", "AAPL", "USD", "1.5", "0.25", "0.125", "2")


def row(start: int, **fields: str | None) -> PnlRow:
    return structs.replace(ROW, start=start, **fields)


@pytest.mark.parametrize(
    ("stored", "pending", "merged"),
    [
        pytest.param([], [(row(1), False)], [row(1)], id="what waits is shown"),
        pytest.param(
            [row(1)], [(row(1, realized="9"), False)], [row(1, realized="9")],
            id="a closed row stands for its period",
        ),
        pytest.param(
            [row(1)], [(row(1), True)],
            [row(1, realized="3", fees="0.5", funding="0.25", unrealized_change="4")],
            id="a late row is added",
        ),
        pytest.param([], [(row(1), True)], [row(1)], id="a late row may be its period's first"),
        pytest.param(
            [row(1)], [(row(1, unrealized_change=None), True)],
            [row(1, realized="3", fees="0.5", funding="0.25", unrealized_change=None)],
            id="with what can't be known, the sum can't be known",
        ),
        pytest.param(
            [row(3), row(1)], [(row(2), False)], [row(1), row(2), row(3)], id="oldest first"
        ),
        pytest.param(
            [row(1)], [(row(1, currency="BNB"), True)], [row(1, currency="BNB"), row(1)],
            id="each currency is its own",
        ),
    ],
)  # fmt: skip
def test_merge(stored, pending, merged):
    assert merge(stored, pending) == merged


def test_a_rows_net_is_what_it_earned_less_fees():
    known, unknown = history([ROW, row(TEN, unrealized_change=None)])
    assert (known.net, unknown.net) == ("3.375", None)


def test_an_inverse_contract_is_told_in_its_coin():
    desk = Desk(INVERSE).trade("+100@50000").mark("40000")
    (position,) = positions(desk.books, TEN).positions
    assert (position.currency, position.quantity, position.average_price) == ("XBT", "100", "50000")
    # 100 × (1/50000 − 1/40000)
    assert (position.unrealized, position.notional) == ("-0.0005", "0.0025")


def fee_in_a_third_currency() -> Desk:
    """Fees in BNB on what settles in USDT, of an account in USD, and no rate at all."""
    desk = Desk(SPOT)
    desk.fill("+1@100", fee="2", fee_currency="BNB")
    desk.books.apply(Cash(event_time=TEN, account="A1", currency="EUR", amount="700"))
    return desk.mark("101")


def test_the_rates_that_are_missing_are_named():
    desk = fee_in_a_third_currency()
    lacking = {"account": "A1", "quote": "USD", "reason": "no_fx"}
    assert pnl(desk.books, TEN).missing_rates == [
        MissingRateRow(**lacking, strategy="", base="EUR"),
        MissingRateRow(**lacking, strategy="mm", base="BNB"),
        MissingRateRow(**lacking, strategy="mm", base="USDT"),
    ]
    lacking |= {"strategy": "mm", "quote": "USDT"}
    assert positions(desk.books, TEN).missing_rates == [MissingRateRow(**lacking, base="BNB")]


def test_a_rate_is_missing_no_more_once_it_is_known_by_a_step():
    desk = fee_in_a_third_currency().fx("USDT", "USD", "1").fx("BNB", "USD", "600")
    desk.fx("EUR", "USDT", "1.1")
    assert pnl(desk.books, TEN).missing_rates == []
    assert positions(desk.books, TEN).missing_rates == []


def test_a_flat_position_needs_no_price():
    desk = Desk(EQUITY).trade("+10@100 -10@101")
    (position,) = positions(desk.books, TEN).positions
    assert (position.net, position.average_price, position.mark) == ("10", None, None)
    assert (position.notional, position.unpriced) == ("0", None)


def test_a_first_in_first_out_account_shows_the_price_of_what_is_left():
    desk = Desk(SPOT, method="fifo").trade("+1@100 +1@110 -1@120").mark("115")
    (position,) = positions(desk.books, TEN).positions
    assert (position.method, position.average_price) == ("fifo", "110")
    assert (position.realized, position.unrealized) == ("20", "5")


def test_positions_and_strategies_are_in_order():
    desk = Desk(EQUITY)
    for account, strategy in (("B", "x"), ("A", "z"), ("A", "y")):
        desk.fill("+1@100", account=account, strategy=strategy)
    desk.mark("100")
    order = [("A", "y"), ("A", "z"), ("B", "x")]
    assert [(p.account, p.strategy) for p in positions(desk.books, TEN).positions] == order
    assert [(s.account, s.strategy) for s in pnl(desk.books, TEN).strategies] == order


def test_a_drawdown_is_measured_from_the_peak():
    desk = Desk(EQUITY).trade("+10@100").mark("105")
    desk.at(TEN + 10**9).mark("101")
    answer = pnl(desk.books, TEN + 10**9)
    assert (answer.accounts[0].net, answer.accounts[0].drawdown) == ("10", "40")
    assert (answer.strategies[0].drawdown, answer.accounts[0].drawdown_ratio) == ("40", None)
    assert (answer.hour_start, answer.day_start) == (TEN, TEN - 10 * HOUR)


@pytest.mark.parametrize(
    ("traded", "left_out"),
    [
        pytest.param(["A1", "drill"], ["drill"], id="beside a real one"),
        pytest.param(["A1", "drill", "paper"], ["drill", "paper"], id="several"),
        pytest.param(["drill", "paper"], [], id="a desk that is all on paper has its sums"),
        pytest.param(["A1"], [], id="one that never traded"),
    ],
)
def test_a_simulated_account_is_in_no_sum_beside_real_ones(traded, left_out):
    simulated = AccountSettings(method="average", reporting_currency="USD", simulated=True)
    desk = Desk(accounts={"drill": simulated, "paper": simulated})
    for account in traded:
        desk.fill("+1@100", account=account)
    desk.mark("101")
    assert pnl(desk.books, TEN).not_summed == left_out
    assert exposure(desk.books, TEN).not_summed == left_out
    assert [row.account for row in pnl(desk.books, TEN).accounts] == traded

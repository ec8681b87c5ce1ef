"""Limits on losses: what is used of them, in whose money, and when that can't be known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskwatch.core.event import Cash
from deskwatch.core.limit import LIMIT_NAMES, LimitName, Limits, LimitSettings, LossLimits
from deskwatch.core.money import REPORTING_DECIMALS, format_decimal
from deskwatch.core.rejection import EventRejected
from deskwatch.core.settings import AccountSettings
from tests.core.blotter import EQUITY, HOUR, MINUTE, SPOT, TEN, Desk

FIVE = LossLimits(daily_loss="500", hourly_loss="200", drawdown="1000")
A1 = LimitSettings(accounts={"A1": FIVE})


def uses(desk: Desk, limits: LimitSettings) -> dict[str, str | None]:
    """Return what is used, as "A1 daily_loss 500 USD": "120"."""
    desk.books.refresh(desk.now)
    found = Limits(limits, desk.books.settings).uses(desk.books.valuation, desk.now)
    shown = {}
    for use in found:
        whose = f"{use.account}/{use.strategy}" if use.strategy else use.account
        most = format_decimal(use.most, REPORTING_DECIMALS)
        used = None if use.used is None else format_decimal(use.used, REPORTING_DECIMALS)
        shown[f"{whose} {use.limit} {most} {use.currency}"] = used
    assert len(shown) == len(found), "each limit is there once"
    return shown


def missing(desk: Desk, limits: LimitSettings) -> dict[tuple[str, LimitName], bool]:
    return Limits(limits, desk.books.settings).missing(desk.books.valuation)


class TestUsed:
    @pytest.mark.parametrize(
        ("blotter", "mark", "used"),
        [
            pytest.param("+10@100", "100", "0", id="nothing lost"),
            pytest.param("+10@100", "130", "0", id="a profit uses nothing"),
            pytest.param("+10@100", "88", "120", id="what is open counts"),
            pytest.param("+10@100 -10@88", "200", "120", id="what is closed counts"),
            pytest.param("-10@100", "112", "120", id="a short loses upwards"),
        ],
    )
    def test_a_loss_is_a_positive_amount(self, blotter, mark, used):
        desk = Desk().trade(blotter).mark(mark)
        assert uses(desk, A1) == {
            "A1 daily_loss 500 USD": used,
            "A1 hourly_loss 200 USD": used,
            # The peak that drawdown is measured from is zero, where net began.
            "A1 drawdown 1000 USD": used,
        }

    def test_each_has_its_own_beginning(self):
        desk = Desk().trade("+10@100").at(TEN + HOUR - MINUTE).mark("95")
        desk.at(TEN + HOUR + MINUTE).mark("93")
        assert uses(desk, A1) == {
            "A1 daily_loss 500 USD": "70",
            "A1 hourly_loss 200 USD": "20",
            "A1 drawdown 1000 USD": "70",
        }

    def test_a_strategy_has_its_own_beside_the_accounts(self):
        desk = Desk().trade("+10@100").mark("90")
        desk.fill("+10@80", strategy="pairs")
        limits = LimitSettings(
            accounts={"A1": LossLimits(daily_loss="500")},
            strategies={("A1", "mm"): LossLimits(daily_loss="100")},
        )
        assert uses(desk, limits) == {
            "A1 daily_loss 500 USD": "0",
            "A1/mm daily_loss 100 USD": "100",
        }

    def test_all_of_it_is_used_at_the_limit_exactly(self):
        desk = Desk().trade("+10@100").mark("50")
        limits = Limits(A1, desk.books.settings)
        desk.books.refresh(desk.now)
        ratios = {use.limit: use.utilization for use in limits.uses(desk.books.valuation, desk.now)}
        assert ratios == {"daily_loss": 1.0, "hourly_loss": 2.5, "drawdown": 0.5}


class TestNotKnown:
    def test_without_a_fresh_mark_nothing_is_said(self):
        desk = Desk().trade("+10@100").mark("90").at(TEN + 6 * MINUTE)
        assert set(uses(desk, A1).values()) == {None}
        limits = Limits(A1, desk.books.settings)
        assert {use.utilization for use in limits.uses(desk.books.valuation, desk.now)} == {None}

    def test_an_hour_that_began_without_a_price_is_not_known_and_the_day_is(self):
        desk = Desk().trade("+10@100").mark("95").at(TEN + HOUR + MINUTE).mark("93")
        used = uses(desk, A1)
        assert used["A1 hourly_loss 200 USD"] is None
        assert used["A1 daily_loss 500 USD"] == "70"

    def test_without_a_rate_nothing_is_said(self):
        desk = Desk(SPOT).trade("+1@100").mark("90")
        assert set(uses(desk, A1).values()) == {None}
        desk.fx("USDT", "USD", "1")
        assert uses(desk, A1)["A1 daily_loss 500 USD"] == "10"

    def test_a_limit_on_a_name_that_the_books_do_not_know_is_shown_without_a_use(self):
        limits = LimitSettings(
            accounts={"A9": LossLimits(daily_loss="1")},
            strategies={("A1", "typo"): LossLimits(drawdown="2")},
        )
        assert uses(Desk().trade("+1@100").mark("90"), limits) == {
            "A9 daily_loss 1 USD": None,
            "A1/typo drawdown 2 USD": None,
        }

    def test_an_account_with_nothing_but_cash_has_lost_nothing(self):
        desk = Desk()
        desk.books.apply(Cash(event_time=TEN, account="A1", currency="USD", amount="5"))
        assert uses(desk, A1)["A1 daily_loss 500 USD"] == "0"


class TestDefault:
    DEFAULT = LimitSettings(
        default_account=LossLimits(daily_loss="500", drawdown="900"),
        default_strategy=LossLimits(hourly_loss="50"),
        accounts={"A1": LossLimits(daily_loss="700")},
    )

    def test_it_holds_for_everybody_who_says_nothing_else(self):
        desk = Desk().trade("+10@100").mark("100")
        desk.fill("+10@100", account="A2", strategy="pairs")
        assert uses(desk, self.DEFAULT).keys() == {
            "A1 daily_loss 700 USD",
            "A1 drawdown 900 USD",
            "A1/mm hourly_loss 50 USD",
            "A2 daily_loss 500 USD",
            "A2 drawdown 900 USD",
            "A2/pairs hourly_loss 50 USD",
        }

    def test_an_amount_of_dollars_is_no_amount_of_yen(self):
        yen = {"A1": AccountSettings(method="average", reporting_currency="JPY")}
        desk = Desk(accounts=yen).trade("+10@100").mark("90").fx("USD", "JPY", "150")
        assert uses(desk, self.DEFAULT) == {"A1 daily_loss 700 JPY": "15000"}


class TestMissing:
    def test_an_account_that_trades_without_a_daily_limit_is_reported(self):
        desk = Desk().trade("+10@100")
        assert missing(desk, LimitSettings()) == {("A1", "daily_loss"): True}
        hourly = LimitSettings(accounts={"A1": LossLimits(hourly_loss="1")})
        assert missing(desk, hourly) == {("A1", "daily_loss"): True}
        assert missing(desk, A1) == {("A1", "daily_loss"): False}

    def test_a_default_in_another_currency_is_none(self):
        yen = {"A1": AccountSettings(method="average", reporting_currency="JPY")}
        desk = Desk(accounts=yen).trade("+10@100")
        assert missing(desk, TestDefault.DEFAULT) == {("A1", "daily_loss"): False}
        default = LimitSettings(default_account=FIVE)
        assert missing(desk, default) == {("A1", "daily_loss"): True}

    def test_an_account_that_does_not_trade_needs_none(self):
        desk = Desk()
        desk.books.apply(Cash(event_time=TEN, account="A1", currency="USD", amount="5"))
        assert missing(desk, LimitSettings()) == {}


@pytest.mark.parametrize("text", ["a lot", "1e-10"])
def test_what_is_no_amount_is_refused(text):
    with pytest.raises(EventRejected):
        Limits(LimitSettings(default_account=LossLimits(drawdown=text)), Desk().books.settings)


fills = st.lists(
    st.tuples(
        st.sampled_from(["mm", "pairs"]),
        st.sampled_from("+-"),
        st.integers(1, 9),
        st.integers(1, 99),
    ),
    min_size=1,
    max_size=8,
)


@given(fills=fills, mark=st.integers(1, 99))
def test_what_is_used_is_the_loss_that_the_report_tells_and_never_below_zero(fills, mark):
    desk = Desk(EQUITY)
    for strategy, sign, quantity, price in fills:
        desk.fill(f"{sign}{quantity}@{price}", strategy=strategy)
    desk.mark(str(mark))
    everywhere = LossLimits(**dict.fromkeys(LIMIT_NAMES, "1"))
    limits = LimitSettings(default_account=everywhere, default_strategy=everywhere)
    desk.books.refresh(desk.now)
    valuation = desk.books.valuation
    used = {
        (use.limit, use.strategy): use.used
        for use in Limits(limits, desk.books.settings).uses(valuation, desk.now)
    }
    reports = valuation.reports(valuation.accounts["A1"], desk.now)
    for strategy, report in {
        **reports,
        "": valuation.accounts["A1"].report(reports.values()),
    }.items():
        assert used["daily_loss", strategy] == max(0, -report.day)
        assert used["hourly_loss", strategy] == max(0, -report.hour)
        assert used["drawdown", strategy] == report.drawdown
    # One strategy's profit may cover another's loss; the account never loses more than they do.
    lost = sum(used["daily_loss", strategy] for strategy in reports)
    assert 0 <= used["daily_loss", ""] <= lost

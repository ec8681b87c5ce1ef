"""Limits: what is used of them, in whose money, when that can't be known, and who lacks one."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from deskwatch.core.books import Books
from deskwatch.core.event import Cash, Split
from deskwatch.core.holder import Holder
from deskwatch.core.limit import (
    LIMIT_DECIMALS,
    LIMIT_KINDS,
    LimitSettings,
    LimitUse,
    thresholds_of,
)
from deskwatch.core.limit_measures import MEASURES
from deskwatch.core.limits import Limits
from deskwatch.core.money import POW10, REPORTING_DECIMALS, format_decimal, parse_decimal
from deskwatch.core.observation import BalanceReport, Limit, Order, PositionReport
from deskwatch.core.period import SECOND
from deskwatch.core.rejection import EventRejected
from deskwatch.core.settings import AccountSettings, BooksSettings
from deskwatch.core.state import dump, load
from deskwatch.core.told_limits import ToldLimits
from tests.core.blotter import EQUITY, FUTURE, HOUR, MINUTE, SPOT, TEN, Desk

FIVE = {"daily_loss": "500", "hourly_loss": "200", "drawdown": "1000"}
A1 = LimitSettings(accounts={"A1": FIVE})
NEAR_HIGH_BREACHED = thresholds_of(LimitSettings())


def uses(desk: Desk, limits: LimitSettings = LimitSettings()) -> dict[str, str | None]:  # noqa: B008
    """Return what is used, as "A1 daily_loss 500 USD": "120"."""
    found = Limits(limits, desk.books).uses(desk.now)
    shown = {}
    for use in found:
        whose = "/".join(filter(None, use.holder))
        most = format_decimal(use.limit, LIMIT_DECIMALS)
        used = None if use.used is None else format_decimal(use.used, LIMIT_DECIMALS)
        shown[f"{whose} {use.kind} {most} {use.currency}".rstrip()] = used
    assert len(shown) == len(found), "each limit is there once"
    return shown


def missing(desk: Desk, limits: LimitSettings) -> dict[tuple[str, str], bool]:
    """Return whether a limit is missing, by whose it would be and its kind."""
    of = Limits(limits, desk.books)
    of.uses(desk.now)
    return {
        ("/".join(filter(None, one.holder)), one.kind): gone for one, gone in of.missing().items()
    }


def told(desk: Desk, kind: str, value: str | None, **fields: object) -> None:
    """Book a `limit` event."""
    values: dict[str, object] = {"event_time": desk.now, "limit": kind, "value": value}
    desk.books.apply(Limit(**(values | fields)))  # type: ignore[arg-type]


def liquidation(now: int, price: str) -> PositionReport:
    return PositionReport(
        event_time=now, account="A1", venue="XNAS", symbol="AAPL", quantity="10",
        liquidation_price=price,
    )  # fmt: skip


def balance(desk: Desk, currency: str, **fields: object) -> None:
    """Book what a venue says of margin, out of an equity of a thousand."""
    values: dict[str, object] = {
        "event_time": desk.now, "account": "A1", "venue": "XNAS", "currency": currency,
        "total": "1000", "equity": "1000",
    }  # fmt: skip
    desk.books.apply(BalanceReport(**(values | fields)))  # type: ignore[arg-type]


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
            accounts={"A1": {"daily_loss": "500"}},
            strategies={("A1", "mm"): {"daily_loss": "100"}},
        )
        assert uses(desk, limits) == {
            "A1 daily_loss 500 USD": "0",
            "A1/mm daily_loss 100 USD": "100",
        }

    def test_all_of_it_is_used_at_the_limit_exactly(self):
        desk = Desk().trade("+10@100").mark("50")
        ratios = {use.kind: use.utilization for use in Limits(A1, desk.books).uses(desk.now)}
        assert ratios == {"daily_loss": 1.0, "hourly_loss": 2.5, "drawdown": 0.5}


class TestNotKnown:
    def test_without_a_fresh_mark_nothing_is_said(self):
        desk = Desk().trade("+10@100").mark("90").at(TEN + 6 * MINUTE)
        assert set(uses(desk, A1).values()) == {None}
        found = Limits(A1, desk.books).uses(desk.now)
        assert {use.utilization for use in found} == {None}
        assert {use.state(NEAR_HIGH_BREACHED) for use in found} == {"unknown"}

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

    def test_nothing_is_nothing_in_any_currency(self):
        desk = Desk().trade("+10@100").mark("100")
        told(desk, "daily_loss", "500", account="A1", currency="EUR")
        assert uses(desk) == {"A1 daily_loss 500 EUR": "0"}
        assert uses(desk.mark("90")) == {"A1 daily_loss 500 EUR": None}

    def test_a_limit_on_a_name_that_the_books_do_not_know_is_shown_without_a_use(self):
        limits = LimitSettings(
            accounts={"A9": {"daily_loss": "1"}},
            strategies={("A1", "typo"): {"drawdown": "2"}},
        )
        assert uses(Desk().trade("+1@100").mark("90"), limits) == {
            "A9 daily_loss 1 USD": None,
            "A1/typo drawdown 2 USD": None,
        }

    def test_a_venue_or_an_instrument_that_nobody_has_is_shown_once_somebody_has_it_by_account(
        self,
    ):
        desk = Desk(EQUITY, FUTURE).trade("+10@100").mark("90")
        both = {"gross": "9", "maintenance_margin": "0.5"}
        limits = LimitSettings(
            defaults={"venue": {"net": "8"}, "instrument": {"notional": "7"}},
            venues={"XCME": both, "xcme": both},
            instruments={("XCME", "ESZ6"): {"position": "5"}, ("XCME", "esz6"): {"notional": "6"}},
        )
        of_a1 = {"A1/XNAS net 8 USD": "900", "A1/XNAS/AAPL notional 7 USD": "900"}
        assert uses(desk, limits) == of_a1 | {
            "XCME gross 9 USD": "0",
            "xcme gross 9 USD": None,
            "xcme maintenance_margin 0.5": None,
            "XCME/ESZ6 position 5": "0",
            "XCME/esz6 notional 6 USD": None,
        }
        told(desk, "gross", "4", venue="xcme")
        assert uses(desk, limits)["xcme gross 4 USD"] is None
        desk.fill("+1@100", venue="XCME", symbol="ESZ6")
        shown = uses(desk, limits)
        assert shown["A1/XCME/ESZ6 position 5"] == "1"
        assert not {"XCME gross 9 USD", "XCME/ESZ6 position 5"} & shown.keys()

    def test_an_account_with_nothing_but_cash_has_lost_nothing(self):
        desk = Desk()
        desk.books.apply(Cash(event_time=TEN, account="A1", currency="USD", amount="5"))
        assert uses(desk, A1)["A1 daily_loss 500 USD"] == "0"


class TestDefault:
    DEFAULT = LimitSettings(
        defaults={
            "account": {"daily_loss": "500", "drawdown": "900"},
            "strategy": {"hourly_loss": "50"},
        },
        accounts={"A1": {"daily_loss": "700"}},
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


class TestTold:
    """Limits that come as events."""

    def test_it_holds_for_whom_it_names(self):
        desk = Desk().trade("+10@100").mark("90")
        told(desk, "gross", "1000", account="A1")
        told(desk, "gross", "2000", account="A1", strategy="mm")
        told(desk, "gross", "500", account="A1", venue="XNAS")
        told(desk, "notional", "1800", account="A1", venue="XNAS", symbol="AAPL")
        told(desk, "position", "20", account="A1", strategy="mm", venue="XNAS", symbol="AAPL")
        assert uses(desk) == {
            "A1 gross 1000 USD": "900",
            "A1/mm gross 2000 USD": "900",
            "A1/XNAS gross 500 USD": "900",
            "A1/XNAS/AAPL notional 1800 USD": "900",
            "A1/mm/XNAS/AAPL position 20": "10",
        }

    def test_what_is_left_out_stands_for_each(self):
        desk = Desk().trade("+10@100").mark("100")
        desk.fill("-4@100", account="A2", strategy="mm")
        told(desk, "position", "100", symbol="AAPL")
        told(desk, "net", "5000", strategy="mm")
        assert uses(desk) == {
            "A1/mm net 5000 USD": "1000",
            "A2/mm net 5000 USD": "400",
            "A1/XNAS/AAPL position 100": "10",
            "A2/XNAS/AAPL position 100": "4",
        }

    @pytest.mark.parametrize(("value", "limit"), [("700", "500"), ("300", "300")])
    def test_the_tighter_of_configured_and_told_holds(self, value, limit):
        desk = Desk().trade("+10@100").mark("100")
        told(desk, "daily_loss", value, account="A1")
        assert f"A1 daily_loss {limit} USD" in uses(desk, A1)

    @pytest.mark.parametrize("first", ["", "USD"])
    @pytest.mark.parametrize(("kind", "unit"), [("gross", " USD"), ("leverage", "")])
    def test_one_told_with_its_currency_loosens_none_told_without(self, kind, unit, first):
        desk = Desk().trade("+10@100").mark("100")
        told(desk, kind, "70", account="A1", currency=first)
        told(desk, kind, "90", account="A1", currency="" if first else "USD")
        assert set(uses(desk)) == {f"A1 {kind} 70{unit}"}
        told(desk, kind, "50", account="A1", currency=first)
        assert set(uses(desk)) == {f"A1 {kind} 50{unit}"}
        told(desk, kind, None, account="A1", currency=first)
        assert set(uses(desk)) == {f"A1 {kind} 90{unit}"}

    def test_the_farther_is_the_tighter_where_something_must_be_left(self):
        desk = Desk().trade("+10@100").mark("100")
        desk.books.apply(liquidation(desk.now, "80"))
        told(desk, "liquidation_distance", "0.15", account="A1", venue="XNAS", symbol="AAPL")
        own = LimitSettings(defaults={"instrument": {"liquidation_distance": "0.1"}})
        assert uses(desk, own) == {"A1/XNAS/AAPL liquidation_distance 0.15": "0.2"}

    def test_one_that_was_removed_is_gone_and_an_older_one_does_not_bring_it_back(self):
        desk = Desk().trade("+10@100").mark("100")
        told(desk, "gross", "1000", account="A1")
        told(desk, "gross", None, account="A1")
        told(desk, "gross", "900", account="A1", event_time=TEN - 1)
        assert uses(desk) == {}

    def test_in_another_currency_it_is_a_limit_of_its_own(self):
        desk = Desk().trade("+10@100").mark("90").fx("EUR", "USD", "1.25")
        told(desk, "gross", "1000", account="A1", currency="EUR")
        told(desk, "gross", "1000", account="A1", currency="JPY")
        assert uses(desk) == {"A1 gross 1000 EUR": "720", "A1 gross 1000 JPY": None}

    def test_zero_allows_nothing(self):
        desk = Desk()
        desk.books.apply(Cash(event_time=TEN, account="A1", currency="USD", amount="5"))
        told(desk, "gross", "0", account="A1")
        (flat,) = Limits(LimitSettings(), desk.books).uses(desk.now)
        assert (flat.utilization, flat.state(NEAR_HIGH_BREACHED)) == (0.0, "ok")
        desk.trade("+1@100").mark("100")
        (held,) = Limits(LimitSettings(), desk.books).uses(desk.now)
        assert (held.utilization, held.state(NEAR_HIGH_BREACHED)) == (float("inf"), "breached")

    def test_a_kind_that_nothing_measures_is_shown_without_a_use(self):
        desk = Desk().trade("+10@100").mark("100")
        told(desk, "fat_finger", "5", account="A1")
        assert uses(desk) == {"A1 fat_finger 5 USD": None}

    def test_a_kind_that_is_not_measured_of_such_a_holder_is_shown_without_a_use(self):
        desk = Desk().trade("+10@100").mark("100")
        desk.books.apply(Cash(event_time=TEN, account="A1", currency="USD", amount="1000"))
        told(desk, "leverage", "4", account="A1")
        told(desk, "leverage", "4", account="A1", strategy="mm")
        assert uses(desk) == {"A1 leverage 4": "1", "A1/mm leverage 4": None}

    def test_a_limit_on_what_is_not_traded_yet_is_not_used_if_the_books_know_it(self):
        desk = Desk(EQUITY, FUTURE)
        desk.books.apply(Cash(event_time=TEN, account="A1", currency="USD", amount="5"))
        told(desk, "position", "5", account="A1", venue="XCME", symbol="ESZ6")
        told(desk, "position", "5", account="A1", venue="XCME", symbol="TYPO")
        told(desk, "position", "5", account="A9", venue="XCME", symbol="ESZ6")
        told(desk, "gross", "5", strategy="typo")
        assert uses(desk) == {
            "A1/XCME/ESZ6 position 5": "0",
            "A1/XCME/TYPO position 5": None,
            "A9/XCME/ESZ6 position 5": None,
            "typo gross 5 USD": None,
        }

    def test_an_account_that_holds_nothing_uses_nothing_and_a_strategy_it_has_not_is_unknown(self):
        desk = Desk()
        desk.books.apply(Cash(event_time=TEN, account="A1", currency="USD", amount="5"))
        for kind in ("gross", "concentration", "order_rate", "message_rate", "order_to_trade"):
            told(desk, kind, "5", account="A1")
            told(desk, kind, "5", account="A1", strategy="typo")
        told(desk, "leverage", "5", account="A1")
        assert uses(desk) == {
            "A1 gross 5 USD": "0",
            "A1 concentration 5": "0",
            "A1 order_rate 5": "0",
            "A1 message_rate 5": "0",
            "A1 order_to_trade 5": "0",
            "A1 leverage 5": "0",
            "A1/typo gross 5 USD": None,
            "A1/typo concentration 5": None,
            "A1/typo order_rate 5": None,
            "A1/typo message_rate 5": None,
            "A1/typo order_to_trade 5": None,
        }

    @pytest.mark.parametrize("account", ["A1", "A9"])
    def test_who_has_only_sent_orders_has_used_nothing(self, account):
        desk = Desk().trade("+10@100").mark("90")
        for kind in (*FIVE, "gross", "leverage"):
            told(desk, kind, "5", account=account)
        for kind in FIVE:
            told(desk, kind, "5", account=account, strategy="pairs")
        for symbol in ("AAPL", "MSFT"):
            desk.books.apply(structs.replace(EQUITY, symbol=symbol))
            told(
                desk,
                "notional",
                "5",
                account=account,
                strategy="pairs",
                venue="XNAS",
                symbol=symbol,
            )
        desk.order("O1 +10@100", account=account, strategy="pairs")
        used = uses(desk)
        assert {used[one] for one in used if "/pairs" in one or account == "A9"} == {"0"}

    def test_nothing_held_is_no_leverage_whatever_the_equity_is(self):
        desk = Desk().trade("+10@100 -10@90")
        desk.books.apply(Cash(event_time=TEN, account="A1", currency="XYZ", amount="5"))
        told(desk, "leverage", "5", account="A1")
        assert uses(desk) == {"A1 leverage 5": "0"}

    def test_a_negative_one_is_refused(self):
        with pytest.raises(EventRejected, match="not_positive"):
            told(Desk(), "gross", "-1", account="A1")

    def test_what_was_taken_away_is_known_over_a_restart_until_it_is_set_again(self):
        desk = Desk()
        told(desk, "gross", "1000", account="A1")
        told(desk, "net", None, account="A1")  # there was none
        assert desk.books.told_limits.removed == 0
        told(desk, "gross", None, account="A1")
        told(desk, "gross", None, account="A1")
        again = Desk()
        again.books = Books(BooksSettings())
        load(again.books, dump(desk.books))
        assert again.books.told_limits.removed == desk.books.told_limits.removed == 1
        again.at(TEN)
        told(again, "gross", "900", account="A1")
        assert again.books.told_limits.removed == 0

    def test_they_come_back_with_a_snapshot(self):
        desk = Desk().trade("+10@100").mark("100")
        told(desk, "gross", "1000", account="A1")
        told(desk, "net", None, account="A1")
        again = Desk()
        again.books = Books(BooksSettings())
        load(again.books, dump(desk.books))
        assert uses(again) == uses(desk) == {"A1 gross 1000 USD": "1000"}
        assert dump(again.books) == dump(desk.books)


class TestRatios:
    def test_leverage_is_gross_over_equity(self):
        desk = Desk().trade("+30@100 -30@100").mark("100")
        leverage = LimitSettings(accounts={"A1": {"leverage": "4"}})
        assert uses(desk, leverage) == {"A1 leverage 4": "0"}
        desk.trade("+30@100")
        # Without capital nothing is a multiple of it.
        assert uses(desk, leverage) == {"A1 leverage 4": None}
        desk.books.apply(Cash(event_time=TEN, account="A1", currency="USD", amount="1000"))
        assert uses(desk, leverage) == {"A1 leverage 4": "3"}

    def test_concentration_is_the_largest_instruments_share_of_gross(self):
        desk = Desk(EQUITY, FUTURE).trade("+30@100").mark("100")
        desk.fill("-1@20", venue="XCME", symbol="ESZ6")
        desk.mark("20", venue="XCME", symbol="ESZ6")
        share = LimitSettings(accounts={"A1": {"concentration": "0.5"}})
        assert uses(desk, share) == {"A1 concentration 0.5": "0.75"}

    def test_what_is_sent_is_counted_a_second_and_against_what_traded(self):
        desk = Desk().trade("+10@100").mark("100")
        kinds = ("order_rate", "message_rate", "order_to_trade")
        limits = LimitSettings(accounts={"A1": dict.fromkeys(kinds, "4")})
        assert set(uses(desk, limits).values()) == {"0"}
        for number in range(3):
            report = Order(
                event_time=TEN, account="A1", strategy="mm", venue="XNAS", symbol="AAPL",
                client_order_id=f"O{number}", status="new", side="buy", quantity="1", price="9",
            )  # fmt: skip
            desk.books.apply(report)
        desk.books.apply(structs.replace(report, status="pending_cancel"))
        # Nothing traded: as if one order had.
        assert uses(desk, limits) == {
            "A1 order_rate 4": "3",
            "A1 message_rate 4": "4",
            "A1 order_to_trade 4": "3",
        }
        unknown = LimitSettings(accounts={"A9": dict.fromkeys(kinds, "4")})
        assert set(uses(desk, unknown).values()) == {None}

    def test_what_a_strategy_sends_and_trades_is_its_own(self):
        desk = Desk()
        for called, strategy, account in (("O1", "mm", "A1"), ("O2", "mm", "A2")):
            desk.order(f"{called} +1@9", account=account, strategy=strategy)
        for called in ("O3", "O4", "O5"):
            desk.order(f"{called} +1@9", strategy="pairs")
        for called in ("O3", "O4"):
            desk.fill("+1@9", strategy="pairs", client_order_id=called)
        kinds = dict.fromkeys(("order_rate", "message_rate", "order_to_trade"), "4")
        limits = LimitSettings(accounts={"A1": kinds}, strategies={("A1", "pairs"): kinds})
        assert uses(desk, limits) == {
            "A1 order_rate 4": "4",
            "A1 message_rate 4": "4",
            "A1 order_to_trade 4": "1",
            "A1/pairs order_rate 4": "3",
            "A1/pairs message_rate 4": "3",
            "A1/pairs order_to_trade 4": "0.5",
        }

    def test_margin_is_the_worst_of_the_currencies_that_the_venue_says_it_in(self):
        desk = Desk()
        balance(desk, "USD", margin_used="500", maintenance_margin="100")
        balance(desk, "EUR", margin_used="200", maintenance_margin="300")
        balance(desk, "JPY", maintenance_margin="200")
        balance(desk, "GBP")
        balance(desk, "USD", venue="XCME", margin_used="900")
        venue = {"margin_used": "0.8", "maintenance_margin": "0.8"}
        limits = LimitSettings(defaults={"venue": venue})
        assert uses(desk, limits) == {
            "A1/XNAS margin_used 0.8": "0.5",
            "A1/XNAS maintenance_margin 0.8": "0.3",
            "A1/XCME margin_used 0.8": "0.9",
        }
        # What can't be known of one may be the worst.
        balance(desk, "EUR", equity="0", margin_used="200", maintenance_margin="300")
        assert set(uses(desk, limits).values()) == {None, "0.9"}

    def test_a_limit_on_margin_that_somebody_wrote_is_seen_though_no_venue_tells_of_it(self):
        """Its owner takes it for watched; those that come by default wait for a venue to tell."""
        desk = Desk().trade("+10@100").mark("100")
        limits = LimitSettings(
            defaults={"venue": {"margin_used": "0.9", "maintenance_margin": "0.8"}},
            venues={"XNAS": {"margin_used": "0.7"}},
        )
        assert uses(desk, limits) == {"XNAS margin_used 0.7": None}
        told(desk, "margin_used", "0.6", venue="XNAS")
        told(desk, "maintenance_margin", "0.5", account="A1", venue="XNAS")
        told(desk, "maintenance_margin", "0.4", account="A1")  # of no venue: nobody's
        assert uses(desk, limits) == {
            "XNAS margin_used 0.6": None,
            "A1/XNAS maintenance_margin 0.5": None,
            "A1 maintenance_margin 0.4": None,
        }
        balance(desk, "USD", margin_used="500")
        assert uses(desk, limits) == {
            "A1/XNAS margin_used 0.6": "0.5",
            "A1/XNAS maintenance_margin 0.5": None,
            "A1 maintenance_margin 0.4": None,
        }
        told(desk, "maintenance_margin", None, account="A1")
        balance(desk, "USD", margin_used="500", maintenance_margin="100")
        assert uses(desk, limits) == {
            "A1/XNAS margin_used 0.6": "0.5",
            "A1/XNAS maintenance_margin 0.5": "0.1",
        }

    def test_value_at_risk_is_what_its_book_says(self):
        class Risk(ToldLimits):
            name = "risk"

            def var(self, account: str, strategy: str = "", *, now: int) -> int | None:
                assert now == TEN
                return None if strategy else 7 * 10**REPORTING_DECIMALS

        desk = Desk().trade("+10@100").mark("100")
        limits = LimitSettings(defaults={"account": {"var": "10"}, "strategy": {"var": "10"}})
        assert uses(desk, limits) == {"A1 var 10 USD": None, "A1/mm var 10 USD": None}
        desk.books.beside["risk"] = Risk(lambda: TEN)
        assert uses(desk, limits) == {"A1 var 10 USD": "7", "A1/mm var 10 USD": None}

    def test_what_a_venue_says_we_hold_has_its_distance_though_no_trade_is_known(self):
        desk = Desk().mark("100")
        desk.books.apply(liquidation(desk.now, "80"))
        limits = LimitSettings(defaults={"instrument": {"liquidation_distance": "0.1"}})
        assert uses(desk, limits) == {"A1/XNAS/AAPL liquidation_distance 0.1": "0.2"}
        desk.books.apply(structs.replace(liquidation(desk.now, "80"), symbol="MSFT"))
        assert uses(desk, limits) == {
            "A1/XNAS/AAPL liquidation_distance 0.1": "0.2",
            "A1/XNAS/MSFT liquidation_distance 0.1": None,  # nobody described it
        }

    def test_a_position_is_watched_where_nothing_asks_what_it_is_worth(self):
        desk = Desk().trade("+10@100")
        only = LimitSettings(defaults={"instrument": {"position": "100"}}, required={})
        limits = Limits(only, desk.books)
        assert not limits.are_valued
        for held in (10, 30, 30):
            assert [use.used for use in limits.uses(desk.now)] == [held * 10**LIMIT_DECIMALS]
            desk.trade("+20@100" if held == 10 else "+5@100 -5@100")

    def test_distance_is_looked_at_once_a_venue_has_said_what_it_might_close(self):
        desk = Desk().trade("+10@100").mark("100")
        defaults = {"instrument": {"liquidation_distance": "0.1"}, "venue": {"margin_used": "0.8"}}
        limits = Limits(LimitSettings(defaults=defaults), desk.books)
        assert limits.uses(desk.now) == []
        desk.books.apply(liquidation(desk.now, "80"))
        assert [use.kind for use in limits.uses(desk.now)] == ["liquidation_distance"]

    def test_distance_is_used_up_as_it_shrinks(self):
        desk = Desk().trade("+10@100").mark("100")
        desk.books.apply(liquidation(desk.now, "95"))
        limits = LimitSettings(defaults={"instrument": {"liquidation_distance": "0.1"}})
        (use,) = Limits(limits, desk.books).uses(desk.now)
        assert (use.utilization, use.state(NEAR_HIGH_BREACHED)) == (2.0, "breached")
        desk.mark("94")
        (past,) = Limits(limits, desk.books).uses(desk.now)
        assert (past.utilization, past.state(NEAR_HIGH_BREACHED)) == (float("inf"), "breached")


@pytest.mark.parametrize(
    ("used", "state"),
    [("69.9", "ok"), ("70", "near"), ("89.9", "near"), ("90", "high"), ("100", "breached")],
)
def test_it_is_as_near_as_the_thresholds_say(used, state):
    amounts = [parse_decimal(text, LIMIT_DECIMALS) for text in ("100", used)]
    assert LimitUse("gross", Holder("A1"), "USD", *amounts).state(NEAR_HIGH_BREACHED) == state


def test_every_kind_there_can_be_is_measured():
    assert MEASURES.keys() == LIMIT_KINDS.keys()


class TestMissing:
    def test_an_account_that_trades_without_a_daily_limit_is_reported(self):
        desk = Desk().trade("+10@100")
        assert missing(desk, LimitSettings()) == {("A1", "daily_loss"): True}
        hourly = LimitSettings(accounts={"A1": {"hourly_loss": "1"}})
        assert missing(desk, hourly) == {("A1", "daily_loss"): True}
        assert missing(desk, A1) == {("A1", "daily_loss"): False}

    def test_a_default_in_another_currency_is_none(self):
        yen = {"A1": AccountSettings(method="average", reporting_currency="JPY")}
        desk = Desk(accounts=yen).trade("+10@100")
        assert missing(desk, TestDefault.DEFAULT) == {("A1", "daily_loss"): False}
        default = LimitSettings(defaults={"account": FIVE})
        assert missing(desk, default) == {("A1", "daily_loss"): True}

    def test_whoever_must_have_one_is_asked(self):
        required = LimitSettings(
            required={"strategy": ("drawdown",), "instrument": ("position", "notional")},
            strategies={("A1", "mm"): {"drawdown": "5"}},
        )
        desk = Desk().trade("+10@100")
        desk.fill("+1@100", strategy="pairs")
        told(desk, "position", "50", symbol="AAPL")
        assert missing(desk, required) == {
            ("A1/mm", "drawdown"): False,
            ("A1/pairs", "drawdown"): True,
            ("A1/XNAS/AAPL", "position"): False,
            ("A1/XNAS/AAPL", "notional"): True,
        }
        told(desk, "position", None, symbol="AAPL")
        assert missing(desk, required)["A1/XNAS/AAPL", "position"]

    def test_an_account_that_does_not_trade_needs_none(self):
        desk = Desk()
        desk.books.apply(Cash(event_time=TEN, account="A1", currency="USD", amount="5"))
        assert missing(desk, LimitSettings()) == {}


@pytest.mark.parametrize("text", ["a lot", "1e-19"])
def test_what_is_no_amount_is_refused(text):
    with pytest.raises(EventRejected):
        Limits(LimitSettings(accounts={"A1": {"drawdown": text}}), Desk().books)


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
    desk = traded(fills).mark(str(mark))
    everywhere = dict.fromkeys(["daily_loss", "hourly_loss", "drawdown"], "1")
    limits = LimitSettings(defaults={"account": everywhere, "strategy": everywhere})
    used = {
        (use.kind, use.holder.strategy): use.used
        for use in Limits(limits, desk.books).uses(desk.now)
    }
    valuation = desk.books.valuation
    reports = valuation.reports(valuation.accounts["A1"], desk.now)
    finer = POW10[LIMIT_DECIMALS - REPORTING_DECIMALS]
    for strategy, report in {
        **reports,
        "": valuation.accounts["A1"].report(reports.values()),
    }.items():
        assert used["daily_loss", strategy] == max(0, -report.day) * finer
        assert used["hourly_loss", strategy] == max(0, -report.hour) * finer
        assert used["drawdown", strategy] == report.drawdown * finer
    # One strategy's profit may cover another's loss; the account never loses more than they do.
    lost = sum(used["daily_loss", strategy] for strategy in reports)
    assert 0 <= used["daily_loss", ""] <= lost


def traded(fills: list[tuple[str, str, int, int]]) -> Desk:
    desk = Desk(EQUITY)
    for strategy, sign, quantity, price in fills:
        desk.fill(f"{sign}{quantity}@{price}", strategy=strategy)
    return desk


@given(fills=fills, mark=st.integers(1, 99), looks=st.integers(1, 3))
def test_a_use_moves_with_an_event_or_time_alone(fills, mark, looks):
    everything = {
        scope: {kind: "1" for kind, known in LIMIT_KINDS.items() if scope in known.scopes}
        for scope in ("account", "strategy", "venue", "instrument")
    }
    desk = traded(fills).mark(str(mark))
    desk.books.apply(Cash(event_time=TEN, account="A1", currency="USD", amount="10000"))
    limits = Limits(LimitSettings(defaults=everything), desk.books)
    first = limits.uses(desk.now)
    for _ in range(looks):
        assert limits.uses(desk.now) == first
    # Other eyes, which have not watched it grow, see the same.
    assert Limits(LimitSettings(defaults=everything), desk.books).uses(desk.now) == first


#: What may happen to a desk of two accounts, in two currencies, whose prices and rates grow old.
happenings = st.one_of(
    st.tuples(
        st.just("fill"),
        st.sampled_from(["A1", "A2"]),
        st.sampled_from(["mm", "mom"]),
        st.sampled_from([EQUITY, SPOT]),
        st.sampled_from(["+1@90", "-2@110", "+3@100"]),
    ),
    st.tuples(st.just("mark"), st.sampled_from([EQUITY, SPOT]), st.integers(80, 120)),
    st.tuples(st.just("rate"), st.sampled_from(["0.9", "1", "1.1"])),
    st.tuples(st.just("time"), st.sampled_from([1, 59, 61, 3_600, -59])),
    st.tuples(
        st.just("limit"),
        st.sampled_from(
            [
                {"account": "A1"},
                {"account": ""},
                {"account": "A2", "strategy": "mom"},
                {"limit": "position", "symbol": "AAPL"},
                {"limit": "net", "venue": "BINANCE"},
                {"limit": "notional", "account": "A2", "venue": "BINANCE", "symbol": "BTCUSDT"},
                {"limit": "gross", "account": "A1", "currency": "USDT"},
            ]
        ),
        st.sampled_from(["5", None]),
    ),
    st.just(("liquidation",)),
    st.just(("split",)),
)


def happen(desk, what):
    match what:
        case "fill", account, strategy, instrument, text:
            whose = {"account": account, "strategy": strategy}
            desk.fill(text, **whose, venue=instrument.venue, symbol=instrument.symbol)
        case "mark", instrument, price:
            desk.mark(str(price), venue=instrument.venue, symbol=instrument.symbol)
        case "rate", rate:
            desk.fx("USDT", "USD", rate)
        case "time", seconds:
            desk.at(desk.now + seconds * SECOND)
        case "limit", fields, value:
            told(desk, fields.get("limit", "daily_loss"), value, **fields)
        case ("liquidation",):
            desk.books.apply(liquidation(desk.now, "80"))
        case ("split",):
            split = Split(
                event_time=desk.now, venue="XNAS", symbol="AAPL", numerator=2, denominator=1
            )
            desk.books.apply(split)


@given(happened=st.lists(happenings, min_size=1, max_size=12))
def test_uses_that_are_kept_are_what_they_would_be_if_measured_anew(happened):
    desk = Desk(EQUITY, SPOT, fx_max_age_ns=MINUTE, mark_max_age_ns=2 * MINUTE)
    settings = LimitSettings(
        defaults={
            "account": FIVE | {"leverage": "3"},
            "strategy": FIVE | {"gross": "1000"},
            "instrument": {"liquidation_distance": "0.1", "position": "2", "notional": "150"},
        },
        accounts={"A2": {"net": "7"}},
        venues={"BINANCE": {"gross": "9"}},
        instruments={("XNAS", "AAPL"): {"position": "2"}},
        required={"account": ("daily_loss",), "instrument": ("position",)},
    )
    watching = Limits(settings, desk.books)
    for what in happened:
        with contextlib.suppress(EventRejected):  # what a split was overtaken by, or overtakes
            happen(desk, what)
        afresh = Limits(settings, desk.books)
        assert sorted(watching.uses(desk.now)) == sorted(afresh.uses(desk.now))
        assert watching.missing() == afresh.missing()

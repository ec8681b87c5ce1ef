"""What is at stake: by whom it is held, in whose money, and when that can't be known."""

from collections import Counter

import pytest
from hypothesis import given
from msgspec import structs

from deskwatch.core.account import MissingRate
from deskwatch.core.books import Books
from deskwatch.core.exposure import Exposure, Exposures, Place, Total
from deskwatch.core.holder import Holder
from deskwatch.core.money import REPORTING_DECIMALS, format_decimal, parse_decimal
from deskwatch.core.observation import Order
from deskwatch.core.order import QUANTITY_DECIMALS
from deskwatch.core.orders import Working
from deskwatch.core.settings import AccountSettings
from deskwatch.core.state import dump, load
from tests.core.blotter import EQUITY, FUTURE, INVERSE, MINUTE, QUANTO, SPOT, TEN, Desk
from tests.core.play import play
from tests.core.test_state import SETTINGS, journals

HERE = ("A1", "mm", "XNAS", "AAPL")


class Open:
    """Open orders, as a test puts them."""

    def __init__(self) -> None:
        self.lines: dict[Place, Working] = {}

    def put(self, place: Place, buys: str, sells: str) -> None:
        buying, selling = (parse_decimal(text, QUANTITY_DECIMALS) for text in (buys, sells))
        self.lines[place] = Working(*place, buying, selling, 0, 0, 0, 0)

    def working(self) -> list[Working]:
        return [one for one in self.lines.values() if one.buying or one.selling]

    def places(self, since: int) -> list[Place]:
        return list(self.lines)[since:]


def exposures(books: Books, now: int, orders: Open | None = None) -> Exposures:
    """Return exposure as new eyes see it."""
    known = orders or books.orders
    found = Exposures(books.valuation, books.instruments, books.settings, known)
    found.refresh(now)
    return found


def shown(total: Total | None) -> str:
    """Return long, short and working exposure as "1000 -200 +50 USD", or why there is none."""
    assert total is not None
    if total.exposure is None:
        return str(total.why)
    texts = [format_decimal(amount, REPORTING_DECIMALS) for amount in total.exposure]
    return f"{texts[0]} -{texts[1]} +{texts[2]} {total.currency}"


class TestHeld:
    @pytest.mark.parametrize(
        ("instrument", "blotter", "mark", "rates", "expected"),
        [
            pytest.param(EQUITY, "+10@100", "90", {}, "900 -0 +0 USD", id="at its mark, not its cost"),
            pytest.param(EQUITY, "-10@100", "90", {}, "0 -900 +0 USD", id="a short"),
            pytest.param(EQUITY, "+10@100 -10@90", "90", {}, "0 -0 +0 USD", id="flat"),
            pytest.param(FUTURE, "+2@100", "-20", {}, "0 -2000 +0 USD", id="a negative price"),
            pytest.param(SPOT, "+1@100", "90", {"USDT": "0.5"}, "45 -0 +0 USD", id="translated"),
            # 100 / 40000 of a coin: who is long contracts is long the coin's price.
            pytest.param(INVERSE, "+100@50000", "40000", {"XBT": "40000"}, "100 -0 +0 USD", id="inverse"),
            pytest.param(QUANTO, "-10@3000", "4000", {"XBT": "50000"}, "0 -2000 +0 USD", id="quanto"),
        ],
    )  # fmt: skip
    def test_it_is_the_value_at_the_mark(self, instrument, blotter, mark, rates, expected):
        desk = Desk(instrument).trade(blotter).mark(mark)
        for base, rate in rates.items():
            desk.fx(base, "USD", rate)
        assert shown(exposures(desk.books, TEN).of(Holder("A1"))) == expected

    def test_one_strategys_short_does_not_hide_anothers_long(self):
        desk = Desk().trade("+10@100").mark("100")
        desk.fill("-4@100", strategy="pairs")
        found = exposures(desk.books, TEN)
        assert shown(found.of(Holder("A1"))) == "1000 -400 +0 USD"
        assert shown(found.of(Holder("A1", "pairs"))) == "0 -400 +0 USD"
        assert shown(found.of(Holder("A1", "", "XNAS", "AAPL"))) == "1000 -400 +0 USD"
        assert found.of(Holder("A1")).exposure.net == parse_decimal("600", REPORTING_DECIMALS)

    def test_every_part_of_an_account_has_its_own(self):
        desk = Desk(EQUITY, SPOT).trade("+1@100").mark("100").fx("USDT", "USD", "1")
        place = {"venue": "BINANCE", "symbol": "BTCUSDT"}
        desk.fill("-2@50", **place)
        desk.mark("50", **place)
        found = exposures(desk.books, TEN)
        assert {"/".join(filter(None, holder)): shown(of) for holder, of in found.totals.items()} == {
            "A1": "100 -100 +0 USD",
            "A1/mm": "100 -100 +0 USD",
            "A1/XNAS": "100 -0 +0 USD",
            "A1/XNAS/AAPL": "100 -0 +0 USD",
            "A1/mm/XNAS/AAPL": "100 -0 +0 USD",
            "A1/BINANCE": "0 -100 +0 USD",
            "A1/BINANCE/BTCUSDT": "0 -100 +0 USD",
            "A1/mm/BINANCE/BTCUSDT": "0 -100 +0 USD",
        }  # fmt: skip
        assert {key: shown(of) for key, of in found.by_currency.items()} == {
            ("A1", "USD"): "100 -0 +0 USD",
            ("A1", "USDT"): "0 -100 +0 USD",
        }

    def test_it_is_in_the_accounts_own_currency(self):
        euro = {"A1": AccountSettings(method="average", reporting_currency="EUR")}
        desk = Desk(accounts=euro).trade("+1@100").mark("100").fx("EUR", "USD", "1.25")
        assert shown(exposures(desk.books, TEN).of(Holder("A1"))) == "80 -0 +0 EUR"


class TestNotKnown:
    def test_without_a_mark_or_a_rate_it_is_absent_and_says_why(self):
        desk = Desk(SPOT).trade("+1@100")
        watched = exposures(desk.books, TEN)
        reasons = []
        for step in (
            lambda: desk,
            lambda: desk.mark("90"),
            lambda: desk.fx("USDT", "USD", "1"),
            lambda: desk.at(TEN + 6 * MINUTE),
            lambda: desk.mark("80").at(TEN + 62 * MINUTE).mark("70"),
            lambda: desk.trade("-1@70"),
        ):
            step()
            watched.refresh(desk.now)
            reasons.append(shown(watched.of(Holder("A1"))))
        assert reasons == [
            "no_mark", "no_fx", "90 -0 +0 USD", "mark_stale", "fx_stale", "0 -0 +0 USD"
        ]  # fmt: skip

    def test_what_has_a_price_is_known_beside_what_has_none(self):
        desk = Desk(EQUITY, FUTURE).trade("+10@100").mark("100")
        desk.fill("+1@50", venue="XCME", symbol="ESZ6")
        found = exposures(desk.books, TEN)
        assert shown(found.of(Holder("A1"))) == "no_mark"
        assert shown(found.of(Holder("A1", "", "XNAS"))) == "1000 -0 +0 USD"
        assert found.largest(Holder("A1")) is None

    def test_who_never_traded_has_none(self):
        assert exposures(Desk().books, TEN).of(Holder("A1")) is None


class TestWorking:
    @pytest.mark.parametrize(
        ("blotter", "buys", "sells", "expected"),
        [
            pytest.param("+10@100", "5", "0", "1000 -0 +500 USD", id="adds"),
            pytest.param("+10@100", "0", "5", "1000 -0 +0 USD", id="reduces"),
            pytest.param("+10@100", "0", "25", "1000 -0 +500 USD", id="crosses zero"),
            pytest.param("+10@100", "5", "25", "1000 -0 +500 USD", id="one side, the worse"),
            pytest.param("-10@100", "0", "0.5", "0 -1000 +50 USD", id="finer than a share"),
        ],
    )
    def test_it_is_what_the_worse_side_would_add_to_gross(self, blotter, buys, sells, expected):
        desk, orders = Desk().trade(blotter).mark("100"), Open()
        orders.put(HERE, buys, sells)
        assert shown(exposures(desk.books, TEN, orders).of(Holder(*HERE))) == expected

    def test_it_is_in_steps_finer_than_what_is_traded(self):
        desk, orders = Desk(SPOT).trade("+0.5@100").mark("100").fx("USDT", "USD", "0.5"), Open()
        place = ("A1", "mm", "BINANCE", "BTCUSDT")
        orders.put(place, "0.00000001", "2")
        assert shown(exposures(desk.books, TEN, orders).of(Holder(*place))) == "25 -0 +50 USD"

    def test_orders_count_before_anything_is_held(self):
        desk, orders = Desk(), Open()
        watched = exposures(desk.books, TEN, orders)
        orders.put(HERE, "3", "1")
        watched.refresh(TEN)
        assert shown(watched.of(Holder("A1", "mm"))) == "no_mark"
        watched.refresh(desk.mark("100").now)
        assert shown(watched.of(Holder("A1", "mm"))) == "0 -0 +300 USD"
        watched.refresh(desk.at(TEN + 6 * MINUTE).now)
        assert shown(watched.of(Holder("A1", "mm"))) == "mark_stale"
        orders.put(HERE, "0", "0")
        watched.refresh(desk.now)
        assert shown(watched.of(Holder("A1", "mm"))) == "0 -0 +0 USD"

    def test_orders_in_what_was_not_described_are_not_known(self):
        desk, orders = Desk(), Open()
        orders.put(("A1", "mm", "XCME", "ESZ6"), "1", "0")
        watched = exposures(desk.books, TEN, orders)
        assert shown(watched.of(Holder("A1"))) == "no_mark"
        desk.books.apply(FUTURE)
        desk.mark("20", venue="XCME", symbol="ESZ6")
        watched.refresh(TEN)
        assert shown(watched.of(Holder("A1"))) == "0 -0 +1000 USD"

    def test_it_follows_the_book_of_orders(self):
        desk = Desk().mark("100")
        place = {"account": "A1", "strategy": "mm", "venue": "XNAS", "symbol": "AAPL"}
        order = Order(
            event_time=TEN, **place, client_order_id="O1", status="new", side="buy",
            quantity="10", price="99",
        )  # fmt: skip
        desk.books.apply(order)
        watched = exposures(desk.books, TEN)
        assert shown(watched.of(Holder("A1"))) == "0 -0 +1000 USD"
        desk.fill("+4@99", client_order_id="O1")
        watched.refresh(TEN)
        assert shown(watched.of(Holder("A1"))) == "400 -0 +600 USD"
        desk.books.apply(structs.replace(order, status="canceled"))
        watched.refresh(TEN)
        assert shown(watched.of(Holder("A1"))) == "400 -0 +0 USD"

    def test_an_instrument_that_was_described_anew_takes_its_orders_along(self):
        desk, orders = Desk(), Open()
        orders.put(HERE, "3", "1")
        watched = exposures(desk.mark("100").books, TEN, orders)
        other = {name: getattr(EQUITY, name) for name in EQUITY.__struct_fields__}
        desk.books.apply(type(EQUITY)(**other | {"quote": "EUR"}))
        desk.mark("100").fx("EUR", "USD", "2")
        watched.refresh(TEN)
        assert shown(watched.of(Holder("A1"))) == "0 -0 +600 USD"
        assert shown(watched.by_currency["A1", "USD"]) == "0 -0 +0 USD"


class TestMissingRates:
    MISSING = MissingRate("A1", "mm", "USDT", "USD", "no_fx")

    def test_it_is_that_of_who_holds_or_orders_what_has_a_price_and_no_rate(self):
        held = Desk(SPOT).trade("+1@100")
        assert list(exposures(held.books, TEN).missing_rates()) == []  # its mark is missing first
        assert list(exposures(held.mark("90").books, TEN).missing_rates()) == [self.MISSING]
        held.trade("-1@90")
        assert list(exposures(held.books, TEN).missing_rates()) == []
        ordered = Desk(SPOT).mark("90").order("O1 +1@90")
        assert list(exposures(ordered.books, TEN).missing_rates()) == [self.MISSING]
        ordered.fx("USDT", "USD", "1")
        assert list(exposures(ordered.books, TEN).missing_rates()) == []


def test_who_subscribes_is_told_of_what_there_is_and_then_of_what_changes():
    desk = Desk(EQUITY, FUTURE).trade("+10@100").mark("100")
    desk.fill("+1@50", venue="XCME", symbol="ESZ6")
    watched = exposures(desk.books, TEN)
    told = watched.subscribe()
    assert told == {*watched.totals.values(), *watched.by_currency.values()}
    told.clear()
    watched.refresh(TEN)
    assert told == set()
    watched.refresh(desk.mark("101").now)
    assert {"/".join(filter(None, total.holder)) for total in told} == {
        "A1", "A1/mm", "A1/XNAS", "A1/XNAS/AAPL", "A1/mm/XNAS/AAPL",
    }  # fmt: skip


def test_the_largest_is_looked_for_again_when_anything_has_changed():
    desk = Desk(EQUITY, FUTURE).trade("+10@100").mark("100")
    desk.fill("+1@50", venue="XCME", symbol="ESZ6")
    desk.mark("50", venue="XCME", symbol="ESZ6")
    watched, larger = exposures(desk.books, TEN), []
    for price in ("100", "400", "100"):
        watched.refresh(desk.mark(price).now)
        larger.append(watched.largest(Holder("A1", "mm")))
    assert larger == [amount * 10**REPORTING_DECIMALS for amount in (2500, 4000, 2500)]


@given(journals())
def test_sums_agree_however_they_are_grouped(journal):
    books = play(Books(SETTINGS), journal)
    found = exposures(books, books.now)
    lines = {holder: total for holder, total in found.totals.items() if holder.scope == "line"}
    groups = {
        "account": lambda line: Holder(line.account),
        "strategy": lambda line: Holder(line.account, line.strategy),
        "venue": lambda line: Holder(line.account, "", line.venue),
        "instrument": lambda line: line._replace(strategy=""),
    }
    for scope, whose in groups.items():
        sums: dict[Holder, Counter[str]] = {}
        for holder, total in lines.items():
            of = sums.setdefault(whose(holder), Counter())
            of.update({"long": total.long, "short": total.short, "working": total.working})
        totals = {holder: one for holder, one in found.totals.items() if holder.scope == scope}
        assert totals.keys() == sums.keys()
        for holder, total in totals.items():
            of = sums[holder]
            assert (total.long, total.short, total.working) == (
                of["long"], of["short"], of["working"],
            )  # fmt: skip
            unpriced = any(lines[line].unpriced for line in lines if whose(line) == holder)
            assert (total.exposure is None) == unpriced
    assert sum(one.long for one in found.by_currency.values()) == sum(
        one.long for one in lines.values()
    )


@given(journals())
def test_who_watched_it_grow_sees_what_new_eyes_see(journal):
    books = Books(SETTINGS)
    watching = Exposures(books.valuation, books.instruments, books.settings, books.orders)
    for moment in journal:
        play(books, [moment])
        books.refresh(books.now)
        watching.advance(books.now, 1)  # a part beforehand makes no difference
        watching.refresh(books.now)
    resumed = Books(SETTINGS)
    load(resumed, dump(books))
    for new in (exposures(books, books.now), exposures(resumed, books.now)):
        for holder, total in watching.totals.items():
            fresh = new.of(holder)
            assert (total.exposure, total.why) == (fresh.exposure, fresh.why)
            if holder.scope in ("account", "strategy"):
                assert watching.largest(holder) == new.largest(holder)
        assert new.totals.keys() == watching.totals.keys()


def test_gross_and_net_are_of_long_and_short():
    exposure = Exposure(long=30, short=50, working=7)
    assert (exposure.gross, exposure.net) == (80, -20)

"""How old prices are, also by clocks that are not ours."""

import pytest

from deskwatch.core import event
from deskwatch.core.period import SECOND
from deskwatch.engine.views.pnl import positions
from deskwatch.exposition.family import MAX_SERIES
from deskwatch.exposition.price import MaxAgeCollector, PriceCollector
from tests.core.blotter import EQUITY, FUTURE, SPOT, TEN, Desk
from tests.exposition.scrape import Scrape

COIN = {"venue": SPOT.venue, "symbol": SPOT.symbol}


def shown(desk: Desk, start: str) -> list[str]:
    scrape = Scrape(PriceCollector(desk.books, lambda: desk.now, MAX_SERIES))
    return [line for line in scrape() if line.startswith(start)]


@pytest.mark.parametrize(
    ("ahead_s", "age", "ahead"), [(-2, "2.0", "0.0"), (0, "0.0", "0.0"), (30, "0.0", "30.0")]
)
def test_a_mark_of_the_future_has_no_age_and_says_how_far_its_clock_is_ahead(ahead_s, age, ahead):
    desk = Desk(EQUITY).trade("+1@100")
    desk.mark("100", event_time=TEN + ahead_s * SECOND)
    assert shown(desk, "desk_mark_age") == [
        f'desk_mark_age_seconds{{venue="XNAS",symbol="AAPL"}} {age}'
    ]
    assert shown(desk, "desk_mark_ahead") == [f'desk_mark_ahead_seconds{{venue="XNAS"}} {ahead}']
    (row,) = positions(desk.books, desk.now).positions
    assert row.mark_age_s == float(age)


def test_a_mark_of_the_future_grows_old_from_when_it_came():
    desk = Desk(EQUITY).trade("+1@100")
    desk.mark("100", event_time=TEN + 30 * SECOND).at(TEN + 10 * SECOND)
    assert shown(desk, "desk_mark_age") == [
        'desk_mark_age_seconds{venue="XNAS",symbol="AAPL"} 10.0'
    ]
    assert shown(desk, "desk_mark_ahead") == ['desk_mark_ahead_seconds{venue="XNAS"} 20.0']
    (row,) = positions(desk.books, desk.now).positions
    assert row.mark_age_s == 10


def test_each_venue_has_its_own_clock_and_what_is_not_held_says_nothing():
    desk = Desk(EQUITY, SPOT).trade("+1@100").mark("100")
    desk.mark("200", **COIN, event_time=TEN + 30 * SECOND)
    assert shown(desk, "desk_mark_ahead") == ['desk_mark_ahead_seconds{venue="XNAS"} 0.0']
    desk.fill("+1@200", **COIN)
    assert shown(desk, "desk_mark_ahead") == [
        'desk_mark_ahead_seconds{venue="XNAS"} 0.0',
        'desk_mark_ahead_seconds{venue="BINANCE"} 30.0',
    ]


def test_a_rate_that_is_missing_is_named_until_it_comes():
    desk = Desk(SPOT).fx("USDT", "USD", "1")
    desk.fill("+1@100", fee="2", fee_currency="BNB", **COIN)
    missing = 'desk_fx_missing{account="A1",base="BNB",quote="USD",reason="no_fx"} 1.0'
    assert shown(desk, "desk_fx_missing") == [missing]
    desk.fx("BNB", "USDT", "600")
    assert shown(desk, "desk_fx_missing") == []


def test_a_rate_of_the_future_grows_old_from_when_it_came():
    desk = Desk(EQUITY)
    ahead = TEN + 30 * SECOND
    desk.books.apply(event.Fx(event_time=ahead, base="EUR", quote="USD", rate="1.1"))
    assert shown(desk, "desk_fx_age") == ['desk_fx_age_seconds{base="EUR",quote="USD"} 0.0']
    desk.at(TEN + 10 * SECOND)
    assert shown(desk, "desk_fx_age") == ['desk_fx_age_seconds{base="EUR",quote="USD"} 10.0']


def test_a_rate_of_the_future_has_no_age():
    desk = Desk(EQUITY).fx("EUR", "USD", "1.1").at(TEN - 5 * SECOND)
    assert shown(desk, "desk_fx_age") == ['desk_fx_age_seconds{base="EUR",quote="USD"} 0.0']


def test_the_ages_that_settings_allow():
    desk = Desk(EQUITY, FUTURE, venue_mark_max_age_ns={"XCME": 90 * SECOND})
    assert sorted(Scrape(MaxAgeCollector(desk.books, max_series=100))()) == [
        "desk_fx_max_age_seconds 3600.0",
        'desk_mark_max_age_seconds{venue="XCME"} 90.0',
        'desk_mark_max_age_seconds{venue="XNAS"} 300.0',
    ]

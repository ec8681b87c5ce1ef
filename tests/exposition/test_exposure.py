"""Exposure and margin as a scrape finds them."""

from deskwatch.core.event import Cash
from deskwatch.core.observation import BalanceReport, PositionReport
from deskwatch.exposition.exposure import ExposureCollector
from deskwatch.exposition.margin import MarginCollector
from tests.core.blotter import EQUITY, MINUTE, SPOT, TEN, Desk
from tests.exposition.scrape import Scrape


def exposure_of(desk: Desk) -> Scrape:
    return Scrape(ExposureCollector(desk.books, lambda: desk.now, max_series=100))


def about(scrape: Scrape, *metrics: str) -> list[str]:
    return sorted(line for line in scrape() if line.partition("{")[0] in metrics)


def test_every_level_has_its_own_and_unpriced_ones_are_absent():
    desk = Desk(EQUITY, SPOT).trade("+10@100 -4@100").mark("50")
    desk.fill("-2@10", strategy="pairs", venue="BINANCE", symbol="BTCUSDT")
    scrape = exposure_of(desk)
    assert about(scrape, "desk_account_exposure_gross") == []
    assert about(scrape, "desk_strategy_exposure_net") == [
        'desk_strategy_exposure_net{account="A1",strategy="mm",currency="USD"} 300.0'
    ]
    desk.mark("10", venue="BINANCE", symbol="BTCUSDT").fx("USDT", "USD", "1")
    account = '{account="A1",currency="USD"}'
    assert about(scrape, *(f"desk_account_exposure_{what}" for what in ("long", "short", "gross"))) == [
        f"desk_account_exposure_gross{account} 320.0",
        f"desk_account_exposure_long{account} 300.0",
        f"desk_account_exposure_short{account} 20.0",
    ]  # fmt: skip
    line = '{account="A1",strategy="pairs",venue="BINANCE",symbol="BTCUSDT",currency="USD"}'
    assert f"desk_exposure_net{line} -20.0" in scrape()
    assert about(scrape, "desk_currency_exposure_gross") == [
        'desk_currency_exposure_gross{account="A1",settle="USD",currency="USD"} 300.0',
        'desk_currency_exposure_gross{account="A1",settle="USDT",currency="USD"} 20.0',
    ]
    assert about(scrape, "desk_venue_exposure_short", "desk_instrument_exposure_short")[:3] == [
        'desk_instrument_exposure_short{account="A1",venue="BINANCE",symbol="BTCUSDT",currency="USD"} 20.0',
        'desk_instrument_exposure_short{account="A1",venue="XNAS",symbol="AAPL",currency="USD"} 0.0',
        'desk_venue_exposure_short{account="A1",venue="BINANCE",currency="USD"} 20.0',
    ]  # fmt: skip
    assert about(exposure_of(desk.at(TEN + 6 * MINUTE)), "desk_account_exposure_gross") == []


def test_leverage_needs_equity_and_concentration_does_not():
    desk = Desk().trade("+30@100").mark("100")
    scrape = exposure_of(desk)
    ratios = ("desk_leverage_ratio", "desk_concentration_ratio")
    shares = [
        'desk_concentration_ratio{account="A1",strategy=""} 1.0',
        'desk_concentration_ratio{account="A1",strategy="mm"} 1.0',
    ]
    assert about(scrape, *ratios) == shares
    desk.books.apply(Cash(event_time=TEN, account="A1", currency="USD", amount="1000"))
    assert about(scrape, "desk_leverage_ratio") == ['desk_leverage_ratio{account="A1"} 3.0']


def test_margin_is_as_reported_and_absent_when_that_fails():
    desk = Desk().trade("+10@100").mark("100")
    here = {"account": "A1", "venue": "XNAS"}
    desk.books.apply(
        BalanceReport(
            event_time=TEN, **here, currency="USD", total="9", equity="8", margin_used="4",
            maintenance_margin="2",
        )
    )  # fmt: skip
    report = PositionReport(
        event_time=TEN, **here, symbol="AAPL", quantity="10", liquidation_price="80"
    )
    desk.books.apply(report)
    scrape = Scrape(MarginCollector(desk.books, lambda: desk.now, max_series=100))
    assert scrape() == [
        'desk_margin_used_ratio{account="A1",venue="XNAS",currency="USD"} 0.5',
        'desk_maintenance_margin_ratio{account="A1",venue="XNAS",currency="USD"} 0.25',
        'desk_liquidation_distance_ratio{account="A1",venue="XNAS",symbol="AAPL"} 0.2',
    ]
    failed = BalanceReport(event_time=TEN, **here, currency="USD", total=None, error="timeout")
    desk.books.apply(failed)
    assert [line.partition("{")[0] for line in scrape()] == ["desk_liquidation_distance_ratio"]

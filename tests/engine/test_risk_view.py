"""Exposure and limits as the API answers them."""

from deskwatch.core.event import Cash
from deskwatch.core.observation import BalanceReport, Limit, PositionReport
from deskwatch.core.period import SECOND
from deskwatch.engine.views.risk import exposure, limits
from deskwatch.web.answers.figures import MissingRateRow
from deskwatch.web.answers.risk import (
    ExposureRow,
    LeverageRow,
    LimitRow,
    LiquidationRow,
    MarginRow,
    MissingRow,
    ThresholdsRow,
)
from tests.core.blotter import EQUITY, MINUTE, SPOT, TEN, Desk

COIN = {"venue": "BINANCE", "symbol": "BTCUSDT"}


def two_venues() -> Desk:
    desk = Desk(EQUITY, SPOT).trade("+10@100").mark("100").fx("USDT", "USD", "0.5")
    desk.fill("-2@100", strategy="pairs", **COIN)
    desk.mark("200", **COIN)
    desk.books.apply(Cash(event_time=TEN, account="A1", currency="USD", amount="700"))
    return desk


def row(**fields: object) -> ExposureRow:
    values = {"account": "A1", "currency": "USD", "unpriced": None}
    return ExposureRow(**(values | fields))  # type: ignore[arg-type]


LONG = {"long": "1000", "short": "0", "gross": "1000", "net": "1000", "working": "0"}
SHORT = {"long": "0", "short": "200", "gross": "200", "net": "-200", "working": "0"}


def test_exposure_is_told_by_each_part():
    answer = exposure(two_venues().books, TEN)
    whole = {"long": "1000", "short": "200", "gross": "1200", "net": "800", "working": "0"}
    assert answer.accounts == [row(**whole, concentration=0.8333333333333334)]
    assert answer.strategies == [
        row(strategy="mm", **LONG, concentration=1.0),
        row(strategy="pairs", **SHORT, concentration=1.0),
    ]
    assert answer.venues == [row(venue="BINANCE", **SHORT), row(venue="XNAS", **LONG)]
    assert answer.instruments == [row(**COIN, **SHORT), row(venue="XNAS", symbol="AAPL", **LONG)]
    assert answer.currencies == [row(settle="USD", **LONG), row(settle="USDT", **SHORT)]
    # 700 paid in, and 100 lost: 1200 over 600.
    assert answer.leverage == [LeverageRow(account="A1", leverage=2.0)]


def test_a_working_order_already_lacks_the_rate():
    desk = Desk(SPOT).mark("100").order("O1 +1@100")
    answer = exposure(desk.books, TEN)
    assert answer.accounts[0].unpriced == "no_fx"
    assert answer.missing_rates == [
        MissingRateRow(account="A1", strategy="mm", base="USDT", quote="USD", reason="no_fx")
    ]
    desk.fx("USDT", "USD", "1")
    assert exposure(desk.books, TEN).missing_rates == []


def test_what_has_no_price_says_why():
    desk = two_venues().at(TEN + 6 * MINUTE).mark("100")
    answer = exposure(desk.books, desk.now)
    unknown = dict.fromkeys(("long", "short", "gross", "net", "working"))
    assert answer.accounts == [row(**unknown, unpriced="mark_stale")]
    assert answer.strategies[0] == row(strategy="mm", **LONG, concentration=1.0)
    assert answer.leverage == [LeverageRow(account="A1", leverage=None)]


def test_margin_is_told_with_its_age():
    desk = two_venues()
    here = {"event_time": TEN, "account": "A1", "venue": "BINANCE"}
    desk.books.apply(
        BalanceReport(**here, currency="USDT", total="9", equity="8", maintenance_margin="2")
    )
    for quantity, price in (("-2", "250"), (None, None)):
        report = PositionReport(
            **here, symbol="BTCUSDT", quantity=quantity, liquidation_price=price
        )
        desk.books.apply(report)
        answer = exposure(desk.books, TEN + MINUTE)
        assert answer.liquidations == [
            LiquidationRow(
                account="A1", venue="BINANCE", symbol="BTCUSDT", price="250",
                distance_ratio=None if quantity is None else 0.25, failed=quantity is None,
                age_s=60.0,
            )
        ]  # fmt: skip
    assert answer.margins == [
        MarginRow(
            account="A1", venue="BINANCE", currency="USDT", equity="8", margin_used=None,
            maintenance_margin="2", margin_used_ratio=None, maintenance_margin_ratio=0.25,
            failed=False, age_s=60.0,
        )
    ]  # fmt: skip


def test_margin_by_a_clock_that_is_ahead_is_as_old_as_since_it_came():
    desk = two_venues()
    here = {"event_time": TEN + 30 * SECOND, "account": "A1", "venue": "BINANCE"}
    desk.books.apply(BalanceReport(**here, currency="USDT", total="9", margin_used="2"))
    desk.books.apply(
        PositionReport(**here, symbol="BTCUSDT", quantity="-2", liquidation_price="250")
    )
    answer = exposure(desk.books, TEN + MINUTE)
    assert [row.age_s for row in (*answer.margins, *answer.liquidations)] == [60.0, 60.0]


def test_limits_come_worst_first_and_the_missing_are_named():
    desk = two_venues()
    for kind, value, whose in (
        ("gross", "10000", {"account": "A1"}),
        ("gross", "1050", {"strategy": "mm"}),
        ("gross", "0", {"strategy": "pairs"}),
        ("position", "10", {"symbol": "AAPL"}),
        ("fat_finger", "5", {"account": "A1"}),
    ):
        desk.books.apply(Limit(event_time=TEN, limit=kind, value=value, **whose))
    answer = limits(desk.books, TEN)
    assert answer.thresholds == ThresholdsRow("0.7", "0.9", "1")
    assert [(one.limit, one.strategy, one.utilization, one.state) for one in answer.limits] == [
        ("gross", "pairs", None, "breached"),
        ("position", "", 1.0, "breached"),
        ("fat_finger", "", None, "unknown"),
        ("gross", "mm", 1000 / 1050, "high"),
        ("gross", "", 0.12, "ok"),
    ]
    assert answer.limits[1] == LimitRow(
        limit="position", account="A1", strategy="", venue="XNAS", symbol="AAPL", currency="",
        unit="quantity", value="10", used="10", utilization=1.0, state="breached",
    )  # fmt: skip
    whole = {"strategy": "", "venue": "", "symbol": ""}
    assert answer.missing == [MissingRow(limit="daily_loss", account="A1", **whole)]

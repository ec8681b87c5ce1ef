"""Symbols that are traded no more: an option that expired stays in the totals, and in no list."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskwatch.core.books import Books
from deskwatch.core.event import Fee
from deskwatch.core.period import DAY, SECOND
from deskwatch.core.settings import BooksSettings
from deskwatch.core.state import dump, load
from deskwatch.engine.views.pnl import pnl, positions
from deskwatch.engine.views.risk import exposure
from deskwatch.exposition.exposure import ExposureCollector
from deskwatch.exposition.order import OrderCollector
from deskwatch.exposition.pnl import LinePnlCollector, TotalPnlCollector
from deskwatch.exposition.position import PositionCollector
from deskwatch.exposition.registry import Registry
from tests.core import test_reconciliation as reconciled
from tests.core.blotter import EQUITY, FUTURE, HOUR, TEN, Desk

#: The midnight after ten o'clock: the first whole day begins.
TUESDAY = TEN + 14 * HOUR
THURSDAY = TUESDAY + 2 * DAY


class Shown:
    """What a scrape shows of one symbol, by the name of the metric."""

    def __init__(self, desk: Desk) -> None:
        books = desk.books
        self._registry = Registry()
        for collector in (LinePnlCollector, TotalPnlCollector, PositionCollector,
                          ExposureCollector, OrderCollector):  # fmt: skip
            self._registry.register(collector(books, lambda: desk.now, max_series=100))

    def __call__(self, symbol: str = 'symbol="') -> set[str]:
        page = self._registry.render(openmetrics=False).decode()
        return {line.partition("{")[0] for line in page.splitlines() if symbol in line}


def an_expired_option(**settings: object) -> Desk:
    desk = Desk(EQUITY, FUTURE, flat_ns=2 * DAY, **settings)
    desk.order("O1 +10@100").fill("+10@100", client_order_id="O1")
    return desk.trade("-10@103")


def symbols(desk: Desk) -> list[str]:
    """Return what is listed of positions, and see that exposure lists the same."""
    listed = [row.symbol for row in positions(desk.books, desk.now).positions]
    exposed = exposure(desk.books, desk.now).instruments
    assert {row.symbol for row in exposed} == set(listed)
    return listed


def test_what_was_traded_is_shown_until_it_has_rested_for_long():
    desk = an_expired_option()
    shown = Shown(desk)
    expected = {
        *(f"desk_pnl_{figure}" for figure in ("realized", "unrealized", "net", "hour", "day")),
        *("desk_pnl_fees", "desk_pnl_funding", "desk_position_quantity", "desk_position_notional"),
        *(
            f"desk_{of}exposure_{figure}"
            for of in ("", "instrument_")
            for figure in ("long", "short", "gross", "net", "working")
        ),
        "desk_order_to_trade_ratio",
    }
    assert shown() == expected
    desk.at(THURSDAY - HOUR)
    assert shown() == expected - {"desk_order_to_trade_ratio"}  # that is the day's
    assert symbols(desk) == ["AAPL"]
    desk.at(THURSDAY)
    assert shown() == set()
    assert positions(desk.books, desk.now).at_rest == 1


def test_what_it_earned_stays_in_the_totals():
    desk = an_expired_option().at(THURSDAY)
    (strategy,) = pnl(desk.books, desk.now).strategies
    assert (strategy.net, strategy.realized) == ("30", "30")
    assert {"desk_strategy_pnl_net", "desk_account_pnl_net"} <= Shown(desk)("} 30.0")


def test_a_fill_brings_it_back_with_all_that_it_earned():
    desk = an_expired_option().at(THURSDAY)
    shown = Shown(desk)
    shown()
    desk.trade("+1@90 -1@90")  # flat again: nothing of its exposure has changed
    assert "desk_instrument_exposure_gross" in shown()
    assert [row.realized for row in positions(desk.books, desk.now).positions] == ["30"]
    desk.at(THURSDAY + 3 * DAY - HOUR)
    assert symbols(desk) == ["AAPL"]
    desk.at(THURSDAY + 3 * DAY)
    assert symbols(desk) == []


def test_a_fee_that_comes_days_late_brings_it_back():
    desk = an_expired_option().at(THURSDAY)
    fee = Fee(event_time=TEN, account="A1", strategy="mm", venue="XNAS", symbol="AAPL",
              amount="1", currency="USD")  # fmt: skip
    desk.books.apply(fee)
    assert symbols(desk) == ["AAPL"]
    assert "desk_pnl_fees" in Shown(desk)()


def test_what_is_held_is_shown_for_ever():
    desk = Desk(flat_ns=DAY).trade("+10@100").at(TEN + 40 * DAY)
    assert {"desk_pnl_realized", "desk_position_quantity"} <= Shown(desk)()
    assert symbols(desk) == ["AAPL"]


def test_an_order_that_works_on_keeps_its_exposure():
    desk = an_expired_option().order("O2 +10@100").at(THURSDAY).mark("100")
    shown = Shown(desk)
    assert {name for name in shown() if "working" in name} == {
        "desk_exposure_working",
        "desk_instrument_exposure_working",
    }


def test_the_other_strategy_in_the_symbol_keeps_the_instrument():
    desk = an_expired_option().at(TUESDAY + DAY)
    desk.fill("+1@100", strategy="pairs")
    desk.at(THURSDAY)
    shown = Shown(desk)
    assert shown('strategy="mm",venue="XNAS",symbol') == set()
    assert "desk_exposure_gross" not in shown('strategy="pairs",venue="XNAS"')  # it has no mark
    desk.mark("100")
    assert "desk_exposure_gross" in shown('strategy="pairs",venue="XNAS"')
    assert "desk_instrument_exposure_gross" in shown()


def test_a_restart_forgets_nothing_of_it():
    desk = an_expired_option().at(THURSDAY - HOUR)
    again = Books(BooksSettings(flat_ns=2 * DAY))
    load(again, dump(desk.books))
    desk.books = again
    assert symbols(desk) == ["AAPL"]
    assert symbols(desk.at(THURSDAY)) == []


@pytest.mark.parametrize(
    ("blotter", "reports", "is_left_out"),
    [
        (["+1", "-1"], ["0"], True),
        ([], ["0"], True),
        (["+1"], ["1"], False),  # held
        (["+1"], ["0"], False),  # and not by the venue
        ([], ["1"], False),  # by the venue alone
        (["+1", "-1"], ["1"], False),
        (["+1", "-1"], ["0", None], False),  # nobody has an answer since
        ([], [None], False),
    ],
)
def test_a_venue_that_reports_an_expired_option_no_more_is_not_asked_of_it(
    blotter, reports, is_left_out
):
    desk = reconciled.Desk(flat_ns=2 * DAY)
    for second, quantity in enumerate(blotter, 1):
        desk.fill(quantity, second)
    for second, quantity in enumerate(reports, 10):
        desk.said(quantity, second, error="" if quantity else "timeout")
    books, told = desk.books, TEN + 10 * SECOND
    findings = books.reconciliation.findings
    assert len(list(findings(told + 2 * DAY - SECOND, books.watch))) == 1
    assert len(list(findings(told + 2 * DAY, books.watch))) == (0 if is_left_out else 1)


BOTH = [EQUITY, FUTURE]
days = st.lists(
    st.lists(st.tuples(st.sampled_from([0, 1]), st.sampled_from(["+2@100", "-2@110", "+1@90 -1@95"])), max_size=2),
    min_size=1, max_size=8,
)  # fmt: skip


@given(days, st.sampled_from([HOUR, 5 * HOUR, DAY]))
def test_lines_that_rest_through_an_hour_are_worth_what_they_would_be_if_valued_anew(week, length):
    desk = Desk(*BOTH)
    for number, each in enumerate(week, 1):
        for which, blotter in each:
            desk.instrument = BOTH[which]
            desk.mark("100").trade(blotter)
        desk.at(TEN + number * length)
        kept = figures(desk)
        desk.books.valuation.touch_all(desk.books.lines)
        assert figures(desk) == kept


def figures(desk: Desk) -> list[tuple[int, int, object]]:
    desk.books.refresh(desk.now)
    return [
        (sums.hour, sums.day, line.figures.reasons)
        for line in desk.books.lines
        for sums in line.figures.sums.values()
    ]


@given(days)
def test_what_is_left_out_is_flat_and_had_no_event_for_so_long_and_totals_are_the_same(week):
    short, long = (Desk(*BOTH, flat_ns=length * DAY) for length in (2, 1_000))
    shown, midnight = Shown(short), TUESDAY
    traded: dict[str, int] = {}
    for each in week:
        for which, blotter in each:
            traded[BOTH[which].symbol] = midnight
            for desk in (short, long):
                desk.instrument = BOTH[which]
                desk.trade(blotter)
        for desk in (short, long):
            desk.at(midnight)
        held = {
            row.symbol: row.quantity != "0" for row in positions(long.books, midnight).positions
        }
        expected = {
            symbol for symbol in held if held[symbol] or midnight - traded[symbol] < 2 * DAY
        }
        assert set(symbols(short)) == expected
        assert {one.symbol for one in BOTH if shown(f'symbol="{one.symbol}"')} == expected
        assert pnl(short.books, midnight) == pnl(long.books, midnight)
        midnight += DAY

"""Margin and liquidation as venues report them: failed and old reports say nothing."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from deskwatch.core.limit import LIMIT_DECIMALS
from deskwatch.core.margin import MarginBook
from deskwatch.core.money import format_decimal
from deskwatch.core.observation import BalanceReport, PositionReport
from deskwatch.core.period import SECOND
from deskwatch.core.rejection import EventRejected
from deskwatch.core.settings import BooksSettings
from deskwatch.core.state import dump
from tests.core.blotter import MINUTE, TEN, Desk, taken_up
from tests.core.clocks import standing, tellings

MONEY = ("A1", "XNAS", "USD")
LISTING = ("A1", "XNAS", "AAPL")
MAX_AGE = BooksSettings().report_max_age_ns


def balance_report(desk: Desk, total: str | None, **fields: object) -> BalanceReport:
    values = {"event_time": desk.now, "account": "A1", "venue": "XNAS", "currency": "USD"}
    return BalanceReport(total=total, **(values | fields))  # type: ignore[arg-type]


def position_report(
    desk: Desk, quantity: str | None, price: str | None, **fields: object
) -> PositionReport:
    values = {"event_time": desk.now, "account": "A1", "venue": "XNAS", "symbol": "AAPL"}
    return PositionReport(quantity=quantity, liquidation_price=price, **(values | fields))  # type: ignore[arg-type]


def balance(desk: Desk, total: str | None, **fields: object) -> None:
    desk.books.apply(balance_report(desk, total, **fields))


def position(desk: Desk, quantity: str | None, price: str | None, **fields: object) -> None:
    desk.books.apply(position_report(desk, quantity, price, **fields))


def ratios(desk: Desk) -> list[str | None]:
    return [shown(each) for each in desk.books.margin.ratios(MONEY, desk.now)]


def distance(desk: Desk) -> str | None:
    mark, _ = desk.books.valuation.mark_at(desk.books.instruments.of("XNAS", "AAPL"), desk.now)
    return shown(desk.books.margin.distance(LISTING, mark, desk.now))


def shown(ratio: int | None) -> str | None:
    return None if ratio is None else format_decimal(ratio, LIMIT_DECIMALS)


class TestMargin:
    def test_it_is_a_share_of_equity(self):
        desk = Desk()
        balance(desk, "1000", equity="800", margin_used="200", maintenance_margin="100")
        assert ratios(desk) == ["0.25", "0.125"]

    def test_what_is_not_said_is_not_known(self):
        desk = Desk()
        balance(desk, "1000", equity="800", margin_used="200")
        assert ratios(desk) == ["0.25", None]

    @pytest.mark.parametrize("equity", [None, "0", "-5"])
    def test_nothing_is_a_share_of_no_equity(self, equity):
        desk = Desk()
        balance(desk, "1000", equity=equity, margin_used="200")
        assert ratios(desk) == [None, None]

    def test_a_failed_query_makes_it_unknown_until_the_next(self):
        desk = Desk()
        balance(desk, "1000", equity="800", margin_used="200")
        balance(desk, None, error="timeout")
        assert ratios(desk) == [None, None]
        balance(desk, "1000", equity="400", margin_used="200")
        assert ratios(desk) == ["0.5", None]

    def test_an_old_report_says_nothing(self):
        desk = Desk()
        balance(desk, "1000", equity="800", margin_used="200")
        balance(desk.at(TEN + 4 * MINUTE), "1000")  # says nothing of margin
        assert ratios(desk) == ["0.25", None]
        assert ratios(desk.at(TEN + 6 * MINUTE)) == [None, None]

    def test_an_older_report_changes_nothing(self):
        desk = Desk()
        balance(desk, "1000", equity="800", margin_used="200")
        balance(desk, None, event_time=TEN - 1)
        balance(desk, "1000", equity="800", margin_used="400", event_time=TEN - 1)
        assert ratios(desk) == ["0.25", None]

    def test_a_venue_that_reports_none_has_none(self):
        desk = Desk()
        balance(desk, "1000", available="500")
        balance(desk, None)
        assert desk.books.margin.margins == {}


class TestLiquidation:
    @pytest.mark.parametrize(
        ("quantity", "price", "mark", "expected"),
        [
            pytest.param("10", "80", "100", "0.2", id="a long below its mark"),
            pytest.param("-10", "125", "100", "0.25", id="a short above it"),
            pytest.param("10", "80", "80", "0", id="at the price"),
            pytest.param("10", "80", "64", "-0.25", id="past it"),
            pytest.param("-10", "0.02", "0.01", "1", id="at the least mark there can be"),
            pytest.param("0", None, "100", None, id="flat"),
            pytest.param("10", None, "100", None, id="without a price"),
            pytest.param("10", "0", "100", None, id="a long that a venue says 0 of"),
            pytest.param("-10", "0.00", "100", None, id="a short that a venue says 0 of"),
        ],
    )
    def test_it_is_a_share_of_the_mark(self, quantity, price, mark, expected):
        desk = Desk().mark(mark)
        position(desk, "10", "1")
        position(desk, quantity, price)
        assert distance(desk) == expected
        assert desk.books.margin.at_risk(LISTING) == (expected is not None)

    @pytest.mark.parametrize("mark", ["0", "-37.63"])
    def test_nothing_is_a_share_of_a_mark_of_nothing_or_below(self, mark):
        desk = Desk().mark(mark)
        position(desk, "10", "-50")
        assert distance(desk) is None
        assert desk.books.margin.at_risk(LISTING)

    def test_an_older_report_changes_nothing(self):
        desk = Desk().mark("100")
        position(desk, "10", "80")
        position(desk, "10", "95", event_time=TEN - 1)
        position(desk, None, None, event_time=TEN - 1)
        assert distance(desk) == "0.2"

    def test_it_is_not_known_without_a_mark_a_fresh_report_or_an_answer(self):
        desk = Desk()
        position(desk, "10", "80")
        assert distance(desk) is None
        assert distance(desk.mark("100")) == "0.2"
        position(desk, None, None, error="timeout")
        assert distance(desk) is None
        assert desk.books.margin.at_risk(LISTING)
        position(desk, "10", "75")
        assert distance(desk) == "0.25"
        assert distance(desk.at(TEN + 6 * MINUTE).mark("100")) is None

    def test_what_is_closed_is_at_no_risk(self):
        desk = Desk().mark("100")
        position(desk, "10", "80")
        position(desk, "0", None)
        assert not desk.books.margin.at_risk(LISTING)


def test_a_position_that_only_0_was_said_of_is_not_watched_for_liquidation():
    desk = Desk().mark("100")
    position(desk, "-10", "0")
    assert LISTING not in desk.books.margin.liquidations


def test_what_is_over_the_bound_is_refused_and_what_says_nothing_of_margin_is_not():
    book, desk = MarginBook(MAX_AGE, 1, lambda: TEN), Desk()
    room_for = book.checks[BalanceReport], book.checks[PositionReport]
    margin = balance_report(desk, "1", equity="1", margin_used="1")
    held = position_report(desk, "1", "1")
    for check, follow, told in zip(room_for, book.followers.values(), (margin, held), strict=True):
        check(told)
        follow(told)
        check(told)  # it is known
    for check, more in zip(
        room_for,
        (structs.replace(margin, currency="EUR"), structs.replace(held, symbol="MSFT")),
        strict=True,
    ):
        with pytest.raises(EventRejected, match="too_many_positions"):
            check(more)
    room_for[0](balance_report(desk, "1", equity="1", currency="EUR"))
    room_for[1](position_report(desk, "1", None, symbol="MSFT"))


def reported(desk: Desk, stamped: int) -> Desk:
    """Tell of margin and of liquidation, both stamped so, and received now."""
    balance(desk, "1000", equity="800", margin_used="200", event_time=stamped)
    position(desk, "10", "80", event_time=stamped)
    return desk


def says(desk: Desk, now: int) -> tuple[bool, bool]:
    """Return whether margin, and the distance to liquidation, are known by then."""
    desk.at(now).mark("100")
    return ratios(desk)[0] is not None, distance(desk) is not None


@pytest.mark.parametrize(
    ("stamped", "counted_from"),
    [
        pytest.param(TEN + 30 * SECOND, TEN, id="ahead of our clock: from when they came"),
        pytest.param(TEN - MINUTE, TEN - MINUTE, id="late: from their own time"),
    ],
)
def test_reports_are_never_younger_than_since_they_came(stamped, counted_from):
    desk = reported(Desk(), stamped)
    assert says(taken_up(dump(desk.books)), counted_from + MAX_AGE + 1) == (False, False)
    assert says(desk, counted_from + MAX_AGE) == (True, True)
    assert says(desk, counted_from + MAX_AGE + 1) == (False, False)


def test_a_query_that_failed_by_a_clock_that_is_ahead_grows_old_from_when_it_came():
    desk = reported(Desk(), TEN).at(TEN + MINUTE)
    balance(desk, None, event_time=desk.now + 30 * SECOND)
    position(desk, None, None, event_time=desk.now + 30 * SECOND)
    margin = desk.books.margin
    assert [margin.margins[MONEY].since, margin.liquidations[LISTING].since] == [desk.now] * 2


def test_reports_that_were_put_away_without_it_count_from_their_own_time():
    desk = reported(Desk(), TEN + 30 * SECOND)
    whole = msgspec.json.decode(desk.books.margin.dump())
    for _, report in whole["margins"] + whole["liquidations"]:
        report.pop()
    before = MarginBook(MAX_AGE, 10, lambda: TEN)
    before.load(msgspec.json.encode(whole))
    assert before.margins[MONEY].since == before.liquidations[LISTING].since == TEN + 30 * SECOND


@given(tellings, st.integers(0, 2 * MAX_AGE))
def test_the_one_that_counts_is_as_old_as_the_older_of_both_its_times(blotter, later):
    desk, came = Desk(), TEN
    times = []
    for wait, ahead in blotter:
        came += wait
        reported(desk.at(came), came + ahead)
        times.append((came + ahead, came))
    now = came + later
    fresh = now - min(standing(times)) <= MAX_AGE
    resumed = taken_up(dump(desk.books))
    assert says(desk, now) == says(resumed, now) == (fresh, fresh)

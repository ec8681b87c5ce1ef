"""Hours and days: what each earned, and what came too late for it."""

from collections import defaultdict
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from deskwatch.core import event
from deskwatch.core.books import Books
from deskwatch.core.closing import MOST_UNVALUED
from deskwatch.core.line import Line
from deskwatch.core.pnl_row import PnlRow
from deskwatch.core.state import dump, load
from tests.core.blotter import HOUR, MINUTE, TEN, Desk

DAY = TEN - 10 * HOUR


def earned(rows):
    """Net by period and hour of the day, closed and late rows added."""
    total = defaultdict(Decimal)
    for row in rows:
        key = (row.period, (row.start - DAY) // HOUR)
        if row.unrealized_change is None or total[key] is None:
            total[key] = None
        else:
            parts = (row.realized, row.unrealized_change, row.funding, "-" + row.fees)
            total[key] += sum(map(Decimal, (part.replace("--", "") for part in parts)))
    return {key: value for key, value in total.items() if value != 0}


def rows(desk: Desk):
    """All rows so far: closed, late, and those of the open periods."""
    closing = desk.books.closing
    mark_at = desk.books.valuation.mark_at
    return [
        *closing.closed,
        *closing.late,
        *closing.unvalued_rows(desk.books.lines),
        *closing.open_rows(desk.books.lines, desk.now, mark_at),
    ]


def test_an_hour_earns_what_net_changed_by():
    desk = Desk(mark_max_age_ns=24 * HOUR).trade("+10@100").mark("103")
    desk.at(TEN + HOUR).trade("-4@105").mark("104")
    desk.at(TEN + 2 * HOUR)
    assert earned(desk.books.closing.closed) == {("hour", 10): 30, ("hour", 11): 14}
    assert desk.sums()["hour"] == 0
    assert desk.sums()["day"] == 44


def test_an_hour_in_which_a_flat_line_rests_costs_nothing(monkeypatch):
    """As of symbols that have expired: there are more of them each day."""
    desk = Desk().trade("+10@100 -10@101").at(TEN + HOUR)
    captured = []
    monkeypatch.setattr(Line, "capture", captured.append)
    desk.at(TEN + 13 * HOUR)
    assert captured == []


def test_fees_and_funding_belong_to_their_hour():
    desk = Desk().trade("+10@100 -10@101")
    where = {"account": "A1", "strategy": "mm", "venue": "XNAS", "symbol": "AAPL"}
    desk.books.apply(event.Funding(event_time=TEN, **where, amount="2"))
    desk.at(TEN + HOUR)
    desk.books.apply(event.Fee(event_time=desk.now, **where, amount="3", currency="USD"))
    assert desk.sums()["hour"] == -3
    assert desk.sums()["day"] == 9
    assert earned(rows(desk)) == {("hour", 10): 12, ("hour", 11): -3, ("day", 0): 9}


def test_what_alone_moves_a_currency_in_an_hour_is_a_row_of_it_and_nothing_is_none():
    desk = Desk(mark_max_age_ns=24 * HOUR).trade("+10@100").mark("100").at(TEN + HOUR)
    where = {"account": "A1", "strategy": "mm", "venue": "XNAS", "symbol": "AAPL"}
    closing = desk.books.closing
    assert closing.closed == []
    desk.books.apply(event.Funding(event_time=desk.now, **where, amount="2"))
    desk.books.apply(event.Fee(event_time=desk.now, **where, amount="3", currency="EUR"))
    desk.at(TEN + 2 * HOUR)
    row = PnlRow(
        **where, period="hour", start=TEN + HOUR, currency="USD", realized="0",
        fees="0", funding="2", unrealized_change="0",
    )  # fmt: skip
    paid = structs.replace(row, currency="EUR", fees="3", funding="0")
    assert closing.closed == [row, paid]
    desk.at(TEN + 3 * HOUR)
    assert closing.closed == [row, paid]


def test_where_a_day_begins_within_an_hour_a_fill_may_be_late_for_the_day_alone():
    desk = Desk(day_start_minute=10 * 60 + 30, mark_max_age_ns=24 * HOUR).mark("110")
    desk.at(TEN + 40 * MINUTE)
    desk.fill("+10@100", event_time=TEN)
    assert [row.period for row in desk.books.closing.late] == ["day"]
    assert (desk.sums()["hour"], desk.sums()["day"]) == (100, 0)
    desk.fill("+10@100", event_time=TEN + 30 * MINUTE)
    assert (desk.sums()["hour"], desk.sums()["day"]) == (200, 100)


def test_a_fill_that_arrives_after_the_turn_of_the_day_counts_for_yesterday():
    desk = Desk(mark_max_age_ns=24 * HOUR).trade("+10@100").mark("110")
    desk.at(DAY + 24 * HOUR)
    assert earned(desk.books.closing.closed)["day", 0] == 100
    desk.at(DAY + 24 * HOUR + 3 * 10**9)
    desk.fill("-10@109", event_time=DAY + 24 * HOUR - 1)
    assert desk.sums()["day"] == desk.sums()["hour"] == 0
    assert earned(rows(desk)) == {("hour", 10): 100, ("hour", 23): -10, ("day", 0): 90}


def test_a_late_fill_of_a_closed_hour_of_today_moves_the_hour_but_not_the_day():
    desk = Desk(mark_max_age_ns=24 * HOUR).trade("+10@100").mark("110")
    desk.at(TEN + HOUR).fill("-10@112", event_time=TEN + 59 * MINUTE)
    assert desk.sums()["hour"] == 0
    assert desk.sums()["day"] == 120
    assert earned(rows(desk)) == {("hour", 10): 120, ("day", 0): 120}


def late_split(desk: Desk, numerator: int, denominator: int) -> None:
    """Split the desk's instrument two seconds before the hour that is open."""
    split = event.Split(
        event_time=desk.books.closing.hour_start - 2 * 10**9,
        venue=desk.instrument.venue,
        symbol=desk.instrument.symbol,
        numerator=numerator,
        denominator=denominator,
    )
    assert desk.books.apply(split)


def test_a_split_and_a_fill_that_both_come_late_earn_nothing():
    desk = Desk(mark_max_age_ns=24 * HOUR).trade("+10@100").mark("100").at(TEN + HOUR)
    late_split(desk, 2, 1)
    desk.fill("+20@50", event_time=TEN + HOUR - 1)
    desk.mark("50")
    assert desk.sums()["hour"] == desk.sums()["day"] == 0
    assert earned(rows(desk)) == {}


def test_a_late_split_whose_price_no_decimal_says_leaves_the_hour_unknown():
    desk = Desk(mark_max_age_ns=24 * HOUR).trade("+10@100").mark("100").at(TEN + HOUR)
    late_split(desk, 3, 1)
    desk.mark("33.34")
    assert desk.line.figures.hour_unpriced == "no_opening_mark"
    assert desk.line.figures.day_unpriced is None
    assert desk.books.closing.late == []  # the hour before is as well known as it was


@given(
    st.integers(-50, 50).filter(bool),
    st.sampled_from([(2, 1), (3, 2), (1, 10), (4, 1)]),
    st.integers(1, 9),
)
def test_all_hours_are_the_total_also_after_a_late_split(held, ratio, bought):
    desk = Desk(mark_max_age_ns=24 * HOUR)
    desk.fill(f"{held:+}@120")
    desk.mark("90").at(TEN + HOUR)
    late_split(desk, *ratio)
    desk.fill(f"+{bought}@60", event_time=TEN + HOUR - 1)
    desk.mark("61")
    hours = [value for (period, _), value in earned(rows(desk)).items() if period == "hour"]
    assert None not in hours
    assert sum(hours) == desk.sums()["net"]


def test_a_late_fee_moves_an_hour_that_is_known_though_the_next_began_without_a_price():
    desk = Desk().trade("+10@100").mark("150")
    desk.at(TEN + HOUR - 1).mark("150").at(TEN + 3 * HOUR)
    fee = {"account": "A1", "strategy": "mm", "venue": "XNAS", "symbol": "AAPL", "amount": "1"}
    desk.books.apply(event.Fee(event_time=TEN + MINUTE, **fee, currency="USD"))
    assert earned(desk.books.closing.closed + desk.books.closing.late)["hour", 10] == 499
    desk.books.apply(event.Fee(event_time=TEN + MINUTE, **fee, currency="BNB"))
    assert None not in {row.unrealized_change for row in desk.books.closing.late}


def test_a_late_price_is_corrected_in_a_day_that_is_known_though_the_next_began_without_a_price():
    desk = Desk().trade("+10@100 -10@105").at(DAY + 24 * HOUR)
    correction = event.Correction(
        event_time=DAY + 24 * HOUR - 1, account="A1", venue="XNAS", symbol="AAPL", side="buy",
        ref_exec_id="E1", exec_id="E1C", quantity="10", price="101",
    )  # fmt: skip
    desk.books.apply(correction)
    assert earned(rows(desk)) == {("hour", 10): 50, ("hour", 23): -10, ("day", 0): 40}
    assert desk.sums()["day"] == 0


def test_a_round_trip_that_comes_late_is_known_though_the_day_began_without_a_price():
    """As a broker's of the evening, for a desk that is flat overnight."""
    desk = Desk().trade("+10@100 -10@105").at(DAY + 24 * HOUR)
    desk.fill("+5@90", event_time=DAY + 23 * HOUR)
    assert earned(rows(desk))["day", 0] is earned(rows(desk))["hour", 23] is None
    assert desk.books.closing.late == [], "it may be known yet"
    again = Desk()
    again.books = Books(desk.books.settings)
    load(again.books, dump(desk.books))
    for each in (desk, again):
        each.at(DAY + 24 * HOUR)
        each.fill("-5@95", event_time=DAY + 24 * HOUR - 1, exec_id="E4", fee="1")
        assert earned(rows(each)) == {("hour", 10): 50, ("hour", 23): 24, ("day", 0): 74}


def test_what_comes_late_in_two_hours_is_known_of_the_day_that_is_one():
    """Between the two there is a turn of the hour, at a mark that nobody knows."""
    desk = Desk().at(DAY + 24 * HOUR)
    desk.fill("+5@90", event_time=DAY + 23 * HOUR)
    desk.at(DAY + 25 * HOUR).fill("-5@95", event_time=DAY + 23 * HOUR)
    assert earned(rows(desk))["day", 0] == 25
    assert earned(rows(desk))["hour", 23] is None


def test_what_comes_late_for_many_hours_and_has_no_price_is_told_as_unknown():
    desk = Desk().at(TEN + 30 * HOUR)
    for hour in range(20):
        desk.fill("+1@90", event_time=TEN + hour * HOUR)
    assert len(desk.line.unvalued) == MOST_UNVALUED
    late = earned(rows(desk))
    assert all(late["hour", 10 + hour] is None for hour in range(20))


def test_what_came_late_before_a_split_stays_unknown():
    desk = Desk().at(DAY + 24 * HOUR)
    desk.fill("+5@90", event_time=DAY + 23 * HOUR)
    late_split(desk, 2, 1)
    desk.fill("-10@45", event_time=DAY + 24 * HOUR - 1)
    assert earned(rows(desk)) == {("hour", 23): None, ("day", 0): None}
    assert sum(Decimal(row.realized) for row in rows(desk) if row.period == "day") == 0


trips = st.lists(
    st.tuples(
        st.integers(0, 5),  # in which hour
        st.integers(1, 9),
        st.integers(90, 110),
        st.integers(90, 110),
        st.sampled_from([0, 1, 61]),  # minutes until it is learned of, by two at a time
    ),
    max_size=12,
)


@given(trips, st.booleans())
def test_a_round_trip_earns_the_same_however_late_it_comes(trips, overnight):
    """Nothing has a price, and nothing needs one but what else is held."""
    desk = Desk().at(TEN + 6 * HOUR)
    if overnight:
        desk.fill("+3@100")
        desk.at(TEN + 7 * HOUR)
    expected = defaultdict(Decimal)
    for hour, quantity, bought, sold, minutes in trips:
        at = TEN + hour * HOUR
        desk.fill(f"+{quantity}@{bought}", event_time=at)
        desk.fill(f"-{quantity}@{sold}", event_time=at + MINUTE)
        desk.at(desk.now + minutes * MINUTE)
        expected[hour + 10] += quantity * (sold - bought)
    hours = {hour: net for (period, hour), net in earned(rows(desk)).items() if period == "hour"}
    known = {hour: net for hour, net in hours.items() if hour < 16}
    assert known == {hour: net for hour, net in expected.items() if net}


def test_a_period_whose_beginning_had_no_price_is_unknown():
    desk = Desk().trade("+10@100")
    desk.at(TEN + HOUR).mark("101")
    assert desk.line.figures.hour_unpriced == "no_opening_mark"
    assert desk.line.figures.day_unpriced is None
    assert desk.sums()["day"] == 10
    assert earned(desk.books.closing.closed) == {("hour", 10): None}


def test_a_day_may_begin_at_five_in_the_afternoon_in_new_york():
    desk = Desk(timezone="America/New_York", day_start_minute=17 * 60, mark_max_age_ns=24 * HOUR)
    desk.trade("+10@100").mark("101")
    desk.at(DAY + 22 * HOUR - 1)
    assert desk.sums()["day"] == 10
    desk.at(DAY + 22 * HOUR)
    assert desk.sums()["day"] == 0
    assert [row.start for row in desk.books.closing.closed if row.period == "day"] == [
        DAY - 2 * HOUR
    ]


#: A day that begins within an hour: at 15:21 UTC, where the hour begins at 14:30.
KOLKATA = {"timezone": "Asia/Kolkata", "day_start_minute": 20 * 60 + 51}
TURN = DAY + 15 * HOUR + 21 * MINUTE


def test_a_fill_of_before_a_turn_of_the_day_within_the_hour_counts_for_yesterday():
    desk = Desk(**KOLKATA, mark_max_age_ns=24 * HOUR).trade("+20@100").mark("89")
    desk.at(TURN + MINUTE).mark("90")
    assert desk.sums()["day"] == 20
    desk.fill("+1@80", event_time=TURN - MINUTE // 2)
    assert desk.sums()["day"] == 21, "what was open at the turn gained one each"
    assert desk.sums()["hour"] == 30, "it belongs to this hour"
    by_day = defaultdict(Decimal)
    for row in rows(desk):
        if row.period == "day":
            by_day[row.start] += Decimal(row.realized) + Decimal(row.unrealized_change)
    assert by_day == {TURN - 24 * HOUR: -211, TURN: 21}


def test_a_fee_of_before_a_turn_of_the_day_within_the_hour_counts_for_yesterday():
    desk = Desk(**KOLKATA).trade("+10@100 -10@101").at(TURN + MINUTE)
    where = {"account": "A1", "strategy": "mm", "venue": "XNAS", "symbol": "AAPL"}
    desk.books.apply(event.Fee(event_time=TURN - 1, **where, amount="3", currency="USD"))
    assert (desk.sums()["day"], desk.sums()["hour"]) == (0, -3)


steps = st.lists(
    st.tuples(
        st.integers(0, 5),  # hours later
        st.integers(0, 400),  # minutes that the fill comes late
        st.integers(-20, 20).filter(bool),
        st.integers(90, 110),
        st.integers(0, 3),  # fee
    ),
    max_size=25,
)


days = st.sampled_from([{}, KOLKATA, {"day_start_minute": 10 * 60 + 30}])


@given(days, steps)
def test_the_periods_add_up_to_the_whole(day, trades):
    desk = Desk(**day, mark_max_age_ns=10**6 * HOUR).mark("100")
    for hours, late, quantity, price, fee in trades:
        desk.at(desk.now + hours * HOUR + MINUTE)
        desk.mark(str(price))
        text = f"{'+' if quantity > 0 else '-'}{abs(quantity)}@{price}"
        desk.fill(text, fee=str(fee), event_time=max(TEN, desk.now - late * MINUTE))
    if not trades:
        return
    net = desk.sums()["net"]
    for period in ("hour", "day"):
        total = Fraction(0)
        for row in rows(desk):
            if row.period == period:
                total += Fraction(row.realized) + Fraction(row.unrealized_change)
                total += Fraction(row.funding) - Fraction(row.fees)
        assert total == net


@given(st.sampled_from([(0, TEN + HOUR), (10 * 60 + 30, TEN + 30 * MINUTE)]), steps)
def test_how_late_an_event_is_learned_of_moves_no_open_period(turns, trades):
    """Fills of before the open hour or the open day, in time or after it: the same hour, day and
    net."""
    day_start_minute, turn = turns
    in_time, too_late = (
        Desk(mark_max_age_ns=10**6 * HOUR, day_start_minute=day_start_minute).mark("100")
        for _ in range(2)
    )
    texts = [
        (f"{'+' if quantity > 0 else '-'}{abs(quantity)}@{price}", str(fee))
        for _, _, quantity, price, fee in trades
    ]
    for text, fee in texts:
        in_time.fill(text, fee=fee)
    for desk in (in_time, too_late):
        desk.at(turn).mark("104")
    for text, fee in texts:
        too_late.fill(text, fee=fee, event_time=TEN + MINUTE)
    if texts:
        assert in_time.sums() == too_late.sums()
        assert earned(rows(in_time)) == earned(rows(too_late))

"""How long a price values a position: by its own time, and no longer than it has been here."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from deskwatch.core import event
from deskwatch.core.period import SECOND
from deskwatch.core.settings import BooksSettings
from deskwatch.core.state import dump
from deskwatch.core.valuation import NEVER
from tests.core.blotter import EQUITY, MINUTE, SPOT, TEN, Desk, taken_up
from tests.core.clocks import TOLERANCE, standing, tellings

MAX_AGE = BooksSettings().mark_max_age_ns
FX_MAX_AGE = BooksSettings().fx_max_age_ns


def unpriced(desk: Desk, now: int) -> str | None:
    return desk.at(now).line.figures.unpriced


def test_a_mark_that_is_ahead_of_our_clock_grows_old_from_when_it_came():
    desk = Desk().trade("+10@100").mark("101", event_time=TEN + 30 * SECOND)
    assert unpriced(desk, TEN + MAX_AGE) is None
    assert unpriced(desk, TEN + MAX_AGE + 1) == "mark_stale"


def test_a_mark_that_comes_late_grows_old_from_its_own_time():
    desk = Desk().trade("+10@100").at(TEN + MINUTE).mark("101", event_time=TEN)
    assert unpriced(desk, TEN + MAX_AGE) is None
    assert unpriced(desk, TEN + MAX_AGE + 1) == "mark_stale"


def test_a_mark_that_is_ahead_of_our_clock_gives_way_to_one_that_is_not():
    desk = Desk().trade("+10@100").mark("101", event_time=TEN + 30 * SECOND)
    desk.at(TEN + 10 * SECOND).mark("1", event_time=TEN - SECOND)  # from before it came
    assert desk.sums()["unrealized"] == 10
    desk.mark("1", event_time=TEN + 29 * SECOND)  # by the same clock
    assert desk.sums()["unrealized"] == 10
    desk.mark("102")
    assert desk.sums()["unrealized"] == 20


def test_a_rate_that_is_ahead_of_our_clock_gives_way_to_one_that_is_not():
    desk = Desk().fx("EUR", "USD", "1.1", event_time=TEN + 30 * SECOND)
    desk.at(TEN + 10 * SECOND).fx("EUR", "USD", "1.2")
    assert desk.books.fx.conversion("EUR", "USD", desk.now) == (12, 10)


def test_a_mark_that_is_ahead_and_comes_again_is_new_again():
    desk = Desk().trade("+10@100").mark("101", event_time=TEN + 30 * SECOND)
    desk.at(TEN + 10 * SECOND).mark("101", event_time=TEN + 30 * SECOND)
    assert unpriced(desk, TEN + 10 * SECOND + MAX_AGE) is None
    assert unpriced(desk, TEN + 10 * SECOND + MAX_AGE + 1) == "mark_stale"


def test_a_rate_that_is_ahead_of_our_clock_grows_old_from_when_it_came():
    desk = Desk(SPOT)
    ahead = TEN + 30 * SECOND
    desk.books.apply(event.Fx(event_time=ahead, base="USDT", quote="USD", rate="1"))
    convert = desk.books.fx.conversion
    assert convert("USDT", "USD", TEN + FX_MAX_AGE) == (1, 1)
    assert convert("USDT", "USD", TEN + FX_MAX_AGE + 1) == "fx_stale"


def test_books_that_were_put_away_without_it_count_from_the_time_of_the_mark():
    desk = Desk().trade("+10@100").fx("EUR", "USD", "1.1").mark("101", event_time=TEN - MINUTE)
    state = msgspec.json.decode(dump(desk.books))
    for price in (state["instruments"][0][3][0], state["rates"][0][2]):
        price.pop()
    before = taken_up(msgspec.json.encode(state))
    assert unpriced(before, TEN - MINUTE + MAX_AGE) is None
    assert unpriced(before, TEN - MINUTE + MAX_AGE + 1) == "mark_stale"
    assert before.books.fx.conversion("EUR", "USD", TEN + FX_MAX_AGE + 1) == "fx_stale"


@given(tellings, st.integers(0, 2 * MAX_AGE))
def test_a_mark_is_never_younger_than_since_it_came_nor_than_its_own_time(blotter, later):
    """By whichever clock it counts; of equals, the one that came last does."""
    desk, came = Desk(EQUITY).trade("+10@100"), TEN
    times = []
    for wait, ahead in blotter:
        came += wait
        desk.at(came).mark("101", event_time=came + ahead)
        times.append((came + ahead, came))
    stamped, received = standing(times)
    now = came + later
    age = max(now - stamped, now - received)
    assert unpriced(desk, now) == ("mark_stale" if age > MAX_AGE else None)
    fresh_until = now + MAX_AGE - age if age <= MAX_AGE else NEVER
    assert desk.books.valuation.fresh_until(now) == fresh_until


@given(tellings)
def test_what_a_mark_is_counted_from_is_in_the_books_that_are_put_away(blotter):
    desk, came = Desk(EQUITY).trade("+10@100"), TEN
    for wait, ahead in blotter:
        came += wait
        desk.at(came).mark("101", event_time=came + ahead)
    resumed = taken_up(dump(desk.books))
    for now in (came, came + MAX_AGE - TOLERANCE, came + MAX_AGE, came + MAX_AGE + 1):
        assert unpriced(resumed, now) == unpriced(desk, now)

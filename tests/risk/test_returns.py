"""The kept returns: which columns stay when venues are open at different hours."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from deskwatch.risk.returns import Factor, Returns

WINDOW = 4
STOCK: Factor = ("mark", "XNAS", "AAPL")
FUTURE: Factor = ("mark", "XCME", "ESZ6")
COIN: Factor = ("mark", "BINANCE", "BTCUSDT")
RATE: Factor = ("fx", "USDT", "USD")
ROWS = (STOCK, FUTURE, COIN, RATE)
DAY, NIGHT, WEEKEND = "DAY", "NIGHT", "WEEKEND"
OPEN = {DAY: {STOCK, FUTURE, COIN}, NIGHT: {FUTURE, COIN}, WEEKEND: {COIN}}


def returns(hours: list[str], window: int = WINDOW) -> Returns:
    """Kept returns after these hours, one column each: the hour's number where a venue is open."""
    kept = Returns(window, len(ROWS))
    for factor in ROWS:
        kept.place(factor)
    for number, hour in enumerate(hours, 1):
        kept.append(np.array([number if one in OPEN[hour] else np.nan for one in ROWS]))
    return kept


def told(kept: Returns) -> list[int]:
    """The numbers of the hours that stayed."""
    return [int(number) for number in kept.values[kept.rows[COIN]]]


def test_a_night_leaves_what_the_day_told():
    assert told(returns([DAY] * 3 + [NIGHT] * 6)) == [1, 2, 3, 6, 7, 8, 9]


def test_of_three_kinds_of_hours_the_most_frequent_gives_up_its_oldest():
    assert told(returns([DAY] * 4 + [NIGHT] * 4 + [WEEKEND])) == [2, 3, 4, 5, 6, 7, 8, 9]
    assert told(returns([DAY] * 4 + [NIGHT] * 4 + [WEEKEND] * 4)) == [3, 4, 6, 7, 8, 10, 11, 12]


@given(st.lists(st.sampled_from([DAY, NIGHT])))
def test_of_two_kinds_each_keeps_its_newest(hours):
    newest = [
        number for number, hour in enumerate(hours, 1) if hours[number - 1 :].count(hour) <= WINDOW
    ]
    assert told(returns(hours)) == newest


@given(st.lists(st.sampled_from([DAY, NIGHT, WEEKEND])), st.integers(0, 40))
def test_it_is_bounded_and_a_restart_changes_nothing(hours, cut):
    kept = returns(hours)
    assert kept.columns <= 2 * WINDOW
    assert kept.total == len(hours)
    assert told(kept)[-2:] == list(range(1, len(hours) + 1))[-2:], "the newest are never dropped"
    resumed = Returns(WINDOW, len(ROWS))
    resumed.load(*returns(hours[:cut]).dump())
    for number, hour in list(enumerate(hours, 1))[cut:]:
        resumed.append(np.array([number if one in OPEN[hour] else np.nan for one in ROWS]))
    assert resumed.dump() == kept.dump()


def test_a_venue_that_stood_still_takes_its_zeros_back():
    kept = returns([DAY, DAY])
    for _ in range(2):
        kept.append(np.array([0.0, 0.01, 0.02, np.nan]))
    kept.still("XNAS", 1)
    assert np.isnan(kept.values[0]).tolist() == [False, False, False, True]
    kept.still("XNAS", 9)
    assert np.isnan(kept.values[0]).tolist() == [False, False, True, True]
    assert not np.isnan(kept.values[1:3]).any(), "the others moved"


def test_a_start_with_room_for_rates_alone_is_a_start():
    """Less room than before, and what is needed first are rates: no venue has a row."""
    before = returns([DAY] * 4 + [NIGHT] * 4)
    before.displace(STOCK, ("fx", "EUR", "USD"))
    before.displace(FUTURE, ("fx", "XBT", "USD"))
    resumed = Returns(WINDOW, 2)
    resumed.load(*before.dump())
    assert (resumed.columns, [kind for kind, _, _ in resumed.rows]) == (WINDOW, ["fx", "fx"])

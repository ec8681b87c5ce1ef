from fractions import Fraction
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskwatch.core.fx import FOREVER, MAX_PAIRS, FxTable, Rate
from deskwatch.core.rejection import EventRejected


def table(*rates: tuple[str, str, int, int], max_age: int = 100) -> FxTable:
    fx = FxTable(max_age)
    for base, quote, amount, time in rates:
        fx.put(base, quote, Rate(amount, 2, time, time), came=time)
    return fx


def worth(fx: FxTable, source: str, target: str, now: int = 0) -> Fraction | str:
    found = fx.conversion(source, target, now)
    return found if isinstance(found, str) else Fraction(*found)


def test_pairs_are_bounded_and_those_that_are_known_go_on():
    others = [(f"X{number}", f"Y{number}", 1, 0) for number in range(MAX_PAIRS - 1)]
    fx = table(("EUR", "USD", 110, 0), *others)
    with pytest.raises(EventRejected, match=f"at most {MAX_PAIRS} pairs"):
        fx.put("GBP", "USD", Rate(130, 2, 1, 1), came=1)
    assert fx.put("EUR", "USD", Rate(120, 2, 1, 1), came=1)
    assert worth(fx, "GBP", "USD", 1) == "no_fx"


def test_a_pair_is_used_both_ways():
    fx = table(("EUR", "USD", 110, 0))
    assert worth(fx, "EUR", "USD") == Fraction("1.1")
    assert worth(fx, "USD", "EUR") == 1 / Fraction("1.1")
    assert worth(fx, "USD", "USD") == 1


def test_one_step_through_a_third_currency():
    fx = table(("XBT", "USDT", 5_000_000, 0), ("USDT", "USD", 99, 0))
    assert worth(fx, "XBT", "USD") == 50_000 * Fraction("0.99")
    assert worth(fx, "USD", "XBT") == 1 / (50_000 * Fraction("0.99"))


def test_the_newer_of_a_pair_that_came_both_ways_round_counts():
    fx = table(("EUR", "USD", 110, 5), ("USD", "EUR", 50, 6))
    assert worth(fx, "EUR", "USD", 6) == 2
    assert worth(fx, "USD", "EUR", 6) == Fraction("0.5")


def test_two_steps_are_one_too_many():
    fx = table(("A", "B", 100, 0), ("B", "C", 100, 0), ("C", "D", 100, 0))
    assert worth(fx, "A", "D") == "no_fx"


@pytest.mark.parametrize(("now", "expected"), [(100, 1), (101, "fx_stale")])
def test_a_rate_grows_old(now, expected):
    assert worth(table(("EUR", "USD", 100, 0)), "EUR", "USD", now) == expected


def test_an_old_leg_is_stale_and_not_missing():
    fx = table(("XBT", "USDT", 5_000_000, 0), ("USDT", "USD", 100, 200))
    assert worth(fx, "XBT", "USD", 200) == "fx_stale"


def test_a_fixed_rate_never_ages_and_is_not_overruled():
    fx = table(("USDT", "USD", 100, FOREVER))
    assert not fx.put("USDT", "USD", Rate(90, 2, 5, 5), came=5)
    assert not fx.put("USD", "USDT", Rate(90, 2, 5, 5), came=5)
    assert worth(fx, "USDT", "USD", 10**18) == 1
    assert fx.ends() == [], "nothing is left that could grow old"


def test_an_older_rate_changes_nothing():
    fx = table(("EUR", "USD", 110, 50))
    assert not fx.put("EUR", "USD", Rate(90, 2, 49, 49), came=50)
    assert worth(fx, "EUR", "USD", 50) == Fraction("1.1")


pairs = st.sampled_from(list(permutations("ABCD", 2)))


@given(st.lists(st.tuples(pairs, st.integers(1, 999), st.integers(0, 99))))
def test_there_and_back_is_where_we_were(rates):
    fx = table(*((*pair, amount, time) for pair, amount, time in rates))
    there, back = worth(fx, "A", "B"), worth(fx, "B", "A")
    assert there == back if isinstance(there, str) else there * back == 1

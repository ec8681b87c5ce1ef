"""Which samples an expression sees: how long a series goes on, and where a window begins."""

import math

import pytest

from deskwatch.rules.promql.evaluate import Semantics
from tests.rules.series import MINUTE, answer, labels, loaded, vector

NAN = labels(__name__="feed", symbol="NQ")


def seen(source, at: int, semantics: Semantics | None = None) -> dict[str, float]:
    """Return what each series is worth at a time in ms, by its symbol."""
    found = answer("feed", source, at, semantics)
    assert isinstance(found, dict)
    return {dict(series)["symbol"]: value for series, value in found.items()}


@pytest.mark.parametrize(
    ("minutes", "found"),
    [
        (0, {"ES": 1}),
        (1, {"ES": 2}),
        (1.5, {"ES": 2}),
        (2, {"ES": 2, "NQ": 7}),  # a gap is none; a feed may begin late
        (3, {"NQ": 7}),  # it has ended, and is not told as its last value
        (3.5, {"NQ": 7}),
        (4, {"ES": 5, "NQ": 7}),
        (6.999, {"ES": 5, "NQ": 7}),
        (7, {"ES": 5}),
        (8.999, {"ES": 5}),
        (9, {}),
    ],
)
def test_a_series_is_worth_its_newest_sample_until_it_ends_or_is_five_minutes_old(minutes, found):
    source = loaded({
        'feed{symbol="none"}': "_ _ _",
        'feed{symbol="NQ"}': "_ _ 7",
        'feed{symbol="ES"}': "1 2 _ stale 5",
    })  # fmt: skip
    at = int(minutes * MINUTE)
    assert seen(source, at) == found
    assert vector("feed offset 2m", source, at + 2 * MINUTE) == vector("feed", source, at)


def test_prometheus_2_takes_a_sample_of_five_minutes_ago_too():
    source = loaded({'feed{symbol="ES"}': "1"})
    old = Semantics(closed_windows=True)
    assert [seen(source, 5 * MINUTE, one) for one in (None, old)] == [{}, {"ES": 1}]
    assert seen(source, 5 * MINUTE + 1, old) == {}


def test_what_is_not_a_number_is_a_sample_and_what_ends_a_series_is_none():
    source = loaded({'feed{symbol="NQ"}': "1 NaN stale 3"})
    assert math.isnan(vector("feed", source, MINUTE)[NAN])
    asked = "count_over_time(feed[10m])"
    counts = [vector(asked, source, n * MINUTE)[labels(symbol="NQ")] for n in range(4)]
    assert counts == [1, 2, 2, 3]


def test_a_window_begins_after_its_start_and_takes_in_its_end():
    source = loaded({"fills": "1 2 4 8 16"})
    asked = "sum_over_time(fills[2m])"
    sums = [vector(asked, source, at)[()] for at in (2 * MINUTE, 2 * MINUTE + 1, 4 * MINUTE)]
    assert sums == [6, 6, 24]
    assert vector(asked, source, 6 * MINUTE) == {}


def test_a_subquery_takes_its_steps_up_to_now_and_none_after():
    source = loaded({"fills": "1 2 4"})
    asked = "sum_over_time(fills[2m:1m])"
    sums = [vector(asked, source, at)[()] for at in (MINUTE - 1, MINUTE, MINUTE + 1)]
    assert sums == [1, 3, 3]


def test_a_rate_is_prometheus_rate_to_the_last_bit():
    """A figure between two printed ones: promtool 3.5 prints 1.662, and 1.6625 would be 1.663."""
    source = loaded({"fills": "_ 1000 1000 1199.5", "lots": "_ 9.9 0.3 0.1"})
    (rate,) = vector("rate(fills[3m])", source, 3 * MINUTE).values()
    assert rate == 1.6624999999999999
    (after_resets,) = vector("rate(lots[3m])", source, 3 * MINUTE).values()
    assert after_resets == 0.00333333333333333

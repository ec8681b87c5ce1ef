"""What is unusual for a bot that trades now and then, and is flat in between."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskwatch.anomaly.history import History
from deskwatch.anomaly.robust import score
from deskwatch.anomaly.season import Season
from deskwatch.anomaly.settings import AnomalySettings

SETTINGS = AnomalySettings()
A_DAY = 288


def test_who_is_flat_half_of_the_time_is_judged_by_what_it_earned_and_lost_when_it_traded():
    flat, traded = [0.0] * 6, [0.01, 95.0, -110.0, 102.0, -98.0, 120.0]
    lost = score(-100.0, [*flat, *traded])
    assert lost is not None
    assert -1 < lost < -0.5, "a loss as it has them every hour, whatever its least one was"
    costs = 5.0
    assert score(-100.0 - costs, [each - costs for each in (*flat, *traded)]) == lost


def test_figures_that_never_differed_do_not_say_what_much_would_be():
    assert score(-5.0, [0.0] * 20) is None
    assert score(-5.0, [0.0] * 20 + [1.0], least=2) is None
    assert score(-5.0, [0.0] * 20 + [1.0]) == -5 / 1.4826


figures = st.floats(-1e6, 1e6, allow_subnormal=False)


@given(figures, st.lists(figures, min_size=1, max_size=30), st.integers(0, 40))
def test_resting_changes_nothing_about_what_is_unusual(figure, traded, rests):
    traded.append(median := sorted(traded)[len(traded) // 2])
    if len(traded) % 2 == 0:
        traded.append(median)
    assert score(figure, [*traded, *[median] * rests]) == score(figure, traded)


def test_an_hour_with_too_few_trades_is_judged_by_all_hours():
    season = Season(SETTINGS)
    chance = random.Random(3)
    for interval in range(2 * A_DAY):
        hour = interval // 12
        traded = chance.gauss(0, 100) if hour % 24 or interval % 12 == 0 else 0.0
        season.take(traded, (interval + 1) * SETTINGS.interval_ns, hour)
    midnight = season.judge(-150.0, (2 * A_DAY + 1) * SETTINGS.interval_ns, 48)
    assert midnight.basis == "all_hours"
    assert midnight.score is not None
    assert midnight.score > -3


@pytest.mark.parametrize(
    ("begins", "ends", "most"),
    [(1 / 6, 1 / 6, 3), (0.7, 0.3, 4), (1 / 12, 1 / 3, 3), (0.05, 0.95, 3)],
    ids=["flat half of the time", "flat for 30 %", "flat for 80 %", "flat for 95 %"],
)
def test_a_bot_that_holds_now_and_then_hardly_ever_has_a_loss_told_that_is_as_the_others(
    begins, ends, most
):
    told = shifted = 0
    for seed in range(8):
        chance, history = random.Random(seed), History(SETTINGS, "USD")
        net, holds = 0, False
        for interval in range(6 * A_DAY):
            holds ^= chance.random() < (ends if holds else begins)
            net += round(chance.gauss(0, 100) * 10**9) if holds else 0
            at = (interval + 1) * SETTINGS.interval_ns
            history.take(net, at, interval // 12 % 168, filled=holds)
            told += (history.judged.score or 0.0) < -SETTINGS.score
            shifted += (history.shift or 0.0) < -SETTINGS.shift
    assert told <= most, f"{told} in 40 judged days"
    assert shifted == 0

"""The measures' laws: of scale, of order, and of parts that sum to the whole."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deskwatch.risk.component import ewma_components, historical_components
from deskwatch.risk.cornish_fisher import cornish_fisher, holds, moments
from deskwatch.risk.ewma import covariance, ewma, update, variance, weights
from deskwatch.risk.historical import historical
from deskwatch.risk.methods import METHODS, measured
from deskwatch.risk.monte_carlo import Scenarios
from deskwatch.risk.vector import NORMAL, TailRisk

confidences = st.sampled_from([0.9, 0.95, 0.975, 0.99])
outcomes = st.lists(st.integers(-(10**6), 10**6), min_size=1, max_size=120).map(
    lambda cents: np.array(cents) / 100
)
seeds = st.integers(0, 2**32)


def drawn(seed: int, observations: int, parts: int) -> np.ndarray:
    return np.random.Generator(np.random.PCG64(seed)).standard_normal((observations, parts))


def test_the_tail_of_a_known_sample():
    """Losses of 1 to 100: the 95 % quantile lies between the sixth worst and the fifth."""
    tail = historical(-np.arange(1.0, 101.0), 0.95)
    assert tail.value_at_risk == pytest.approx(95.05)
    assert tail.expected_shortfall == pytest.approx((96 + 97 + 98 + 99 + 100) / 5)


@pytest.mark.parametrize("observations", [11, 21, 51, 501])
def test_the_outcome_that_is_the_quantile_is_in_the_tail(observations):
    """As empyrical has it (`conditional_value_at_risk`): 1 - 0.9 is a tenth, not a bit less."""
    losses = np.arange(1.0, observations + 1) ** 3
    tail = historical(-losses, 0.9)
    worst = losses[-(observations // 10 + 1) :]
    assert tail == (worst[0], worst.mean())


def test_no_outcomes_are_no_risk_figure():
    with pytest.raises(ValueError, match="one or more"):
        historical(np.array([]), 0.95)


@pytest.mark.parametrize("method", METHODS)
def test_what_never_moves_loses_nothing(method):
    assert METHODS[method](np.zeros(50), 0.99) == (0, 0)


@pytest.mark.parametrize("method", METHODS.values())
@given(outcomes, confidences, st.sampled_from([0.25, 2.0, 1024.0]))
def test_twice_the_position_is_twice_the_risk(method, sample, confidence, scale):
    one, other = method(sample, confidence), method(sample * scale, confidence)
    assert other == pytest.approx(np.array(one) * scale, rel=1e-9, abs=1e-6)


@pytest.mark.parametrize("method", METHODS.values())
@given(outcomes, confidences)
def test_beyond_the_var_it_is_no_better(method, sample, confidence):
    tail = method(sample, confidence)
    assert tail.expected_shortfall >= tail.value_at_risk - 1e-9 * (1 + abs(tail.value_at_risk))


@given(outcomes, confidences)
def test_historical_var_is_numpys_quantile(sample, confidence):
    expected = -np.quantile(sample, 1 - confidence)
    assert historical(sample, confidence).value_at_risk == pytest.approx(expected, abs=1e-9)


def test_a_jump_bends_cornish_fisher_back():
    """Then its VaR is no quantile, and far from any loss that there was."""
    calm = drawn(5, 500, 1)[:, 0]
    assert all(holds(calm, at) for at in (0.95, 0.99))
    loss, jump, fall = calm.copy(), calm.copy(), calm.copy()
    loss[250], jump[250], fall[250] = -10, 30, -60
    assert all(holds(loss, at) for at in (0.95, 0.99))
    for outcomes in (jump, fall):
        assert cornish_fisher(outcomes, 0.99).value_at_risk < 0
        assert not any(holds(outcomes, at) for at in (0.95, 0.99))
    assert {name for name, _ in measured(jump, [(name, 0.99) for name in METHODS])} == {
        "historical", "ewma"
    }  # fmt: skip


@settings(max_examples=50)
@given(seeds, confidences, st.floats(2.1, 30))
def test_where_cornish_fisher_holds_no_more_than_alpha_lies_below_it(seed, confidence, freedom):
    """By what the expansion itself makes of a normal distribution."""
    outcomes = np.random.Generator(np.random.PCG64(seed)).standard_t(freedom, 300)
    if not holds(outcomes, confidence):
        return
    mean, deviation, skew, kurtosis = moments(outcomes)
    z = np.array([NORMAL.inv_cdf((place + 0.5) / 20_000) for place in range(20_000)])
    bent = z + (z**2 - 1) * skew / 6 + (z**3 - 3 * z) * kurtosis / 24
    bent -= (2 * z**3 - 5 * z) * skew**2 / 36
    below = mean + deviation * bent <= -cornish_fisher(outcomes, confidence).value_at_risk
    assert below.mean() <= 1.11 * (1 - confidence)


def test_the_newest_outcome_weighs_most():
    assert weights(500)[-1] == pytest.approx(0.06, rel=1e-9)
    assert weights(500).sum() == pytest.approx(1)
    quiet_now = variance(np.array([3.0] * 10 + [1.0] * 100))
    assert 1 < quiet_now < variance(np.array([1.0] * 100 + [3.0] * 10)) < 9


@settings(max_examples=25)
@given(seeds)
def test_one_rank_at_a_time_is_the_product_of_matrices(seed):
    """But for what the first return had to stand for: λⁿ of it."""
    returns = drawn(seed, 400, 5)
    known = np.outer(returns[0], returns[0])
    for latest in returns[1:]:
        update(known, latest)
    assert known == pytest.approx(covariance(returns), abs=1e-9)


@settings(max_examples=50)
@given(seeds, confidences)
def test_components_sum_to_the_var(seed, confidence):
    """Euler: whatever the parts are."""
    parts = drawn(seed, 150, 4) * [1, 10, 0, 3]
    whole = parts.sum(axis=1)
    by_scenario = historical_components(parts, confidence)
    by_variance = ewma_components(parts, confidence)
    assert by_scenario.sum() == pytest.approx(historical(whole, confidence).value_at_risk)
    assert by_variance.sum() == pytest.approx(ewma(whole, confidence).value_at_risk)
    assert by_scenario[2] == by_variance[2] == 0


@settings(max_examples=25)
@given(seeds)
def test_a_component_is_the_slope_there(seed):
    """The change of the whole's VaR as one part grows, over how much it grows."""
    parts = drawn(seed, 150, 3)
    step = 1e-6
    for components, method in ((historical_components, historical), (ewma_components, ewma)):
        base = method(parts.sum(axis=1), 0.95).value_at_risk
        grown = method((parts * [1 + step, 1, 1]).sum(axis=1), 0.95).value_at_risk
        assert components(parts, 0.95)[0] == pytest.approx((grown - base) / step, abs=1e-3)


def test_parts_that_cancel_have_no_risk_to_share():
    part = drawn(1, 100, 1)
    assert ewma_components(np.hstack([part, -part]), 0.95).tolist() == [0, 0]


def test_kept_scenarios_have_the_variance_that_they_are_weighed_by():
    observed = drawn(7, 300, 2)
    kept = Scenarios(300)
    one, other = (kept.outcomes(column) for column in observed.T)
    assert one.std() == pytest.approx(variance(observed[:, 0]) ** 0.5, rel=0.05)
    assert (one * other).mean() == pytest.approx(covariance(observed)[0, 1], abs=0.05)


def simulated(kept: Scenarios, observed: np.ndarray, confidence: float) -> TailRisk:
    return historical(kept.outcomes(observed), confidence)


def test_kept_scenarios_have_fat_tails():
    observed = drawn(7, 300, 1)[:, 0]
    assert simulated(Scenarios(300), observed, 0.99).expected_shortfall > (
        1.1 * ewma(observed, 0.99).expected_shortfall
    )


def test_parts_add_up_to_the_whole_in_every_scenario():
    observed = drawn(7, 200, 2)
    kept = Scenarios()
    whole = kept.outcomes(observed.sum(axis=1))
    assert kept.outcomes(observed[:, 0]) + kept.outcomes(observed[:, 1]) == pytest.approx(
        whole, abs=1e-4
    )


def test_the_same_scenarios_are_drawn_again():
    observed = drawn(3, 40, 1)[:, 0]
    assert Scenarios(60).outcomes(observed).tolist() == Scenarios(60).outcomes(observed).tolist()


def test_the_scale_of_money_is_no_matter():
    """Single precision holds what is kept; yen of a billion lose no more digits than cents."""
    observed = drawn(3, 40, 1)[:, 0]
    kept = Scenarios(40)
    assert simulated(kept, observed * 1e12, 0.95).value_at_risk == pytest.approx(
        1e12 * simulated(kept, observed, 0.95).value_at_risk, rel=1e-5
    )

"""Published VaR, expected shortfall, Kupiec and Basel tables come out to the printed digits."""

from decimal import ROUND_DOWN, Decimal
from typing import Any

import numpy as np
import pytest

from deskwatch.risk.backtest import basel_zone, cumulative, kupiec
from deskwatch.risk.cornish_fisher import cornish_fisher
from deskwatch.risk.historical import historical, quantile
from deskwatch.risk.normal import tail_of_normal
from deskwatch.risk.vector import TailRisk, Vector
from tests.risk.published import FOLDER, answers, edhec, published


def gaussian(outcomes: Vector, confidence: float) -> TailRisk:
    """Return what EWMA makes of a mean and a deviation, of the population's own."""
    return tail_of_normal(float(outcomes.mean()), float(outcomes.std()), confidence)


METHODS = {"historical": historical, "gaussian": gaussian, "modified": cornish_fisher}

#: Chi-square with one degree of freedom is above it with 5 %.
CRITICAL = 3.841459


def tables() -> list[Any]:
    if not FOLDER.exists():
        return [pytest.param("", {}, marks=pytest.mark.skip(f"{FOLDER} is missing"))]
    printed = answers("edhec_expected.json")["snapshot_4dp_truncated"]
    return [pytest.param(title, table, id=title) for title, table in printed.items()]


def cut(number: float, decimals: int) -> Decimal:
    """Return a number as a source prints it that cuts digits off. 1e-12: a float's own error."""
    exact = Decimal(number).quantize(Decimal("1e-12"))
    return exact.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_DOWN)


@pytest.mark.parametrize(("title", "table"), tables())
def test_the_tables_of_performance_analytics(title, table):
    """Its figures are returns, a loss below zero, cut to four decimals; p=0.01 says 99 % too."""
    measure, p, method = title.split()
    confidence = max(float(p[2:]), 1 - float(p[2:]))
    tails = {name: METHODS[method](returns, confidence) for name, returns in edhec().items()}
    figures = {
        name: -(tail.value_at_risk if measure == "VaR" else tail.expected_shortfall)
        for name, tail in tails.items()
    }
    assert {name: cut(figure, 4) for name, figure in figures.items()} == {
        name: cut(printed, 4) for name, printed in table.items()
    }


@published
def test_the_tables_have_every_method():
    printed = answers("edhec_expected.json")["snapshot_4dp_truncated"]
    assert {title.split()[2] for title in printed} == METHODS.keys()
    assert len(printed) == 10
    assert all(len(table) == 13 for table in printed.values())


@published
def test_the_first_hundred_months_to_six_decimals():
    printed = answers("edhec_expected.json")["baseline_6dp"]["Convertible Arbitrage"]
    returns = edhec()["Convertible Arbitrage"][:100]
    for name, figure in printed.items():
        measure, method = name.split("95_")
        tail = METHODS[method](returns, 0.95)
        ours = tail.value_at_risk if measure == "VaR" else tail.expected_shortfall
        assert round(-ours, 6) == figure, name


@published
def test_a_backtest_of_a_series_against_its_own_var():
    printed = answers("edhec_expected.json")["backtest"]
    returns = edhec()["Convertible Arbitrage"]
    exceptions = int((returns < -historical(returns, 0.95).value_at_risk).sum())
    assert exceptions == printed["actual_exceedances"]
    assert len(returns) * 0.05 == pytest.approx(printed["expected_exceedances"])


@published
@pytest.mark.parametrize("case", range(6))
def test_empyricals_quantiles(case):
    printed = answers("empyrical_var.json")["cases"][case]
    returns = np.array(printed["returns"], dtype=float)
    at = quantile(returns, printed["cutoff"])
    assert at.of(returns) == pytest.approx(printed["var"], rel=1e-12)


@published
def test_kupiecs_likelihood_ratios():
    for case in answers("kupiec_basel.json")["LR_examples"]:
        ratio = kupiec(case["x"], case["T"], case["p"]).ratio
        assert round(ratio, 6) == abs(case["LR"]), case


@published
def test_kupiecs_regions_of_non_rejection():
    for p, regions in answers("kupiec_basel.json")["computed_regions_inclusive"].items():
        for observations, region in regions.items():
            count = int(observations)
            kept = [x for x in range(count + 1) if kupiec(x, count, float(p)).ratio < CRITICAL]
            assert [kept[0], kept[-1]] == region, (p, count)
            assert len(kept) == kept[-1] - kept[0] + 1


@published
def test_basels_traffic_light():
    table = answers("kupiec_basel.json")["basel_traffic_light_T250_p01"]
    likely = [round(cumulative(x, 250, 0.01), 6) for x in range(11)]
    assert likely == table["cumulative_probability_computed"]
    zones = [basel_zone(x, 250, 0.01) for x in range(12)]
    assert zones == ["green"] * 5 + ["yellow"] * 5 + ["red"] * 2
    assert table["zones"] == {"green": "0-4", "yellow": "5-9", "red": "10+"}


def test_a_web_calculators_ratio_is_not_ours():
    """It prints 0.189 for 3 exceptions in 250 at 1 %; the formula gives half of it."""
    assert kupiec(3, 250, 0.01).ratio == pytest.approx(0.0949401, abs=1e-7)

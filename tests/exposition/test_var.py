"""Value at risk as a scrape finds it."""

import pytest

from deskwatch.exposition.registry import Registry
from deskwatch.exposition.var import VarBacktestCollector, VarCollector, VarSettingCollector
from tests.core.blotter import MINUTE
from tests.risk.desk import RISK, RiskDesk


class Scrape:
    """The samples of a desk's risk, by name and labels."""

    def __init__(self, desk: RiskDesk) -> None:
        self._registry = Registry()
        self._registry.register(VarCollector(desk.risk, lambda: desk.now, 1000))
        self._registry.register(VarBacktestCollector(desk.risk, 1000))
        self._registry.register(VarSettingCollector(desk.risk))

    def __call__(self, name: str) -> dict[tuple[str, ...], float]:
        self._registry.collect()
        return {
            tuple(value for _, value in labels): number
            for labels, number in self._registry.samples(name)
        }


def test_figures_by_method_and_confidence():
    desk = RiskDesk().fill(10, "AAPL").walk(12)
    scrape = Scrape(desk)
    figures = desk.risk.figures(desk.now)["A1", ""]
    var = scrape("desk_var")
    assert len(var) == 2 * 4 * 2, "an account and a strategy, four methods, two confidences"
    tail = figures.tails["historical", 0.99]
    assert var["A1", "USD", "historical", "0.99"] == tail.value_at_risk
    shortfall = scrape("desk_expected_shortfall")
    assert shortfall["A1", "USD", "historical", "0.99"] == tail.expected_shortfall
    assert scrape("desk_var_observations") == {("A1",): 11, ("A1", "mm"): 11}
    assert scrape("desk_var_unknown") == {}


def test_components_are_of_strategies_and_sum_to_the_account():
    desk = RiskDesk().fill(10, "AAPL").fill(1, "ESZ6", strategy="macro").walk(12, "AAPL", "ESZ6")
    scrape = Scrape(desk)
    parts = scrape("desk_var_component")
    whole = scrape("desk_var")["A1", "USD", "ewma", "0.95"]
    shares = [parts["A1", name, "USD", "ewma", "0.95"] for name in ("mm", "macro")]
    assert sum(shares) == pytest.approx(whole)
    assert ("A1", "mm", "USD", "ewma", "0.95") in scrape("desk_var_marginal_ratio")


def test_what_is_unknown_is_absent_and_says_why():
    desk = RiskDesk().fill(10, "AAPL").walk(12)
    scrape = Scrape(desk)
    assert scrape("desk_var")
    desk.at(desk.now + 3 * MINUTE)
    assert scrape("desk_var") == scrape("desk_var_component") == {}
    assert scrape("desk_var_unknown") == {("A1", "mark_stale"): 1, ("A1", "mm", "mark_stale"): 1}


def test_backtests():
    desk = RiskDesk().fill(10, "AAPL").walk(20)
    scrape = Scrape(desk)
    assert scrape("desk_var_backtest_zone") == {}
    desk.walk(1)
    at = ("A1", "historical", "0.95")
    assert scrape("desk_var_backtest_observations")[at] == RISK.min_observations
    assert scrape("desk_var_backtest_expected_exceptions")[at] == pytest.approx(0.5)
    zones = {
        key[-1]: value for key, value in scrape("desk_var_backtest_zone").items() if key[:-1] == at
    }
    assert zones.keys() == {"green", "yellow", "red"}
    assert sum(zones.values()) == 1
    tests = {key[-1] for key in scrape("desk_var_backtest_p_value") if key[:-1] == at}
    assert tests == {"kupiec", "independence", "conditional_coverage"}


def test_what_the_var_is_of():
    scrape = Scrape(RiskDesk())
    assert scrape("desk_var_horizon_seconds") == {(): 60}
    assert scrape("desk_var_min_observations") == {(): RISK.min_observations}
    assert scrape("desk_var_limit_measure") == {("historical", "0.99"): 1}

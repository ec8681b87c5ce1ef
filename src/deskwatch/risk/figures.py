"""The risk figures of an account and its strategies, by every method that there is."""

from collections.abc import Iterator
from math import sqrt
from typing import NamedTuple

import numpy as np

from deskwatch.risk.component import ewma_components, historical_components
from deskwatch.risk.historical import historical
from deskwatch.risk.methods import METHODS, Measure, measured
from deskwatch.risk.monte_carlo import Scenarios
from deskwatch.risk.portfolio import AccountPortfolio, Portfolio
from deskwatch.risk.settings import RiskSettings
from deskwatch.risk.vector import TailRisk

_COMPONENTS = {"historical": historical_components, "ewma": ewma_components}


class Figures(NamedTuple):
    """Risk over the horizon, in money of `currency`: a loss is above zero.

    strategy: WHOLE_ACCOUNT for the account's own. observations: outcomes that it is measured by.
    gross: what is held, long and short; None can't be known. unknown: why there are no figures.
    tails: by each measure that says anything of the outcomes, see `measured`.
    components: the share in the account's VaR of a strategy, which sum to that.
    """

    account: str
    strategy: str
    currency: str
    observations: int
    gross: float | None
    unknown: str | None
    tails: dict[Measure, TailRisk]
    components: dict[Measure, float]

    def marginal(self, measure: Measure) -> float | None:
        """Return how the account's VaR grows with each unit of money that is held more.

        All positions of the strategy growing alike; times `gross` it is the component.
        """
        component = self.components.get(measure)
        return component / self.gross if component is not None and self.gross else None


class Measuring:
    """Measures portfolios. Keeps the scenarios of Monte Carlo, drawn when they are first needed."""

    def __init__(self, settings: RiskSettings) -> None:
        self._settings = settings
        self._scale = sqrt(settings.horizon_ns / settings.interval_ns)
        self._measures = [(name, at) for name in METHODS for at in settings.confidences]
        self._scenarios: Scenarios | None = None

    def figures(self, account: AccountPortfolio) -> Iterator[Figures]:
        """Yield the figures of an account, and those of its strategies."""
        yield self._of(account.whole, {})
        components = self._components(account)
        for strategy, shares in zip(account.strategies, components, strict=True):
            yield self._of(strategy, shares)

    def _of(self, one: Portfolio, components: dict[Measure, float]) -> Figures:
        observed = one.observed
        tails: dict[Measure, TailRisk] = {}
        if one.unknown is None:
            if one.idle:
                observed = np.zeros(1)
            tails = {
                measure: self._scaled(tail)
                for measure, tail in measured(observed, self._measures).items()
            } | self._simulated(one)
        gross = None if one.holding is None else one.holding.gross
        return Figures(
            one.account, one.strategy, one.currency, len(one.observed), gross, one.unknown, tails,
            components,
        )  # fmt: skip

    def _simulated(self, one: Portfolio) -> dict[Measure, TailRisk]:
        confidences = self._settings.confidences
        if one.idle:
            return {("monte_carlo", confidence): TailRisk(0.0, 0.0) for confidence in confidences}
        if self._scenarios is None:
            self._scenarios = Scenarios()
        simulated = self._scenarios.outcomes(one.observed)
        return {
            ("monte_carlo", confidence): self._scaled(historical(simulated, confidence))
            for confidence in confidences
        }

    def _components(self, account: AccountPortfolio) -> list[dict[Measure, float]]:
        """Return each strategy's components of its account's VaR; none where that is unknown."""
        found: list[dict[Measure, float]] = [{} for _ in account.strategies]
        if account.whole.unknown is not None or account.whole.idle:
            return found
        columns = account.whole.columns
        parts = np.array([one.outcomes[columns] for one in account.strategies]).T
        for name, method in _COMPONENTS.items():
            for confidence in self._settings.confidences:
                shares = method(parts, confidence) * self._scale
                for components, share in zip(found, shares, strict=True):
                    components[name, confidence] = float(share)
        return found

    def _scaled(self, tail: TailRisk) -> TailRisk:
        return TailRisk(tail.value_at_risk * self._scale, tail.expected_shortfall * self._scale)

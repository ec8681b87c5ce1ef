"""The live backtest: the VaR said at a boundary, against what came of the positions then held.

What came of them is the hypothetical P&L: the positions of the boundary, held to the next one at
its prices, without the trades, fees and funding between. It tests the model alone; actual P&L would
also test how lively the desk traded.
Source: Basel Committee, Supervisory framework for the use of "backtesting" (1996), part II, and
Minimum capital requirements for market risk (2019), MAR32.
"""

from collections.abc import Iterable

import numpy as np
from msgspec import Struct

from deskwatch.risk.backtest import Backtest, backtest
from deskwatch.risk.holding import Holding
from deskwatch.risk.methods import METHODS, Measure, measured
from deskwatch.risk.portfolio import Key, Portfolio
from deskwatch.risk.returns import Returns
from deskwatch.risk.settings import RiskSettings


class Said(Struct, array_like=True):
    """What was said at a boundary: a holding, and its VaR over one interval by what measures it."""

    holding: Holding
    value_at_risk: list[tuple[Measure, float]]


class Judging:
    """Hits of each portfolio and measure, as text: see `backtest`; at most a window of them."""

    def __init__(self, settings: RiskSettings) -> None:
        self._window = settings.backtest_window
        self._least = min(settings.min_observations, settings.backtest_window)
        self.measures: list[Measure] = [
            (name, confidence) for name in METHODS for confidence in settings.confidences
        ]
        self.said: dict[Key, Said] = {}
        self.hits: dict[Key, dict[Measure, str]] = {}

    def judge(self, returns: Returns, *, brought: bool) -> None:
        """Compare what was said with the interval's outcome; without one there is a gap."""
        judged = set()
        for key, said in self.said.items():
            earned = said.holding.outcomes(returns, 1)[-1] if brought else np.nan
            hits = self.hits.setdefault(key, {})
            for measure, most in said.value_at_risk:
                hit = " " if np.isnan(earned) else "1" if -earned > most else "0"
                hits[measure] = self._within(hits.get(measure, "") + hit)
                judged.add((key, measure))
        for key, hits in self.hits.items():
            for measure, known in hits.items():
                if (key, measure) not in judged:
                    hits[measure] = self._within(known + " ")
        self.said.clear()

    def say(self, known: Iterable[Portfolio]) -> None:
        """Say the VaR over the next interval of each portfolio that has a figure."""
        for one in known:
            if one.holding is None or one.unknown is not None or one.idle:
                continue
            observed = one.observed
            self.said[one.key] = Said(
                one.holding,
                [
                    (measure, tail.value_at_risk)
                    for measure, tail in measured(observed, self.measures).items()
                ],
            )

    def results(self) -> dict[Key, dict[Measure, Backtest]]:
        """Return the backtests of those that have been judged often enough."""
        return {
            key: {
                measure: backtest(hits, 1 - measure[1])
                for measure, hits in measures.items()
                if len(hits) - hits.count(" ") >= self._least
            }
            for key, measures in self.hits.items()
        }

    def _within(self, hits: str) -> str:
        """Return the newest hits of the window; gaps in a row are one."""
        hits = hits.replace("  ", " ").lstrip(" ")
        while len(hits) - hits.count(" ") > self._window:
            hits = hits[1:].lstrip(" ")
        return hits

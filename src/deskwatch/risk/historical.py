"""Historical simulation: the outcomes that were, and nothing assumed of them."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from deskwatch.risk.vector import TailRisk, Vector

#: A quantile so near an outcome is on it: 1 - 0.9 is not quite a tenth, and whether the outcome is
#: in the tail decides the tail's mean.
_ON_ONE: Final = 1e-9


class Quantile(NamedTuple):
    """A quantile between two order statistics: places in the outcomes, and the second's share."""

    lower: int
    upper: int
    share: float

    def of(self, outcomes: Vector) -> float:
        """Return the quantile's value in `outcomes`, or in others of the same scenarios."""
        low, high = float(outcomes[self.lower]), float(outcomes[self.upper])
        return low + (high - low) * self.share


def quantile(outcomes: Vector, probability: float) -> Quantile:
    """Return where the `probability` quantile lies: linear between order statistics.

    Raises ValueError without outcomes.
    Source: Hyndman and Fan (1996), type 7; the default of R and NumPy.
    """
    if not len(outcomes):
        raise ValueError("found no outcomes; expected one or more")
    exact = probability * (len(outcomes) - 1)
    whole = round(exact)
    if abs(exact - whole) < _ON_ONE:
        exact = float(whole)
    below = min(int(exact), len(outcomes) - 1)
    above = min(below + 1, len(outcomes) - 1)
    places = np.argpartition(outcomes, (below, above))
    return Quantile(int(places[below]), int(places[above]), exact - below)


def tail_of(outcomes: Vector, at: Quantile) -> NDArray[np.bool_]:
    """Return True for each outcome that is no better than the quantile."""
    # The quantile's own lower outcome is always in it, whatever interpolating rounds to.
    worst = max(at.of(outcomes), float(outcomes[at.lower]))
    return outcomes <= worst


def historical(outcomes: Vector, confidence: float) -> TailRisk:
    """Return VaR and expected shortfall of the outcomes themselves.

    Expected shortfall: the mean of the outcomes that are no better than the quantile.
    Source: PerformanceAnalytics, VaR and ES, method "historical".
    """
    at = quantile(outcomes, 1 - confidence)
    mean = float(outcomes[tail_of(outcomes, at)].mean())
    return TailRisk(-at.of(outcomes), -mean)

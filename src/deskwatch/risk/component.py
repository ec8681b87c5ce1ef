"""What each part adds to the risk of the whole: components that sum to it.

VaR of outcomes scales with the positions, so it is the sum of each part's size times its slope
there (Euler): Tasche, Capital allocation to business units and sub-portfolios (2008).
"""

import numpy as np

from deskwatch.risk.ewma import weights
from deskwatch.risk.historical import quantile
from deskwatch.risk.vector import NORMAL, Matrix, Vector


def historical_components(parts: Matrix, confidence: float) -> Vector:
    """Return each part's loss in the very scenarios whose loss is the whole's historical VaR."""
    at = quantile(parts.sum(axis=1), 1 - confidence)
    lower, upper = parts[at.lower], parts[at.upper]
    losses: Vector = -(lower + (upper - lower) * at.share)
    return losses


def ewma_components(parts: Matrix, confidence: float) -> Vector:
    """Return −z Cov(part, whole) / σ(whole) of each part, by EWMA; zeros where nothing moves."""
    weighed = parts * weights(len(parts))[:, None]
    whole = parts.sum(axis=1)
    deviation = float((weighed.sum(axis=1) * whole).sum()) ** 0.5
    if not deviation:
        return np.zeros(parts.shape[1])
    covered: Vector = (weighed * whole[:, None]).sum(axis=0)
    components: Vector = -NORMAL.inv_cdf(1 - confidence) * covered / deviation
    return components

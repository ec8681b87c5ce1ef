"""EWMA: the newest outcomes count most, as RiskMetrics weighs them."""

from typing import Final

import numpy as np

from deskwatch.risk.normal import tail_of_normal
from deskwatch.risk.vector import Matrix, TailRisk, Vector

#: RiskMetrics' own for daily outcomes.
DECAY: Final = 0.94


def weights(count: int) -> Vector:
    """Return the weights of `count` outcomes, oldest first; they sum to 1."""
    powers: Vector = DECAY ** np.arange(count - 1, -1, -1, dtype=np.float64)
    scaled: Vector = powers / powers.sum()
    return scaled


def variance(outcomes: Vector) -> float:
    """Return the weighted mean of squared outcomes; their mean counts as zero.

    Source: RiskMetrics Technical Document, 4th edition (1996), 5.2 and 5.3.1.
    """
    return float((weights(len(outcomes)) * outcomes * outcomes).sum())


def covariance(returns: Matrix) -> Matrix:
    """Return the weighted mean of the returns' cross products, as one product of matrices."""
    scaled = returns * np.sqrt(weights(len(returns)))[:, None]
    product: Matrix = scaled.T @ scaled
    return product


def update(known: Matrix, latest: Vector) -> None:
    """Put a newest return into a covariance, in place: λ Σ + (1 − λ) r r′.

    Against `covariance` of all returns so far, it also keeps what the oldest weight left over:
    a share of λⁿ after n returns.
    """
    known *= DECAY
    known += np.outer((1 - DECAY) * latest, latest)


def ewma(outcomes: Vector, confidence: float) -> TailRisk:
    """Return VaR and expected shortfall of a normal distribution of mean 0 and EWMA's variance."""
    return tail_of_normal(0.0, variance(outcomes) ** 0.5, confidence)

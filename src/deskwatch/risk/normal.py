"""Variance-covariance: outcomes taken for normal, with their own mean and deviation."""

import numpy as np

from deskwatch.risk.vector import NORMAL, Matrix, TailRisk, Vector


def tail_of_normal(mean: float, deviation: float, confidence: float) -> TailRisk:
    """Return VaR and expected shortfall of a normal distribution.

    VaR = −μ − σ z and ES = −μ + σ φ(z) / α, with α = 1 − confidence and z its quantile.
    Source: McNeil, Frey, Embrechts, Quantitative Risk Management (2015), 2.3.
    """
    alpha = 1 - confidence
    z = NORMAL.inv_cdf(alpha)
    return TailRisk(-mean - deviation * z, -mean + deviation * NORMAL.pdf(z) / alpha)


def normal(outcomes: Vector, confidence: float) -> TailRisk:
    """Return VaR and expected shortfall by the outcomes' mean and population deviation.

    Source: PerformanceAnalytics, VaR and ES of one series, method "gaussian".
    """
    return tail_of_normal(float(outcomes.mean()), float(outcomes.std()), confidence)


def portfolio(returns: Matrix, weights: Vector, confidence: float) -> tuple[float, Vector]:
    """Return a portfolio's VaR and each asset's component of it; components sum to it.

    By the sample covariance: −w·μ − z √(w′Σw), and of each asset wᵢ (−μᵢ − z (Σw)ᵢ / √(w′Σw)).
    Source: PerformanceAnalytics, VaR with portfolio_method "component", method "gaussian".
    """
    mean = returns.mean(axis=0)
    covered = np.cov(returns, rowvar=False) @ weights
    deviation = float(np.sqrt(weights @ covered))
    z = NORMAL.inv_cdf(1 - confidence)
    components = weights * (-mean - z * covered / deviation)
    return float(-weights @ mean - z * deviation), components

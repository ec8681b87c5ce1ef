"""The tail of a normal distribution."""

from deskwatch.risk.vector import NORMAL, TailRisk


def tail_of_normal(mean: float, deviation: float, confidence: float) -> TailRisk:
    """Return VaR and expected shortfall of a normal distribution.

    VaR = −μ − σ z and ES = −μ + σ φ(z) / α, with α = 1 − confidence and z its quantile.
    Source: McNeil, Frey, Embrechts, Quantitative Risk Management (2015), 2.3.
    """
    alpha = 1 - confidence
    z = NORMAL.inv_cdf(alpha)
    return TailRisk(-mean - deviation * z, -mean + deviation * NORMAL.pdf(z) / alpha)

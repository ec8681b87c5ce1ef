"""Cornish-Fisher: the normal quantile bent by the outcomes' skewness and excess kurtosis."""

from typing import NamedTuple

from deskwatch.risk.vector import NORMAL, TailRisk, Vector


class Moments(NamedTuple):
    """Population moments; kurtosis is in excess of the normal's three. Both are 0 of a constant."""

    mean: float
    deviation: float
    skewness: float
    kurtosis: float


def moments(outcomes: Vector) -> Moments:
    """Return the population moments of outcomes."""
    mean = float(outcomes.mean())
    centred = outcomes - mean
    squared = centred * centred
    variance = float(squared.mean())
    if not variance:
        return Moments(mean, 0.0, 0.0, 0.0)
    third, fourth = float((squared * centred).mean()), float((squared * squared).mean())
    return Moments(mean, variance**0.5, third / variance**1.5, fourth / variance**2 - 3)


def cornish_fisher(outcomes: Vector, confidence: float) -> TailRisk:
    """Return VaR and expected shortfall by the expansion to the fourth moment.

    Where the expansion's shortfall would be the smaller of the two, it is the VaR.
    Source: Boudt, Peterson, Croux, Estimation and decomposition of downside risk for portfolios
    with non-normal returns (2008), as PerformanceAnalytics' method "modified".
    """
    mean, deviation, skew, kurtosis = moments(outcomes)
    alpha = 1 - confidence
    h = _quantile(NORMAL.inv_cdf(alpha), skew, kurtosis)
    shortfall = max(_partial_mean(h, skew, kurtosis) / alpha, -h)
    return TailRisk(-mean - deviation * h, -mean + deviation * shortfall)


def holds(outcomes: Vector, confidence: float) -> bool:
    """Return whether the expansion's quantile is one: whether no more than α of it lies below.

    One outcome far from all others bends it back. Then what should be better than the quantile
    comes out worse, and VaR may be far below zero just after a jump.
    Source: Maillard, A user's guide to the Cornish Fisher expansion (2012), on its domain; asked
    here of what lies above this one quantile, but for the best tenth of α.
    """
    _, _, skew, kurtosis = moments(outcomes)
    alpha = 1 - confidence
    z, best = NORMAL.inv_cdf(alpha), -NORMAL.inv_cdf(alpha / 10)
    # The expansion, less its value at z, is (x − z) times this square polynomial of x.
    square, skewed = kurtosis / 24 - skew**2 / 18, skew / 6
    slope = square * z + skewed
    level = z * slope + 1 - kurtosis / 8 + 5 * skew**2 / 36
    places = [z, best]
    if square and z < -slope / (2 * square) < best:
        places.append(-slope / (2 * square))
    return all((square * x + slope) * x + level > 0 for x in places)


def _quantile(z: float, skew: float, kurtosis: float) -> float:
    return (
        z
        + (z**2 - 1) * skew / 6
        + (z**3 - 3 * z) * kurtosis / 24
        - (2 * z**3 - 5 * z) * skew**2 / 36
    )


def _partial_mean(h: float, skew: float, kurtosis: float) -> float:
    """Return minus the expansion's mean below h, of a standardised outcome, times α."""
    density, below = NORMAL.pdf(h), NORMAL.cdf(h)
    # Integrals of z^n φ(z), up to a sign, from below to h: by parts, from the first ones up.
    second, fourth = density * (h**2 + 2), density * (h**4 + 4 * h**2 + 8)
    sixth = density * (h**6 + 6 * h**4 + 24 * h**2 + 48)
    first, third = h * density - below, density * (h**3 + 3 * h) - 3 * below
    return (
        density
        + (fourth - 6 * second + 3 * density) * kurtosis / 24
        + (third - 3 * first) * skew / 6
        + (sixth - 15 * fourth + 45 * second - 15 * density) * skew**2 / 72
    )

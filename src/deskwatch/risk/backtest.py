"""Whether a VaR was right: how often it was exceeded, and whether exceptions came in a row.

Hits are a text, oldest first: "1" an interval whose loss was above the VaR said before it, "0" one
whose was not, and " " a gap, across which nothing is said of what followed what.
"""

from itertools import pairwise
from math import erfc, exp, fsum, lgamma, log, sqrt
from typing import Final, Literal, NamedTuple

Zone = Literal["green", "yellow", "red"]

ZONES: Final[tuple[Zone, ...]] = ("green", "yellow", "red")

#: Where yellow and red begin: how likely no more exceptions than these were, of a right VaR.
_YELLOW: Final = 0.95
_RED: Final = 0.9999


class Likelihood(NamedTuple):
    """A likelihood ratio, and how likely one as large or larger is where the VaR is right."""

    ratio: float
    p_value: float


def kupiec(exceptions: int, observations: int, probability: float) -> Likelihood:
    """Return whether there were as many exceptions as there should: the proportion of failures.

    probability: of an exception, 1 − confidence. 0 · ln 0 counts as 0.
    Source: Kupiec, Techniques for verifying the accuracy of risk measurement models (1995).
    """
    misses = observations - exceptions
    expected = _log_likelihood(exceptions, misses, probability)
    ratio = 2 * (_best(exceptions, misses) - expected)
    return _one_degree(ratio)


class Backtest(NamedTuple):
    """What a series of hits comes to; independence and coverage are None before any pair."""

    observations: int
    exceptions: int
    expected: float
    kupiec: Likelihood
    independence: Likelihood | None
    conditional_coverage: Likelihood | None
    zone: Zone


def backtest(hits: str, probability: float) -> Backtest:
    """Return the tests of a series of hits; one without observations is green, and proves nothing.

    Conditional coverage is Kupiec's ratio plus independence's, with two degrees of freedom.
    """
    exceptions = hits.count("1")
    observations = exceptions + hits.count("0")
    failures = kupiec(exceptions, observations, probability)
    apart = independence(hits)
    return Backtest(
        observations,
        exceptions,
        observations * probability,
        failures,
        apart,
        None if apart is None else _two_degrees(failures.ratio + apart.ratio),
        basel_zone(exceptions, observations, probability),
    )


def independence(hits: str) -> Likelihood | None:
    """Return whether exceptions follow exceptions more, or less, than they should.

    None where no hit follows another one.
    Source: Christoffersen, Evaluating interval forecasts (1998), 3.2.
    """
    pairs = [one + other for one, other in pairwise(hits)]
    still, begun, ended, again = (pairs.count(pair) for pair in ("00", "01", "10", "11"))
    if not (still + begun + ended + again):
        return None
    apart = _best(begun, still) + _best(again, ended)
    return _one_degree(2 * (apart - _best(begun + again, still + ended)))


def basel_zone(exceptions: int, observations: int, probability: float) -> Zone:
    """Return the colour of the traffic light; with 250 observations at 99 % red begins at 10.

    Source: Basel Committee, Supervisory framework for the use of "backtesting" (1996), table 2:
    yellow begins where a right VaR has no more exceptions with 95 %, red with 99.99 %. Without any
    it is green, also where a right one has none with 95 %: nothing says that it is too low.
    """
    likely = cumulative(exceptions, observations, probability) if exceptions else 0.0
    return "red" if likely >= _RED else "yellow" if likely >= _YELLOW else "green"


def cumulative(exceptions: int, observations: int, probability: float) -> float:
    """Return how likely so many exceptions or fewer are: the binomial distribution."""
    return min(1.0, fsum(_binomial(n, observations, probability) for n in range(exceptions + 1)))


def _binomial(exceptions: int, observations: int, probability: float) -> float:
    misses = observations - exceptions
    ways = lgamma(observations + 1) - lgamma(exceptions + 1) - lgamma(misses + 1)
    return exp(ways + _log_likelihood(exceptions, misses, probability))


def _log_likelihood(hits: int, misses: int, probability: float) -> float:
    of_hits = hits * log(probability) if hits else 0.0
    return of_hits + (misses * log(1 - probability) if misses else 0.0)


def _best(hits: int, misses: int) -> float:
    """Return the log likelihood of hits at the rate at which they came."""
    return _log_likelihood(hits, misses, hits / (hits + misses)) if hits and misses else 0.0


def _one_degree(ratio: float) -> Likelihood:
    """Return the ratio with its p-value by chi-square with one degree of freedom."""
    ratio = max(ratio, 0.0)  # it is above zero, but for rounding
    return Likelihood(ratio, erfc(sqrt(ratio / 2)))


def _two_degrees(ratio: float) -> Likelihood:
    return Likelihood(ratio, exp(-ratio / 2))

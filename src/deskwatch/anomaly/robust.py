"""How unusual a figure is by the median and the spread of others of its kind.

Source: Iglewicz and Hoaglin, How to Detect and Handle Outliers (1993): (x − median) / (1.4826 MAD).
Here the deviation is that of the figures which differ from the median. Where figures are drawn from
a density these are all of them but one; but who is flat half of the time has a MAD that is next to
nothing by chance, and is judged by what it earned and lost when it did trade.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

#: The spread of a normal distribution over its median absolute deviation.
_OF_MEDIAN: Final = 1.4826


class Spread(NamedTuple):
    """The median of figures, how many differ from it, and the deviation of those (0 for none)."""

    median: float
    differing: int
    deviation: float


def spread(figures: Sequence[float]) -> Spread:
    """Return the spread of at least one figure."""
    values = np.asarray(figures, dtype=float)
    median = float(np.median(values))
    away = np.abs(values - median)
    away = away[away > 0]
    return Spread(median, len(away), _OF_MEDIAN * float(np.median(away)) if len(away) else 0.0)


def score(figure: float, figures: Sequence[float], least: int = 1) -> float | None:
    """Return how many deviations `figure` lies above the median of `figures`; below is negative.

    None where fewer than `least` of them differ from it: those don't say what much would be.
    """
    found = spread(figures)
    return (figure - found.median) / found.deviation if found.differing >= least else None

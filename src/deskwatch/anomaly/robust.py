"""How unusual a figure is by the median and the spread of others of its kind.

Source: Iglewicz and Hoaglin, How to Detect and Handle Outliers (1993): (x − median) / (1.4826 MAD).
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

#: The spread of a normal distribution over its median absolute deviation, and over its mean one.
_OF_MEDIAN: Final = 1.4826
_OF_MEAN: Final = 1.2533


def spread(figures: Sequence[float]) -> tuple[float, float]:
    """Return the median and a deviation that outliers don't move; 0 where nothing deviates.

    Where more than half of the figures are the same, the deviation is that of the mean, as the
    median one is nothing.
    """
    values = np.asarray(figures, dtype=float)
    median = float(np.median(values))
    away = np.abs(values - median)
    deviation = _OF_MEDIAN * float(np.median(away))
    return median, deviation or _OF_MEAN * float(away.mean())


def score(figure: float, figures: Sequence[float]) -> float | None:
    """Return how many deviations `figure` lies above the median of `figures`; below is negative.

    Where more than half of them are the same, the deviation is that of the others: who trades
    seldom is judged by what its trades brought, and not by how seldom they are. None where they
    never deviated: then nothing says what much would be.
    """
    values = np.asarray(figures, dtype=float)
    median = float(np.median(values))
    away = np.abs(values - median)
    if not np.median(away):
        away = away[away > 0]
    return (figure - median) / (_OF_MEDIAN * float(np.median(away))) if len(away) else None

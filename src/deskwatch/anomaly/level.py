"""Whether a series has moved to another level: its latest figures against those before them.

The figures are scores of changes, each against its own hour: the changes of a lively session would
be another level than those of the night, every day.
"""

from collections import deque

import numpy as np

from deskwatch.anomaly.robust import score


class Level:
    """The latest `short` figures and the `long` before them."""

    def __init__(self, short: int, long: int) -> None:
        self._short = short
        self.figures: deque[float] = deque(maxlen=short + long)

    @property
    def needed(self) -> int:
        """How many figures are still to come until anything can be told."""
        maximum = self.figures.maxlen
        assert maximum is not None
        return maximum - len(self.figures)

    def take(self, figure: float) -> None:
        """Take a figure."""
        self.figures.append(figure)

    def shift(self) -> float | None:
        """Return by how many deviations of the earlier figures the median of the latest is higher.

        None before there are enough, or where the earlier ones are all the same.
        """
        if self.needed:
            return None
        values = np.fromiter(self.figures, dtype=float)
        before, after = values[: -self._short], values[-self._short :]
        return score(float(np.median(after)), before.tolist())

"""What the measures are made of: vectors of outcomes, and the tail of a distribution."""

from statistics import NormalDist
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

#: Outcomes (profit above zero, loss below), oldest first.
Vector = NDArray[np.float64]

#: Rows of outcomes: observations down, what they are of across.
Matrix = NDArray[np.float64]

NORMAL: Final = NormalDist()


class TailRisk(NamedTuple):
    """Value at risk and expected shortfall: losses, above zero; below it even the tail earns."""

    value_at_risk: float
    expected_shortfall: float

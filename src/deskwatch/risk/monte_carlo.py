"""Monte Carlo: many scenarios drawn once and kept, weighed anew for each portfolio.

A scenario is a draw zₜ for each observation t. Σ zₜ √wₜ yₜ then is one outcome of a portfolio
whose observed outcomes are yₜ: of mean zero, with EWMA's variance for the weights wₜ, and for
several portfolios jointly, with its covariance. So a new portfolio costs a product of what is kept
with one vector, and needs no covariance, no factorising and no new draws.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from deskwatch.risk.ewma import weights
from deskwatch.risk.vector import Vector

#: How many are drawn: the error of a 99 % VaR is then about 4 % of it.
SCENARIOS: Final = 5_000

#: How many of the newest outcomes they weigh; older ones have 0.04 % of the weight together.
OBSERVATIONS: Final = 128

#: Degrees of freedom of Student's t: tails as fat as RiskMetrics 2006 found them (Zumbach, 2007).
FREEDOM: Final = 5

_SEED: Final = 20_260_105


class Scenarios:
    """Kept draws of a multivariate Student's t of unit variance: the same in every run."""

    def __init__(self, observations: int = OBSERVATIONS, count: int = SCENARIOS) -> None:
        random = np.random.Generator(np.random.PCG64(_SEED))
        draws = random.standard_normal((count, observations), dtype=np.float32)
        # One mixing variable a scenario makes the tail joint: what falls, falls together.
        mixing = np.sqrt((FREEDOM - 2) / random.chisquare(FREEDOM, count)).astype(np.float32)
        self._draws: NDArray[np.float32] = draws * mixing[:, None]

    def outcomes(self, observed: Vector) -> Vector:
        """Return the outcome in each scenario of what has had the outcomes `observed`.

        Scenarios are the same at every call, so the outcomes of parts add up to the whole's.

        There may be fewer observations than were drawn for; of more, the newest count.
        """
        observed = observed[-self._draws.shape[1] :]
        scaled = np.sqrt(weights(len(observed))) * observed
        # In units of the largest: money of any currency fits in single precision.
        unit = float(np.abs(scaled).max(initial=0.0)) or 1.0
        kept, weighed = self._draws[:, : len(observed)], (scaled / unit).astype(np.float32)
        # Not `@`: for so little, the threads of a BLAS cost more than they save.
        drawn = np.einsum("ij,j->i", kept, weighed)
        simulated: Vector = drawn.astype(np.float64) * unit
        return simulated

"""VaR and expected shortfall of a portfolio as one writes them with pandas.

It runs in an environment of its own that has pandas, and nothing of deskwatch.
"""

import numpy as np
import pandas as pd

from bench.turns import Turn, cpu_seconds

INSTRUMENTS = OBSERVATIONS = 500
REPEATED = 50


def theirs() -> Turn:
    drawn = np.random.Generator(np.random.PCG64(1)).standard_normal((OBSERVATIONS, INSTRUMENTS))
    returns = pd.DataFrame(drawn / 100)
    amounts = pd.Series(np.arange(INSTRUMENTS, dtype=float))

    def measure() -> None:
        for _ in range(REPEATED):
            outcomes = (returns * amounts).sum(axis=1)
            at = outcomes.quantile(0.01)
            outcomes[outcomes <= at].mean()

    return lambda: cpu_seconds(measure) / REPEATED

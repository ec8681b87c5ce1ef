"""VaR and its parts over 500 instruments × 500 returns: beside pandas, a loop, a full simulation.

pandas is needed for nothing else: PANDAS_PYTHON names the Python of an environment that has it.
"""

import os
from contextlib import ExitStack
from typing import Final

import numpy as np

from bench.row import Gate, Row, skipped
from bench.turns import Turn, cpu_seconds, process, take_turns
from deskwatch.risk.ewma import DECAY, covariance, update
from deskwatch.risk.historical import historical
from deskwatch.risk.holding import Holding, Leg
from deskwatch.risk.monte_carlo import Scenarios
from deskwatch.risk.returns import Returns
from deskwatch.risk.vector import Matrix

INSTRUMENTS: Final = 500
OBSERVATIONS: Final = 500
SCENARIOS: Final = 100_000
CONFIDENCE: Final = 0.99
ROUNDS: Final = 9

#: A turn is repeated so often, so that the CPU's clock can see it.
REPEATED: Final = 50


def returns() -> Matrix:
    return (
        np.random.Generator(np.random.PCG64(1)).standard_normal((OBSERVATIONS, INSTRUMENTS)) / 100
    )


def tail() -> Turn:
    """VaR and shortfall of one portfolio, as the risk book makes them."""
    kept = Returns(OBSERVATIONS, INSTRUMENTS)
    for number in range(INSTRUMENTS):
        kept.place(("mark", "V", str(number)))
    for column in returns():
        kept.append(column)
    rows = list(range(INSTRUMENTS))
    holding = Holding([Leg(1.0, None, 0.0, rows, [float(row) for row in rows])], 0.0)

    def measure() -> None:
        for _ in range(REPEATED):
            historical(holding.outcomes(kept), CONFIDENCE)

    return lambda: cpu_seconds(measure) / REPEATED


def one_product() -> Turn:
    sample = returns()
    return lambda: cpu_seconds(lambda: [covariance(sample) for _ in range(REPEATED)]) / REPEATED


def rank_one() -> Turn:
    sample = returns()
    known = covariance(sample)
    return lambda: cpu_seconds(lambda: [update(known, one) for one in sample]) / OBSERVATIONS


def loop() -> Turn:
    """The recursion as it is written in books, an outer product for each return."""
    sample = returns()

    def recursion() -> None:
        known = np.zeros((INSTRUMENTS, INSTRUMENTS))
        for row in sample:
            known = DECAY * known + (1 - DECAY) * np.outer(row, row)

    return lambda: cpu_seconds(recursion)


def reweighted() -> Turn:
    """A new portfolio's tail out of scenarios that are kept."""
    kept = Scenarios(OBSERVATIONS, SCENARIOS)
    outcomes = returns() @ np.arange(INSTRUMENTS, dtype=float)
    return lambda: cpu_seconds(lambda: historical(kept.outcomes(outcomes), CONFIDENCE))


def full_simulation() -> Turn:
    """Factorise the covariance and draw all instruments anew, for each portfolio."""
    known = covariance(returns()) + 1e-9 * np.eye(INSTRUMENTS)
    amounts = np.arange(INSTRUMENTS, dtype=float)

    def simulate() -> None:
        random = np.random.Generator(np.random.PCG64(2))
        draws = random.standard_normal((SCENARIOS, INSTRUMENTS), dtype=np.float32)
        simulated = draws @ np.linalg.cholesky(known).T.astype(np.float32)
        historical((simulated @ amounts.astype(np.float32)).astype(float), CONFIDENCE)

    return lambda: cpu_seconds(simulate)


def rows(*, quick: bool) -> list[Row]:
    # One thread each: on two cores a second one is the other case's.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    rounds = 3 if quick else ROUNDS
    own = {
        "tail": "VaR and shortfall",
        "one_product": "EWMA covariance, one product",
        "rank_one": "EWMA covariance, a new return",
        "loop": "a loop",
        "reweighted": f"Monte Carlo of {SCENARIOS:,} kept scenarios",
        "full_simulation": "a full simulation",
    }
    pandas = os.environ.get("PANDAS_PYTHON")
    with ExitStack() as stack:
        cases = {name: stack.enter_context(process(f"bench.risk:{name}")) for name in own}
        if pandas:
            peer = process("bench.peers.pandas_risk:theirs", python=pandas)
            cases["pandas"] = stack.enter_context(peer)
        taken = take_turns(cases, rounds)

    def row(name: str, peer: str, gate: float | None) -> Row:
        return Row(
            f"risk, {INSTRUMENTS} × {OBSERVATIONS}: {own[name]}",
            f"{taken[name] * 1e3:.2f} ms",
            f"{own.get(peer, peer)}: {taken[peer] * 1e3:.2f} ms",
            taken[peer] / taken[name],
            None if gate is None else Gate(gate),
        )

    return [
        row("tail", "pandas", 4)
        if pandas
        else skipped("risk: VaR and shortfall beside pandas", "PANDAS_PYTHON is not set"),
        row("one_product", "loop", 50),
        row("rank_one", "one_product", None),
        row("reweighted", "full_simulation", 40),
    ]

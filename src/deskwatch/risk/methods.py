"""The methods by which VaR is told, by name."""

from collections.abc import Callable, Iterable
from typing import Final

from deskwatch.risk.cornish_fisher import cornish_fisher, holds
from deskwatch.risk.ewma import ewma
from deskwatch.risk.historical import historical
from deskwatch.risk.vector import TailRisk, Vector

#: Those that are cheap: they are also backtested. Monte Carlo keeps scenarios, and is apart.
METHODS: Final[dict[str, Callable[[Vector, float], TailRisk]]] = {
    "historical": historical,
    "ewma": ewma,
    "cornish_fisher": cornish_fisher,
}

#: Whether a method says anything of some outcomes, for those that don't of all.
_HOLDS: Final[dict[str, Callable[[Vector, float], bool]]] = {"cornish_fisher": holds}

#: A method and a confidence.
Measure = tuple[str, float]


def measured(outcomes: Vector, measures: Iterable[Measure]) -> dict[Measure, TailRisk]:
    """Return VaR and expected shortfall by those measures that say anything of these outcomes."""
    return {
        (name, confidence): METHODS[name](outcomes, confidence)
        for name, confidence in measures
        if name not in _HOLDS or _HOLDS[name](outcomes, confidence)
    }

"""The methods by which VaR is told, by name."""

from collections.abc import Callable
from typing import Final

from deskwatch.risk.cornish_fisher import cornish_fisher
from deskwatch.risk.ewma import ewma
from deskwatch.risk.historical import historical
from deskwatch.risk.vector import TailRisk, Vector

#: Those that are cheap: they are also backtested. Monte Carlo keeps scenarios, and is apart.
METHODS: Final[dict[str, Callable[[Vector, float], TailRisk]]] = {
    "historical": historical,
    "ewma": ewma,
    "cornish_fisher": cornish_fisher,
}

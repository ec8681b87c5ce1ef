"""What the risk book is told by configuration, with each default beside its meaning."""

from typing import Literal

from msgspec import Struct

from deskwatch.core.period import HOUR, SECOND

Method = Literal["historical", "ewma", "cornish_fisher", "monte_carlo"]


class RiskSettings(Struct, frozen=True, kw_only=True):
    """How VaR is told.

    interval_ns: the time of one return, whole seconds; intervals begin at its multiples since 1970.
    window: how many returns a figure rests on, the newest.
    min_observations: with fewer, no figure is told, nor is a backtest.
    confidences: of VaR and expected shortfall, each between a half and one.
    horizon_ns: what they look ahead, by the square root of time from one interval.
    limit_method, limit_confidence: those of the VaR that a limit is compared with.
    backtest_window: how many intervals a backtest looks back.
    max_instruments: how many instruments and exchange rates have returns kept; those that were
    ever traded come first.
    """

    interval_ns: int = 60 * SECOND
    window: int = 500
    min_observations: int = 100
    confidences: tuple[float, ...] = (0.95, 0.99)
    horizon_ns: int = HOUR
    limit_method: Method = "historical"
    limit_confidence: float = 0.99
    backtest_window: int = 250
    max_instruments: int = 2000

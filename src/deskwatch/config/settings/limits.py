"""Handing over the limits."""

from deskwatch.config.tables.limits import InstrumentLimits, Limits, StrategyLimits
from deskwatch.config.values import Table
from deskwatch.core.limit import LimitSettings, LimitTexts


def limit_settings(limits: Limits) -> LimitSettings:
    """Return the limits as the books take them."""
    default = limits.default
    return LimitSettings(
        defaults={
            "account": _texts(default.account),
            "strategy": _texts(default.strategy),
            "venue": _texts(default.venue),
            "instrument": _texts(default.instrument),
        },
        accounts={name: _texts(own) for name, own in limits.accounts.items()},
        strategies=_by_pair(limits.strategies),
        venues={name: _texts(own) for name, own in limits.venues.items()},
        instruments=_by_pair(limits.instruments),
        required={
            "account": tuple(limits.required.account),
            "strategy": tuple(limits.required.strategy),
            "instrument": tuple(limits.required.instrument),
        },
        thresholds=(limits.thresholds.near, limits.thresholds.high, limits.thresholds.breached),
    )


def _texts(own: Table) -> LimitTexts:
    return own.model_dump(exclude_none=True)


def _by_pair(
    tables: dict[str, dict[str, StrategyLimits]] | dict[str, dict[str, InstrumentLimits]],
) -> dict[tuple[str, str], LimitTexts]:
    return {
        (first, second): _texts(own)
        for first, others in tables.items()
        for second, own in others.items()
    }

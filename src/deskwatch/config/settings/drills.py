"""Handing the drills their part of the configuration."""

from deskwatch.config.model import Config
from deskwatch.drills.breaker import BreakerProbe


def drill_settings(config: Config) -> dict[str, BreakerProbe]:
    """Return the settings of each drill that has an account, by its name."""
    breaker = config.drill.breaker
    if breaker.account is None:
        return {}
    probe = BreakerProbe(
        account=breaker.account,
        reject_code=breaker.reject_code,
        loss=breaker.loss,
        limit=breaker.limit,
        timeout_s=breaker.timeout_s,
    )
    return {"breaker": probe}

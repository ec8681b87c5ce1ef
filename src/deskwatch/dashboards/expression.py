"""PromQL that several boards need: figures whose absence and whose first sample mean something."""

from typing import Final

#: The smallest step of bars that count: an increase looks back four scrapes of 15 s, so that in
#: bars of 15 s what happened once would be seen four times.
BAR: Final = "1m"


def none_while_seen(expr: str) -> str:
    """Return `expr`, and 0 where it finds nothing; not while the engine is out of sight."""
    return f"{expr} or 0 * max(deskwatch_build_info)"


def counted(metric: str, by: str, chosen: str = "", *, kept: bool = False) -> str:
    """Return how often there was something to count, the first time included.

    A counter is born with it, and an increase needs a sample before. kept: it outlives a restart;
    what comes back into sight is then not new.
    """
    series = f"{metric}{chosen}"
    new = f"{series} unless {series} offset $__rate_interval"
    if kept:
        new = f"({new}) and on (job, instance) up offset $__rate_interval == 1"
    return f"sum by ({by}) ({new} or increase({series}[$__rate_interval]))"

"""PromQL that several boards need: figures whose absence and whose first sample mean something."""

from typing import Final

#: The smallest step of bars that count: what is scraped each 15 s changes no more often.
BAR: Final = "1m"


def none_while_seen(expr: str) -> str:
    """Return `expr`, and 0 where it finds nothing; not while the engine is out of sight."""
    return f"{expr} or 0 * max(deskwatch_build_info)"


def highest(series: str) -> str:
    """Return the highest that gauges were in each step, so that a short state is in some step."""
    return _extreme("max", series)


def lowest(series: str) -> str:
    """Return the lowest that gauges were in each step."""
    return _extreme("min", series)


def _extreme(which: str, series: str) -> str:
    # Between scrapes that are further apart than a step it is as it was.
    return f"({which}_over_time({series}[$__interval]) or {series})"


def happened(metric: str, chosen: str = "", *, kept: bool = False) -> str:
    """Return by how much each counter grew in each step, the first time included.

    All that happened is in one step, and whole: `$__rate_interval` is a scrape longer than a step,
    and an increase stretches what it finds. A counter is born with the first, and has no sample
    before; what comes back into sight is not new, unless it began anew meanwhile. kept: it
    outlives a restart.
    """
    series = f"{metric}{chosen}"
    before = f"{series} offset $__interval"
    since = "up offset $__interval == 1"
    if not kept:
        since = f"({since} or process_start_time_seconds > time() - $__interval_ms / 1000)"
    new = f"({series} unless {before}) and on (job, instance) {since}"
    grown = f"{series} - {before} unless resets({series}[$__interval]) > 0"
    return f"({new}) or ({grown}) or increase({series}[$__interval])"


def counted(metric: str, by: str, chosen: str = "", *, kept: bool = False) -> str:
    """Return how often there was something to count in each step."""
    return f"sum by ({by}) ({happened(metric, chosen, kept=kept)})"


def spread(metric: str, chosen: str = "") -> str:
    """Return how many of a histogram fell below each of its edges in each step.

    Summed first, for a board asks this of hundreds of series every ten seconds. Below zero, where
    a counter began anew, a heatmap shows nothing.
    """
    below = f"{metric}_bucket{chosen}"
    return f"sum by (le) ({below}) - sum by (le) ({below} offset $__interval)"


def account_limit(kind: str, figure: str) -> str:
    """Return accounts' limits in the currency of the figure that they are drawn beside.

    figure: what is limited, by account and currency. A limit in another currency is translated by
    what is used of it: at the engine's own rate, and not at all while nothing is used.
    """
    chosen = f'{{limit="{kind}", account=~"$account", strategy="", venue="", symbol=""}}'
    limit, used = f"desk_limit{chosen}", f"desk_limit_used{chosen}"
    per_used = f"max by (account) ({limit}) / (max by (account) ({used}) > 0)"
    return (
        f"((max by (account, currency) ({limit}) and on (account, currency) {figure})"
        f" or on (account) abs({figure}) * on (account) group_left () ({per_used}))"
    )

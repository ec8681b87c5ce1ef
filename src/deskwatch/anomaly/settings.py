"""What the anomaly book is told by configuration, with each default beside its meaning."""

from msgspec import Struct

from deskwatch.core.period import DAY, SECOND


class AnomalySettings(Struct, frozen=True, kw_only=True):
    """How P&L is judged by its own history.

    interval_ns: between two samples. least_hour: how many figures an hour of the week needs;
    most_hour: how many it keeps. least_day: how many the same hour of all days needs;
    least_differing: how many of those differ from their median. least_all, most_all: as of an hour,
    for all hours together. least_span_ns: since when there have been
    figures until any hour is judged by others: before that, what they are like isn't known.
    score: a loss that many robust deviations below the median is unusual.
    short, long: figures that a level is told from, and those before them. shift: that many robust
    deviations are another level.
    frozen_ns: how long P&L may stand still while fills come. max_groups: a bound on memory.
    """

    interval_ns: int = 300 * SECOND
    least_hour: int = 24
    most_hour: int = 96
    least_day: int = 12
    least_differing: int = 12
    least_all: int = 96
    least_span_ns: int = DAY
    most_all: int = 288
    score: float = 8.0
    short: int = 12
    long: int = 144
    shift: float = 4.0
    frozen_ns: int = 600 * SECOND
    max_groups: int = 1_000

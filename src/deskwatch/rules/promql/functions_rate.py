"""How fast a counter or gauge changes, extrapolated to the window's edges as Prometheus does."""

from itertools import pairwise
from typing import Final

from deskwatch.rules.promql.context import Context, Function
from deskwatch.rules.promql.functions_range import reduced
from deskwatch.rules.promql.plan import Node
from deskwatch.rules.promql.vector import Matrix, Points, Vector

#: A gap at an edge longer than this many average intervals means that the series began or ended.
_GAP: Final = 1.1


def _extrapolated(
    points: Points, matrix: Matrix, seconds: float, *, is_counter: bool, zero_first: bool
) -> float:
    """Return the change over the whole window, divided by `seconds`, given at least two samples.

    What is added, multiplied and divided first is as in Prometheus: of a figure that lies between
    two printed ones, the last bit decides. zero_first: see `Semantics.zero_first`.
    """
    times, values = points
    change = values[-1] - values[0]
    if is_counter:
        for before, after in pairwise(values):
            if after < before:
                change += before
    sampled = (times[-1] - times[0]) / 1000
    interval = sampled / (len(values) - 1)
    to_start = (times[0] - matrix.start) / 1000
    to_end = (matrix.end - times[-1]) / 1000
    has_zero = is_counter and change > 0 and values[0] >= 0  # no counter was ever below zero
    to_zero = sampled * (values[0] / change) if has_zero else to_start
    if zero_first:
        to_start = _reach(min(to_start, to_zero), interval)
    else:
        to_start = min(_reach(to_start, interval), to_zero)
    return change * ((sampled + to_start + _reach(to_end, interval)) / sampled / seconds)


def _reach(gap: float, interval: float) -> float:
    """Return how far over a gap at an edge the series is taken to go on, in seconds."""
    return interval / 2 if gap >= interval * _GAP else gap


def _change(*, is_counter: bool, per_second: bool) -> Function:
    def evaluated(context: Context, arguments: tuple[Node, ...]) -> Vector:
        matrix = context.matrix(arguments[0])
        seconds = (matrix.end - matrix.start) / 1000 if per_second else 1.0

        def change(points: Points) -> float:
            return _extrapolated(
                points, matrix, seconds, is_counter=is_counter, zero_first=context.zero_first
            )

        return reduced(matrix, change, at_least=2)

    return evaluated


def _instant(*, is_rate: bool) -> Function:
    """Return the function of the last two samples."""

    def change(points: Points) -> float:
        before, after = points.values[-2], points.values[-1]
        was_reset = is_rate and after < before
        amount = after if was_reset else after - before
        return amount / ((points.times[-1] - points.times[-2]) / 1000) if is_rate else amount

    def evaluated(context: Context, arguments: tuple[Node, ...]) -> Vector:
        return reduced(context.matrix(arguments[0]), change, at_least=2)

    return evaluated


RATE: Final[dict[str, Function]] = {
    "rate": _change(is_counter=True, per_second=True),
    "increase": _change(is_counter=True, per_second=False),
    "delta": _change(is_counter=False, per_second=False),
    "irate": _instant(is_rate=True),
    "idelta": _instant(is_rate=False),
}

"""Functions that reduce each series' window to one value."""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Final

from deskwatch.rules.promql.arithmetic import (
    divide,
    mean,
    quantile,
    total,
    variance,
)
from deskwatch.rules.promql.context import Context, Function
from deskwatch.rules.promql.labels import without_name
from deskwatch.rules.promql.plan import Node
from deskwatch.rules.promql.vector import Matrix, Points, PromqlError, Vector, put


def reduced(matrix: Matrix, reduce: Callable[[Points], float], *, at_least: int = 1) -> Vector:
    """Return each series' reduced window, the name dropped; with fewer samples it is left out."""
    out: Vector = {}
    for labels, points in matrix.windows.items():
        if len(points.values) >= at_least:
            put(out, without_name(labels), reduce(points))
    return out


def _of_points(reduce: Callable[[Points], float], *, at_least: int = 1) -> Function:
    return lambda context, arguments: reduced(
        context.matrix(arguments[0]), reduce, at_least=at_least
    )


def _of_values(reduce: Callable[[Sequence[float]], float]) -> Function:
    return _of_points(lambda points: reduce(points.values))


def _named(pick: int) -> Function:
    """Return the function that gives one sample and keeps the name, as an offset would."""
    return lambda context, arguments: {
        labels: points.values[pick]
        for labels, points in context.matrix(arguments[0]).windows.items()
    }


def _extreme(better: Callable[[float, float], bool]) -> Callable[[Points], int]:
    """Return what finds the index of the best value; NaN only where there is nothing else."""

    def index_of_best(points: Points) -> int:
        best = 0
        for index, value in enumerate(points.values):
            if better(value, points.values[best]) or math.isnan(points.values[best]):
                best = index
        return best

    return index_of_best


def _value_at(index_of: Callable[[Points], int]) -> Function:
    return _of_points(lambda points: points.values[index_of(points)])


def _time_at(index_of: Callable[[Points], int]) -> Function:
    return _of_points(lambda points: points.times[index_of(points)] / 1000)


def _quantile_over_time(context: Context, arguments: tuple[Node, ...]) -> Vector:
    q = context.scalar(arguments[0])
    return reduced(context.matrix(arguments[1]), lambda points: quantile(q, points.values))


def _median_deviation(values: Sequence[float]) -> float:
    if any(math.isnan(value) for value in values):
        return math.nan
    median = quantile(0.5, values)
    return quantile(0.5, [abs(value - median) for value in values])


def _changes(values: Sequence[float]) -> float:
    differ = (a != b and not (math.isnan(a) and math.isnan(b)) for a, b in pairwise(values))
    return float(sum(differ))


def _line(points: Points, origin: int) -> tuple[float, float]:
    """Return the slope per second of the least-squares line, and its value at `origin`."""
    first = points.values[0]
    if all(value == first for value in points.values):
        return (math.nan, math.nan) if math.isinf(first) else (0.0, first)
    count = len(points.values)
    xs = [(time - origin) / 1000 for time in points.times]
    sum_x, sum_y = total(xs), total(points.values)
    sum_xy = total(x * y for x, y in zip(xs, points.values, strict=True))
    sum_xx = total(x * x for x in xs)
    slope = divide(sum_xy - sum_x * sum_y / count, sum_xx - sum_x * sum_x / count)
    return slope, sum_y / count - slope * sum_x / count


def _predict_linear(context: Context, arguments: tuple[Node, ...]) -> Vector:
    ahead = context.scalar(arguments[1])

    def predicted(points: Points) -> float:
        slope, now = _line(points, context.at)
        return slope * ahead + now

    return reduced(context.matrix(arguments[0]), predicted, at_least=2)


def _double_exponential_smoothing(context: Context, arguments: tuple[Node, ...]) -> Vector:
    smoothing, trending = (context.scalar(argument) for argument in arguments[1:])
    for name, factor in (("smoothing", smoothing), ("trend", trending)):
        if not 0 < factor < 1:
            raise PromqlError(
                f"invalid {name} factor: found {factor:f}; expected more than 0 and less than 1"
            )

    def smoothed(points: Points) -> float:
        values = points.values
        before, level, trend = 0.0, values[0], values[1] - values[0]
        for index, value in enumerate(values[1:]):
            if index:
                trend = trending * (level - before) + (1 - trending) * trend
            before, level = level, smoothing * value + (1 - smoothing) * (level + trend)
        return level

    return reduced(context.matrix(arguments[0]), smoothed, at_least=2)


RANGE: Final[dict[str, Function]] = {
    "avg_over_time": _of_values(mean),
    "sum_over_time": _of_values(total),
    "count_over_time": _of_values(lambda values: float(len(values))),
    "min_over_time": _value_at(_extreme(lambda value, best: value < best)),
    "max_over_time": _value_at(_extreme(lambda value, best: value > best)),
    "ts_of_min_over_time": _time_at(_extreme(lambda value, best: value <= best)),
    "ts_of_max_over_time": _time_at(_extreme(lambda value, best: value >= best)),
    "ts_of_first_over_time": _time_at(lambda _points: 0),
    "ts_of_last_over_time": _time_at(lambda _points: -1),
    "first_over_time": _named(0),
    "last_over_time": _named(-1),
    "present_over_time": _of_values(lambda _values: 1.0),
    "stdvar_over_time": _of_values(variance),
    "stddev_over_time": _of_values(lambda values: math.sqrt(variance(values))),
    "mad_over_time": _of_values(_median_deviation),
    "quantile_over_time": _quantile_over_time,
    "changes": _of_values(_changes),
    "resets": _of_values(lambda values: float(sum(b < a for a, b in pairwise(values)))),
    "deriv": _of_points(lambda points: _line(points, points.times[0])[0], at_least=2),
    "predict_linear": _predict_linear,
    "double_exponential_smoothing": _double_exponential_smoothing,
}

"""Aggregations: many series of a group into one, or into the few that matter."""

import math
from collections.abc import Callable
from typing import Final

from deskwatch.rules.promql.arithmetic import mean, quantile, total
from deskwatch.rules.promql.functions_label import ordered
from deskwatch.rules.promql.labels import (
    METRIC_NAME,
    Labels,
    is_label_name,
    only,
    with_label,
    without,
)
from deskwatch.rules.promql.numbers import shown, shown_plain
from deskwatch.rules.promql.plan import Aggregate
from deskwatch.rules.promql.vector import PromqlError, Vector


def _grouping(node: Aggregate, *added: str) -> Callable[[Labels], Labels]:
    """Return what gives a series' group; labels added stay in a `by`."""
    if node.without:
        left_out = node.names | {METRIC_NAME}
        return lambda labels: without(labels, left_out)
    names = node.names.union(added)
    return lambda labels: only(labels, names)


def _groups(node: Aggregate, vector: Vector) -> dict[Labels, Vector]:
    group_of = _grouping(node)
    groups: dict[Labels, Vector] = {}
    for labels, value in vector.items():
        groups.setdefault(group_of(labels), {})[labels] = value
    return groups


def _least(values: list[float]) -> float:
    return min((value for value in values if not math.isnan(value)), default=math.nan)


def _greatest(values: list[float]) -> float:
    return max((value for value in values if not math.isnan(value)), default=math.nan)


def _variance(values: list[float]) -> float:
    """Return the population variance by Welford's way, uncompensated as in Prometheus."""
    average = values[0]
    squares = 0.0 if math.isfinite(average) else math.nan
    for count, value in enumerate(values[1:], start=2):
        delta = value - average
        average += delta / count
        squares += delta * (value - average)
    return squares / len(values)


_REDUCTIONS: Final[dict[str, Callable[[list[float]], float]]] = {
    "sum": total,
    "avg": mean,
    "min": _least,
    "max": _greatest,
    "count": lambda values: float(len(values)),
    "group": lambda _values: 1.0,
    "stdvar": _variance,
    "stddev": lambda values: math.sqrt(_variance(values)),
}


def aggregate(node: Aggregate, vector: Vector, parameter: float | str | None) -> Vector:
    """Return the aggregation of a vector. Raises PromqlError for a parameter without meaning."""
    if isinstance(parameter, str):
        return _count_values(node, vector, parameter)
    if parameter is None:
        reduce = _REDUCTIONS[node.operator]
    elif node.operator == "quantile":
        q = parameter
        reduce = lambda values: quantile(q, values)  # noqa: E731 - one of a kind with the table's
    else:
        return _few(node, vector, parameter)
    return {
        group: reduce(list(members.values())) for group, members in _groups(node, vector).items()
    }


def _few(node: Aggregate, vector: Vector, parameter: float) -> Vector:
    """Return the k smallest or largest of each group, best first, labels and all."""
    if math.isnan(parameter):
        raise PromqlError("Parameter value is NaN")
    if abs(parameter) >= 2.0**63:
        raise PromqlError(f"Scalar value {shown(parameter)} overflows int64")
    k = int(parameter)
    if k < 1:
        return {}
    out: Vector = {}
    for members in _groups(node, vector).values():
        best_first = ordered(members, ascending=node.operator == "bottomk")
        out.update(list(best_first.items())[:k])
    return out


def _count_values(node: Aggregate, vector: Vector, label: str) -> Vector:
    if not is_label_name(label):
        raise PromqlError(f'invalid label name "{label}"')
    group_of = _grouping(node, label)
    out: Vector = {}
    for labels, value in vector.items():
        group = group_of(with_label(labels, label, shown_plain(value)))
        out[group] = out.get(group, 0.0) + 1
    return out

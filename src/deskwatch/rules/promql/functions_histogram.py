"""Quantiles and fractions out of classic histograms, whose buckets are series with a `le`."""

import math
from typing import Final, NamedTuple

from deskwatch.rules.promql.arithmetic import almost_equal, divide
from deskwatch.rules.promql.context import Context, Function
from deskwatch.rules.promql.labels import (
    Labels,
    is_label_name,
    value_of,
    with_label,
    without,
    without_name,
)
from deskwatch.rules.promql.numbers import parse_float, shown_openmetrics
from deskwatch.rules.promql.plan import Node
from deskwatch.rules.promql.vector import PromqlError, Vector, put

_LE: Final = frozenset({"le"})

#: Counts that differ by less than this share of their sum differ by rounding.
_ROUNDING: Final = 1e-12


class _Buckets(NamedTuple):
    """Ascending upper bounds, the last +Inf, and how many observations were at most each."""

    bounds: list[float]
    counts: list[float]


def _histograms(vector: Vector) -> dict[Labels, _Buckets | None]:
    """Return each histogram by its labels; None where the +Inf bucket is missing."""
    found: dict[Labels, dict[float, float]] = {}
    for labels, count in vector.items():
        bound = parse_float(value_of(labels, "le"))
        if bound is None:
            continue
        counts = found.setdefault(without(labels, _LE), {})
        counts[bound] = counts.get(bound, 0.0) + count
    return {labels: _buckets(counts) for labels, counts in found.items()}


def _buckets(counts: dict[float, float]) -> _Buckets | None:
    bounds = sorted(counts)
    return _Buckets(bounds, [counts[b] for b in bounds]) if bounds[-1] == math.inf else None


def _rising(counts: list[float]) -> list[float]:
    """Return the counts with every fall, and every rise that is mere rounding, taken back."""
    out = [counts[0]]
    for count in counts[1:]:
        before = out[-1]
        out.append(before if count < before or almost_equal(before, count, _ROUNDING) else count)
    return out


def _quantile(q: float, buckets: _Buckets | None) -> float:
    if math.isnan(q):
        return math.nan
    if not 0 <= q <= 1:
        return math.copysign(math.inf, q)
    if buckets is None or buckets.bounds == [math.inf]:
        return math.nan
    bounds, counts = buckets.bounds, _rising(buckets.counts)
    return _interpolated(q, bounds, counts) if counts[-1] else math.nan


def _interpolated(q: float, bounds: list[float], counts: list[float]) -> float:
    """Return the quantile, as if observations were spread evenly in each bucket."""
    rank = q * counts[-1]
    index = next((i for i, count in enumerate(counts) if count >= rank), len(counts) - 1)
    if index == len(counts) - 1:
        return bounds[-2]
    if index == 0 and bounds[0] <= 0:
        return bounds[0]
    lower, below = (bounds[index - 1], counts[index - 1]) if index else (0.0, 0.0)
    return lower + (bounds[index] - lower) * divide(rank - below, counts[index] - below)


def _fraction(lower: float, upper: float, buckets: _Buckets | None) -> float:
    if buckets is None or not buckets.counts[-1] or math.isnan(lower) or math.isnan(upper):
        return math.nan
    if lower >= upper:
        return 0.0
    every = buckets.counts[-1]
    return (_rank(upper, buckets) - _rank(lower, buckets)) / every


def _rank(value: float, buckets: _Buckets) -> float:
    """Return how many observations are below a value; an endless bucket isn't divided."""
    below = 0.0
    bottom = 0.0 if buckets.bounds[0] > 0 else -math.inf
    for bound, count in zip(*buckets, strict=True):
        if bottom >= value:
            return min(below, buckets.counts[-1])
        if bound > value:
            if bottom == -math.inf:
                return min(count, buckets.counts[-1])
            share = (value - bottom) / (bound - bottom)
            return min(below + (count - below) * share, buckets.counts[-1])
        below, bottom = count, bound
    return buckets.counts[-1]


def _histogram_quantile(context: Context, arguments: tuple[Node, ...]) -> Vector:
    q = context.scalar(arguments[0])
    out: Vector = {}
    for labels, buckets in _histograms(context.vector(arguments[1])).items():
        put(out, without_name(labels), _quantile(q, buckets))
    return out


def _histogram_quantiles(context: Context, arguments: tuple[Node, ...]) -> Vector:
    name = context.text(arguments[1])
    if not is_label_name(name):
        raise PromqlError(f"invalid label name in histogram_quantiles(): {name!r}")
    histograms = _histograms(context.vector(arguments[0]))
    out: Vector = {}
    for argument in arguments[2:]:
        q = context.scalar(argument)
        for labels, buckets in histograms.items():
            own = with_label(without_name(labels), name, shown_openmetrics(q))
            put(out, own, _quantile(q, buckets))
    return out


def _histogram_fraction(context: Context, arguments: tuple[Node, ...]) -> Vector:
    lower, upper = (context.scalar(argument) for argument in arguments[:2])
    out: Vector = {}
    for labels, buckets in _histograms(context.vector(arguments[2])).items():
        put(out, without_name(labels), _fraction(lower, upper, buckets))
    return out


HISTOGRAM: Final[dict[str, Function]] = {
    "histogram_quantile": _histogram_quantile,
    "histogram_quantiles": _histogram_quantiles,
    "histogram_fraction": _histogram_fraction,
}

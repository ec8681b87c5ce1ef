"""Functions that map each value, and those that make and unmake vectors."""

import math
from collections.abc import Callable
from typing import Final

from deskwatch.rules.promql.arithmetic import (
    ceil,
    divide,
    floor,
    greater,
    logarithm,
    smaller,
    unfailing,
)
from deskwatch.rules.promql.context import Context, Function
from deskwatch.rules.promql.labels import NO_LABELS, without_name
from deskwatch.rules.promql.plan import Node, Range, Select
from deskwatch.rules.promql.vector import Vector, put


def mapped(vector: Vector, function: Callable[[float], float]) -> Vector:
    """Return the vector with each value mapped and the metric's name dropped."""
    out: Vector = {}
    for labels, value in vector.items():
        put(out, without_name(labels), function(value))
    return out


def _each(function: Callable[[float], float]) -> Function:
    return lambda context, arguments: mapped(context.vector(arguments[0]), function)


def _sign(value: float) -> float:
    return math.copysign(1.0, value) if value and not math.isnan(value) else value


def _hyperbolic_sine(value: float) -> float:
    try:
        return math.sinh(value)
    except OverflowError:
        return math.copysign(math.inf, value)


def _area_tangent(value: float) -> float:
    return math.copysign(math.inf, value) if abs(value) == 1 else unfailing(math.atanh)(value)


def _round(context: Context, arguments: tuple[Node, ...]) -> Vector:
    """Round to the nearest multiple, halves up."""
    nearest = context.scalar(arguments[1]) if len(arguments) > 1 else 1.0
    inverse = divide(1.0, nearest)
    vector = context.vector(arguments[0])
    return mapped(vector, lambda value: divide(floor(value * inverse + 0.5), inverse))


def _clamp(context: Context, arguments: tuple[Node, ...]) -> Vector:
    vector, *bounds = arguments
    low, high = (context.scalar(bound) for bound in bounds)
    if high < low:
        return {}
    return mapped(context.vector(vector), lambda value: greater(low, smaller(high, value)))


def _clamp_min(context: Context, arguments: tuple[Node, ...]) -> Vector:
    low = context.scalar(arguments[1])
    return mapped(context.vector(arguments[0]), lambda value: greater(low, value))


def _clamp_max(context: Context, arguments: tuple[Node, ...]) -> Vector:
    high = context.scalar(arguments[1])
    return mapped(context.vector(arguments[0]), lambda value: smaller(high, value))


def _scalar(context: Context, arguments: tuple[Node, ...]) -> float:
    values = list(context.vector(arguments[0]).values())
    return values[0] if len(values) == 1 else math.nan


def _vector(context: Context, arguments: tuple[Node, ...]) -> Vector:
    return {NO_LABELS: context.scalar(arguments[0])}


def _absent(context: Context, arguments: tuple[Node, ...]) -> Vector:
    present = context.vector(arguments[0])
    return {} if present else {_labels_asked_for(arguments[0]): 1.0}


def _absent_over_time(context: Context, arguments: tuple[Node, ...]) -> Vector:
    present = context.matrix(arguments[0]).windows
    return {} if present else {_labels_asked_for(arguments[0]): 1.0}


def _labels_asked_for(node: Node) -> tuple[tuple[str, str], ...]:
    """Return the labels that a selector fixes; a name with two conditions is left out."""
    select = node.select if isinstance(node, Range) else node
    if not isinstance(select, Select):
        return NO_LABELS
    wanted: dict[str, str] = {}
    for matcher in select.matchers:
        if matcher.operator == "=" and matcher.name not in wanted:
            wanted[matcher.name] = matcher.value
        else:
            wanted[matcher.name] = ""
    return without_name(tuple(sorted((name, value) for name, value in wanted.items() if value)))


def _two(function: Callable[[float, float], float]) -> Function:
    return lambda context, arguments: function(
        context.scalar(arguments[0]), context.scalar(arguments[1])
    )


def _nan_or(function: Callable[[float, float], float]) -> Callable[[float, float], float]:
    return lambda a, b: math.nan if math.isnan(a) or math.isnan(b) else function(a, b)


MATH: Final[dict[str, Function]] = {
    "abs": _each(abs),
    "ceil": _each(ceil),
    "floor": _each(floor),
    "exp": _each(unfailing(math.exp)),
    "sqrt": _each(unfailing(math.sqrt)),
    "ln": _each(logarithm(math.log)),
    "log2": _each(logarithm(math.log2)),
    "log10": _each(logarithm(math.log10)),
    "sgn": _each(_sign),
    "sin": _each(unfailing(math.sin)),
    "cos": _each(unfailing(math.cos)),
    "tan": _each(unfailing(math.tan)),
    "asin": _each(unfailing(math.asin)),
    "acos": _each(unfailing(math.acos)),
    "atan": _each(math.atan),
    "sinh": _each(_hyperbolic_sine),
    "cosh": _each(unfailing(math.cosh)),
    "tanh": _each(math.tanh),
    "asinh": _each(math.asinh),
    "acosh": _each(unfailing(math.acosh)),
    "atanh": _each(_area_tangent),
    "deg": _each(math.degrees),
    "rad": _each(math.radians),
    "pi": lambda _context, _arguments: math.pi,
    "round": _round,
    "clamp": _clamp,
    "clamp_min": _clamp_min,
    "clamp_max": _clamp_max,
    "min_of": _two(_nan_or(min)),
    "max_of": _two(_nan_or(max)),
    "scalar": _scalar,
    "vector": _vector,
    "absent": _absent,
    "absent_over_time": _absent_over_time,
}

"""Binary operators, between numbers, between vectors and numbers, and between vectors."""

import math
import operator
from collections.abc import Callable, Iterable
from typing import Final

from deskwatch.rules.promql.arithmetic import divide, modulo, power
from deskwatch.rules.promql.labels import (
    METRIC_NAME,
    Labels,
    only,
    shown,
    value_of,
    with_label,
    without,
    without_name,
)
from deskwatch.rules.promql.plan import Binary, Matching
from deskwatch.rules.promql.vector import PromqlError, Vector, put

_ARITHMETIC: Final[dict[str, Callable[[float, float], float]]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": divide,
    "%": modulo,
    "^": power,
    "atan2": math.atan2,
}
_COMPARISONS: Final[dict[str, Callable[[float, float], bool]]] = {
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
}


def combine(node: Binary, left: float | Vector, right: float | Vector) -> float | Vector:
    """Return the operation's result. Raises PromqlError where series don't match one to one."""
    if isinstance(left, float):
        if isinstance(right, float):
            return _scalar_result(node.operator, left, right)
        return _with_scalar(node, right, left, scalar_is_left=True)
    if isinstance(right, float):
        return _with_scalar(node, left, right, scalar_is_left=False)
    if node.operator in _SET_OPERATORS:
        return _SET_OPERATORS[node.operator](left, right, node.matching)
    return _between(node, left, right)


def _scalar_result(name: str, left: float, right: float) -> float:
    if name in _ARITHMETIC:
        return _ARITHMETIC[name](left, right)
    return float(_COMPARISONS[name](left, right))


def _element(node: Binary, left: float, right: float) -> float | None:
    """Return what two elements give; None when a filter drops them. Filters give the left one."""
    if node.operator in _ARITHMETIC:
        return _ARITHMETIC[node.operator](left, right)
    holds = _COMPARISONS[node.operator](left, right)
    if node.as_bool:
        return float(holds)
    return left if holds else None


def _keeps_name(node: Binary) -> bool:
    return node.operator in _COMPARISONS and not node.as_bool


def _with_scalar(node: Binary, vector: Vector, scalar: float, *, scalar_is_left: bool) -> Vector:
    out: Vector = {}
    keeps_name = _keeps_name(node)
    for labels, value in vector.items():
        pair = (scalar, value) if scalar_is_left else (value, scalar)
        result = _element(node, *pair)
        if result is None:
            continue
        if keeps_name:
            out[labels] = value  # a filter passes on the vector's own value, whichever its side
        else:
            put(out, without_name(labels), result)
    return out


def _signature(matching: Matching) -> Callable[[Labels], Labels]:
    if matching.on:
        return lambda labels: only(labels, matching.names)
    ignored = matching.names | {METRIC_NAME}
    return lambda labels: without(labels, ignored)


def _and(left: Vector, right: Vector, matching: Matching) -> Vector:
    if not right:  # as of most alerts most of the time
        return {}
    signature = _signature(matching)
    present = {signature(labels) for labels in right}
    return {labels: value for labels, value in left.items() if signature(labels) in present}


def _unless(left: Vector, right: Vector, matching: Matching) -> Vector:
    signature = _signature(matching)
    present = {signature(labels) for labels in right}
    return {labels: value for labels, value in left.items() if signature(labels) not in present}


def _or(left: Vector, right: Vector, matching: Matching) -> Vector:
    signature = _signature(matching)
    present = {signature(labels) for labels in left}
    out = dict(left)
    for labels, value in right.items():
        if signature(labels) not in present:
            put(out, labels, value)
    return out


_SET_OPERATORS: Final[dict[str, Callable[[Vector, Vector, Matching], Vector]]] = {
    "and": _and,
    "or": _or,
    "unless": _unless,
}


def _between(node: Binary, left: Vector, right: Vector) -> Vector:
    """Return the operation on each pair of matching series."""
    if not left or not right:
        return {}
    swapped = node.matching.many == "right"
    many, one = (right, left) if swapped else (left, right)
    signature = _signature(node.matching)
    partners = _by_signature(one, signature, node.matching, swapped=swapped)
    used: set[tuple[Labels, Labels | None]] = set()
    out: Vector = {}
    for labels, value in many.items():
        found = partners.get(signature(labels))
        if found is None:
            continue
        partner, partner_value = found
        own = _result_labels(node, labels, partner)
        _check_unique(used, signature(labels), own, node.matching)
        pair = (partner_value, value) if swapped else (value, partner_value)
        result = _element(node, *pair)
        if result is not None:
            put(out, own, result)
    return out


def _by_signature(
    one: Vector, signature: Callable[[Labels], Labels], matching: Matching, *, swapped: bool
) -> dict[Labels, tuple[Labels, float]]:
    """Return the series of the side that may have but one for each signature."""
    partners: dict[Labels, tuple[Labels, float]] = {}
    for labels, value in one.items():
        key = signature(labels)
        if key in partners:
            group = shown(key if matching.on else without_name(key))
            raise PromqlError(_duplicate(group, (labels, partners[key][0]), swapped=swapped))
        partners[key] = (labels, value)
    return partners


def _duplicate(group: str, series: Iterable[Labels], *, swapped: bool) -> str:
    listed = ", ".join(sorted(_with_name_inside(labels) for labels in series))
    return (
        f"found duplicate series for the match group {group} on the "
        f"{'left' if swapped else 'right'} hand-side of the operation: [{listed}];many-to-many "
        "matching not allowed: matching labels must be unique on one side"
    )


def _with_name_inside(labels: Labels) -> str:
    return "{" + ", ".join(f'{name}="{value}"' for name, value in labels) + "}"


def _check_unique(
    used: set[tuple[Labels, Labels | None]], key: Labels, own: Labels, matching: Matching
) -> None:
    """Refuse a second result for what may have one, though a filter may drop either."""
    mark = (key, own if matching.many else None)
    if mark in used:
        raise PromqlError(
            "multiple matches for labels: "
            + (
                "grouping labels must ensure unique matches"
                if matching.many
                else "many-to-one matching must be explicit (group_left/group_right)"
            )
        )
    used.add(mark)


def _result_labels(node: Binary, many: Labels, one: Labels) -> Labels:
    matching = node.matching
    labels = many if _keeps_name(node) else without_name(many)
    if matching.many is None:
        labels = (only if matching.on else without)(labels, matching.names)
    for name in matching.include:
        labels = with_label(labels, name, value_of(one, name))
    return labels

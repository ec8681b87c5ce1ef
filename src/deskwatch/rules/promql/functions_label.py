"""Functions that rewrite labels, and those that order by them or by value."""

import math
import re
from collections.abc import Callable
from typing import Final

from deskwatch.rules.promql.context import Context, Function
from deskwatch.rules.promql.labels import Labels, is_label_name, value_of, with_label
from deskwatch.rules.promql.plan import Node
from deskwatch.rules.promql.regex import RegexError, compile_anchored, expand
from deskwatch.rules.promql.vector import PromqlError, Vector, put

_CHUNKS: Final = re.compile(r"(\d+)")


def _label_replace(context: Context, arguments: tuple[Node, ...]) -> Vector:
    vector, *texts = arguments
    target, replacement, source, pattern = (context.text(text) for text in texts)
    try:
        compiled = compile_anchored(pattern)
    except RegexError as error:
        raise PromqlError(f"in label_replace(): {error}") from None
    _check_label_name("label_replace", target)

    def rewritten(labels: Labels) -> Labels:
        found = compiled.fullmatch(value_of(labels, source))
        return labels if found is None else with_label(labels, target, expand(replacement, found))

    return _relabelled(context.vector(vector), rewritten)


def _label_join(context: Context, arguments: tuple[Node, ...]) -> Vector:
    vector, *texts = arguments
    target, separator, *sources = (context.text(text) for text in texts)
    for name in (target, *sources):
        _check_label_name("label_join", name)

    def rewritten(labels: Labels) -> Labels:
        joined = separator.join(value_of(labels, source) for source in sources)
        return with_label(labels, target, joined)

    return _relabelled(context.vector(vector), rewritten)


def _relabelled(vector: Vector, rewritten: Callable[[Labels], Labels]) -> Vector:
    out: Vector = {}
    for labels, value in vector.items():
        put(out, rewritten(labels), value)
    return out


def _check_label_name(function: str, name: str) -> None:
    if not is_label_name(name):
        raise PromqlError(f"invalid label name in {function}(): {name!r}")


def _sort(context: Context, arguments: tuple[Node, ...]) -> Vector:
    return ordered(context.vector(arguments[0]), ascending=True)


def _sort_desc(context: Context, arguments: tuple[Node, ...]) -> Vector:
    return ordered(context.vector(arguments[0]), ascending=False)


def ordered(vector: Vector, *, ascending: bool) -> Vector:
    """Return the vector by value, NaN last either way."""
    sign = 1.0 if ascending else -1.0

    def key(item: tuple[Labels, float]) -> tuple[bool, float]:
        return (True, 0.0) if math.isnan(item[1]) else (False, sign * item[1])

    return dict(sorted(vector.items(), key=key))


def _sort_by_label(*, reverse: bool) -> Function:
    def evaluated(context: Context, arguments: tuple[Node, ...]) -> Vector:
        names = [context.text(argument) for argument in arguments[1:]]

        def key(item: tuple[Labels, float]) -> tuple[object, ...]:
            return (*(_natural(value_of(item[0], name)) for name in names), item[0])

        return dict(sorted(context.vector(arguments[0]).items(), key=key, reverse=reverse))

    return evaluated


def _natural(text: str) -> tuple[tuple[bool, int, str], ...]:
    """Return a key under which 4m5 comes before 4m600."""
    chunks = [chunk for chunk in _CHUNKS.split(text) if chunk]
    return tuple(
        (False, int(chunk), chunk) if chunk.isdigit() else (True, 0, chunk) for chunk in chunks
    )


LABEL: Final[dict[str, Function]] = {
    "label_replace": _label_replace,
    "label_join": _label_join,
    "sort": _sort,
    "sort_desc": _sort_desc,
    "sort_by_label": _sort_by_label(reverse=False),
    "sort_by_label_desc": _sort_by_label(reverse=True),
}

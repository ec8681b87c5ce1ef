"""Which samples expressions need, and for how long."""

from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from deskwatch.rules.promql.functions_time import TIME
from deskwatch.rules.promql.plan import Call, Node, Range, Select, Subquery, children
from deskwatch.rules.promql.select import LOOKBACK_MS


class Need(NamedTuple):
    """A selector, and how far back from now it looks; 0 when the newest sample is enough."""

    select: Select
    horizon_ms: int


def needs(nodes: Iterable[Node]) -> list[Need]:
    """Return what these expressions need of the past, selector by selector."""
    return [need for node in nodes for need in _needs(node, 0)]


def is_still(node: Node, recorded: Collection[str]) -> bool:
    """Whether what an expression gives can change only where a sample that it reads does.

    recorded: the metrics that rules write, whose samples grow old where their rule fails or waits.
    """
    match node:
        case Range() | Subquery():
            return False
        case Call(function=function) if function in TIME:
            return False
        case Select(metric=metric, offset_ms=offset_ms):
            return metric is not None and metric not in recorded and not offset_ms
        case _:
            return all(is_still(child, recorded) for child in children(node))


def _needs(node: Node, back_ms: int) -> Iterator[Need]:
    """Yield the needs of a node that is evaluated up to `back_ms` before now."""
    match node:
        case Select():
            back_ms += max(node.offset_ms, 0)
            yield Need(node, back_ms + LOOKBACK_MS if back_ms else 0)
        case Range():
            yield Need(node.select, back_ms + node.range_ms + max(node.select.offset_ms, 0))
        case Subquery():
            yield from _needs(node.of, back_ms + node.range_ms + max(node.offset_ms, 0))
        case _:
            for child in children(node):
                yield from _needs(child, back_ms)

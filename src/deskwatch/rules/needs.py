"""Which samples expressions need, and for how long."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from deskwatch.rules.promql.plan import Node, Range, Select, Subquery, children
from deskwatch.rules.promql.select import LOOKBACK_MS


class Need(NamedTuple):
    """A selector, and how far back from now it looks; 0 when the newest sample is enough."""

    select: Select
    horizon_ms: int


def needs(nodes: Iterable[Node]) -> list[Need]:
    """Return what these expressions need of the past, selector by selector."""
    return [need for node in nodes for need in _needs(node, 0)]


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

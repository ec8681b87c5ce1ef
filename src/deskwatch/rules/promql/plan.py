"""A parsed expression, ready to be evaluated many times.

Nodes are equal where they give the same over the same samples, so that what several rules ask for
is worked out once.
"""

from collections.abc import Callable
from typing import Literal

from msgspec import Struct

from deskwatch.rules.promql.labels import METRIC_NAME, Labels


class Matcher(Struct, frozen=True, eq=False):
    """A condition on one label. test: whether a value meets it, which follows from the others."""

    name: str
    operator: Literal["=", "!=", "=~", "!~"]
    value: str
    test: Callable[[str], bool]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Matcher) and self._written == other._written

    def __hash__(self) -> int:
        return hash(self._written)

    @property
    def _written(self) -> tuple[str, str, str]:
        return self.name, self.operator, self.value


class Number(Struct, frozen=True, eq=False):
    """A number in the expression. Equal to no other: 0 and -0 divide differently."""

    value: float


class Text(Struct, frozen=True):
    """A string in the expression."""

    value: str


class Select(Struct, frozen=True, cache_hash=True):
    """The newest samples of the series that meet all matchers. offset_ms: > 0 looks back.

    metric: the metric's name, where one is given.
    """

    metric: str | None
    matchers: tuple[Matcher, ...]
    offset_ms: int

    def meets(self, labels: Labels) -> bool:
        """Whether a series is selected."""
        values = dict(labels)
        return all(matcher.test(values.get(matcher.name, "")) for matcher in self.matchers)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The labels that every selected series has, as far as matchers give them outright."""
        return [
            (matcher.name, matcher.value)
            for matcher in self.matchers
            if matcher.operator == "=" and matcher.value
        ]

    def may_meet(self, metric: str) -> bool:
        """Whether a series of this metric can be selected."""
        if self.metric is not None and self.metric != metric:
            return False
        named = (matcher for matcher in self.matchers if matcher.name == METRIC_NAME)
        return all(matcher.test(metric) for matcher in named)


class Range(Struct, frozen=True, cache_hash=True):
    """All samples of the selected series in a window that ends where the selector looks."""

    select: Select
    range_ms: int


class Subquery(Struct, frozen=True, cache_hash=True):
    """An expression evaluated at each step of a window. step_ms: None for the default."""

    of: "Node"
    range_ms: int
    step_ms: int | None
    offset_ms: int


class Negate(Struct, frozen=True, cache_hash=True):
    """Unary minus."""

    of: "Node"


class Matching(Struct, frozen=True):
    """How two vectors' series find each other.

    on: whether `names` are the labels that must agree, or those that may differ. many: the side
    that may have several series to one. include: labels taken over from the other side.
    """

    on: bool = False
    names: frozenset[str] = frozenset()
    many: Literal["left", "right"] | None = None
    include: tuple[str, ...] = ()


class Binary(Struct, frozen=True, cache_hash=True):
    """A binary operation. as_bool: a comparison gives 0 or 1 and does not filter."""

    operator: str
    left: "Node"
    right: "Node"
    matching: Matching
    as_bool: bool


class Aggregate(Struct, frozen=True, cache_hash=True):
    """An aggregation over groups. without: `names` are the labels that the groups leave out."""

    operator: str
    of: "Node"
    parameter: "Node | None"
    names: frozenset[str]
    without: bool


class Call(Struct, frozen=True, cache_hash=True):
    """A function with its arguments."""

    function: str
    arguments: "tuple[Node, ...]"


Node = Number | Text | Select | Range | Subquery | Negate | Binary | Aggregate | Call


def children(node: Node) -> tuple[Node, ...]:
    """Return the nodes right below one."""
    match node:
        case Number() | Text() | Select():
            return ()
        case Range():
            return (node.select,)
        case Subquery() | Negate():
            return (node.of,)
        case Binary():
            return (node.left, node.right)
        case Aggregate():
            return (node.of,) if node.parameter is None else (node.parameter, node.of)
        case Call():
            return node.arguments

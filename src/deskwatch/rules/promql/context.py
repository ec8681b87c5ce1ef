"""What a function sees of the evaluation it is part of."""

from collections.abc import Callable
from typing import Protocol

from deskwatch.rules.promql.plan import Node, Select
from deskwatch.rules.promql.vector import Matrix, Value, Vector


class Context(Protocol):
    """One evaluation at one time. at: that time, in milliseconds UTC."""

    @property
    def at(self) -> int:
        """When the expression is evaluated."""
        ...

    @property
    def zero_first(self) -> bool:
        """Whether rates are those of Prometheus 2.42."""
        ...

    def scalar(self, node: Node) -> float:
        """Return a scalar node's number."""
        ...

    def text(self, node: Node) -> str:
        """Return a string node's text."""
        ...

    def vector(self, node: Node) -> Vector:
        """Return an instant vector node's series."""
        ...

    def matrix(self, node: Node) -> Matrix:
        """Return a range node's windows."""
        ...

    def sample_times(self, select: Select) -> dict[tuple[tuple[str, str], ...], int]:
        """Return when each selected series had its newest sample."""
        ...


Function = Callable[[Context, tuple[Node, ...]], Value]

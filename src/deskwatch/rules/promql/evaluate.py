"""A plan evaluated at one time: a walk over its tree."""

from collections.abc import Iterator, Sequence
from typing import Final

from msgspec import Struct

from deskwatch.rules.promql.aggregate import aggregate
from deskwatch.rules.promql.functions import FUNCTIONS
from deskwatch.rules.promql.functions_math import mapped
from deskwatch.rules.promql.labels import Labels
from deskwatch.rules.promql.operators import combine
from deskwatch.rules.promql.plan import (
    Aggregate,
    Binary,
    Call,
    Negate,
    Node,
    Number,
    Range,
    Select,
    Subquery,
    Text,
)
from deskwatch.rules.promql.select import Series, SeriesSource, newest, window
from deskwatch.rules.promql.vector import Matrix, Points, Value, Vector

#: Prometheus' own evaluation interval, unless its configuration says otherwise.
DEFAULT_STEP_MS: Final = 60_000


class Semantics(Struct, frozen=True):
    """What differs between Prometheus' versions or settings.

    default_step_ms: of a subquery that names none (Prometheus takes its evaluation interval).
    closed_windows: as in Prometheus 2, for comparing with one: a window takes in the sample right
    at its start. zero_first: as in 2.42 and not in 2.53: a rate looks for the counter's zero before
    it looks for the series' begin.
    """

    default_step_ms: int = DEFAULT_STEP_MS
    closed_windows: bool = False
    zero_first: bool = False


class Evaluation:
    """What expressions give over a source at a time in ms; it must not change meanwhile.

    An aggregation that several of them have in common is worked out once. What functions see of it
    is `context.Context`.
    """

    def __init__(self, source: SeriesSource, at: int, semantics: Semantics | None = None) -> None:
        self.at = at
        self._source = source
        self._semantics = semantics or Semantics()
        self.zero_first = self._semantics.zero_first
        self._aggregated: dict[Aggregate, Vector] = {}

    def value(self, node: Node) -> Value:
        """Return the value of an expression. Raises PromqlError."""
        value: Value
        match node:
            case Number() | Text():
                value = node.value
            case Select():
                value = self._select(node)
            case Range() | Subquery():
                value = self.matrix(node)
            case Negate():
                value = self._negate(node)
            case Binary():
                value = self._binary(node)
            case Aggregate():
                value = self._aggregate(node)
            case Call():
                value = FUNCTIONS[node.function](self, node.arguments)
        return value

    def scalar(self, node: Node) -> float:
        """Return the value of a scalar expression."""
        value = self.value(node)
        assert isinstance(value, float), "the parser has checked the types"
        return value

    def text(self, node: Node) -> str:
        """Return the value of a string expression."""
        value = self.value(node)
        assert isinstance(value, str), "the parser has checked the types"
        return value

    def vector(self, node: Node) -> Vector:
        """Return the value of an instant-vector expression."""
        value = self.value(node)
        assert isinstance(value, dict), "the parser has checked the types"
        return value

    def matrix(self, node: Node) -> Matrix:
        """Return the value of a range-vector expression."""
        if isinstance(node, Subquery):
            return self._subquery(node)
        assert isinstance(node, Range), "the parser has checked the types"
        end = self.at - node.select.offset_ms
        return self._windows(self._source.select(node.select), end - node.range_ms, end)

    def sample_times(self, select: Select) -> dict[Labels, int]:
        """Return when the selected series had their newest samples."""
        return {labels: time for labels, time, _value in self._newest(select)}

    def _negate(self, node: Negate) -> float | Vector:
        value = self._operand(node.of)
        return -value if isinstance(value, float) else mapped(value, float.__neg__)

    def _operand(self, node: Node) -> float | Vector:
        value = self.value(node)
        assert isinstance(value, float | dict), "the parser has checked the types"
        return value

    def _binary(self, node: Binary) -> float | Vector:
        left = self._operand(node.left)
        if left == {} and node.operator in ("and", "unless"):
            return {}  # as of most alerts most of the time, whatever is on the other side
        return combine(node, left, self._operand(node.right))

    def _select(self, select: Select) -> Vector:
        return {labels: value for labels, _time, value in self._newest(select)}

    def _newest(self, select: Select) -> Iterator[tuple[Labels, int, float]]:
        found, at = self._source.select(select), self.at - select.offset_ms
        return newest(found, at, left_open=not self._semantics.closed_windows)

    def _windows(self, found: Sequence[Series], start: int, end: int) -> Matrix:
        left_open = not self._semantics.closed_windows
        windows = {
            series.labels: window(series, start, end, left_open=left_open) for series in found
        }
        return Matrix(
            {labels: points for labels, points in windows.items() if points.times}, start, end
        )

    def _subquery(self, node: Subquery) -> Matrix:
        step = node.step_ms or self._semantics.default_step_ms
        end = self.at - node.offset_ms
        start = end - node.range_ms
        first = start // step * step
        if first < start or (first == start and not self._semantics.closed_windows):
            first += step
        times: dict[Labels, list[int]] = {}
        values: dict[Labels, list[float]] = {}
        for at in range(first, end + 1, step):
            value = Evaluation(self._source, at, self._semantics).value(node.of)
            assert isinstance(value, float | dict), "the parser has checked the types"
            for labels, number in ({(): value} if isinstance(value, float) else value).items():
                times.setdefault(labels, []).append(at)
                values.setdefault(labels, []).append(number)
        windows = {labels: Points(times[labels], values[labels]) for labels in times}
        return Matrix(windows, start, end)

    def _aggregate(self, node: Aggregate) -> Vector:
        known = self._aggregated.get(node)
        if known is None:
            known = self._aggregated[node] = self._aggregate_anew(node)
        return known

    def _aggregate_anew(self, node: Aggregate) -> Vector:
        parameter = None if node.parameter is None else self.value(node.parameter)
        assert not isinstance(parameter, dict | Matrix), "the parser has checked the types"
        return aggregate(node, self.vector(node.of), parameter)

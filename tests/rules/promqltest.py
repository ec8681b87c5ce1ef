"""Runs Prometheus' PromQL test scripts against our evaluator."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

from deskwatch.rules.promql.arithmetic import almost_equal
from deskwatch.rules.promql.build import UnsupportedPromql, parse
from deskwatch.rules.promql.evaluate import Evaluation
from deskwatch.rules.promql.labels import METRIC_NAME, Labels, value_of, with_label, without
from deskwatch.rules.promql.plan import Node, Select, children
from deskwatch.rules.promql.select import Series
from deskwatch.rules.promql.vector import Matrix, PromqlError, Value
from tests.rules.script import HISTOGRAM, Case, Clear, Load, read

NATIVE_HISTOGRAMS = "native histograms"

Key = TypeVar("Key")

#: As in Prometheus' own runner.
_EPSILON = 0.000001


@dataclass
class Outcome:
    """How a case ended. why: the construct out of scope, or how the answer differs."""

    case: Case
    verdict: Literal["passed", "out of scope", "failed"]
    why: str = ""


class Loaded:
    """The series that a script has loaded. histograms: those with native samples."""

    def __init__(self) -> None:
        self.series: dict[Labels, Series] = {}
        self.histograms: set[Labels] = set()
        self._selected: dict[Select, list[Series]] = {}

    def select(self, select: Select) -> Sequence[Series]:
        found = self._selected.get(select)
        if found is None:
            found = [series for labels, series in self.series.items() if select.meets(labels)]
            self._selected[select] = found
        return found

    def load(self, step: Load) -> None:
        self._selected.clear()
        for labels, values in step.series.items():
            if HISTOGRAM in values:
                self.histograms.add(labels)
            if step.custom_buckets:
                self.histograms.add(_native_name(labels))
            series = self.series.setdefault(labels, Series(labels))
            for index, value in enumerate(values):
                at = index * step.step
                if isinstance(value, float) and (not series.times or series.times[-1] < at):
                    series.append(at, value)


def _native_name(labels: Labels) -> Labels:
    """Return the labels of the native histogram that Prometheus' runner makes of a classic one."""
    name = value_of(labels, METRIC_NAME)
    for suffix in ("_bucket", "_sum", "_count"):
        name = name.removesuffix(suffix)
    return with_label(without(labels, frozenset({"le"})), METRIC_NAME, name)


def run(path: Path) -> Iterator[Outcome]:
    """Yield the outcome of each case of a script, in order."""
    loaded = Loaded()
    for step in read(path):
        match step:
            case Clear():
                loaded = Loaded()
            case Load():
                loaded.load(step)
            case Case():
                yield _outcome(step, loaded)


def _outcome(case: Case, loaded: Loaded) -> Outcome:
    try:
        node = parse(case.query)
    except UnsupportedPromql as unsupported:
        return Outcome(case, "out of scope", unsupported.constructs[0])
    except PromqlError as error:
        return Outcome(case, "passed" if case.fails else "failed", str(error))
    if _touches_histograms(node, loaded) or any(HISTOGRAM in own for _, own in case.series):
        return Outcome(case, "out of scope", NATIVE_HISTOGRAMS)
    try:
        why = _range_differs(case, node, loaded) if case.is_range else _differs(case, node, loaded)
    except PromqlError as error:
        wanted = case.fails and (case.message is None or case.message in str(error))
        return Outcome(case, "passed" if wanted else "failed", str(error))
    if case.fails:
        why = "it should have failed"
    return Outcome(case, "failed" if why else "passed", why)


def _touches_histograms(node: Node, loaded: Loaded) -> bool:
    if isinstance(node, Select):
        return any(node.meets(labels) for labels in loaded.histograms)
    return any(_touches_histograms(child, loaded) for child in children(node))


def _differs(case: Case, node: Node, loaded: Loaded) -> str:
    value = Evaluation(loaded, case.start).value(node)
    match value:
        case str():
            return "" if value == case.text else f"found {value!r}"
        case float():
            return "" if case.scalar is not None and _same(value, case.scalar) else f"found {value}"
        case Matrix():
            return _matrix_differs(case, value)
        case dict():
            expected = {labels: own[0] for labels, own in case.series if isinstance(own[0], float)}
            if case.ordered and list(value) != list(expected):
                return f"found the order {list(value)}"
            return _series_differ(value, expected)


def _matrix_differs(case: Case, matrix: Matrix) -> str:
    assert case.window is not None
    start, end, step = case.window
    found = {
        labels: dict(zip(points.times, points.values, strict=True))
        for labels, points in matrix.windows.items()
    }
    return _ranges_differ(found, _expected_range(case, range(start, end + 1, step)))


def _range_differs(case: Case, node: Node, loaded: Loaded) -> str:
    steps = range(case.start, case.end + 1, case.step)
    found: dict[Labels, dict[int, float]] = {}
    for at in steps:
        for labels, value in _as_series(Evaluation(loaded, at).value(node)):
            found.setdefault(labels, {})[at] = value
    return _ranges_differ(found, _expected_range(case, steps))


def _as_series(value: Value) -> list[tuple[Labels, float]]:
    assert isinstance(value, float | dict)
    return [((), value)] if isinstance(value, float) else list(value.items())


def _expected_range(case: Case, steps: range) -> dict[Labels, dict[int, float]]:
    return {
        labels: {
            at: value for at, value in zip(steps, own, strict=False) if isinstance(value, float)
        }
        for labels, own in case.series
    }


def _ranges_differ(
    found: dict[Labels, dict[int, float]], expected: dict[Labels, dict[int, float]]
) -> str:
    if found.keys() != expected.keys():
        return f"found the series {sorted(found)}, expected {sorted(expected)}"
    for labels, values in expected.items():
        if why := _series_differ(found[labels], values):
            return f"{labels}: {why}"
    return ""


def _series_differ(found: Mapping[Key, float], expected: Mapping[Key, float]) -> str:
    if found.keys() != expected.keys():
        return f"found {found}, expected {expected}"
    for key, value in expected.items():
        if not _same(found[key], value):
            return f"{key}: found {found[key]}, expected {value}"
    return ""


def _same(a: float, b: float) -> bool:
    return almost_equal(a, b, _EPSILON)

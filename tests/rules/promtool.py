"""promtool's rule unit tests, run against our engine, and run by the real promtool."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from deskwatch.rules.duration import parse_duration
from deskwatch.rules.engine import RuleEngine, RuleSettings
from deskwatch.rules.needs import needs
from deskwatch.rules.promql.build import parse
from deskwatch.rules.promql.evaluate import Evaluation, Semantics
from deskwatch.rules.promql.labels import METRIC_NAME, Labels, labels_of
from deskwatch.rules.promql.vector import is_stale
from deskwatch.rules.samples import Pairs
from tests.rules.rig import record
from tests.rules.script import HISTOGRAM, read_labels, read_series

_MS_NS = 1_000_000


class Replayed:
    """A source that shows the samples of one moment, and nothing of a series without one."""

    def __init__(self, series: dict[Labels, dict[int, float]]) -> None:
        self._own: dict[str, list[tuple[Pairs, dict[int, float]]]] = {}
        self._names: dict[int, set[str]] = {}
        self._at = 0
        for labels, own in series.items():
            name = dict(labels)[METRIC_NAME]
            pairs = tuple(pair for pair in labels if pair[0] != METRIC_NAME)
            self._own.setdefault(name, []).append((pairs, own))
            for at in own:
                self._names.setdefault(at, set()).add(name)

    def due(self, at: int) -> set[str]:
        """Move to a time in ms; return the metrics that have samples then."""
        self._at = at
        return self._names.get(at, set())

    def names(self) -> Sequence[str]:
        return list(self._own)

    def series(self, name: str) -> Iterator[tuple[Pairs, float]]:
        for pairs, own in self._own.get(name, ()):
            value = own.get(self._at)
            if value is not None and not is_stale(value):
                yield pairs, value


@dataclass
class Checks:
    """One test of a file: what is asked at each time in ms."""

    series: dict[Labels, dict[int, float]]
    interval: int
    expressions: list[dict[str, Any]]
    alerts: list[dict[str, Any]]


def read(path: Path) -> tuple[list[Path], int, list[Checks]]:
    """Return the rule files, the evaluation interval in ms and the tests of a file."""
    root = yaml.load(path.read_text(), Loader=yaml.BaseLoader)  # 0x10 is a text, not 16
    files = [path.parent / name for name in root.get("rule_files", [])]
    interval = parse_duration(root.get("evaluation_interval", "1m"))
    tests = []
    for test in root["tests"]:
        step = parse_duration(test.get("interval", "1m"))
        blotter = [
            read_series(f"{s['series']} {s['values']}") for s in test.get("input_series", [])
        ]
        series = {
            labels: {i * step: v for i, v in enumerate(values) if isinstance(v, float)}
            for labels, values in blotter
            if HISTOGRAM not in values
        }
        expressions = [
            case
            for case in test.get("promql_expr_test", [])
            if not any("histogram" in sample for sample in case["exp_samples"])
        ]
        tests.append(Checks(series, step, expressions, test.get("alert_rule_test", [])))
    return files, interval, tests


def run(files: Sequence[Path], interval: int, checks: Checks) -> Iterator[str]:
    """Yield how our engine's answers differ from what a test expects."""
    source = Replayed(checks.series)
    settings = RuleSettings(tick_s=0.001, semantics=Semantics(default_step_ms=interval))
    engine = RuleEngine(files, source, lambda: 0, settings)
    asked = [parse(case["expr"]) for case in checks.expressions]
    engine.samples.keep(needs([rule.plan for rule in engine.rules] + asked))
    times = {parse_duration(case["eval_time"]) for case in checks.expressions + checks.alerts}
    last = max(times, default=0)
    steps = set(range(0, last + 1, interval)) | set(range(0, last + 1, checks.interval)) | times
    for at in sorted(steps):
        record(engine.samples, at, source, source.due(at))
        if at % interval == 0:
            evaluate_due(engine, at * _MS_NS)
        if at in times:
            yield from _compare(engine, checks, at)


def evaluate_due(engine: RuleEngine, now: int) -> None:
    """Evaluate the groups that are due over the samples there are."""
    for group in engine._book.groups:
        for _ in engine._evaluate_due(group, now):
            pass


def _compare(engine: RuleEngine, checks: Checks, at: int) -> Iterator[str]:
    for case in checks.expressions:
        if parse_duration(case["eval_time"]) == at:
            found = Evaluation(engine.samples, at).value(parse(case["expr"]))
            found = {(): found} if isinstance(found, float) else found
            expected = {
                _labels(s.get("labels", "")): float(s["value"]) for s in case["exp_samples"]
            }
            if found != expected:
                yield f"{case['expr']} at {at}: found {found}, expected {expected}"
    for case in checks.alerts:
        if parse_duration(case["eval_time"]) == at:
            name = case["alertname"]
            firing = [a for a in engine.alerts() if a.name == name and a.state == "firing"]
            found_alerts = sorted(
                (sorted(a.labels.items()), sorted(a.annotations.items())) for a in firing
            )
            expected_alerts = sorted(
                (
                    sorted((alert.get("exp_labels", {}) | {"alertname": name}).items()),
                    sorted(alert.get("exp_annotations", {}).items()),
                )
                for alert in case["exp_alerts"]
            )
            if found_alerts != expected_alerts:
                yield f"{name} at {at}: found {found_alerts}, expected {expected_alerts}"


def _labels(text: str) -> Labels:
    name, _, braces = text.partition("{")
    labels = read_labels("{" + braces) if braces else {}
    return labels_of(labels | ({METRIC_NAME: name} if name else {}))

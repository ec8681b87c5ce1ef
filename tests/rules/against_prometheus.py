"""One stream given to our evaluator and to a real Prometheus, and their answers compared.

`python -m tests.rules.against_prometheus RULES.yml` compares every rule of a file, with each
Prometheus of PROMETHEUS_BIN and the one on the PATH, and says how many answers were compared.
"""

import asyncio
import json
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import anyio
import httpx

from deskwatch.core.alert import Alert
from deskwatch.rules.engine import RuleEngine, RuleSettings
from deskwatch.rules.load import load
from deskwatch.rules.needs import needs
from deskwatch.rules.promql.arithmetic import almost_equal
from deskwatch.rules.promql.build import parse
from deskwatch.rules.promql.evaluate import Evaluation, Semantics
from deskwatch.rules.promql.labels import Labels, labels_of, shown
from deskwatch.rules.promql.vector import PromqlError
from deskwatch.rules.rule import AlertRule
from tests.exposition.prometheus_server import Prometheus, _listening, _start, eventually
from tests.programs import programs
from tests.rules.promqltest import Loaded
from tests.rules.promtool import Replayed, evaluate_due
from tests.rules.rig import record
from tests.rules.stream import (
    STEP_MS,
    Stream,
    loaded,
    notation,
    open_metrics,
    stream_for,
    without_gaps,
)

START_MS = 1_767_225_600_000
STEPS = 120
_EPSILON = 1e-9


@dataclass
class Comparison:
    """How many answers were compared, how many of them were not empty, and how some differ."""

    answers: int = 0
    filled: int = 0
    differences: list[str] = field(default_factory=list)


@asynccontextmanager
async def filled(binary: Path, stream: Stream, directory: Path) -> AsyncIterator[Prometheus]:
    """Run a Prometheus that holds the stream."""
    text = directory / "stream.txt"
    text.write_text(open_metrics(stream, START_MS))
    promtool = binary.parent / "promtool"
    await anyio.run_process(
        [promtool, "tsdb", "create-blocks-from", "openmetrics", text, directory / "data"]
    )
    interval: dict[str, object] = {"global": {"evaluation_interval": f"{STEP_MS // 1000}s"}}
    process = _start(str(binary), interval, directory)
    try:
        url = await eventually(lambda: _listening(process, directory))
        async with httpx.AsyncClient(base_url=url, timeout=30) as client:
            yield Prometheus(client)
    finally:
        process.terminate()
        await asyncio.to_thread(process.wait)


async def semantics_of(prometheus: Prometheus) -> Semantics:
    """Return what its version calls for."""
    version = (await prometheus.get("status/buildinfo"))["version"]
    return _semantics(version)


def _semantics(version: str) -> Semantics:
    major, minor = (int(part) for part in version.split(".")[:2])
    return Semantics(
        default_step_ms=STEP_MS,
        closed_windows=major == 2,
        # https://github.com/prometheus/prometheus/pull/13725
        zero_first=(major, minor) < (2, 52),
    )


async def compare_expression(
    expression: str, prometheus: Prometheus, source: Loaded, semantics: Semantics
) -> Comparison:
    """Compare an expression's answers at each step of the stream, and half-way between.

    source: the stream as of START_MS.
    """
    step = STEP_MS // 2
    last = START_MS + STEPS * STEP_MS
    theirs = await _theirs(expression, prometheus, last, step)
    node = parse(expression)
    comparison = Comparison()
    for at in range(START_MS, last + 1, step):
        found = _ours(node, source, at, semantics)
        expected = {labels: own[at] for labels, own in theirs.items() if at in own}
        comparison.answers += 1
        comparison.filled += bool(expected)
        if not _agree(found, expected):
            comparison.differences.append(
                f"{expression} at {at}: found {found}, expected {expected}"
            )
    return comparison


async def _theirs(
    expression: str, prometheus: Prometheus, last: int, step: int
) -> dict[Labels, dict[int, float]]:
    times = {"start": str(START_MS / 1000), "end": str(last / 1000), "step": str(step / 1000)}
    data = await prometheus.get("query_range", query=expression, **times)
    return {
        labels_of(series["metric"]): {round(at * 1000): float(v) for at, v in series["values"]}
        for series in data["result"]
    }


def _ours(node, source, at: int, semantics: Semantics) -> dict[Labels, float]:
    value = Evaluation(source, at, semantics).value(node)
    assert isinstance(value, float | dict)
    return {(): value} if isinstance(value, float) else value


def _agree(found: dict[Labels, float], expected: dict[Labels, float]) -> bool:
    return found.keys() == expected.keys() and all(
        almost_equal(found[labels], value, _EPSILON) for labels, value in expected.items()
    )


def compare_rules(files: Sequence[Path], promtool: Path, directory: Path, seed: int) -> Comparison:
    """Compare the alerts that fire at each step, labels, annotations and all.

    promtool runs Prometheus' own rule manager over the same stream; what it finds other than our
    engine's alerts is a difference.
    """
    loaded_files = load(files)
    rules = [rule for file in loaded_files for group in file.groups for rule in group.rules]
    # Both write ALERTS by themselves.
    asked = [one for one in needs([rule.plan for rule in rules]) if one.select.metric != "ALERTS"]
    stream = stream_for(asked, STEPS, seed)
    names = sorted({rule.name for rule in rules if isinstance(rule, AlertRule)})
    checks, comparison = [], Comparison()
    version = subprocess.run(
        [promtool, "--version"], capture_output=True, text=True, check=True
    ).stdout
    semantics = _semantics(version.split("version ")[1])
    for at, firing in _fired(files, stream, semantics):
        for name in names:
            expected = [
                {"exp_labels": alert.labels, "exp_annotations": alert.annotations}
                for alert in firing
                if alert.name == name
            ]
            comparison.answers += 1
            comparison.filled += bool(expected)
            checks.append({"eval_time": f"{at}ms", "alertname": name, "exp_alerts": expected})
    series = [
        {"series": shown(labels), "values": notation(own, STEPS)} for labels, own in stream.items()
    ]
    test = {"interval": f"{STEP_MS}ms", "input_series": series, "alert_rule_test": checks}
    file = directory / "test.yml"
    body = {
        "rule_files": [str(path.resolve()) for path in files],
        "evaluation_interval": f"{STEP_MS}ms",
        "tests": [test],
    }
    file.write_text(json.dumps(body))
    done = subprocess.run(
        [promtool, "test", "rules", file], capture_output=True, text=True, check=False
    )
    if done.returncode:
        comparison.differences.append(done.stdout + done.stderr)
    return comparison


def _fired(
    files: Sequence[Path], stream: Stream, semantics: Semantics
) -> Iterator[tuple[int, list[Alert]]]:
    source = Replayed(stream)
    settings = RuleSettings(semantics=semantics)
    engine = RuleEngine(files, source, lambda: 0, settings)
    for step in range(STEPS):
        at = step * STEP_MS
        record(engine.samples, at, source, source.due(at))
        evaluate_due(engine, at * 1_000_000)
        yield at, [alert for alert in engine.alerts() if alert.state == "firing"]


async def compare_file(path: Path, binary: Path, directory: Path) -> Comparison:
    """Compare every rule's expression with a running Prometheus, and every alert with promtool."""
    rules = [rule for file in load([path]) for group in file.groups for rule in group.rules]
    total = compare_rules([path], binary.parent / "promtool", directory, seed=1)
    stream = without_gaps(stream_for(needs([rule.plan for rule in rules]), STEPS, seed=2))
    async with filled(binary, stream, directory) as prometheus:
        semantics, source = await semantics_of(prometheus), loaded(stream, START_MS)
        for rule in rules:
            try:
                one = await compare_expression(rule.expression, prometheus, source, semantics)
            except (PromqlError, httpx.HTTPError) as error:
                one = Comparison(1, 0, [f"{rule.name}: {error}"])
            total.answers += one.answers
            total.filled += one.filled
            total.differences += one.differences
    return total


def servers() -> list[Path]:
    """Return each Prometheus that has its promtool beside it."""
    found = map(Path, programs("PROMETHEUS_BIN", "prometheus"))
    return [binary for binary in found if (binary.parent / "promtool").exists()]


if __name__ == "__main__":
    for prometheus_binary in servers():
        with tempfile.TemporaryDirectory() as folder:
            found = asyncio.run(compare_file(Path(sys.argv[1]), prometheus_binary, Path(folder)))
        sys.stdout.write(
            f"{prometheus_binary}: {found.answers} answers, {found.filled} not empty, "
            f"{len(found.differences)} differ\n"
        )
        for difference in found.differences[:20]:
            sys.stdout.write(f"  {difference[:600]}\n")

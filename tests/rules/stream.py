"""A desk's samples, made up: what a rules file or a list of expressions reads, step by step."""

import math
from collections.abc import Iterable, Iterator
from itertools import product
from random import Random

from deskwatch.rules.needs import Need
from deskwatch.rules.promql.labels import METRIC_NAME, Labels, labels_of, shown, value_of
from deskwatch.rules.promql.select import Series
from deskwatch.rules.promql.vector import STALE, is_stale
from tests.rules.promqltest import Loaded

#: Samples by series: time in ms since the stream's start, and value; STALE where a series ends.
Stream = dict[Labels, dict[int, float]]

STEP_MS = 15_000
_BOUNDS = ("0.1", "0.5", "1", "5", "+Inf")
_LEVELS = (-2.5e5, -100.0, -1.0, 0.0, 0.05, 0.5, 0.75, 0.95, 1.0, 1.5, 7.0, 60.0, 400.0, 1e6)


def stream_for(needs: Iterable[Need], steps: int, seed: int) -> Stream:
    """Return a stream for the metrics and label values that selectors name.

    A metric's samples follow from its name: a rule that names another one moves none of them. What
    is a sum of them would come to lie in the middle between two figures that are shown, once in a
    while, and be rounded otherwise where it was summed up in another order.
    """
    wanted: dict[str, dict[str, set[str]]] = {}
    for select, _ in needs:
        if select.metric is not None:
            values = wanted.setdefault(select.metric, {})
            for matcher in select.matchers:
                if matcher.operator == "=" and matcher.name != METRIC_NAME:
                    values.setdefault(matcher.name, set()).add(matcher.value)
    stream: Stream = {}
    for name, values in wanted.items():
        random = Random(f"{name} {seed}")
        for labels in _label_sets(name, values):
            stream[labels] = dict(_samples(name, steps, random))
    return stream


def _label_sets(name: str, values: dict[str, set[str]]) -> Iterator[Labels]:
    axes = {"account": {"A1", "A2"}, "strategy": {"s1", "s2"}} | values
    if name.endswith("_bucket"):
        axes["le"] = set(_BOUNDS)
    names = sorted(axes)
    for chosen in product(*(sorted(axes[own]) for own in names)):
        pairs = zip(names, chosen, strict=True)
        yield labels_of({**dict(pairs), METRIC_NAME: name})


def _samples(name: str, steps: int, random: Random) -> Iterator[tuple[int, float]]:
    """Yield a series' samples: counters with resets, gauges that stay and jump, gaps, NaN."""
    rises = name.endswith(("_total", "_bucket", "_count", "_sum"))
    value, here = (0.0 if rises else random.choice(_LEVELS)), True
    for step in range(steps):
        if random.random() < 0.04:
            if here:
                yield step * STEP_MS, STALE
            here = not here
        if not here:
            continue
        if rises:
            reset = random.random() < 0.03
            value = 0.0 if reset else value + random.choice((0, 0, 1, 2, 7, 0.25))
        elif random.random() < 0.3:
            value = random.choice((*_LEVELS, math.nan, value * 1.01))
        yield step * STEP_MS, value


def without_gaps(stream: Stream) -> Stream:
    """Return the stream without its staleness markers: what a backfill can carry."""
    return {
        labels: {at: value for at, value in own.items() if not is_stale(value)}
        for labels, own in stream.items()
    }


def loaded(stream: Stream, start: int) -> Loaded:
    """Return the stream's series, for our evaluator, from `start` on."""
    source = Loaded()
    for labels, own in stream.items():
        series = source.series[labels] = Series(labels)
        for at, value in own.items():
            series.append(start + at, value)
    return source


def open_metrics(stream: Stream, start: int) -> str:
    """Return the stream as OpenMetrics text with times, for promtool's backfill."""
    lines: list[str] = []
    for labels, own in sorted(stream.items(), key=lambda item: value_of(item[0], METRIC_NAME)):
        series = shown(labels).replace('", ', '",')
        lines += [f"{series} {_shown(v)} {(start + at) / 1000}" for at, v in own.items()]
    return "\n".join([*lines, "# EOF", ""])


def notation(own: dict[int, float], steps: int) -> str:
    """Return a series' values as promtool's rule tests write them."""
    words = [own.get(step * STEP_MS) for step in range(steps)]
    return " ".join("_" if word is None else _shown(word) for word in words)


def _shown(value: float) -> str:
    if is_stale(value):
        return "stale"
    return repr(value).replace("nan", "NaN").replace("inf", "Inf")

"""Series written as in Prometheus' test scripts, to evaluate expressions over."""

from collections.abc import Mapping

from deskwatch.rules.promql.build import parse
from deskwatch.rules.promql.evaluate import Evaluation, Semantics
from deskwatch.rules.promql.labels import Labels, labels_of
from deskwatch.rules.promql.vector import Value, Vector
from tests.rules.promqltest import Loaded
from tests.rules.script import Load, read_series

MINUTE = 60_000


def loaded(series: Mapping[str, str], step: int = MINUTE) -> Loaded:
    """Return series given as {'name{label="value"}': "1 2+1x3 _ stale"}, from time 0."""
    source = Loaded()
    blotter = dict(read_series(f"{name} {values}") for name, values in series.items())
    source.load(Load(step, blotter, custom_buckets=False))
    return source


def answer(expression: str, source: Loaded, at: int, semantics: Semantics | None = None) -> Value:
    """Return an expression's value at a time in ms."""
    return Evaluation(source, at, semantics).value(parse(expression))


def vector(expression: str, source: Loaded, at: int) -> Vector:
    """Return an expression's instant vector."""
    value = answer(expression, source, at)
    assert isinstance(value, dict)
    return value


def labels(**pairs: str) -> Labels:
    """Return a label set."""
    return labels_of(pairs)

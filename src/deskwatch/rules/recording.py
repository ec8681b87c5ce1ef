"""What a recording rule makes of its expression."""

from deskwatch.rules.promql.labels import METRIC_NAME, labels_of
from deskwatch.rules.promql.vector import PromqlError, Vector
from deskwatch.rules.rule import RecordRule


def recorded_by(rule: RecordRule, value: float | Vector) -> Vector:
    """Return a recording rule's series under its name, with its labels.

    Raises PromqlError where two of them would be one.
    """
    out: Vector = {}
    own = rule.labels | {METRIC_NAME: rule.name}
    for labels, number in ({(): value} if isinstance(value, float) else value).items():
        key = labels_of(dict(labels) | own)
        if key in out:
            raise PromqlError(
                "vector contains metrics with the same labelset after applying rule labels"
            )
        out[key] = number
    return out

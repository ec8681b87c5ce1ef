"""From where on orders are somebody's business: the thresholds of the rules on execution."""

from collections.abc import Sequence
from typing import Final

from deskwatch.core.settings import ExecutionThresholds
from deskwatch.exposition.family import Family

#: The fields of ExecutionThresholds; what each means is in docs/configuration.md.
_THRESHOLDS: Final = (
    "min_fill_ratio",
    "max_reject_ratio",
    "max_rejects_in_a_row",
    "max_unacked_s",
    "min_orders",
)


class ExecutionThresholdCollector:
    """The thresholds of deskwatch.toml's [execution]; what isn't set is absent."""

    def __init__(self, thresholds: ExecutionThresholds) -> None:
        self._thresholds = thresholds
        self._family = Family(
            "desk_execution_threshold",
            "From where on the rules on orders speak; absent where it is not set.",
            "gauge",
            labels=("threshold",),
        )

    def families(self) -> Sequence[Family]:
        """Return the families; the same ones at every call."""
        return (self._family,)

    def collect(self) -> None:
        """Show the thresholds."""
        for name in _THRESHOLDS:
            threshold = getattr(self._thresholds, name)
            value = None if threshold is None else float(threshold)
            self._family.set(self._family.slot((name,)), value)

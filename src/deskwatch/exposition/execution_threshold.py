"""From where on orders are somebody's business: the thresholds of the rules on execution."""

from msgspec import structs

from deskwatch.core.settings import ExecutionThresholds
from deskwatch.exposition.families import Families


class ExecutionThresholdCollector:
    """The thresholds of deskwatch.toml's [execution]; what isn't set is absent."""

    def __init__(self, thresholds: ExecutionThresholds) -> None:
        self._thresholds = thresholds
        families = self.families = Families()
        self._family = families.gauge(
            "desk_execution_threshold",
            "From which value a rule on orders fires; absent where it is not set.",
            ("threshold",),
        )

    def collect(self) -> None:
        """Show the thresholds."""
        for name, threshold in structs.asdict(self._thresholds).items():
            value = None if threshold is None else float(threshold)
            self._family.set((name,), value)

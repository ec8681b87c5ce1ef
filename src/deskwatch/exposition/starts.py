"""How often deskwatch started lately."""

from typing import Protocol

from deskwatch.exposition.families import Families


class StartFigures(Protocol):
    """The starts that are kept; see engine.starts.Starts."""

    def count(self) -> int:
        """Return how many starts there were lately."""


class StartCollector:
    """How often deskwatch started lately."""

    def __init__(self, starts: StartFigures) -> None:
        self._starts = starts
        families = self.families = Families()
        self._recent = families.gauge(
            "deskwatch_recent_starts", "Starts of deskwatch within 15 minutes, this one included."
        )

    def collect(self) -> None:
        """Bring the family up to date."""
        self._recent.replace({(): self._starts.count()})

"""The engine's own series, as its rules see them: what a scrape would show now."""

from collections.abc import Callable, Iterable

from deskwatch.exposition.registry import Registry

Pairs = tuple[tuple[str, str], ...]


class ExposedSeries:
    """What is exposed, brought up to date at most once a moment; see rules.samples.Source.

    Counters have the names that the text format shows, with `_total`.
    """

    def __init__(self, registry: Registry, clock: Callable[[], int]) -> None:
        self._registry = registry
        self._clock = clock
        self._collected_at = -1

    def names(self) -> Iterable[str]:
        """Return the names of all samples."""
        return self._registry.sample_names()

    def series(self, name: str) -> Iterable[tuple[Pairs, float]]:
        """Return the series of a name and their values."""
        now = self._clock()
        if now != self._collected_at:
            self._collected_at = now
            self._registry.collect()
        return self._registry.samples(name)

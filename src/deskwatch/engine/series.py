"""The engine's own series, as its rules see them: what a scrape would show now."""

from collections.abc import Iterable

from deskwatch.exposition.registry import Collector, Registry

Pairs = tuple[tuple[str, str], ...]


class ExposedSeries:
    """What is exposed; see rules.samples.Source.

    Only what is asked for is brought up to date, once in each look: several names come from one
    collector, and rules that wait for an event look many times a second. Counters have their names
    with `_total`.
    """

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._collected: set[Collector] = set()

    def names(self) -> Iterable[str]:
        """Begin a look; return the names of all samples."""
        self._collected.clear()
        return self._registry.sample_names()

    def series(self, name: str) -> Iterable[tuple[Pairs, float]]:
        """Return the series of a name and their values."""
        collector = self._registry.collector_of(name)
        if collector is None:
            self._registry.count()
        elif collector not in self._collected:
            self._collected.add(collector)
            collector.collect()
        return self._registry.samples(name)

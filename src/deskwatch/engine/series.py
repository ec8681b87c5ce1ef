"""The engine's own series, as its rules see them: what a scrape would show now."""

from collections.abc import Callable, Iterable

from deskwatch.exposition.registry import Collector, Registry

Pairs = tuple[tuple[str, str], ...]


class ExposedSeries:
    """What is exposed; see rules.samples.Source.

    Only what is asked for is brought up to date, and at most once a moment: rules that wait for an
    event ask for a few series, many times a second. Counters have their names with `_total`.
    """

    def __init__(self, registry: Registry, clock: Callable[[], int]) -> None:
        self._registry = registry
        self._clock = clock
        self._moment = -1
        self._collected: set[Collector] = set()

    def names(self) -> Iterable[str]:
        """Return the names of all samples."""
        return self._registry.sample_names()

    def series(self, name: str) -> Iterable[tuple[Pairs, float]]:
        """Return the series of a name and their values."""
        now = self._clock()
        if now != self._moment:
            self._moment = now
            self._collected.clear()
        collector = self._registry.collector_of(name)
        if collector is None:
            self._registry.count()
        elif collector not in self._collected:
            self._collected.add(collector)
            collector.collect()
        return self._registry.samples(name)

"""A scrape of one collector, for tests of what it shows."""

from deskwatch.exposition.registry import Collector, Registry


class Scrape:
    """Registers a collector, and returns the samples less the registry's own, at each call."""

    def __init__(self, collector: Collector) -> None:
        self._registry = Registry()
        self._registry.register(collector)

    def __call__(self) -> list[str]:
        page = self._registry.render(openmetrics=False).decode()
        return [line for line in page.splitlines() if line.startswith("desk_")]

"""The families of a collector: each is made, capped and kept for the page in one step."""

from collections.abc import Iterator

from deskwatch.core.histogram import LATENCY_BOUNDS
from deskwatch.exposition.family import MAX_SERIES, Family, HistogramFamily, MetricFamily


class Families:
    """What a collector shows, in the order in which it was made. max_series: the cap of each."""

    def __init__(self, max_series: int = MAX_SERIES) -> None:
        self._max_series = max_series
        self._made: list[MetricFamily] = []

    def __iter__(self) -> Iterator[MetricFamily]:
        """Yield the families in the order of the page."""
        return iter(self._made)

    def gauge(
        self, name: str, help_text: str, labels: tuple[str, ...] = (), *, unit: str = ""
    ) -> Family:
        """Return a new gauge with these labels."""
        most = self._max_series
        family = Family(name, help_text, "gauge", labels=labels, unit=unit, max_series=most)
        self._made.append(family)
        return family

    def counter(
        self, name: str, help_text: str, labels: tuple[str, ...] = (), *, unit: str = ""
    ) -> Family:
        """Return a new counter with these labels."""
        most = self._max_series
        family = Family(name, help_text, "counter", labels=labels, unit=unit, max_series=most)
        self._made.append(family)
        return family

    def histogram(
        self,
        name: str,
        help_text: str,
        labels: tuple[str, ...] = (),
        *,
        unit: str = "",
        bounds: tuple[float, ...] = LATENCY_BOUNDS,
    ) -> HistogramFamily:
        """Return a new histogram of these bounds for each label set."""
        most = self._max_series
        family = HistogramFamily(
            name, help_text, labels=labels, unit=unit, bounds=bounds, max_series=most
        )
        self._made.append(family)
        return family

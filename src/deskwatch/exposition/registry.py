"""The collectors, and the page of text that a scrape of them returns."""

from collections.abc import Iterable
from typing import Protocol

from deskwatch.exposition.families import Families
from deskwatch.exposition.family import MetricFamily
from deskwatch.exposition.text import base_name


class Collector(Protocol):
    """Something with metrics to show."""

    @property
    def families(self) -> Iterable[MetricFamily]:
        """The families, in the order of the page; the same ones at every look."""
        ...

    def collect(self) -> None:
        """Bring the families up to date."""
        ...


class Registry:
    """All that is exposed, and how many series each metric has of it.

    Every metric is capped: a label whose values come from outside can't fill our memory, nor
    Prometheus'. What is over the cap shows as `deskwatch_series_refused_total`.
    """

    def __init__(self) -> None:
        self._collectors: list[Collector] = []
        self._families: dict[str, MetricFamily] = {}
        self._by_sample: dict[str, MetricFamily] = {}
        self._collector_of: dict[str, Collector] = {}
        own = Families()
        self._series = own.gauge(
            "deskwatch_series", "Series that count against their metric's cap.", ("metric",)
        )
        self._refused = own.counter(
            "deskwatch_series_refused_total",
            "Times that a new series was left out because its metric was at its cap.",
            ("metric",),
        )
        for family in own:
            self._add(family)

    def register(self, collector: Collector) -> None:
        """Show a collector's metrics from now on. Their names must be new."""
        for family in collector.families:
            self._add(family)
            self._collector_of.update(dict.fromkeys(family.sample_names, collector))
        self._collectors.append(collector)

    def render(self, *, openmetrics: bool) -> bytes:
        """Return the page, in OpenMetrics 1.0.0 or in text 0.0.4, less the families without series.

        Side effect: brings every collector up to date.
        """
        self.collect()
        families = self._families.values()
        parts: list[bytes] = []
        for family in families:
            chunks = family.chunks()
            if any(chunks):
                parts.append(family.header(openmetrics=openmetrics))
                parts += chunks
                parts.append(b"\n")
        if openmetrics:
            parts.append(b"# EOF\n")
        return b"".join(parts)

    def collect(self) -> None:
        """Bring every collector up to date."""
        for collector in self._collectors:
            collector.collect()
        self.count()

    def count(self) -> None:
        """Bring the registry's own counts of series up to date."""
        families = self._families.values()
        self._refused.replace({(family.name,): family.refused for family in families})
        self._series.replace({(family.name,): family.series for family in families})

    @property
    def used_ratio(self) -> float:
        """How much of its cap the metric that is nearest to it has used: 1 is all."""
        return max(family.series / family.max_series for family in self._families.values())

    def collector_of(self, name: str) -> Collector | None:
        """Return who brings the samples of this name up to date; None: `count` does."""
        return self._collector_of.get(name)

    def sample_names(self) -> Iterable[str]:
        """Return the names of all samples that may be shown."""
        return self._by_sample.keys()

    def labels(self, name: str) -> tuple[str, ...]:
        """Return the labels that samples of this name may have, besides `le` and `quantile`."""
        return self._by_sample[name].labels

    def samples(self, name: str) -> Iterable[tuple[tuple[tuple[str, str], ...], float]]:
        """Return the labels and values of a sample name, as they were collected last."""
        family = self._by_sample.get(name)
        return () if family is None else family.samples(name)

    def _add(self, family: MetricFamily) -> None:
        """Keep a family under the name that both formats must find unique."""
        base = base_name(family.name, family.kind)
        assert base not in self._families, f"{family.name}: another metric has this name"
        self._families[base] = family
        self._by_sample.update(dict.fromkeys(family.sample_names, family))
        self._series.set((family.name,), None)  # so that the first page counts itself rightly

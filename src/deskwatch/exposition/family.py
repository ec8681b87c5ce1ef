"""Metric families: named sets of series that collectors keep up to date between scrapes."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, Protocol, TypeVar

from deskwatch.core.histogram import LATENCY_BOUNDS
from deskwatch.exposition import text
from deskwatch.exposition.lines import Lines

#: The cap on the series of one metric, unless its family says otherwise.
MAX_SERIES = 20_000

LabelValues = TypeVar("LabelValues", bound=tuple[str, ...])


class Counted(Protocol):
    """What was counted into buckets; see core.histogram.Histogram."""

    @property
    def bounds(self) -> tuple[float, ...]:
        """The buckets' upper edges, ascending."""
        ...

    @property
    def count(self) -> int:
        """How many there were in all."""
        ...

    @property
    def sum(self) -> float:
        """What they add up to."""
        ...

    def cumulative(self) -> list[int]:
        """Return how many were at most each bound; the last entry is `count`."""
        ...


class MetricFamily:
    """A metric's name and meaning, and a slot for each of its label sets.

    labels: their names; label values are given in the same order. unit: the name's last word
    ("seconds"), or nothing. max_series: the cap, in series as Prometheus counts them (each bucket
    of a histogram is one). samples: the lines of one slot, each a name and labels of its own.
    Not safe to use from several threads.
    """

    def __init__(
        self,
        name: str,
        help_text: str,
        kind: text.Kind,
        *,
        labels: tuple[str, ...],
        unit: str,
        max_series: int,
        samples: Sequence[tuple[str, tuple[tuple[str, str], ...]]],
    ) -> None:
        text.check_names(name, kind, labels, unit)
        assert help_text, f"{name}: say what it is"
        assert max_series >= len(samples), f"{name}: its cap leaves no room for one"
        self.name = name
        self.help_text = help_text
        self.kind = kind
        self.labels = labels
        self.max_series = max_series
        self.refused = 0
        self._headers = {
            openmetrics: text.header(name, kind, help_text, unit, openmetrics=openmetrics)
            for openmetrics in (False, True)
        }
        self._samples = samples
        self._lines = Lines()
        self._slots: dict[tuple[str, ...], int] = {}
        self._pairs: dict[int, tuple[tuple[str, str], ...]] = {}
        self._free: list[int] = []

    @property
    def series(self) -> int:
        """How many series count against the cap, those that are absent at present included."""
        return len(self._slots) * len(self._samples)

    def _slot(self, label_values: tuple[str, ...]) -> int | None:
        """Return the slot of these label values; None, and it is counted, over the cap."""
        slot = self._slots.get(label_values)
        if slot is None:
            if self.series + len(self._samples) > self.max_series:
                self.refused += 1
                return None
            slot = self._add(label_values)
            self._slots[label_values] = slot
        return slot

    def drop(self, label_values: tuple[str, ...]) -> None:
        """Forget the series of these label values, if there are any; new ones take their slot."""
        slot = self._slots.pop(label_values, None)
        if slot is not None:
            self._pairs.pop(slot, None)
            for number in range(slot, slot + len(self._samples)):
                self._lines.reuse(number, b"")
            self._free.append(slot)

    @property
    def sample_names(self) -> tuple[str, ...]:
        """The names its samples have: its own, or those of a histogram's parts."""
        return tuple(dict.fromkeys(name for name, _ in self._samples))

    def samples(self, name: str) -> Iterator[tuple[tuple[tuple[str, str], ...], float]]:
        """Yield the labels and value of each of its samples of this name that is not absent.

        A label whose value is empty is left out: to Prometheus it is not there.
        """
        offsets = [(at, own) for at, (each, own) in enumerate(self._samples) if each == name]
        for label_values, slot in self._slots.items():
            for offset, own in offsets:
                value = self._lines.value(slot + offset)
                if value is not None:
                    yield self._pairs_of(slot, label_values) + own, value

    def _pairs_of(self, slot: int, label_values: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
        """Return the labels of a slot that have a value: rules ask for them every second."""
        pairs = self._pairs.get(slot)
        if pairs is None:
            both = zip(self.labels, label_values, strict=True)
            pairs = self._pairs[slot] = tuple(pair for pair in both if pair[1])
        return pairs

    def header(self, *, openmetrics: bool) -> bytes:
        """Return the comment lines above the samples, without the last line's end."""
        return self._headers[openmetrics]

    def chunks(self) -> Sequence[bytes]:
        """Return the samples in pieces, each line led by its line end; pieces may be empty."""
        return self._lines.chunks()

    def _add(self, label_values: tuple[str, ...]) -> int:
        """Return a slot whose lines carry these label values."""
        labels = list(zip(self.labels, label_values, strict=True))
        prefixes = [text.sample_prefix(name, (*labels, *own)) for name, own in self._samples]
        if not self._free:
            numbers = [self._lines.append(prefix) for prefix in prefixes]
            return numbers[0]
        slot = self._free.pop()
        for number, prefix in enumerate(prefixes, start=slot):
            self._lines.reuse(number, prefix)
        return slot


class Family(MetricFamily):
    """A gauge or a counter: one number for each label set."""

    def __init__(
        self,
        name: str,
        help_text: str,
        kind: Literal["gauge", "counter"],
        *,
        labels: tuple[str, ...] = (),
        unit: str = "",
        max_series: int = MAX_SERIES,
    ) -> None:
        super().__init__(
            name,
            help_text,
            kind,
            labels=labels,
            unit=unit,
            max_series=max_series,
            samples=[(name, ())],
        )

    def set(self, label_values: tuple[str, ...], value: float | None) -> bool:
        """Give a series its value, None leaves it out of the text; say whether there was room.

        Side effect: a new series over the cap is counted in `refused`.
        """
        slot = self._slot(label_values)
        if slot is None:
            return False
        self._lines.set(slot, value)
        return True

    def replace(self, figures: Mapping[LabelValues, float | None]) -> None:
        """Make the series exactly these, as far as the cap allows; those that stay come first."""
        for gone in [label_values for label_values in self._slots if label_values not in figures]:
            self.drop(gone)
        for label_values, value in figures.items():
            self.set(label_values, value)


class HistogramFamily(MetricFamily):
    """A histogram for each label set, all with the same bounds.

    One with bounds below zero has neither sum nor count, as OpenMetrics demands: a sum that falls
    is no counter. Its count is its last bucket.
    """

    def __init__(
        self,
        name: str,
        help_text: str,
        *,
        labels: tuple[str, ...] = (),
        unit: str = "",
        bounds: tuple[float, ...] = LATENCY_BOUNDS,
        max_series: int = MAX_SERIES,
    ) -> None:
        self._summed = bounds[0] >= 0
        samples: list[tuple[str, tuple[tuple[str, str], ...]]] = [
            (f"{name}_bucket", (("le", edge),)) for edge in [*map(repr, bounds), "+Inf"]
        ]
        if self._summed:
            samples += [(f"{name}_sum", ()), (f"{name}_count", ())]
        super().__init__(
            name,
            help_text,
            "histogram",
            labels=labels,
            unit=unit,
            max_series=max_series,
            samples=samples,
        )
        self._bounds = bounds

    def set(self, label_values: tuple[str, ...], histogram: Counted) -> None:
        """Show what the histogram has counted by now; where there is no room, count that."""
        assert histogram.bounds == self._bounds, (self.name, histogram.bounds)
        slot = self._slot(label_values)
        if slot is not None:
            values: list[float] = [*histogram.cumulative()]
            if self._summed:
                values += [histogram.sum, histogram.count]
            self._lines.set_many(range(slot, slot + len(values)), values)

"""What deskwatch shows of itself, so that the monitor is not the one thing unmonitored."""

import platform
from collections.abc import Callable, Mapping, Sequence
from typing import Literal, Protocol

import deskwatch
from deskwatch.core.histogram import Histogram
from deskwatch.exposition.family import Family, HistogramFamily, MetricFamily

#: Numbers by label values, in the order of the metric's labels.
Counts = Mapping[tuple[str, ...], int]

_SECOND_NS = 1_000_000_000


class MonitorFigures(Protocol):
    """What the engine knows of itself."""

    @property
    def start_time_ns(self) -> int:
        """When this process began to serve."""
        ...

    @property
    def events(self) -> Counts:
        """Events accepted, by source and kind."""
        ...

    @property
    def refused(self) -> Counts:
        """Events refused, by source and reason."""
        ...

    @property
    def duplicates(self) -> Counts:
        """Events that were known already, by source."""
        ...

    @property
    def unknown_kinds(self) -> Counts:
        """Events kept in the journal whose kind isn't known, by source."""
        ...

    @property
    def missing_events(self) -> Counts:
        """Events that a hole in their source's sequence says are missing, by source."""
        ...

    @property
    def ingest_lag_s(self) -> float | None:
        """How long the last group of events waited; None before the first one."""
        ...

    @property
    def ingest_backlog_bytes(self) -> int:
        """Bytes received that the journal doesn't have yet."""
        ...

    @property
    def journal_commit(self) -> Histogram:
        """How long the journal's commits took, to the disk's answer."""
        ...

    @property
    def journal_bytes(self) -> int:
        """Size of the journal on disk."""
        ...

    @property
    def journal_segments(self) -> int:
        """How many files the journal has."""
        ...

    @property
    def journal_gaps(self) -> int:
        """Places where the replay at the start found frames missing: the books lack them."""
        ...

    @property
    def journal_lost_bytes(self) -> int:
        """Bytes that are missing or damaged there, as far as that is known."""
        ...

    @property
    def journal_kept_aside_bytes(self) -> int:
        """Bytes that were cut off the journal at a start and still lie beside it."""
        ...

    @property
    def journal_writable(self) -> bool:
        """Whether the last commit succeeded."""
        ...

    @property
    def history_writable(self) -> bool:
        """Whether the history database took its last write."""
        ...


_COUNTS: tuple[
    tuple[
        str, str, Literal["gauge", "counter"], tuple[str, ...], Callable[[MonitorFigures], Counts]
    ],
    ...,
] = (
    (
        "deskwatch_events_total",
        "Events accepted.",
        "counter",
        ("source", "kind"),
        lambda figures: figures.events,
    ),
    (
        "deskwatch_events_refused_total",
        "Events refused; none of them changed the books.",
        "counter",
        ("source", "reason"),
        lambda figures: figures.refused,
    ),
    (
        "deskwatch_events_duplicate_total",
        "Events that were known already and changed nothing.",
        "counter",
        ("source",),
        lambda figures: figures.duplicates,
    ),
    (
        "deskwatch_events_unknown_kind_total",
        "Events that were kept in the journal only, because their kind is not known.",
        "counter",
        ("source",),
        lambda figures: figures.unknown_kinds,
    ),
    (
        "deskwatch_source_missing_events",
        "Events that a hole in the source's sequence says are missing.",
        "gauge",
        ("source",),
        lambda figures: figures.missing_events,
    ),
)

_GAUGES: tuple[tuple[str, str, str, Callable[[MonitorFigures], float | None]], ...] = (
    (
        "deskwatch_start_time_seconds",
        "When this process began to serve, since 1970 UTC.",
        "seconds",
        lambda figures: figures.start_time_ns / _SECOND_NS,
    ),
    (
        "deskwatch_ingest_lag_seconds",
        "How long the last group of events waited until it was booked.",
        "seconds",
        lambda figures: figures.ingest_lag_s,
    ),
    (
        "deskwatch_ingest_backlog_bytes",
        "Bytes received that the journal does not have yet.",
        "bytes",
        lambda figures: figures.ingest_backlog_bytes,
    ),
    (
        "deskwatch_journal_bytes",
        "Size of the journal on disk.",
        "bytes",
        lambda figures: figures.journal_bytes,
    ),
    (
        "deskwatch_journal_segments",
        "Files that the journal has.",
        "",
        lambda figures: figures.journal_segments,
    ),
    (
        "deskwatch_journal_gaps",
        "Places where a start, also of the day before, found frames missing; the books lack them.",
        "",
        lambda figures: figures.journal_gaps,
    ),
    (
        "deskwatch_journal_lost_bytes",
        "Bytes that are missing or damaged there; a file that is gone counts for none.",
        "bytes",
        lambda figures: figures.journal_lost_bytes,
    ),
    (
        "deskwatch_journal_kept_aside_bytes",
        "Bytes cut off the journal's end at a start, in files *.torn-* beside it until those go.",
        "bytes",
        lambda figures: figures.journal_kept_aside_bytes,
    ),
    (
        "deskwatch_journal_writable",
        "1 when the journal took its last commit, 0 when it failed.",
        "",
        lambda figures: figures.journal_writable,
    ),
    (
        "deskwatch_history_writable",
        "1 when the history database took its last write, 0 when it failed.",
        "",
        lambda figures: figures.history_writable,
    ),
)


class MonitorCollector:
    """The monitor itself: events, journal, history.

    compiled: whether the core runs as compiled code.
    """

    def __init__(self, figures: MonitorFigures, *, compiled: bool) -> None:
        self._figures = figures
        self._build = Family(
            "deskwatch_build_info",
            "Always 1; its labels say what is running.",
            "gauge",
            labels=("version", "python", "compiled"),
        )
        running = (deskwatch.__version__, platform.python_version(), str(compiled).lower())
        self._build.replace({running: 1})
        self._commit = HistogramFamily(
            "deskwatch_journal_commit_seconds",
            "How long the journal took to have a group of blocks on disk.",
            unit="seconds",
            bounds=figures.journal_commit.bounds,
        )
        self._counts = [
            (Family(name, help_text, kind, labels=labels), read)
            for name, help_text, kind, labels, read in _COUNTS
        ]
        self._gauges = [
            (Family(name, help_text, "gauge", unit=unit), read)
            for name, help_text, unit, read in _GAUGES
        ]

    def families(self) -> Sequence[MetricFamily]:
        """Return the families; the same ones at every call."""
        read = [family for family, _ in (*self._counts, *self._gauges)]
        return (self._build, self._commit, *read)

    def collect(self) -> None:
        """Bring the families up to date."""
        self._commit.set(self._commit.slot(()), self._figures.journal_commit)
        for family, counts in self._counts:
            family.replace(counts(self._figures))
        for gauge, value in self._gauges:
            gauge.replace({(): value(self._figures)})

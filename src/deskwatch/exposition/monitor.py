"""What deskwatch shows of itself, so that the monitor is not the one thing unmonitored."""

import platform
from collections.abc import Mapping
from typing import Protocol

import deskwatch
from deskwatch.core.histogram import Histogram
from deskwatch.core.period import SECOND
from deskwatch.exposition.families import Families

#: Numbers by label values, in the order of the metric's labels.
Counts = Mapping[tuple[str, ...], int]


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
    def journal_left_out_events(self) -> int:
        """Events that somebody left out of the books within a day before the start."""
        ...

    @property
    def journal_writable(self) -> bool:
        """Whether the last commit succeeded."""
        ...

    @property
    def history_writable(self) -> bool:
        """Whether the history database took its last write."""
        ...

    @property
    def snapshots_writable(self) -> bool:
        """Whether the last snapshot could be kept."""
        ...


class MonitorCollector:
    """The monitor itself: events, journal, history.

    compiled: whether the core runs as compiled code.
    """

    def __init__(self, figures: MonitorFigures, *, compiled: bool) -> None:
        self._figures = figures
        families = self.families = Families()
        build = families.gauge(
            "deskwatch_build_info",
            "Always 1; its labels say what is running.",
            ("version", "python", "compiled"),
        )
        running = (deskwatch.__version__, platform.python_version(), str(compiled).lower())
        build.replace({running: 1})
        self._commit = families.histogram(
            "deskwatch_journal_commit_seconds",
            "How long the journal took to have a group of blocks on disk.",
            unit="seconds",
            bounds=figures.journal_commit.bounds,
        )
        self._events = _Events(families)
        start = families.gauge(
            "deskwatch_start_time_seconds",
            "When this process began to serve, since 1970 UTC.",
            unit="seconds",
        )
        start.replace({(): figures.start_time_ns / SECOND})
        self._ingest_lag = families.gauge(
            "deskwatch_ingest_lag_seconds",
            "How long the last group of events waited until it was booked.",
            unit="seconds",
        )
        self._ingest_backlog = families.gauge(
            "deskwatch_ingest_backlog_bytes",
            "Bytes received that the journal does not have yet.",
            unit="bytes",
        )
        self._disk = _Disk(families)

    def collect(self) -> None:
        """Bring the families up to date."""
        figures = self._figures
        self._commit.set((), figures.journal_commit)
        self._events.show(figures)
        self._ingest_lag.replace({(): figures.ingest_lag_s})
        self._ingest_backlog.replace({(): figures.ingest_backlog_bytes})
        self._disk.show(figures)


class _Events:
    """What became of the events of each source."""

    def __init__(self, families: Families) -> None:
        self._accepted = families.counter(
            "deskwatch_events_total", "Events accepted.", ("source", "kind")
        )
        self._refused = families.counter(
            "deskwatch_events_refused_total",
            "Events refused; none of them changed the books.",
            ("source", "reason"),
        )
        self._duplicates = families.counter(
            "deskwatch_events_duplicate_total",
            "Events that were known already and changed nothing.",
            ("source",),
        )
        self._unknown_kinds = families.counter(
            "deskwatch_events_unknown_kind_total",
            "Events that were kept in the journal only, because their kind is not known.",
            ("source",),
        )
        self._missing = families.gauge(
            "deskwatch_source_missing_events",
            "Events that a hole in the source's sequence says are missing.",
            ("source",),
        )

    def show(self, figures: MonitorFigures) -> None:
        self._accepted.replace(figures.events)
        self._refused.replace(figures.refused)
        self._duplicates.replace(figures.duplicates)
        self._unknown_kinds.replace(figures.unknown_kinds)
        self._missing.replace(figures.missing_events)


class _Disk:
    """How the journal and the history database fare."""

    def __init__(self, families: Families) -> None:
        self._bytes = families.gauge(
            "deskwatch_journal_bytes", "Size of the journal on disk.", unit="bytes"
        )
        self._segments = families.gauge("deskwatch_journal_segments", "Files that the journal has.")
        self._gaps = families.gauge(
            "deskwatch_journal_gaps",
            "Places where a start, also of the day before, found frames missing; "
            "the books lack them.",
        )
        self._lost_bytes = families.gauge(
            "deskwatch_journal_lost_bytes",
            "Bytes that are missing or damaged there; a file that is gone counts for none.",
            unit="bytes",
        )
        self._kept_aside = families.gauge(
            "deskwatch_journal_kept_aside_bytes",
            "Bytes cut off the journal's end at a start, in files *.torn-* beside it "
            "until those go.",
            unit="bytes",
        )
        self._left_out = families.gauge(
            "deskwatch_journal_left_out_events",
            "Events that somebody left out of the books within a day before the start; "
            "the journal has them.",
        )
        self._journal_writable = families.gauge(
            "deskwatch_journal_writable",
            "1 when the journal took its last commit, 0 when that failed or has waited for 2 s.",
        )
        self._history_writable = families.gauge(
            "deskwatch_history_writable",
            "1 when the history database took its last write, 0 when it failed.",
        )
        self._snapshots_writable = families.gauge(
            "deskwatch_snapshots_writable",
            "1 when the last snapshot of the books could be kept, 0 when it failed.",
        )

    def show(self, figures: MonitorFigures) -> None:
        self._bytes.replace({(): figures.journal_bytes})
        self._segments.replace({(): figures.journal_segments})
        self._gaps.replace({(): figures.journal_gaps})
        self._lost_bytes.replace({(): figures.journal_lost_bytes})
        self._kept_aside.replace({(): figures.journal_kept_aside_bytes})
        self._left_out.replace({(): figures.journal_left_out_events})
        self._journal_writable.replace({(): figures.journal_writable})
        self._history_writable.replace({(): figures.history_writable})
        self._snapshots_writable.replace({(): figures.snapshots_writable})

"""Logs as a scrape finds them: what the platform's programs wrote, and how the store fares."""

from collections.abc import Mapping
from typing import Protocol

from deskwatch.exposition.families import Families


class LogFigures(Protocol):
    """What the log store counts; see engine.log_figures.LogFigures."""

    @property
    def entries(self) -> Mapping[tuple[str], int]: ...  # noqa: D102
    @property
    def errors(self) -> Mapping[tuple[str], int]: ...  # noqa: D102
    @property
    def tracebacks(self) -> Mapping[tuple[str], int]: ...  # noqa: D102
    @property
    def by_level(self) -> Mapping[tuple[str, str], int]: ...  # noqa: D102
    @property
    def cut_lines(self) -> Mapping[tuple[str], int]: ...  # noqa: D102
    @property
    def unread(self) -> Mapping[tuple[str, str], bool]: ...  # noqa: D102
    @property
    def behind_bytes(self) -> Mapping[tuple[str, str], int | None]: ...  # noqa: D102
    @property
    def store(self) -> "StoreFigures": ...  # noqa: D102


class StoreFigures(Protocol):
    """How the store itself fares. lost_lines: deskwatch's own, for the store did not take them."""

    @property
    def stored_bytes(self) -> int: ...  # noqa: D102
    @property
    def max_bytes(self) -> int: ...  # noqa: D102
    @property
    def failing(self) -> bool: ...  # noqa: D102
    @property
    def cut_bytes(self) -> int: ...  # noqa: D102
    @property
    def damaged_bytes(self) -> int: ...  # noqa: D102
    @property
    def lost_lines(self) -> int: ...  # noqa: D102


class LogCollector:
    """What followed log files hold. Promtail and Alloy count the same by the same names."""

    def __init__(self, figures: LogFigures, max_series: int) -> None:
        self._figures = figures
        families = self.families = Families(max_series)
        self._entries = families.counter(
            "desk_log_lines_total", "Entries that the platform logged.", ("service",)
        )
        self._errors = families.counter(
            "desk_log_errors_total", "Entries of level error or critical.", ("service",)
        )
        self._tracebacks = families.counter(
            "desk_log_tracebacks_total",
            "Entries with a traceback, or the last words of a program.",
            ("service",),
        )
        self._by_level = families.counter(
            "deskwatch_log_lines_total",
            "Entries that were kept, deskwatch's own too.",
            ("service", "level"),
        )
        self._cut_lines = families.counter(
            "deskwatch_log_lines_cut_total",
            "Lines that were too long and lost their end.",
            ("service",),
        )
        self._unread = families.gauge(
            "deskwatch_log_file_unread",
            "1 while a log file is missing or can't be read.",
            ("file", "service"),
        )
        self._behind = families.gauge(
            "deskwatch_log_behind_bytes",
            "How much of a log file is not read yet.",
            ("file", "service"),
            unit="bytes",
        )

    def collect(self) -> None:
        """Bring the families up to date."""
        figures = self._figures
        self._entries.replace(figures.entries)
        self._errors.replace(figures.errors)
        self._tracebacks.replace(figures.tracebacks)
        self._by_level.replace(figures.by_level)
        self._cut_lines.replace(figures.cut_lines)
        self._unread.replace(figures.unread)
        self._behind.replace(figures.behind_bytes)


class LogStoreCollector:
    """The store of the logs on disk."""

    def __init__(self, figures: LogFigures) -> None:
        self._figures = figures
        families = self.families = Families()
        self._stored = families.gauge(
            "deskwatch_log_store_bytes", "Bytes of logs on disk.", unit="bytes"
        )
        self._most = families.gauge(
            "deskwatch_log_store_limit_bytes",
            "The most bytes of logs that are kept on disk.",
            unit="bytes",
        )
        self._failing = families.gauge(
            "deskwatch_log_store_failing",
            "1 while no logs can be written: files wait, and are read on afterwards.",
        )
        self._cut = families.counter(
            "deskwatch_log_store_cut_bytes_total",
            "Bytes that a crash had left unfinished; their lines were read again.",
        )
        self._damaged = families.counter(
            "deskwatch_log_store_damaged_bytes_total", "Bytes on disk that can't be read any more."
        )
        self._lost = families.counter(
            "deskwatch_log_own_lines_lost_total",
            "Lines of deskwatch's own log that the store did not take in time.",
        )

    def collect(self) -> None:
        """Bring the families up to date."""
        store = self._figures.store
        for family, value in (
            (self._stored, store.stored_bytes),
            (self._most, store.max_bytes),
            (self._failing, store.failing),
            (self._cut, store.cut_bytes),
            (self._damaged, store.damaged_bytes),
            (self._lost, store.lost_lines),
        ):
            family.set((), value)

"""How far the hosts' clocks are from UTC, and how far RTS 25 lets them be."""

from collections.abc import Callable

from deskwatch.core.books import Books
from deskwatch.core.clock import MOST_NS
from deskwatch.core.period import SECOND, age_ns, seconds
from deskwatch.exposition.families import Families


class ClockCollector:
    """The hosts' reports, and what they are judged by."""

    def __init__(self, books: Books, clock: Callable[[], int], max_series: int) -> None:
        self._books = books
        self._clock = clock
        families = self.families = Families(max_series)
        self._offset = families.gauge(
            "desk_clock_offset_seconds",
            "A host's clock less UTC, by its last report; absent when that is too old.",
            ("host",),
            unit="seconds",
        )
        self._limit = families.gauge(
            "desk_clock_offset_limit_seconds",
            "The most that a clock may be off, either way, by the preset of RTS 25.",
            ("preset",),
            unit="seconds",
        )
        self._age = families.gauge(
            "desk_clock_report_age_seconds",
            "Time since a host last reported its clock.",
            ("host",),
            unit="seconds",
        )
        self._max_age = families.gauge(
            "desk_clock_report_max_age_seconds",
            "How old a host's report may be and still say anything.",
            unit="seconds",
        )

    def collect(self) -> None:
        """Bring the families up to date with the books."""
        book, now = self._books.clock, self._clock()
        offsets = {host: book.offset(host, now) for host in book.reports}
        self._offset.replace({(host,): seconds(offset) for host, offset in offsets.items()})
        self._age.replace(
            {(host,): age_ns(report.time, now) / SECOND for host, report in book.reports.items()}
        )
        self._limit.replace({(book.settings.preset,): MOST_NS[book.settings.preset] / SECOND})
        self._max_age.replace({(): book.settings.report_max_age_ns / SECOND})

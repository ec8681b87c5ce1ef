"""Drills as a scrape finds them: the last run of each, its steps, and what is promised."""

from collections.abc import Callable, Sequence

from deskwatch.core.books import Books
from deskwatch.core.drill import Drills
from deskwatch.core.period import SECOND
from deskwatch.exposition.family import Family


class DrillCollector:
    """Drills, as the engine was told of them, or as their runner ran them.

    watched_since: since when their runs are heard of (ns), so that nobody misses those before.
    """

    def __init__(
        self,
        drills: Drills,
        clock: Callable[[], int],
        max_series: int,
        watched_since: Callable[[], int],
    ) -> None:
        self._drills = drills
        self._clock = clock
        self._watched_since = watched_since

        def gauge(name: str, help_text: str, *labels: str, unit: str = "") -> Family:
            return Family(
                f"desk_drill_{name}",
                help_text,
                "gauge",
                labels=("drill", *labels),
                unit=unit,
                max_series=max_series,
            )

        self._success = gauge("success", "1 if the drill's last run passed, 0 if it failed.")
        self._failed = gauge("failed", "1 while the last run is one that failed.", "reason")
        self._failures = gauge("consecutive_failures", "Runs that failed since one passed.")
        self._duration = gauge("duration_seconds", "How long the last run took.", unit="seconds")
        self._steps = gauge(
            "step_duration_seconds", "How long each step of it took.", "step", unit="seconds"
        )
        self._last_run = gauge(
            "last_run_timestamp_seconds", "When a run last ended.", unit="seconds"
        )
        self._last_success = gauge(
            "last_success_timestamp_seconds", "When a run last passed.", unit="seconds"
        )
        self._age = gauge("age_seconds", "For how long the next run is waited for.", unit="seconds")
        self._promised = gauge(
            "promised_seconds",
            "Within what time the next run is promised; absent where none is.",
            unit="seconds",
        )
        self._runs = Family(
            "desk_drill_runs_total",
            "Runs that ended, by how.",
            "counter",
            labels=("drill", "status"),
            max_series=max_series,
        )

    def families(self) -> Sequence[Family]:
        """Return the families; the same ones at every call."""
        return (
            self._success,
            self._failed,
            self._failures,
            self._duration,
            self._steps,
            self._last_run,
            self._last_success,
            self._age,
            self._promised,
            self._runs,
        )

    def collect(self) -> None:
        """Bring the families up to date with the book."""
        now, since = self._clock(), self._watched_since()
        courses = self._drills.courses.values()
        ran = [course for course in courses if course.has_run]
        failed = [course for course in ran if course.status == "failed"]
        self._success.replace({(one.drill,): float(one.status == "passed") for one in ran})
        self._failed.replace({(one.drill, one.reason): 1.0 for one in failed})
        self._failures.replace({(one.drill,): one.failures for one in ran})
        for family, values in (
            (self._duration, {(one.drill,): one.duration_ns for one in ran}),
            (
                self._steps,
                {
                    (one.drill, name): step.duration_ns
                    for one in ran
                    for name, step in one.steps.items()
                },
            ),
            (self._last_run, {(one.drill,): one.ended_at for one in ran}),
            (self._last_success, {(one.drill,): one.last_success for one in ran}),
            (self._age, {(one.drill,): one.age_ns(now, since) for one in courses}),
            (self._promised, {(one.drill,): one.promised_ns for one in courses}),
        ):
            family.replace({key: None if ns is None else ns / SECOND for key, ns in values.items()})
        self._runs.replace(
            {(one.drill, status): count for one in ran for status, count in one.runs.items()}
        )


class DrillSettingsCollector:
    """What drills are judged by, so that rules compare against the settings."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._required = Family(
            "desk_drill_required", "1 for each drill that must run.", "gauge", labels=("drill",)
        )
        self._page_after = Family(
            "desk_drill_page_failures", "How many failures in a row wake somebody.", "gauge"
        )

    def families(self) -> Sequence[Family]:
        """Return the families; the same ones at every call."""
        return (self._required, self._page_after)

    def collect(self) -> None:
        """Bring the families up to date with the settings."""
        settings = self._books.settings.drills
        self._required.replace({(drill,): 1.0 for drill in settings.required})
        self._page_after.replace({(): settings.page_after})

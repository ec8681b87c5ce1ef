"""Drills as a scrape finds them: the last run of each, its steps, and what is promised."""

from collections.abc import Callable, Sequence

from deskwatch.core.books import Books
from deskwatch.core.drill import Course, Drills
from deskwatch.core.period import seconds
from deskwatch.core.watch import Watch
from deskwatch.exposition.families import Families


class DrillCollector:
    """Drills, as the engine was told of them, or as their runner ran them.

    watch: since when their runs are heard of, so that nobody misses those before.
    """

    def __init__(
        self,
        drills: Drills,
        clock: Callable[[], int],
        max_series: int,
        watch: Callable[[], Watch],
    ) -> None:
        self._drills = drills
        self._clock = clock
        self._watch = watch
        families = self.families = Families(max_series)
        self._success = families.gauge(
            "desk_drill_success", "1 if the drill's last run passed, 0 if it failed.", ("drill",)
        )
        self._failed = families.gauge(
            "desk_drill_failed", "1 while the last run is one that failed.", ("drill", "reason")
        )
        self._failures = families.gauge(
            "desk_drill_consecutive_failures", "Runs that failed since one passed.", ("drill",)
        )
        self._times = _Times(families)
        self._runs = families.counter(
            "desk_drill_runs_total", "Runs that ended, by how.", ("drill", "status")
        )

    def collect(self) -> None:
        """Bring the families up to date with the book."""
        now, watch = self._clock(), self._watch()
        courses = list(self._drills.courses.values())
        ran = [course for course in courses if course.has_run]
        failed = [course for course in ran if course.status == "failed"]
        self._success.replace({(one.drill,): float(one.status == "passed") for one in ran})
        self._failed.replace({(one.drill, one.reason): 1.0 for one in failed})
        self._failures.replace({(one.drill,): one.failures for one in ran})
        self._times.show(courses, now, watch)
        # Of a counter that begins at 1 Prometheus does not see the increase: a first failure's.
        self._runs.replace(
            {
                (one.drill, status): one.runs.get(status, 0)
                for one in ran
                for status in ("passed", "failed")
            }
        )


class _Times:
    """How long runs took, when they ended, and when the next is due."""

    def __init__(self, families: Families) -> None:
        self._duration = families.gauge(
            "desk_drill_duration_seconds", "How long the last run took.", ("drill",), unit="seconds"
        )
        self._steps = families.gauge(
            "desk_drill_step_duration_seconds",
            "How long each step of it took.",
            ("drill", "step"),
            unit="seconds",
        )
        self._last_run = families.gauge(
            "desk_drill_last_run_timestamp_seconds",
            "When a run last ended.",
            ("drill",),
            unit="seconds",
        )
        self._last_success = families.gauge(
            "desk_drill_last_success_timestamp_seconds",
            "When a run last passed.",
            ("drill",),
            unit="seconds",
        )
        self._age = families.gauge(
            "desk_drill_age_seconds",
            "For how long the next run is waited for.",
            ("drill",),
            unit="seconds",
        )
        self._promised = families.gauge(
            "desk_drill_promised_seconds",
            "Within what time the next run is promised; absent where none is.",
            ("drill",),
            unit="seconds",
        )

    def show(self, courses: Sequence[Course], now: int, watch: Watch) -> None:
        ran = [course for course in courses if course.has_run]
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
            (self._age, {(one.drill,): one.age_ns(now, watch) for one in courses}),
            (self._promised, {(one.drill,): one.promised_ns for one in courses}),
        ):
            family.replace({key: seconds(ns) for key, ns in values.items()})


class DrillSettingsCollector:
    """What drills are judged by, so that rules compare against the settings."""

    def __init__(self, books: Books) -> None:
        self._books = books
        families = self.families = Families()
        self._required = families.gauge(
            "desk_drill_required", "1 for each drill that must run.", ("drill",)
        )
        self._page_after = families.gauge(
            "desk_drill_page_failures", "How many failures in a row wake somebody."
        )

    def collect(self) -> None:
        """Bring the families up to date with the settings."""
        settings = self._books.settings.drills
        self._required.replace({(drill,): 1.0 for drill in settings.required})
        self._page_after.replace({(): settings.page_after})

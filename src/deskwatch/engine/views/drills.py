"""Drills as the API answers them."""

from deskwatch.core.books import Books
from deskwatch.core.drill import Course
from deskwatch.core.period import seconds
from deskwatch.core.watch import Watch
from deskwatch.web.answers.drills import DrillRow, DrillsAnswer, DrillStepRow


def drills(books: Books, now: int) -> DrillsAnswer:
    """Return how each drill stands as of `now`."""
    required = books.settings.drills.required
    courses = {name: Course(drill=name, status="stopped") for name in required}
    courses |= books.drills.courses
    return DrillsAnswer(
        now,
        [
            _drill(course, now, books.watch, required=name in required)
            for name, course in sorted(courses.items())
        ],
    )


def _drill(course: Course, now: int, watch: Watch, *, required: bool) -> DrillRow:
    age, promised = course.age_ns(now, watch), course.promised_ns
    return DrillRow(
        drill=course.drill,
        required=required,
        status=course.status if course.has_run else None,
        reason=course.reason,
        ended_at=course.ended_at if course.has_run else None,
        duration_s=seconds(course.duration_ns),
        last_success=course.last_success,
        failures=course.failures,
        promised_s=seconds(promised),
        overdue=None if age is None or promised is None else age > promised,
        steps=[
            DrillStepRow(name, step.status, step.reason, seconds(step.duration_ns))
            for name, step in course.steps.items()
        ],
    )

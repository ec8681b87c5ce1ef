"""Drills: how the last run of each synthetic test ended, and when the next one is promised."""

from collections.abc import Callable
from typing import Final, Literal

import msgspec
from msgspec import Struct, field

from deskwatch.core.book import Checks, Followers
from deskwatch.core.names import Names
from deskwatch.core.observation import Drill
from deskwatch.core.period import counted_from
from deskwatch.core.rejection import EventRejected
from deskwatch.core.telling import told_at
from deskwatch.core.watch import Watch

Status = Literal["passed", "failed", "stopped"]

#: Bounds on memory: drills, the steps of one, and reasons by name.
MAX_DRILLS: Final = 100
MAX_STEPS: Final = 50
MAX_REASONS: Final = 100

#: So many synthetic losses, at most, have to open a breaker.
MOST_LOSSES: Final = 20


class DrillSettings(Struct, frozen=True, kw_only=True):
    """What is judged of drills.

    required: those that must run. page_after: how many failures in a row wake somebody.
    """

    required: tuple[str, ...] = ()
    page_after: int = 3


class Step(Struct, frozen=True):
    """One step of a drill's last run. ended_at: ns UTC by the drill's clock."""

    status: Status
    reason: str
    duration_ns: int | None
    ended_at: int


class Course(Struct, kw_only=True):
    """What is known of one drill. Times are ns UTC.

    status, reason, duration_ns, steps: of the last run; steps in their order. ended_at: when it
    ended by its own clock; heard_at: when we learned of it. told: what said so; told_at: what that
    counts as told at, 0 before anything ended. promised_ns: within what time of that
    the next run is promised; None where nothing is, or once the drill has been stopped.
    last_success: when a run last passed. failures: how many runs have failed since. runs: by
    status. pending: the steps of the run that goes on.
    """

    drill: str
    status: Status
    reason: str = ""
    ended_at: int = 0
    heard_at: int = 0
    told: Drill | None = None
    told_at: int = 0
    duration_ns: int | None = None
    promised_ns: int | None = None
    last_success: int | None = None
    failures: int = 0
    runs: dict[str, int] = field(default_factory=dict)
    steps: dict[str, Step] = field(default_factory=dict)
    pending: dict[str, Step] = field(default_factory=dict)

    @property
    def has_run(self) -> bool:
        """Whether a run of it has ever ended."""
        return bool(self.runs)

    def age_ns(self, now: int, watch: Watch) -> int | None:
        """Return for how long the promised run has been waited for; None where none is."""
        if self.promised_ns is None:
            return None
        return max(now - watch.counted_from(self.heard_at, self.promised_ns), 0)


class _Saved(Struct):
    courses: list[Course]
    reasons: list[str]


class Drills:
    """Every drill that was ever told of.

    received: when the event that is booked now was received (ns). The newest run says how a drill
    stands, by event time, and none is younger than since it came; an older one is only counted. A
    single run that promises no other leaves the promise of those that go on as it is.
    """

    name = "drills"

    def __init__(self, received: Callable[[], int]) -> None:
        self.courses: dict[str, Course] = {}
        self._received = received
        self._reasons = Names(MAX_REASONS)

    @property
    def checks(self) -> Checks:
        """Refuses drills and steps over their bounds."""
        return {Drill: self._check}

    @property
    def followers(self) -> Followers:
        """Takes what is said of drills."""
        return {Drill: self._follow}

    def begin(self, now: int) -> None:
        """Let time pass: whether a drill is overdue is asked as of now."""

    def _check(self, told: Drill) -> None:
        course = self.courses.get(told.drill)
        if course is None:
            if len(self.courses) >= MAX_DRILLS:
                raise EventRejected("too_many_names", told.drill, f"at most {MAX_DRILLS} drills")
        elif told.step and len(course.pending) >= MAX_STEPS and told.step not in course.pending:
            raise EventRejected("too_many_names", told.step, f"at most {MAX_STEPS} steps")

    def _follow(self, told: Drill) -> None:
        course = self.courses.get(told.drill)
        if course is None:
            course = self.courses[told.drill] = Course(drill=told.drill, status="stopped")
        if told.step:
            # Of a run beside another, it may be older than that one's end.
            course.pending[told.step] = self._step(told)
            return
        at = told_at(told, self._received(), course.told, course.told_at)
        if at < course.told_at:
            course.pending = {}
            # Of two runs at once, the one that ended first may be told of last.
            if course.has_run and told.status != "stopped":
                _count(course, told)
            return
        course.told, course.told_at = told, at
        if told.status == "stopped":
            course.promised_ns = None
        else:
            self._end(course, told)

    def _step(self, told: Drill) -> Step:
        return Step(told.status, self._reason(told), told.duration_ns, told.event_time)

    def _reason(self, told: Drill) -> str:
        return self._reasons.label(told.reason) if told.status == "failed" else ""

    def _end(self, course: Course, told: Drill) -> None:
        """Take the end of a run; steps of one that broke off before are none of its own."""
        began = told.event_time - (told.duration_ns or 0)
        course.steps = {
            name: step for name, step in course.pending.items() if step.ended_at > began
        }
        course.pending = {}
        course.status, course.reason = told.status, self._reason(told)
        course.ended_at, course.heard_at = told.event_time, self._received()
        course.duration_ns = told.duration_ns
        _count(course, told)
        if told.interval_ns is not None:
            course.promised_ns = told.interval_ns or None
        if told.status == "passed":
            course.last_success, course.failures = told.event_time, 0
        else:
            course.failures += 1

    def dump(self) -> bytes:
        """Return every drill, as JSON."""
        return msgspec.json.encode(_Saved(list(self.courses.values()), list(self._reasons.known)))

    def load(self, state: bytes) -> None:
        """Take up what `dump` returned."""
        saved = msgspec.json.decode(state, type=_Saved)
        self.courses = {course.drill: course for course in saved.courses}
        for course in saved.courses:
            # Before it was kept, the drill's own clock said it, and that perhaps was ahead.
            at = course.told_at or course.ended_at
            course.told_at = counted_from(at, self._received())
        self._reasons.known = dict.fromkeys(saved.reasons)


def _count(course: Course, told: Drill) -> None:
    course.runs[told.status] = course.runs.get(told.status, 0) + 1

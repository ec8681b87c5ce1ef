"""What the JSON API answers about drills. Times are integer nanoseconds since 1970 UTC."""

from typing import Literal

from msgspec import Struct

from deskwatch.core.event import Nanoseconds
from deskwatch.web.answers.figures import Count


class DrillStepRow(Struct, frozen=True):
    """One step of a run. reason: why it failed, else empty."""

    step: str
    status: Literal["passed", "failed", "stopped"]
    reason: str
    duration_s: float | None


class DrillRow(Struct, frozen=True, kw_only=True):
    """One drill's last run.

    status: null while it has never run. failures: runs that failed since one passed. overdue:
    whether a promised run has not come; null where none is promised.
    """

    drill: str
    required: bool
    status: Literal["passed", "failed", "stopped"] | None
    reason: str
    ended_at: Nanoseconds | None
    duration_s: float | None
    last_success: Nanoseconds | None
    failures: Count
    promised_s: float | None
    overdue: bool | None
    steps: list[DrillStepRow]


class DrillsAnswer(Struct, frozen=True):
    """Drills by name; a required one is there even if it never ran."""

    as_of: Nanoseconds
    drills: list[DrillRow]


class DrillRunAnswer(Struct, frozen=True, kw_only=True):
    """What this engine can run, and whether it does.

    drills: those that are set up, by name. since: when the run that goes on began. trouble: why the
    last run from here told nothing, else empty; a drill that failed is no trouble of this kind.
    """

    drills: list[str]
    running: bool
    since: Nanoseconds | None
    trouble: str

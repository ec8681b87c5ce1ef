"""Drills: whether what must work in an emergency was seen to work, and when."""

from typing import Final

from deskwatch.dashboards.board import Board
from deskwatch.dashboards.expression import happened, lowest
from deskwatch.dashboards.panel import (
    HOURLY,
    NONE_IS_GOOD,
    Ask,
    Column,
    stat,
    table,
    timeline,
    timeseries,
)

_VERDICTS: Final[dict[float, str]] = {0: "failed", 1: "passed"}

NOW = [
    stat(
        "How many drills failed the last time?",
        "sum(max by (drill) (desk_drill_success) == bool 0)",
        unit="short",
        colors=NONE_IS_GOOD,
        width=8,
        why="Each is a safety net with a hole. No figure while no drills run: "
        "docker-compose -f synthetic-tests.yml up",
    ),
    stat(
        "How long ago did each drill last succeed?",
        "time() - max by (drill) (desk_drill_last_success_timestamp_seconds)",
        unit="s",
        legend="{{drill}}",
        width=8,
        why="A drill that has not run proves nothing.",
    ),
    table(
        "Why did the last run fail?",
        Column("failed", "max by (drill, reason) (desk_drill_failed)", "short"),
        width=8,
        empty="no failure is known",
        why="What each reason means: docs/drills.md.",
    ),
]

STEPS = [
    timeseries(
        "How long does each step take?",
        "max by (drill, step) (desk_drill_step_duration_seconds)",
        unit="s",
        legend="{{drill}} {{step}}",
        logarithmic=True,
        why="From the breaker's opening, seen, alert and told have timeout_s together, 5 seconds: "
        "docs/drills.md. A step that was not reached is absent.",
    ),
    table(
        "Where did the last run's time go?",
        Column("took", "max by (drill, step) (desk_drill_step_duration_seconds)", "s"),
        why="The steps that the last run of each drill tried.",
    ),
]

HISTORY = [
    timeline(
        "When did which drill fail?",
        f"max by (drill) ({lowest('desk_drill_success')})",
        legend="{{drill}}",
        names=_VERDICTS,
        colors={0: "red", 1: "green"},
        why="Each stretch is the verdict of the last run; no stretch while the drills don't run.",
    ),
    timeseries(
        "How did the runs of each hour end?",
        # Not sum: the engine and the runner both count each run.
        f"max by (drill, status) ({happened('desk_drill_runs_total', kept=True)})",
        unit="short",
        legend="{{drill}} {{status}}",
        stacked=True,
        bars=True,
        interval=HOURLY,
        why="An hour without a bar is one in which nothing was tried.",
    ),
    timeseries(
        "How often did each fail in a row?",
        "max by (drill) (desk_drill_consecutive_failures)",
        unit="short",
        legend="{{drill}}",
        limits=[Ask("max(desk_drill_page_failures)", "somebody is woken from here")],
        why="One failure is a warning, several are a hole: docs/runbooks/DrillFailedRepeatedly.md",
    ),
    timeseries(
        "How long do they take?",
        "max by (drill) (desk_drill_duration_seconds)",
        unit="s",
        legend="{{drill}}",
        logarithmic=True,
        why="A breaker that takes longer each day fails one day.",
    ),
    timeseries(
        "How long is the next run waited for?",
        "max by (drill) (desk_drill_age_seconds)",
        unit="s",
        legend="{{drill}}",
        limits=[Ask("max by (drill) (desk_drill_promised_seconds)", "{{drill}} is promised")],
        why="Over its dashed line a drill is overdue: docs/runbooks/DrillStale.md. Both are absent "
        "where no next run is promised.",
    ),
    table(
        "How do the drills stand?",
        Column("last run", "max by (drill) (desk_drill_success)", "short", _VERDICTS),
        Column("took", "max by (drill) (desk_drill_duration_seconds)", "s"),
        Column(
            "since success",
            "time() - max by (drill) (desk_drill_last_success_timestamp_seconds)",
            "s",
        ),
        why="The last run of each.",
    ),
]

BOARD = Board(
    uid="deskwatch-drills",
    title="Drills",
    question="Was what must work in an emergency seen to work, and when?",
    since="now-24h",
    rows={"Now": NOW, "Steps": STEPS, "History": HISTORY},
)

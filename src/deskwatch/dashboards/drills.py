"""Drills: whether what must work in an emergency was seen to work, and when."""

from deskwatch.dashboards.board import Board
from deskwatch.dashboards.panel import (
    NONE_IS_GOOD,
    Column,
    stat,
    table,
    timeline,
    timeseries,
)

NOW = [
    stat(
        "How many drills failed the last time?",
        "sum(max by (drill) (desk_drill_success) == bool 0)",
        unit="short",
        colors=NONE_IS_GOOD,
        width=12,
        why="Each is a safety net with a hole. No figure while no drills run: "
        "docker-compose -f synthetic-tests.yml up",
    ),
    stat(
        "How long ago did each drill last succeed?",
        "time() - max by (drill) (desk_drill_last_success_timestamp_seconds)",
        unit="s",
        legend="{{drill}}",
        width=12,
        why="A drill that has not run proves nothing.",
    ),
]

HISTORY = [
    timeline(
        "When did which drill fail?",
        "max by (drill) (desk_drill_success)",
        legend="{{drill}}",
        names={0: "failed", 1: "passed"},
        colors=[(None, "red"), (1, "green")],
        why="Each stretch is the verdict of the last run; no stretch while the drills don't run.",
    ),
    timeseries(
        "How long do they take?",
        "max by (drill) (desk_drill_duration_seconds)",
        unit="s",
        legend="{{drill}}",
        logarithmic=True,
        why="A breaker that takes longer each day fails one day.",
    ),
    table(
        "How do the drills stand?",
        Column("passed", "max by (drill) (desk_drill_success)", "short"),
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
    rows={"Now": NOW, "History": HISTORY},
)

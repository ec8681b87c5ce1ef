"""Logs: what the platform and the stack wrote, errors first."""

from deskwatch.dashboards.board import Board
from deskwatch.dashboards.expression import BAR, counted
from deskwatch.dashboards.panel import counted_lines, lines, timeseries

_ERRORS = 'level=~"error|critical"'

TRADING = [
    counted_lines(
        "How much does each service of the platform log?",
        'sum by (service) (count_over_time({job="trading"}[$__interval]))',
        legend="{{service}}",
        width=12,
        why="A service that falls silent has stopped; one that floods has a loop.",
    ),
    counted_lines(
        "How many errors does each service log?",
        f'sum by (service) (count_over_time({{job="trading", {_ERRORS}}}[$__interval]))',
        legend="{{service}}",
        width=12,
        why="Error and critical, whatever the platform calls them; an exception is an error.",
    ),
    timeseries(
        "How many errors were there, as the alerts count them?",
        counted("desk_log_errors_total", "service"),
        unit="short",
        legend="{{service}}",
        bars=True,
        stacked=True,
        interval=BAR,
        width=12,
        why="Counted by Promtail or Alloy as they read, also while Loki is away: docs/logs.md",
    ),
    timeseries(
        "How many tracebacks?",
        counted("desk_log_tracebacks_total", "service"),
        unit="short",
        legend="{{service}}",
        bars=True,
        stacked=True,
        interval=BAR,
        width=12,
        why="Each is a bug, or a way out that nobody thought of: docs/logs.md",
    ),
    lines(
        "Which errors did the platform log?",
        f'{{job="trading", {_ERRORS}}}',
        why='Newest first. The same in Explore or logcli: {job="trading"} |= "error"',
    ),
    lines("What did the platform log?", '{job="trading"}', why="All of it, newest first."),
]

STACK = [
    counted_lines(
        "How much do the stack's own containers log?",
        'sum by (service) (count_over_time({job="containers"}[$__interval]))',
        legend="{{service}}",
        why="deskwatch, Prometheus, Alertmanager, Grafana, Loki and what else runs in Docker.",
    ),
    lines(
        "Which errors did the stack log?",
        f'{{job="containers", {_ERRORS}}}',
        why="The monitor's own troubles, newest first.",
    ),
]

BOARD = Board(
    uid="deskwatch-logs",
    title="Logs",
    question="What did the platform and the stack write, and which of it are errors?",
    rows={"The platform": TRADING, "The stack": STACK},
)

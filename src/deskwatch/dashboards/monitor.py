"""The Monitor Itself: whether deskwatch sees, keeps and judges everything in time."""

from deskwatch.dashboards.board import Board, Variable
from deskwatch.dashboards.expression import BAR, counted, none_while_seen, spread
from deskwatch.dashboards.panel import (
    NONE_IS_GOOD,
    ONE_IS_GOOD,
    Ask,
    Column,
    heatmap,
    stat,
    table,
    timeseries,
)

_SOURCE = Variable("source", "source", ("deskwatch_events_total", "deskwatch_events_refused_total"))
_OF_SOURCE = '{source=~"$source"}'


def _rate(metric: str, by: str, chosen: str = "") -> str:
    return f"sum by ({by}) (rate({metric}{chosen}[$__rate_interval]))"


NOW = [
    stat(
        "Which version runs?",
        "max by (version, python, compiled) (deskwatch_build_info)",
        unit="short",
        legend="{{version}}, Python {{python}}, compiled: {{compiled}}",
        names={1: "runs"},
        why="After an update this is the new one.",
    ),
    stat(
        "How long is it up?",
        "time() - max(deskwatch_start_time_seconds)",
        unit="s",
        why="docs/runbooks/DeskwatchRestartLoop.md",
    ),
    stat(
        "Does it keep what it acknowledges?",
        "min(deskwatch_journal_writable)",
        unit="short",
        colors=ONE_IS_GOOD,
        names={0: "no", 1: "yes"},
        why="docs/runbooks/JournalFailing.md",
    ),
    stat(
        "How many rules can it not evaluate?",
        none_while_seen("count(deskwatch_rule_unsupported)"),
        unit="short",
        colors=NONE_IS_GOOD,
        why="They are left to Prometheus: docs/runbooks/RuleUnsupported.md",
    ),
]

EVENTS = [
    timeseries(
        "What comes in?",
        _rate("deskwatch_events_total", "source, kind", _OF_SOURCE),
        unit="eps",
        legend="{{source}} {{kind}}",
        stacked=True,
        why="Events accepted, each second. A kind that ends is a feed or a program that stopped.",
    ),
    timeseries(
        "What is refused, and why?",
        counted("deskwatch_events_refused_total", "source, reason", _OF_SOURCE),
        unit="short",
        legend="{{source}} {{reason}}",
        bars=True,
        stacked=True,
        interval=BAR,
        why="None of them changed the books: docs/runbooks/EventsRefused.md",
    ),
    timeseries(
        "How long do events wait until they are booked?",
        "max(deskwatch_ingest_lag_seconds)",
        unit="s",
        legend="wait",
        logarithmic=True,
        why="Of the last group of events: docs/runbooks/IngestLagHigh.md",
    ),
    timeseries(
        "Which events never came?",
        f"sum by (source) (deskwatch_source_missing_events{_OF_SOURCE})",
        unit="short",
        legend="{{source}} missing",
        also=[
            Ask(
                f"sum by (source) (deskwatch_events_duplicate_total{_OF_SOURCE}) > 0",
                "{{source}} known already",
            )
        ],
        why="Holes in a source's own numbers: docs/runbooks/SequenceHole.md. Duplicates change "
        "nothing.",
    ),
]

KEEPING = [
    heatmap(
        "How long until the journal has it on disk?",
        spread("deskwatch_journal_commit_seconds"),
        why="Before that nothing is acknowledged.",
    ),
    heatmap(
        "How late does the event loop come round?",
        spread("deskwatch_event_loop_delay_seconds"),
        why="Everything else waits that long too: docs/runbooks/EventLoopDelayed.md",
    ),
    heatmap(
        "How long do the rules take?",
        spread("deskwatch_rule_evaluation_seconds"),
        why="At each second, and after events: docs/runbooks/RuleEvaluationSlow.md",
    ),
    timeseries(
        "How large is the journal?",
        "max(deskwatch_journal_bytes)",
        unit="bytes",
        legend="journal",
        also=[Ask("max(deskwatch_ingest_backlog_bytes)", "not yet in it")],
        why="docs/runbooks/DiskFillsSoon.md says what to do when it is too large.",
    ),
]

COST = [
    timeseries(
        "What does deskwatch take of the machine?",
        'sum by (job) (rate(process_cpu_seconds_total{job="deskwatch"}[$__rate_interval]))',
        unit="percentunit",
        legend="processor",
        width=8,
        why="100% is one whole processor; the engine has one.",
    ),
    timeseries(
        "How much memory?",
        'max by (job) (process_resident_memory_bytes{job="deskwatch"})',
        unit="bytes",
        legend="memory",
        width=8,
        why="It should not grow without end.",
    ),
    timeseries(
        "How many files has it open?",
        'max by (job) (process_open_fds{job="deskwatch"})',
        unit="short",
        legend="open",
        limits=[Ask('max by (job) (process_max_fds{job="deskwatch"})', "most")],
        logarithmic=True,
        width=8,
        why="docs/runbooks/FilesNearlyExhausted.md",
    ),
    table(
        "Which metrics have the most series?",
        Column("series", "topk(20, max by (metric) (deskwatch_series))", "short"),
        why="Each has a cap, so that labels from outside can't fill anybody's memory.",
    ),
    timeseries(
        "Which series are left out?",
        "sum by (metric) (increase(deskwatch_series_refused_total[$__rate_interval])) > 0"
        ' or label_replace(0 * max(deskwatch_build_info), "metric", "none", "", "")',
        unit="short",
        legend="{{metric}}",
        why="Those over their metric's cap: docs/runbooks/SeriesRefused.md",
    ),
]

BOARD = Board(
    uid="deskwatch-monitor",
    title="The Monitor Itself",
    question="Does deskwatch see, keep and judge everything in time, and at what cost?",
    variables=(_SOURCE,),
    rows={"Now": NOW, "Events": EVENTS, "Keeping and judging": KEEPING, "Cost": COST},
)

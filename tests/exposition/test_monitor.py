import platform
from dataclasses import dataclass, field

import deskwatch
from deskwatch.core.histogram import Histogram
from deskwatch.exposition.monitor import Counts, MonitorCollector
from deskwatch.exposition.registry import Registry


@dataclass
class Figures:
    """A monitor that has just begun, unless a test says otherwise."""

    start_time_ns: int = 1_700_000_000_500_000_000
    events: Counts = field(default_factory=dict)
    refused: Counts = field(default_factory=dict)
    duplicates: Counts = field(default_factory=dict)
    unknown_kinds: Counts = field(default_factory=dict)
    missing_events: Counts = field(default_factory=dict)
    ingest_lag_s: float | None = None
    ingest_backlog_bytes: int = 0
    journal_commit: Histogram = field(default_factory=lambda: Histogram((0.01, 5.0)))
    journal_bytes: int = 0
    journal_segments: int = 1
    journal_gaps: int = 0
    journal_lost_bytes: int = 0
    journal_kept_aside_bytes: int = 0
    journal_left_out_events: int = 0
    journal_writable: bool = True
    history_writable: bool = True
    snapshots_writable: bool = True


def shown(figures: Figures, *, compiled: bool = False) -> list[str]:
    """Return the samples that a scrape finds, less the registry's own."""
    registry = Registry()
    registry.register(MonitorCollector(figures, compiled=compiled))
    lines = registry.render(openmetrics=False).decode().splitlines()
    return [line for line in lines if not line.startswith(("#", "deskwatch_series"))]


def test_a_monitor_that_has_just_begun():
    python = platform.python_version()
    assert shown(Figures(), compiled=True) == [
        f'deskwatch_build_info{{version="{deskwatch.__version__}",python="{python}",compiled="true"}} 1.0',
        'deskwatch_journal_commit_seconds_bucket{le="0.01"} 0.0',
        'deskwatch_journal_commit_seconds_bucket{le="5.0"} 0.0',
        'deskwatch_journal_commit_seconds_bucket{le="+Inf"} 0.0',
        "deskwatch_journal_commit_seconds_sum 0.0",
        "deskwatch_journal_commit_seconds_count 0.0",
        "deskwatch_start_time_seconds 1700000000.5",
        "deskwatch_ingest_backlog_bytes 0.0",
        "deskwatch_journal_bytes 0.0",
        "deskwatch_journal_segments 1.0",
        "deskwatch_journal_gaps 0.0",
        "deskwatch_journal_lost_bytes 0.0",
        "deskwatch_journal_kept_aside_bytes 0.0",
        "deskwatch_journal_left_out_events 0.0",
        "deskwatch_journal_writable 1.0",
        "deskwatch_history_writable 1.0",
        "deskwatch_snapshots_writable 1.0",
    ]


def test_a_monitor_at_work():
    figures = Figures(
        events={("oms", "fill"): 7, ("oms", "mark"): 90},
        refused={("oms", "zero_quantity"): 2},
        duplicates={("oms",): 4},
        unknown_kinds={("oms",): 1},
        missing_events={("oms",): 3},
        ingest_lag_s=0.75,
        ingest_backlog_bytes=4096,
        journal_bytes=1_000_000,
        journal_segments=3,
        journal_gaps=2,
        journal_lost_bytes=1024,
        journal_kept_aside_bytes=20,
        journal_left_out_events=1,
        journal_writable=False,
        history_writable=False,
        snapshots_writable=False,
    )
    figures.journal_commit.observe(0.25)
    lines = shown(figures)
    assert set(lines) >= {
        'deskwatch_events_total{source="oms",kind="fill"} 7.0',
        'deskwatch_events_total{source="oms",kind="mark"} 90.0',
        'deskwatch_events_refused_total{source="oms",reason="zero_quantity"} 2.0',
        'deskwatch_events_duplicate_total{source="oms"} 4.0',
        'deskwatch_events_unknown_kind_total{source="oms"} 1.0',
        'deskwatch_source_missing_events{source="oms"} 3.0',
        'deskwatch_journal_commit_seconds_bucket{le="0.01"} 0.0',
        'deskwatch_journal_commit_seconds_bucket{le="5.0"} 1.0',
        "deskwatch_journal_commit_seconds_sum 0.25",
        "deskwatch_ingest_lag_seconds 0.75",
        "deskwatch_ingest_backlog_bytes 4096.0",
        "deskwatch_journal_bytes 1000000.0",
        "deskwatch_journal_segments 3.0",
        "deskwatch_journal_gaps 2.0",
        "deskwatch_journal_lost_bytes 1024.0",
        "deskwatch_journal_kept_aside_bytes 20.0",
        "deskwatch_journal_left_out_events 1.0",
        "deskwatch_journal_writable 0.0",
        "deskwatch_history_writable 0.0",
        "deskwatch_snapshots_writable 0.0",
    }


def test_the_figures_are_read_anew_at_each_scrape():
    figures = Figures(events={("oms", "fill"): 1})
    registry = Registry()
    registry.register(MonitorCollector(figures, compiled=False))
    registry.render(openmetrics=False)
    figures.events = {("oms", "fill"): 2}
    page = registry.render(openmetrics=False)
    assert b'\ndeskwatch_events_total{source="oms",kind="fill"} 2.0\n' in page


def test_more_sources_than_anyone_has_cannot_fill_the_page():
    figures = Figures(duplicates={(f"source-{number}",): 1 for number in range(30_000)})
    lines = shown(figures)
    assert len([line for line in lines if line.startswith("deskwatch_events_duplicate")]) == 20_000

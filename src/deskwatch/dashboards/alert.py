"""Alerts: what fires, who was told, and whether the two paths to a page both work."""

from deskwatch.dashboards.board import Board
from deskwatch.dashboards.expression import BAR, counted, none_while_seen
from deskwatch.dashboards.panel import (
    NONE_IS_GOOD,
    PLAIN,
    Ask,
    Column,
    stat,
    table,
    timeseries,
)


def _alerts(state: str, severity: str = ".*") -> str:
    """Return alerts by name: the engine's, and what Prometheus alone finds, as an engine's end."""
    by = "sum by (name, severity, state)"
    engine = f'deskwatch_alerts{{state=~"{state}", severity=~"{severity}"}}'
    found = f'ALERTS{{alertstate=~"{state}", severity=~"{severity}"}}'
    named = f'label_join(label_join({found}, "name", "", "alertname"), "state", "", "alertstate")'
    return f"({by} ({engine}) or {by} ({named} unless on (name) deskwatch_alerts))"


NOW = [
    stat(
        "How many pages fire?",
        none_while_seen(f"sum({_alerts('firing', 'page')})"),
        unit="short",
        colors=NONE_IS_GOOD,
        why="Somebody should be at work on each: docs/runbooks/README.md",
    ),
    stat(
        "How many warnings?",
        none_while_seen(f"sum({_alerts('firing', 'warning')})"),
        unit="short",
        colors=((None, "green"), (1.0, "orange")),
        why="To be looked at in working hours.",
    ),
    stat(
        "How many wait for their time to pass?",
        none_while_seen(f"sum({_alerts('pending')})"),
        unit="short",
        colors=PLAIN,
        why="Found, but not for as long as their rule asks.",
    ),
    stat(
        "How many notifications wait?",
        "sum(deskwatch_notification_queue)",
        unit="short",
        why="In all channels: docs/runbooks/NotificationsWaiting.md",
    ),
]

WHAT = [
    table(
        "What fires?",
        Column("alerts", _alerts("firing|pending"), "short"),
        why="As the engine's own rules found it, and what Prometheus alone can find; the runbook "
        "of each is docs/runbooks/README.md",
        empty="no alert is known",
    ),
    timeseries(
        "What fired when?",
        f"sum by (name) ({_alerts('firing')})",
        unit="short",
        legend="{{name}}",
        stacked=True,
        bars=True,
        why="Alerts that fire, stacked by their rule.",
    ),
    timeseries(
        "Do both paths find the same?",
        none_while_seen('sum(deskwatch_alerts{state="firing", name!="Watchdog"})'),
        unit="short",
        legend="the engine",
        also=[
            Ask(
                'sum(ALERTS{alertstate="firing", alertname!="Watchdog"}) or vector(0)', "Prometheus"
            )
        ],
        width=24,
        why="Prometheus evaluates the same rules on what it scraped, a little later. Lines that "
        "stay apart are two truths, or an alert that Prometheus alone can find.",
    ),
]

TOLD = [
    timeseries(
        "How long from an event to its alert?",
        "histogram_quantile(0.99, sum by (le)"
        " (rate(deskwatch_event_to_alert_seconds_bucket[$__rate_interval])))",
        unit="s",
        legend="p99",
        limits=[Ask("vector(5)", "RTS 6, Art. 16(5)")],
        logarithmic=True,
        why="At most five seconds: docs/runbooks/AlertsLate.md. No line while nothing fires.",
    ),
    timeseries(
        "What becomes of notifications?",
        counted("deskwatch_notifications_total", "channel, result"),
        unit="short",
        legend="{{channel}} {{result}}",
        bars=True,
        stacked=True,
        interval=BAR,
        why="docs/runbooks/NotificationsFailing.md",
    ),
    timeseries(
        "How long has the oldest notification waited?",
        "max by (channel) (deskwatch_notification_oldest_seconds)",
        unit="s",
        legend="{{channel}}",
        why="Zero when none waits.",
    ),
    timeseries(
        "What does Alertmanager fail to pass on?",
        "sum by (integration) (rate(alertmanager_notifications_failed_total[$__rate_interval]))",
        unit="ops",
        legend="{{integration}}",
        why="Of the stack's own Alertmanager, the second path.",
    ),
]

BOARD = Board(
    uid="deskwatch-alerts",
    title="Alerts",
    question="What fires, was somebody told in time, and do both paths agree?",
    since="now-24h",
    rows={"Now": NOW, "What": WHAT, "Told": TOLD},
)

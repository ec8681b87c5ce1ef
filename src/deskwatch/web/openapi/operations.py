"""Every address: what it is for, what it takes and what it answers.

The list of addresses and the OpenAPI document are made from this; a test holds it in step with the
routes.
"""

from typing import Final

from msgspec import Struct

from deskwatch.core.receipt import Receipt
from deskwatch.web.answers import (
    alerts,
    anomalies,
    breakers,
    drills,
    feeds,
    figures,
    health,
    latency,
    logs,
    orders,
    reconciliation,
    risk,
    runbooks,
    sessions,
    timelines,
    var,
)
from deskwatch.web.openapi.operation import HTML, STREAM, TEXT, Operation, Parameter
from deskwatch.web.page.shell import PAGES
from deskwatch.web.respond import JSON

_TIME: Final = "integer nanoseconds since 1970 UTC, or RFC 3339"
_FROM: Final = Parameter("from", f"The first time: {_TIME}.")
_TO: Final = Parameter("to", f"The time before which it ends: {_TIME}.")
_ACCOUNT: Final = Parameter("account", "Only this account.")
_STRATEGY: Final = Parameter("strategy", "Only this strategy.")
_HISTORY: Final = (_FROM, _TO, _ACCOUNT, _STRATEGY)
_LIMIT: Final = Parameter("limit", "At most so many, 1 to 1000; 100 if left out.", "integer")
_ENTRIES: Final = (
    Parameter("service", "Only these services, separated by commas."),
    Parameter("level", "Only these levels, separated by commas."),
    Parameter("text", "Only entries with this text in them."),
)
_AFTER: Final = (
    Parameter("after", "The id of the last message that was received."),
    Parameter("Last-Event-ID", "The same, as a browser says it by itself.", where="header"),
)


def _figures(name: str, answer: type[Struct], about: str) -> Operation:
    return Operation(path=f"/api/v1/{name}", group="Figures", answer=answer, about=about)


def _timeline(name: str, about: str) -> Operation:
    return Operation(
        path=f"/api/v1/timeline/{name}",
        group="Figures",
        answer=timelines.TimelineAnswer,
        about=about,
        parameters=(_FROM, _TO),
    )


FIGURES: Final = (
    _figures("pnl", figures.PnlAnswer, "P&L by strategy and by account"),
    Operation(
        path="/api/v1/pnl/hourly",
        group="Figures",
        answer=figures.HistoryAnswer,
        about="P&L by clock hour, the last 24 hours unless from and to say otherwise",
        parameters=_HISTORY,
    ),
    Operation(
        path="/api/v1/pnl/daily",
        group="Figures",
        answer=figures.HistoryAnswer,
        about="P&L by day, the last 30 days unless from and to say otherwise",
        parameters=_HISTORY,
    ),
    _figures("positions", figures.PositionsAnswer, "positions, their value and P&L"),
    _figures(
        "exposure",
        risk.ExposureAnswer,
        "what is held, by account, strategy, venue, instrument and currency; margin",
    ),
    _figures("limits", risk.LimitsAnswer, "what is used of each limit, and what lacks one"),
    _figures(
        "var",
        var.VarAnswer,
        "value at risk, expected shortfall, and whether they were right",
    ),
    _figures("orders", orders.OrdersAnswer, "open orders"),
    _figures("execution", orders.ExecutionAnswer, "how orders are answered and filled"),
    _figures("latency", latency.LatencyAnswer, "how long things take, and clocks"),
    _figures("breakers", breakers.BreakersAnswer, "breakers, kill switches, dead-man timers"),
    _figures("drills", drills.DrillsAnswer, "what the last drills found"),
    _figures("feeds", feeds.FeedsAnswer, "feeds and sessions, and which are silent"),
    _figures("services", feeds.ServicesAnswer, "services and heartbeats"),
    _figures(
        "reconciliation",
        reconciliation.ReconciliationAnswer,
        "the venues' reports beside the books: what agrees, what breaks, what is unknown",
    ),
    _figures("anomalies", anomalies.AnomaliesAnswer, "P&L against its own history"),
    _figures("health", health.HealthAnswer, "this machine and the platform's processes"),
    _figures("status", figures.StatusAnswer, "the engine, its journal, and what it refused"),
    _figures(
        "timeline",
        timelines.NewestAnswer,
        "the last second that has ended",
    ),
    _timeline("pnl", "net P&L by strategy over time"),
    _timeline("drawdown", "how far it is below its peak"),
    _timeline("exposure", "gross and net exposure by strategy over time"),
    _timeline("pnl_hours", "what each hour earned, the last 24 unless from and to say otherwise"),
    _timeline("pnl_days", "what each day earned, the last 30 unless from and to say otherwise"),
    Operation(
        path="/api/v1/timeline/latency",
        group="Figures",
        answer=timelines.LatencyTimelineAnswer,
        about="how many durations fell into each bucket over time",
        parameters=(
            _FROM,
            _TO,
            Parameter("operation", "What was timed; order_ack if left out."),
            Parameter("venue", "Only at this venue."),
        ),
    ),
    Operation(
        path="/api/v1/stream",
        group="Figures",
        media=STREAM,
        about="figures as they change: snapshot, delta and beat",
        parameters=(
            Parameter("topics", "Names of the addresses here, separated by commas."),
            *_AFTER,
        ),
    ),
)

ALERTS: Final = (
    Operation(
        path="/api/v1/alerts",
        group="Alerts",
        answer=alerts.AlertsAnswer,
        about="what fires and what is about to, and how rules and channels fare",
    ),
    Operation(
        path="/api/v1/alerts/history",
        group="Alerts",
        answer=alerts.AlertHistoryAnswer,
        about="what fired, who was told when, and who did what",
        parameters=(_LIMIT,),
    ),
    Operation(
        path="/api/v1/alerts/acknowledge",
        method="post",
        group="Alerts",
        takes=alerts.Acknowledge,
        answer=alerts.AcknowledgeAnswer,
        about="somebody has seen alerts",
    ),
    Operation(
        path="/api/v1/silences",
        group="Alerts",
        answer=alerts.SilencesAnswer,
        about="what is kept quiet",
    ),
    Operation(
        path="/api/v1/silences",
        method="post",
        group="Alerts",
        takes=alerts.NewSilence,
        answer=alerts.SilenceRow,
        status=201,
        about="keep alerts quiet for a while",
    ),
    Operation(
        path="/api/v1/silences/{id}",
        method="delete",
        group="Alerts",
        answer=alerts.Done,
        about="end a silence",
        parameters=(
            Parameter("id", "As the list of silences has it.", where="path"),
            Parameter("author", "Who does it, for a program that acts for somebody."),
        ),
    ),
    Operation(
        path="/api/v1/runbooks/{name}",
        group="Alerts",
        answer=runbooks.RunbookAnswer,
        about="what to do about an alert, as HTML",
        parameters=(Parameter("name", "The alert's name.", where="path"),),
    ),
    Operation(
        path="/-/reload",
        method="post",
        group="Alerts",
        answer=alerts.ReloadAnswer,
        also=(422,),
        about="read the rule files anew; 422 says why the old rules are kept",
    ),
)

DRILLS: Final = (
    Operation(
        path="/api/v1/drills/run",
        group="Drills",
        answer=drills.DrillRunAnswer,
        about="which drills can be run from here, and whether they run now",
    ),
    Operation(
        path="/api/v1/drills/run",
        method="post",
        group="Drills",
        answer=drills.DrillRunAnswer,
        status=202,
        about="run them now; 409 while they run",
    ),
)

LOGS: Final = (
    Operation(
        path="/api/v1/log_streams",
        group="Logs",
        answer=logs.LogStreamsAnswer,
        about="whose logs are kept, how much of them, and what is wrong with any",
    ),
    Operation(
        path="/api/v1/logs",
        group="Logs",
        answer=logs.LogsAnswer,
        about="log entries, newest first",
        parameters=(
            _FROM,
            _TO,
            *_ENTRIES,
            _LIMIT,
            Parameter("before", "The id of an entry: only what is older."),
        ),
    ),
    Operation(
        path="/api/v1/logs/tail",
        group="Logs",
        media=STREAM,
        about="log entries as they come: lines and beat",
        parameters=(*_ENTRIES, *_AFTER),
    ),
)

PEOPLE: Final = (
    Operation(
        path="/api/v1/session",
        group="People",
        answer=sessions.SessionAnswer,
        about="who asks, and whether they must sign in",
        is_open=True,
    ),
    Operation(
        path="/api/v1/session",
        method="post",
        group="People",
        takes=sessions.NewSession,
        answer=sessions.SessionAnswer,
        status=201,
        about="sign in",
        is_open=True,
    ),
    Operation(
        path="/api/v1/session",
        method="delete",
        group="People",
        media="",
        status=204,
        about="sign out",
        is_open=True,
    ),
    Operation(
        path="/api/v1/audit",
        group="People",
        answer=sessions.AuditAnswer,
        about="who did what",
        parameters=(_LIMIT,),
    ),
    Operation(
        path="/api/v1/oncall",
        group="People",
        answer=runbooks.OncallAnswer,
        about="whom to call",
        is_open=True,
    ),
)

MACHINES: Final = (
    Operation(path="/metrics", group="For machines", media=TEXT, about="for Prometheus"),
    Operation(
        path="/v1/events",
        method="post",
        group="For machines",
        takes_media=("application/x-ndjson", JSON),
        answer=Receipt,
        also=(422,),
        about="events in, one JSON object a line or an array of them; 422 when none was taken",
    ),
    Operation(
        path="/api/v1/events/schema",
        group="For machines",
        media="application/schema+json",
        about="the JSON Schema of events",
    ),
    Operation(
        path="/api/v1/openapi.json",
        group="For machines",
        about="this list, as OpenAPI",
    ),
    Operation(
        path="/healthz",
        group="For machines",
        answer=figures.Health,
        about="alive",
        is_open=True,
    ),
    Operation(
        path="/readyz",
        group="For machines",
        answer=figures.Health,
        about="replayed, and keeping events; else 503 with the reason",
        is_open=True,
    ),
    Operation(
        path="/v1/alertmanager",
        method="post",
        group="For machines",
        takes_media=(JSON,),
        answer=alerts.Done,
        about="Alertmanager's webhook",
    ),
    Operation(
        path="/v1/alertmanager-watchdog",
        method="post",
        group="For machines",
        takes_media=(JSON,),
        answer=alerts.Done,
        about="Alertmanager's webhook, by which its Watchdog says that the stack is alive",
    ),
)

SHOWN: Final = (
    *(
        Operation(path=page.path, group="Pages", media=HTML, about=page.title, is_open=True)
        for page in PAGES
    ),
    Operation(path="/api/v1/", group="Pages", media=HTML, about="these addresses", is_open=True),
    Operation(
        path="/static/{name}",
        group="Pages",
        media="*/*",
        about="what the page is built of",
        parameters=(Parameter("name", "As the page names it.", where="path"),),
        is_open=True,
    ),
)

OPERATIONS: Final = (*FIGURES, *ALERTS, *DRILLS, *LOGS, *PEOPLE, *MACHINES, *SHOWN)

"""Every address: what it is for, what it takes and what it answers.

The list of addresses and the OpenAPI document are made from this; a test holds it in step with the
routes.
"""

from typing import Final, Literal

from msgspec import Struct

from deskwatch.core.receipt import Receipt
from deskwatch.web import (
    alert_answers,
    anomaly_answers,
    answers,
    breaker_answers,
    drill_answers,
    feed_answers,
    health_answers,
    latency_answers,
    log_answers,
    order_answers,
    reconciliation_answers,
    risk_answers,
    runbook_answers,
    session_answers,
    timeline_answers,
    var_answers,
)
from deskwatch.web.respond import JSON
from deskwatch.web.shell import PAGES

Method = Literal["get", "post", "delete"]
#: Under which heading an address is listed.
Group = Literal["Figures", "Alerts", "Drills", "Logs", "People", "Pages", "For machines"]

HTML: Final = "text/html"
STREAM: Final = "text/event-stream"
TEXT: Final = "text/plain"


class Parameter(Struct, frozen=True):
    """A part of the query or the path. kind: its type in JSON Schema."""

    name: str
    about: str
    kind: Literal["string", "integer"] = "string"
    where: Literal["query", "path", "header"] = "query"


class Operation(Struct, frozen=True, kw_only=True):
    """What one method does at one address.

    answer: of what is JSON; other media are described by their name alone. is_open: whether nobody
    has to sign in. also: other statuses that have the same answer.
    """

    path: str
    group: Group
    about: str
    method: Method = "get"
    answer: type[Struct] | None = None
    media: str = JSON
    status: int = 200
    also: tuple[int, ...] = ()
    takes: type[Struct] | None = None
    takes_media: str = ""
    parameters: tuple[Parameter, ...] = ()
    is_open: bool = False


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
        answer=timeline_answers.TimelineAnswer,
        about=about,
        parameters=(_FROM, _TO),
    )


FIGURES: Final = (
    _figures("pnl", answers.PnlAnswer, "P&L by strategy and by account"),
    Operation(
        path="/api/v1/pnl/hourly",
        group="Figures",
        answer=answers.HistoryAnswer,
        about="P&L by clock hour, the last 24 hours unless from and to say otherwise",
        parameters=_HISTORY,
    ),
    Operation(
        path="/api/v1/pnl/daily",
        group="Figures",
        answer=answers.HistoryAnswer,
        about="P&L by day, the last 30 days unless from and to say otherwise",
        parameters=_HISTORY,
    ),
    _figures("positions", answers.PositionsAnswer, "positions, their value and P&L"),
    _figures(
        "exposure",
        risk_answers.ExposureAnswer,
        "what is held, by account, strategy, venue, instrument and currency; margin",
    ),
    _figures("limits", risk_answers.LimitsAnswer, "what is used of each limit, and what lacks one"),
    _figures(
        "var",
        var_answers.VarAnswer,
        "value at risk, expected shortfall, and whether they were right",
    ),
    _figures("orders", order_answers.OrdersAnswer, "open orders"),
    _figures("execution", order_answers.ExecutionAnswer, "how orders are answered and filled"),
    _figures("latency", latency_answers.LatencyAnswer, "how long things take, and clocks"),
    _figures(
        "breakers", breaker_answers.BreakersAnswer, "breakers, kill switches, dead-man timers"
    ),
    _figures("drills", drill_answers.DrillsAnswer, "what the last drills found"),
    _figures("feeds", feed_answers.FeedsAnswer, "feeds and sessions, and which are silent"),
    _figures("services", feed_answers.ServicesAnswer, "services and heartbeats"),
    _figures(
        "reconciliation",
        reconciliation_answers.ReconciliationAnswer,
        "the venues' reports beside the books: what agrees, what breaks, what is unknown",
    ),
    _figures("anomalies", anomaly_answers.AnomaliesAnswer, "P&L against its own history"),
    _figures("health", health_answers.HealthAnswer, "this machine and the platform's processes"),
    _figures("status", answers.StatusAnswer, "the engine, its journal, and what it refused"),
    _figures(
        "timeline",
        timeline_answers.NewestAnswer,
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
        answer=timeline_answers.LatencyTimelineAnswer,
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
        answer=alert_answers.AlertsAnswer,
        about="what fires and what is about to, and how rules and channels fare",
    ),
    Operation(
        path="/api/v1/alerts/history",
        group="Alerts",
        answer=alert_answers.AlertHistoryAnswer,
        about="what fired, who was told when, and who did what",
        parameters=(_LIMIT,),
    ),
    Operation(
        path="/api/v1/alerts/acknowledge",
        method="post",
        group="Alerts",
        takes=alert_answers.Acknowledge,
        answer=alert_answers.AcknowledgeAnswer,
        about="somebody has seen alerts",
    ),
    Operation(
        path="/api/v1/silences",
        group="Alerts",
        answer=alert_answers.SilencesAnswer,
        about="what is kept quiet",
    ),
    Operation(
        path="/api/v1/silences",
        method="post",
        group="Alerts",
        takes=alert_answers.NewSilence,
        answer=alert_answers.SilenceRow,
        status=201,
        about="keep alerts quiet for a while",
    ),
    Operation(
        path="/api/v1/silences/{id}",
        method="delete",
        group="Alerts",
        answer=alert_answers.Done,
        about="end a silence",
        parameters=(
            Parameter("id", "As the list of silences has it.", where="path"),
            Parameter("author", "Who does it, for a program that acts for somebody."),
        ),
    ),
    Operation(
        path="/api/v1/runbooks/{name}",
        group="Alerts",
        answer=runbook_answers.RunbookAnswer,
        about="what to do about an alert, as HTML",
        parameters=(Parameter("name", "The alert's name.", where="path"),),
    ),
    Operation(
        path="/-/reload",
        method="post",
        group="Alerts",
        answer=alert_answers.ReloadAnswer,
        also=(422,),
        about="read the rule files anew; 422 says why the old rules are kept",
    ),
)

DRILLS: Final = (
    Operation(
        path="/api/v1/drills/run",
        group="Drills",
        answer=drill_answers.DrillRunAnswer,
        about="which drills can be run from here, and whether they run now",
    ),
    Operation(
        path="/api/v1/drills/run",
        method="post",
        group="Drills",
        answer=drill_answers.DrillRunAnswer,
        status=202,
        about="run them now; 409 while they run",
    ),
)

LOGS: Final = (
    Operation(
        path="/api/v1/log_streams",
        group="Logs",
        answer=log_answers.LogStreamsAnswer,
        about="whose logs are kept, how much of them, and what is wrong with any",
    ),
    Operation(
        path="/api/v1/logs",
        group="Logs",
        answer=log_answers.LogsAnswer,
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
        answer=session_answers.SessionAnswer,
        about="who asks, and whether they must sign in",
        is_open=True,
    ),
    Operation(
        path="/api/v1/session",
        method="post",
        group="People",
        takes=session_answers.NewSession,
        answer=session_answers.SessionAnswer,
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
        answer=session_answers.AuditAnswer,
        about="who did what",
        parameters=(_LIMIT,),
    ),
    Operation(
        path="/api/v1/oncall",
        group="People",
        answer=runbook_answers.OncallAnswer,
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
        takes_media="application/x-ndjson",
        answer=Receipt,
        also=(422,),
        about="events in, one JSON object a line; 422 when none was taken",
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
        answer=answers.Health,
        about="alive",
        is_open=True,
    ),
    Operation(
        path="/readyz",
        group="For machines",
        answer=answers.Health,
        about="replayed, and keeping events; else 503 with the reason",
        is_open=True,
    ),
    Operation(
        path="/v1/alertmanager",
        method="post",
        group="For machines",
        takes_media=JSON,
        answer=alert_answers.Done,
        about="Alertmanager's webhook",
    ),
    Operation(
        path="/v1/alertmanager-watchdog",
        method="post",
        group="For machines",
        takes_media=JSON,
        answer=alert_answers.Done,
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

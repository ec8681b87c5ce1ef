"""The HTTP service: its addresses, and what guards them."""

import time
from collections.abc import Awaitable, Callable, Iterable

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from deskwatch.web.access.access import Access
from deskwatch.web.access.gate import EVENTS_PATH, SESSION_PATH, Gate
from deskwatch.web.access.login import Login
from deskwatch.web.desks.alerts import AlertDesk, AlertsUnavailable
from deskwatch.web.desks.drills import DrillDesk
from deskwatch.web.desks.figures import Desk, FiguresUnavailable
from deskwatch.web.desks.logs import LogDesk
from deskwatch.web.desks.timelines import TimelineDesk
from deskwatch.web.endpoints.alerts import Alerts
from deskwatch.web.endpoints.drills import Drills
from deskwatch.web.endpoints.figures import Figures
from deskwatch.web.endpoints.intake import Intake
from deskwatch.web.endpoints.logs import Logs
from deskwatch.web.endpoints.runbooks import Runbooks, default_runbooks
from deskwatch.web.endpoints.timelines import Timelines
from deskwatch.web.page.pages import Pages
from deskwatch.web.page.shell import PAGES
from deskwatch.web.respond import ErrorReason, Refused, respond, respond_refused, retry_later
from deskwatch.web.settings import WebSettings
from deskwatch.web.stream.asking import Ask
from deskwatch.web.stream.event_stream import EventStreams
from deskwatch.web.stream.hub import Hub
from deskwatch.web.stream.stream import Stream

_Endpoint = Callable[[Request], Awaitable[Response]]

_REASONS: dict[int, ErrorReason] = {404: "not_found", 405: "method_not_allowed"}


def create_app(
    desk: Desk,
    settings: WebSettings,
    alert_desk: AlertDesk | None = None,
    log_desk: LogDesk | None = None,
    timeline_desk: TimelineDesk | None = None,
    drill_desk: DrillDesk | None = None,
    *,
    clock: Callable[[], int] = time.time_ns,
    streams: EventStreams | None = None,
) -> Starlette:
    """Return the HTTP service of `desk`. clock: now, in ns since 1970 UTC.

    alert_desk: None where no rules are evaluated. log_desk: None where no logs are kept.
    timeline_desk: None where nothing is drawn. drill_desk: None where no drill can be run.
    streams: who stops the service closes them first.
    """
    access = Access(settings, clock)
    alerts = Alerts(alert_desk, settings)
    topics: dict[str, Ask] = {"status": desk.status, **desk.views, "alerts": alerts.topic}
    streams = streams or EventStreams()
    app = Starlette(
        routes=[
            *_pages(Pages(desk, settings, clock)),
            *_figures(Figures(desk, settings, clock), desk.views),
            *_timelines(Timelines(timeline_desk, clock)),
            *_logs(Logs(log_desk, clock, streams, access.reader)),
            *_alerts(alerts),
            *_drills(Drills(drill_desk, alert_desk)),
            *_sessions(Login(access, settings, alert_desk)),
            _get("/api/v1/stream", Stream(Hub(topics, clock), streams, access.reader).stream),
            _get("/api/v1/runbooks/{name}", Runbooks(default_runbooks()).runbook),
            _post(EVENTS_PATH, Intake(desk, settings).post),
        ],
        middleware=[Middleware(Gate, desk=desk, settings=settings, access=access)],
        exception_handlers={
            Refused: _on_refused,
            FiguresUnavailable: _on_unavailable,
            AlertsUnavailable: _on_unavailable,
            HTTPException: _on_http_exception,
            Exception: _on_our_bug,
        },
    )
    # A POST that is redirected to the path without its slash would lose its body on the way.
    app.router.redirect_slashes = False
    return app


def _get(path: str, endpoint: _Endpoint) -> Route:
    return Route(path, endpoint, methods=["GET"])


def _post(path: str, endpoint: _Endpoint) -> Route:
    return Route(path, endpoint, methods=["POST"])


def _pages(pages: Pages) -> list[Route]:
    return [
        *(_get(page.path, pages.page(page)) for page in PAGES),
        _get("/static/{name:path}", pages.asset),
        _get("/api/v1/", pages.addresses),
        _get("/api/v1/oncall", pages.oncall),
        _get("/api/v1/openapi.json", pages.openapi),
    ]


def _figures(figures: Figures, views: Iterable[str]) -> list[Route]:
    return [
        _get("/healthz", figures.healthz),
        _get("/readyz", figures.readyz),
        _get("/metrics", figures.metrics),
        _get("/api/v1/status", figures.status),
        *(_get(f"/api/v1/{name}", figures.view(name)) for name in views),
        _get("/api/v1/pnl/hourly", figures.hourly),
        _get("/api/v1/pnl/daily", figures.daily),
        _get("/api/v1/events/schema", figures.schema),
    ]


def _timelines(timelines: Timelines) -> list[Route]:
    return [
        _get("/api/v1/timeline/pnl", timelines.figures("pnl")),
        _get("/api/v1/timeline/drawdown", timelines.figures("drawdown")),
        _get("/api/v1/timeline/exposure", timelines.figures("gross", "net")),
        _get("/api/v1/timeline/latency", timelines.latencies),
        _get("/api/v1/timeline/pnl_hours", timelines.changes("hour")),
        _get("/api/v1/timeline/pnl_days", timelines.changes("day")),
    ]


def _logs(logs: Logs) -> list[Route]:
    return [_get("/api/v1/logs", logs.search), _get("/api/v1/logs/tail", logs.tail)]


def _alerts(alerts: Alerts) -> list[Route]:
    return [
        _get("/api/v1/alerts", alerts.alerts),
        _get("/api/v1/alerts/history", alerts.history),
        _get("/api/v1/audit", alerts.audit),
        _post("/api/v1/alerts/acknowledge", alerts.acknowledge),
        Route("/api/v1/silences", alerts.silences, methods=["GET", "POST"]),
        Route("/api/v1/silences/{id}", alerts.expire, methods=["DELETE"]),
        _post("/-/reload", alerts.reload),
        _post("/v1/alertmanager", alerts.alertmanager),
        _post("/v1/alertmanager-watchdog", alerts.watchdog),
    ]


def _drills(drills: Drills) -> list[Route]:
    return [Route("/api/v1/drills/run", drills.run, methods=["GET", "POST"])]


def _sessions(login: Login) -> list[Route]:
    return [Route(SESSION_PATH, login.session, methods=["GET", "POST", "DELETE"])]


async def _on_refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    return respond_refused(error)


async def _on_unavailable(_: Request, error: Exception) -> Response:
    return respond_refused(retry_later(503, "unavailable", str(error)))


async def _on_http_exception(request: Request, error: Exception) -> Response:
    """Answer what the router could not route; OPTIONS asks for nothing but the methods there."""
    assert isinstance(error, HTTPException)
    reason = _REASONS.get(error.status_code, "bad_request")
    if reason == "method_not_allowed" and request.method == "OPTIONS":
        return respond(b"", "text/plain", 204, error.headers)
    return respond_refused(Refused(error.status_code, reason, error.detail, error.headers))


async def _on_our_bug(_request: Request, _error: Exception) -> Response:
    """Answer 500; Starlette then raises the error again, for the server's log."""
    return respond_refused(Refused(500, "internal_error", "see the engine's log"))

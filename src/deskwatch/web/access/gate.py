"""Who may do what: the token and the passwords, and no web page of another site.

With a token or a password, everything that tells of the desk or changes it needs one, /metrics as
well: it holds the same P&L, and Prometheus can send a token (`authorization` in a scrape
configuration). Open stay the files of the page, the list of addresses, whom to call and the two
health checks, which tell nothing of the desk; and the page itself, which then says that its figures
are for others.

Without either the service trusts whoever reaches it, by default this machine alone. A browser on
this machine would carry any web site's requests here, so more is asked: a request that changes
something comes from no foreign page (a form can post text/plain anywhere) and, if a page sent it,
repeats what only our own can have read; and the Host is an address or a name that no outsider can
own (DNS rebinding makes an outsider's name point here, to read what we answer).
"""

import hmac
from http import HTTPStatus

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from deskwatch.web.access.access import Access, Asker
from deskwatch.web.desks.figures import Desk
from deskwatch.web.page.assets import PREFIX
from deskwatch.web.page.shell import PAGES
from deskwatch.web.request.body import Incoming
from deskwatch.web.respond import Refused, respond_refused
from deskwatch.web.settings import WebSettings

EVENTS_PATH = "/v1/events"
SESSION_PATH = "/api/v1/session"
HEALTH_PATHS = frozenset({"/healthz", "/readyz"})
OPEN_PATHS = HEALTH_PATHS.union(
    {"/api/v1/", "/api/v1/oncall", SESSION_PATH}, (page.path for page in PAGES)
)
READING_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
CSRF_HEADER = "X-CSRF-Token"


class Gate:
    """ASGI middleware that lets in who may ask, and counts the events of those who may not."""

    def __init__(self, app: ASGIApp, desk: Desk, settings: WebSettings, access: Access) -> None:
        self._app = app
        self._desk = desk
        self._settings = settings
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass an HTTP request on, with its `asker` in its state, or answer 401, 403 or 429."""
        assert scope["type"] == "http", scope["type"]
        request = Request(scope, receive)
        try:
            request.state.asker = check(request, self._access)
        except Refused as refused:
            if request.method == "POST" and scope["path"] == EVENTS_PATH:
                self._desk.refuse("http", "unauthorized")
            await Incoming(request).discard(refused, self._settings.max_pending_bytes)
            await respond_refused(refused)(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def check(request: Request, access: Access) -> Asker:
    """Return who asks, if the request may pass. Raises Refused."""
    changes = request.method not in READING_METHODS
    if changes:
        _check_origin(request, access)
    try:
        asker = access.identify(request)
    except Refused as refused:
        if not _is_open(request, refused):
            raise
        asker = access.stranger
    if changes:
        _check_csrf(request, asker)
        if asker.role != "operator" and request.scope["path"] != SESSION_PATH:
            raise Refused(403, "not_an_operator", "this needs an operator; a viewer may only look")
    return asker


def _is_open(request: Request, refused: Refused) -> bool:
    """Return whether a request may pass although nobody knows who asks.

    They may sign in, and read whom to call; a page of a foreign host may not.
    """
    path = request.scope["path"]
    if refused.status == HTTPStatus.FORBIDDEN:
        return path in HEALTH_PATHS
    return path in OPEN_PATHS or path.startswith(PREFIX)


def _check_origin(request: Request, access: Access) -> None:
    """Return unless a page of another site sent the request. Raises Refused."""
    headers = request.headers
    origin = headers.get("origin")
    ours = origin is None or origin.partition("://")[2] == access.peer(request).host
    if not ours or headers.get("sec-fetch-site", "none") not in {"same-origin", "none"}:
        raise Refused(403, "unauthorized", "requests from another site's page are not taken")


def _check_csrf(request: Request, asker: Asker) -> None:
    """Return unless a page sent the request that can't have read our answers. Raises Refused."""
    headers = request.headers
    from_browser = "origin" in headers or "sec-fetch-site" in headers
    if asker.csrf is None or not (from_browser or asker.session):
        return
    given = headers.get(CSRF_HEADER, "")
    if not hmac.compare_digest(given.encode("latin-1"), asker.csrf.encode()):
        raise Refused(
            403, "bad_csrf_token", f"expected in {CSRF_HEADER} what GET {SESSION_PATH} answers"
        )

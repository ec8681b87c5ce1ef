"""Who may ask: the bearer token, and no web page of another site.

With a token, everything that tells of the desk or changes it needs it, /metrics as well: it holds
the same P&L, and Prometheus can send a token (`authorization` in a scrape configuration). Open stay
the files of the page, the list of addresses and the two health checks, which tell nothing of the
desk; and the page itself, which then says that its figures are for others.

Without a token the service trusts whoever reaches it, by default this machine alone. A browser on
this machine would carry any web site's requests here, so two more things are asked: a request that
changes something names no foreign Origin (a form can post text/plain anywhere), and the Host is an
address or a name that no outsider can own (DNS rebinding makes an outsider's name point here, to
read what we answer).
"""

import hmac
import ipaddress

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from deskwatch.core.rejection import shorten
from deskwatch.web.assets import PREFIX
from deskwatch.web.body import Incoming
from deskwatch.web.desk import Desk
from deskwatch.web.respond import Refused, respond_refused
from deskwatch.web.settings import WebSettings
from deskwatch.web.shell import PAGES

EVENTS_PATH = "/v1/events"
OPEN_PATHS = frozenset({"/api/v1/", "/healthz", "/readyz", *(page.path for page in PAGES)})
READING_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
# Top-level names that are never sold, so nobody outside can make one point here.
LOCAL_ENDINGS = (".localhost", ".local", ".internal", ".test")


class Gate:
    """ASGI middleware that lets in who may ask, and counts the events of those who may not."""

    def __init__(self, app: ASGIApp, desk: Desk, settings: WebSettings) -> None:
        self._app = app
        self._desk = desk
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass an HTTP request on, or answer 401 or 403."""
        assert scope["type"] == "http", scope["type"]
        request = Request(scope, receive)
        try:
            check(request, self._settings)
        except Refused as refused:
            if request.method == "POST" and scope["path"] == EVENTS_PATH:
                self._desk.refuse("http", "unauthorized")
            await Incoming(request).discard(refused, self._settings.max_pending_bytes)
            await respond_refused(refused)(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def check(request: Request, settings: WebSettings) -> None:
    """Return if the request may pass. Raises Refused.

    Side effect: `request.state.may_see` says whether figures may be in the answer.
    """
    if request.method not in READING_METHODS and not _same_origin(request.headers):
        raise Refused(403, "unauthorized", "requests from another site's page are not taken")
    path = request.scope["path"]
    try:
        _identify(request.headers, settings)
    except Refused:
        request.state.may_see = False
        if not (path in OPEN_PATHS or path.startswith(PREFIX)):
            raise
    else:
        request.state.may_see = True


def _identify(headers: Headers, settings: WebSettings) -> None:
    """Return if whoever sent these headers may see the desk. Raises Refused."""
    if settings.token is None:
        name = _host_name(headers.get("host", ""))
        if not (_is_ours(name) or name in settings.hosts):
            raise Refused(
                403,
                "unauthorized",
                f"found the host {shorten(name)!r}; expected an address, a name without dots, "
                "or one of the configured hosts (or configure a token)",
            )
    elif not _carries(headers, settings.token):
        raise Refused(
            401,
            "unauthorized",
            "expected the header Authorization: Bearer with the configured token",
            {"WWW-Authenticate": 'Bearer realm="deskwatch"'},
        )


def _carries(headers: Headers, token: str) -> bool:
    scheme, _, given = headers.get("authorization", "").partition(" ")
    # Starlette decodes headers as Latin-1; encoding them so gives back the bytes that were sent.
    matches = hmac.compare_digest(given.strip().encode("latin-1"), token.encode())
    return matches and scheme.lower() == "bearer"


def _same_origin(headers: Headers) -> bool:
    origin = headers.get("origin")
    return origin is None or origin.partition("://")[2] == headers.get("host")


def _host_name(host: str) -> str:
    """Return the Host header without its port, lower case."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0].lower().removesuffix(".")


def _is_ours(name: str) -> bool:
    """Return whether no outsider can own `name`."""
    if "." not in name and ":" not in name:
        return True
    if name.endswith(LOCAL_ENDINGS):
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True

"""Who asks, and as what: the token of programs, the password of people, or the machine itself."""

import hashlib
import hmac
import ipaddress
import secrets
from collections.abc import Callable
from typing import Final

from msgspec import Struct
from starlette.datastructures import Headers
from starlette.requests import Request

from deskwatch.core.period import HOUR
from deskwatch.core.rejection import shorten
from deskwatch.web.access.attempts import Attempts
from deskwatch.web.access.peer import Peer, network, peer
from deskwatch.web.access.sessions import Role, Sessions
from deskwatch.web.access.tokens import Tokens
from deskwatch.web.answers.alerts import MAX_AUTHOR
from deskwatch.web.respond import Refused, retry_later
from deskwatch.web.settings import WebSettings
from deskwatch.web.stream.event_stream import Reader

SESSION_COOKIE: Final = "deskwatch_session"

#: What is written into the audit of who has no name of their own.
_PROGRAM: Final = "a program with the token"
_LOCAL: Final = "local"

# Top-level names that are never sold, so nobody outside can make one point here.
_LOCAL_ENDINGS: Final = (".localhost", ".local", ".internal", ".test")
_BYTES: Final = 32


class Asker(Struct, frozen=True, kw_only=True):
    """Whoever sent a request.

    role: None for who has yet to sign in. is_known: whether the name is one that they signed in
    with, or that our proxy has for them. csrf: what their page must repeat with whatever it does;
    None for a program with the token, which no web page can send for it. session: the secret of
    theirs, empty without one.
    """

    role: Role | None
    name: str
    csrf: str | None
    session: str = ""
    is_known: bool = False

    def author(self, claimed: str) -> str:
        """Return the name for the audit. Who is known can't claim another."""
        return self.name if self.is_known or not claimed else claimed


class Access:
    """Finds out who asks. clock: ns since 1970 UTC."""

    def __init__(self, settings: WebSettings, clock: Callable[[], int]) -> None:
        self._settings = settings
        self.sessions = Sessions(settings.session_hours * HOUR, clock)
        self.attempts = Attempts(clock)
        self._tokens = None if settings.token is None else Tokens(settings.token, clock)
        # Of browsers without a session: another site's page can't read it.
        self._csrf = secrets.token_urlsafe(_BYTES)

    @property
    def login_required(self) -> bool:
        """Whether anything is asked of whoever reaches us."""
        settings = self._settings
        guards = (settings.token, settings.viewer_password, settings.operator_password)
        return any(guard is not None for guard in guards)

    @property
    def stranger(self) -> Asker:
        """Who has yet to sign in."""
        return Asker(role=None, name="", csrf=self._csrf)

    def peer(self, request: Request) -> Peer:
        """Return where a request comes from."""
        return peer(request, self._settings.trusted_proxies)

    def identify(self, request: Request) -> Asker:
        """Return who sent a request.

        Raises Refused: 401, 429 for who guesses, or 403 for a host that isn't ours.
        """
        if self._shows_the_token(request):
            return Asker(role="operator", name=_PROGRAM, csrf=None)
        if not self.login_required:
            self._check_host(request)
        secret = request.cookies.get(SESSION_COOKIE, "")
        session = self.sessions.find(secret)
        if session is not None:
            return Asker(
                role=session.role,
                name=session.name,
                csrf=session.csrf,
                session=secret,
                is_known=True,
            )
        if self.login_required:
            raise self._unknown(request)
        user = self.peer(request).user[:MAX_AUTHOR]
        return Asker(role="operator", name=user or _LOCAL, csrf=self._csrf, is_known=bool(user))

    def reader(self, request: Request) -> Reader:
        """Return who sent a request that was let in, as a reader until they sign out."""
        session = asker(request).session
        return Reader(
            network(self.peer(request).address),
            lambda: not session or self.sessions.find(session) is not None,
        )

    def role_of(self, password: str) -> Role | None:
        """Return what a password lets one do; None for a wrong one.

        While no operator's password is set, the token is it. All are compared, however early one
        fits, so that the time it takes tells nothing.
        """
        settings = self._settings
        operators = _same(password, settings.operator_password or settings.token)
        viewers = _same(password, settings.viewer_password)
        return "operator" if operators else "viewer" if viewers else None

    def _shows_the_token(self, request: Request) -> bool:
        given = _bearer(request.headers)
        return (
            self._tokens is not None
            and given != b""
            and self._tokens.admits(given, self.peer(request).address)
        )

    def _unknown(self, request: Request) -> Refused:
        """Return why who sent a request isn't let in."""
        if self._tokens is not None and _bearer(request.headers):
            wait_s = self._tokens.wait_s(self.peer(request).address)
            if wait_s:
                why = f"too many wrong tokens: try again in {wait_s} s"
                return retry_later(429, "too_many_attempts", why, wait_s)
        return Refused(
            401,
            "unauthorized",
            "expected the header Authorization: Bearer with the configured token, "
            "or the cookie of who has signed in to the page",
            {"WWW-Authenticate": 'Bearer realm="deskwatch"'},
        )

    def _check_host(self, request: Request) -> None:
        # Both: another site's page on this machine comes from where a proxy of ours may be, and can
        # say what that says; only the Host it can't.
        for host in (request.headers.get("host", ""), self.peer(request).host):
            name = _host_name(host)
            if not (_is_ours(name) or name in self._settings.hosts):
                raise Refused(
                    403,
                    "unauthorized",
                    f"found the host {shorten(name)!r}; expected an address, a name without dots, "
                    "or that of notify.page_url (or configure a token or a password)",
                )


def asker(request: Request) -> Asker:
    """Return who sent a request that the gate has let in."""
    found = request.state.asker
    assert isinstance(found, Asker), found
    return found


def _bearer(headers: Headers) -> bytes:
    """Return the token that a request shows, empty without one."""
    scheme, _, given = headers.get("authorization", "").partition(" ")
    # Starlette decodes headers as Latin-1; encoding them so gives back the bytes that were sent.
    return given.strip().encode("latin-1") if scheme.lower() == "bearer" else b""


def _same(given: str, secret: str | None) -> bool:
    """Return whether `given` is the secret, in a time that depends on neither's content."""
    expected = _digest(secret or "")
    return hmac.compare_digest(_digest(given), expected) and secret is not None


def _digest(text: str) -> bytes:
    # JSON may hold half a surrogate pair, which UTF-8 can't.
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _host_name(host: str) -> str:
    """Return the Host header without its port, lower case."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0].lower().removesuffix(".")


def _is_ours(name: str) -> bool:
    """Return whether no outsider can own `name`."""
    if "." not in name and ":" not in name:
        return True
    if name.endswith(_LOCAL_ENDINGS):
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True

"""/api/v1/session: who asks, signing in and signing out."""

from typing import Final

import structlog
from starlette.requests import Request
from starlette.responses import Response

from deskwatch.web.access.access import SESSION_COOKIE, Access, asker
from deskwatch.web.access.sessions import Role
from deskwatch.web.answers.sessions import NewSession, SessionAnswer
from deskwatch.web.desks.alerts import AlertDesk
from deskwatch.web.request.json_body import Bodies
from deskwatch.web.request.query import refuse_others
from deskwatch.web.respond import Refused, respond, respond_json, retry_later
from deskwatch.web.settings import WebSettings

_MAX_BODY_BYTES: Final = 16 * 1024
_HOUR_S: Final = 3600

log = structlog.get_logger()


class Login:
    """Signs people in and out. alert_desk: what keeps the audit; None where nothing does."""

    def __init__(self, access: Access, settings: WebSettings, alert_desk: AlertDesk | None) -> None:
        self._access = access
        self._audit = alert_desk
        self._bodies = Bodies(settings, _MAX_BODY_BYTES)
        self._lasting_s = settings.session_hours * _HOUR_S

    async def session(self, request: Request) -> Response:
        """Answer who asks; sign in who posts a password, and out who deletes."""
        refuse_others(request.query_params)
        if request.method == "POST":
            return await self._login(request)
        if request.method == "DELETE":
            return self._logout(request)
        asks = asker(request)
        return respond_json(
            SessionAnswer(asks.role, asks.name, asks.csrf or "", self._access.login_required)
        )

    async def _login(self, request: Request) -> Response:
        """Sign in; where no password is asked for, only the name is kept."""
        wanted = await self._bodies.decoded(request, NewSession)
        if not wanted.name.isprintable() or not wanted.name.strip():
            raise Refused(400, "bad_request", "expected a name of printable characters")
        peer = self._access.peer(request)
        role = self._role(peer.address, wanted.password)
        self._access.sessions.close(asker(request).session)
        secret = self._access.sessions.open(role, wanted.name)
        if self._audit is not None:
            await self._audit.note(wanted.name, "sign in", role)
        log.info("page_login", name=wanted.name, role=role, address=peer.address)
        opened = self._access.sessions.find(secret)
        assert opened is not None, "it was opened just now"
        answer = SessionAnswer(role, opened.name, opened.csrf, self._access.login_required)
        headers = {"Set-Cookie": _cookie(secret, self._lasting_s, secure=peer.is_https)}
        return respond_json(answer, 201, headers)

    def _role(self, address: str, password: str) -> Role:
        """Return what the password lets one do. Raises Refused: 401, 429."""
        if not self._access.login_required:
            return "operator"
        attempts = self._access.attempts
        wait_s = attempts.wait_s(address)
        if wait_s:
            why = f"too many wrong passwords: try again in {wait_s} s"
            raise retry_later(429, "too_many_attempts", why, wait_s)
        role = self._access.role_of(password)
        if role is None:
            attempts.missed(address)
            log.warning("page_login_refused", address=address)
            raise Refused(401, "wrong_password", "the password is not right")
        attempts.hit(address)
        return role

    def _logout(self, request: Request) -> Response:
        self._access.sessions.close(asker(request).session)
        secure = self._access.peer(request).is_https
        headers = {"Set-Cookie": _cookie("", 0, secure=secure)}
        return respond(b"", "text/plain", 204, headers)


def _cookie(secret: str, lasting_s: int, *, secure: bool) -> str:
    """Return the cookie that no script can read and no other site's page can have sent."""
    cookie = f"{SESSION_COOKIE}={secret}; Path=/; Max-Age={lasting_s}; HttpOnly; SameSite=Strict"
    return f"{cookie}; Secure" if secure else cookie

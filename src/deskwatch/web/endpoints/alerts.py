"""The addresses of alerts: what fires, silences, acknowledgements, and the rules' reload."""

from typing import Final

from msgspec.structs import replace
from starlette.requests import Request
from starlette.responses import Response

from deskwatch.core.rejection import shorten
from deskwatch.web.access.access import asker
from deskwatch.web.answers.alerts import MAX_AUTHOR, Acknowledge, AlertsAnswer, Done, NewSilence
from deskwatch.web.answers.sessions import AuditAnswer
from deskwatch.web.desks.alerts import AlertDesk, AlertsUnavailable, SilenceRefused
from deskwatch.web.request.json_body import Bodies
from deskwatch.web.request.query import bad_parameter, parse_limit, refuse_others
from deskwatch.web.respond import MAX_WHY, Refused, respond_json
from deskwatch.web.settings import MIB, WebSettings

#: Alertmanager's own notifications are the largest; it can be told to cut them (`max_alerts`).
_MAX_BODY_BYTES: Final = MIB

_DEFAULT_LIMIT: Final = 100
_MAX_LIMIT: Final = 1000


class Alerts:
    """Shows the alerts and takes what people do about them. Without a desk, each answers 503."""

    def __init__(self, desk: AlertDesk | None, settings: WebSettings) -> None:
        self._given = desk
        self._bodies = Bodies(settings, _MAX_BODY_BYTES)

    async def alerts(self, request: Request) -> Response:
        """Answer the alerts as they stand."""
        refuse_others(request.query_params)
        return respond_json(await self._desk.alerts())

    async def topic(self) -> AlertsAnswer:
        """Return the alerts as they stand. Raises AlertsUnavailable."""
        return await self._desk.alerts()

    async def history(self, request: Request) -> Response:
        """Answer what fired, and what was done about it."""
        refuse_others(request.query_params, ("limit",))
        limit = parse_limit(request.query_params, _DEFAULT_LIMIT, _MAX_LIMIT)
        return respond_json(await self._desk.history(limit))

    async def audit(self, request: Request) -> Response:
        """Answer who did what."""
        refuse_others(request.query_params, ("limit",))
        limit = parse_limit(request.query_params, _DEFAULT_LIMIT, _MAX_LIMIT)
        return respond_json(AuditAnswer(await self._desk.audit(limit)))

    async def silences(self, request: Request) -> Response:
        """Answer the active silences; make the one that is posted."""
        refuse_others(request.query_params)
        if request.method == "POST":
            return await self._make_silence(request)
        return respond_json(await self._desk.silences())

    async def _make_silence(self, request: Request) -> Response:
        wanted = await self._bodies.decoded(request, NewSilence)
        wanted = replace(wanted, author=asker(request).author(wanted.author))
        try:
            made = await self._desk.silence(wanted)
        except SilenceRefused as refused:
            raise Refused(409, "cannot_silence", shorten(str(refused), MAX_WHY)) from refused
        return respond_json(made, 201)

    async def expire(self, request: Request) -> Response:
        """End a silence."""
        refuse_others(request.query_params, ("author",))
        claimed = request.query_params.get("author", "")
        if len(claimed) > MAX_AUTHOR:
            expected = f"at most {MAX_AUTHOR}"
            raise bad_parameter(f"found {len(claimed)} characters in author; expected {expected}")
        author, number = asker(request).author(claimed), request.path_params["id"]
        if not await self._desk.expire_silence(number, author):
            raise Refused(404, "not_found", f"there is no silence {shorten(number)!r}")
        return respond_json(Done(ok=True))

    async def acknowledge(self, request: Request) -> Response:
        """Note that someone has seen alerts."""
        wanted = await self._bodies.decoded(request, Acknowledge)
        if not wanted.fingerprints and not wanted.group_keys:
            raise Refused(400, "bad_request", "found none; expected fingerprints or group_keys")
        wanted = replace(wanted, author=asker(request).author(wanted.author))
        return respond_json(await self._desk.acknowledge(wanted))

    async def reload(self, request: Request) -> Response:
        """Read the rule files anew: 200, or 422 with why the old rules are kept."""
        refuse_others(request.query_params)
        answer = await self._desk.reload(asker(request).name)
        return respond_json(answer, 200 if answer.ok else 422)

    async def alertmanager(self, request: Request) -> Response:
        """Take Alertmanager's webhook: 200 once what is told of it is on disk, else 503."""
        bad = await self._desk.take_alertmanager(await self._bodies.read(request))
        if bad is not None:
            raise Refused(400, "bad_request", shorten(bad, MAX_WHY))
        return respond_json(Done(ok=True))

    async def watchdog(self, request: Request) -> Response:
        """Take Alertmanager's webhook, by which its Watchdog says that the stack is alive."""
        if not self._desk.take_watchdog(await self._bodies.read(request)):
            raise Refused(400, "bad_request", "expected the body of Alertmanager's webhook")
        return respond_json(Done(ok=True))

    @property
    def _desk(self) -> AlertDesk:
        if self._given is None:
            raise AlertsUnavailable("alerting is not running")
        return self._given

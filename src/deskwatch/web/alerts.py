"""The addresses of alerts: what fires, silences, acknowledgements, and the rules' reload."""

from typing import Final, TypeVar

import msgspec
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from deskwatch.core.rejection import shorten
from deskwatch.web.alert_answers import Acknowledge, Done, NewSilence
from deskwatch.web.alert_desk import AlertDesk, AlertsUnavailable, SilenceRefused
from deskwatch.web.body import Incoming, Pending, read_body
from deskwatch.web.query import bad_parameter, parse_limit, refuse_others
from deskwatch.web.respond import MAX_WHY, Refused, respond_json
from deskwatch.web.settings import MIB, WebSettings

#: Alertmanager's own notifications are the largest; it can be told to cut them (`max_alerts`).
_MAX_BODY_BYTES: Final = MIB
_MAX_PENDING_BYTES: Final = 8 * MIB

_DEFAULT_LIMIT: Final = 100
_MAX_LIMIT: Final = 1000
_MAX_AUTHOR: Final = 64

#: Who it was that ended a silence without saying who.
_SOMEONE: Final = "someone over HTTP"

Body = TypeVar("Body", bound=Struct)


class Alerts:
    """Shows the alerts and takes what people do about them. Without a desk, each answers 503."""

    def __init__(self, desk: AlertDesk | None, settings: WebSettings) -> None:
        self._given = desk
        self._limits = settings.for_bodies(_MAX_BODY_BYTES)
        self._pending = Pending(_MAX_PENDING_BYTES)

    async def alerts(self, request: Request) -> Response:
        """Answer the alerts as they stand."""
        refuse_others(request.query_params)
        return respond_json(await self._desk.alerts())

    async def history(self, request: Request) -> Response:
        """Answer what fired, and what was done about it."""
        refuse_others(request.query_params, ("limit",))
        limit = parse_limit(request.query_params, _DEFAULT_LIMIT, _MAX_LIMIT)
        return respond_json(await self._desk.history(limit))

    async def silences(self, request: Request) -> Response:
        """Answer the active silences; make the one that is posted."""
        refuse_others(request.query_params)
        if request.method == "POST":
            return await self._make_silence(request)
        return respond_json(await self._desk.silences())

    async def _make_silence(self, request: Request) -> Response:
        wanted = _decoded(await self._body(request), NewSilence)
        try:
            made = await self._desk.silence(wanted)
        except SilenceRefused as refused:
            raise Refused(409, "cannot_silence", shorten(str(refused), MAX_WHY)) from refused
        return respond_json(made, 201)

    async def expire(self, request: Request) -> Response:
        """End a silence."""
        refuse_others(request.query_params, ("author",))
        author = request.query_params.get("author", _SOMEONE)
        if not 1 <= len(author) <= _MAX_AUTHOR:
            raise bad_parameter(f"found {len(author)} characters in author; expected 1 to 64")
        number = request.path_params["id"]
        if not await self._desk.expire_silence(number, author):
            raise Refused(404, "not_found", f"there is no silence {shorten(number)!r}")
        return respond_json(Done(ok=True))

    async def acknowledge(self, request: Request) -> Response:
        """Note that someone has seen alerts."""
        wanted = _decoded(await self._body(request), Acknowledge)
        if not wanted.fingerprints and not wanted.group_keys:
            raise Refused(400, "bad_request", "found none; expected fingerprints or group_keys")
        return respond_json(await self._desk.acknowledge(wanted))

    async def reload(self, request: Request) -> Response:
        """Read the rule files anew: 200, or 422 with why the old rules are kept."""
        refuse_others(request.query_params)
        answer = await self._desk.reload()
        return respond_json(answer, 200 if answer.ok else 422)

    async def alertmanager(self, request: Request) -> Response:
        """Take Alertmanager's webhook: 200 once what is told of it is on disk, else 503."""
        bad = await self._desk.take_alertmanager(await self._body(request))
        if bad is not None:
            raise Refused(400, "bad_request", shorten(bad, MAX_WHY))
        return respond_json(Done(ok=True))

    async def watchdog(self, request: Request) -> Response:
        """Take Alertmanager's webhook, by which its Watchdog says that the stack is alive."""
        if not self._desk.take_watchdog(await self._body(request)):
            raise Refused(400, "bad_request", "expected the body of Alertmanager's webhook")
        return respond_json(Done(ok=True))

    @property
    def _desk(self) -> AlertDesk:
        if self._given is None:
            raise AlertsUnavailable("alerting is not running")
        return self._given

    async def _body(self, request: Request) -> bytes:
        incoming = Incoming(request)
        try:
            with self._pending.hold() as grow:
                return await read_body(request, incoming, self._limits, grow)
        except Refused as refused:
            await incoming.discard(refused, _MAX_PENDING_BYTES)
            raise


def _decoded(body: bytes, kind: type[Body]) -> Body:
    """Return a body as what it must be. Raises Refused (400)."""
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refused(400, "bad_request", shorten(str(error), MAX_WHY)) from None

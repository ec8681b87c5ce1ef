"""POST /v1/events: a body of events in, a receipt for them out."""

from starlette.requests import Request
from starlette.responses import Response

from deskwatch.core.receipt import NOTHING, IntakeUnavailable, Receipt
from deskwatch.core.rejection import REASONS
from deskwatch.web.desks.figures import Desk
from deskwatch.web.request.body import Incoming, Pending, read_body
from deskwatch.web.request.framing import Block, frame, is_document
from deskwatch.web.respond import Refused, respond_json, respond_refused, retry_later
from deskwatch.web.settings import WebSettings

WAY = "http"


class Intake:
    """Takes bodies of events. One body is one block: all of it is kept, or none."""

    def __init__(self, desk: Desk, settings: WebSettings) -> None:
        self._desk = desk
        self._settings = settings
        self._pending = Pending(settings.max_pending_bytes)

    async def post(self, request: Request) -> Response:
        """Answer 200 with the receipt, 422 when every event was refused, or an error.

        Until the answer is 200 or 422 nothing was kept, unless the connection was cut first.
        """
        incoming = Incoming(request)
        try:
            document = is_document(request)
            with self._pending.hold() as grow:
                body = await read_body(request, incoming, self._settings, grow)
                block = frame(body, self._settings, document=document)
                del body  # an array's text is another than its lines': hold only one of them
                receipt = await self._submit(block)
        except Refused as refused:
            if refused.reason in REASONS:
                self._desk.refuse(WAY, refused.reason)
            await incoming.discard(refused, self._settings.max_pending_bytes)
            return respond_refused(refused)
        none_taken = not receipt.accepted and not receipt.duplicates
        return respond_json(receipt, 422 if none_taken and receipt.refused_total else 200)

    async def _submit(self, block: Block) -> Receipt:
        if not block.refused and (not block.lines or block.lines.isspace()):
            return NOTHING
        try:
            return await self._desk.submit(block.lines, way=WAY, refused=block.refused)
        except IntakeUnavailable as unavailable:
            why, after_s = str(unavailable), unavailable.retry_after_s
            if unavailable.busy:
                raise retry_later(429, "busy", why, after_s) from unavailable
            raise retry_later(503, "unavailable", why, after_s) from unavailable

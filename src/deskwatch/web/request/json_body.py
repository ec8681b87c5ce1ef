"""Small JSON bodies: of what people do, rather than of events."""

from typing import Final, TypeVar

import msgspec
from msgspec import Struct
from starlette.requests import Request

from deskwatch.core.rejection import shorten
from deskwatch.web.request.body import Incoming, Pending, read_body
from deskwatch.web.respond import MAX_WHY, Refused
from deskwatch.web.settings import MIB, WebSettings

_MAX_PENDING_BYTES: Final = 8 * MIB

Body = TypeVar("Body", bound=Struct)


class Bodies:
    """Reads bodies of at most `most` bytes each."""

    def __init__(self, settings: WebSettings, most: int) -> None:
        self._limits = settings.for_bodies(most)
        self._pending = Pending(_MAX_PENDING_BYTES)

    async def read(self, request: Request) -> bytes:
        """Return the body. Raises Refused."""
        incoming = Incoming(request)
        try:
            with self._pending.hold() as grow:
                return await read_body(request, incoming, self._limits, grow)
        except Refused as refused:
            await incoming.discard(refused, _MAX_PENDING_BYTES)
            raise

    async def decoded(self, request: Request, kind: type[Body]) -> Body:
        """Return the body as what it must be. Raises Refused; 400 for what it isn't."""
        body = await self.read(request)
        try:
            return msgspec.json.decode(body, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Refused(400, "bad_request", shorten(str(error), MAX_WHY)) from None

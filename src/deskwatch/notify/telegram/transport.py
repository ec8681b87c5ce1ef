"""The only place that knows the bot's token.

The library, its log, its errors and httpx's request log are given PLACEHOLDER in the token's place;
it is exchanged on the way to the socket. So there is nothing to redact anywhere else.
"""

from typing import Final

import httpx

from deskwatch.notify.secret import Secret

PLACEHOLDER: Final = "0:hidden"


class TokenTransport(httpx.AsyncBaseTransport):
    """Sends requests with the token where the placeholder stands in their path."""

    def __init__(self, token: Secret, connections: int) -> None:
        self._token = token
        limits = httpx.Limits(max_connections=connections)
        self._inner = httpx.AsyncHTTPTransport(limits=limits)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Return the answer to a request. Raises httpx.TransportError."""
        path = request.url.raw_path.decode().replace(PLACEHOLDER, self._token.reveal(), 1)
        real = httpx.Request(
            request.method,
            request.url.copy_with(raw_path=path.encode()),
            headers=request.headers,
            stream=request.stream,
            extensions=request.extensions,
        )
        return await self._inner.handle_async_request(real)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._inner.aclose()

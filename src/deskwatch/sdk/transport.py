"""One kept-alive HTTP connection to the engine."""

import contextlib

# Looking up a host loads it, in the sending thread. A program that forks just then would have half
# of it in the child, where every look-up fails from then on.
import encodings.idna  # noqa: F401
import gzip
import http.client
import ssl
from collections.abc import Callable
from typing import Final, NamedTuple
from urllib.parse import urlsplit

#: A receipt quotes at most 100 refusals, so a longer answer is not one.
MAX_ANSWER_BYTES: Final = 1_048_576
#: What the engine answers with a receipt.
_RECEIPTS: Final = frozenset({200, 422})
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})


class BadAddress(Exception):
    """A URL that can't be an engine's."""


class Unreachable(Exception):
    """No answer came back: the engine is down, slow, or cut the connection.

    stale: the connection had answered before, so the engine may merely have closed an idle one.
    """

    def __init__(self, why: str, *, stale: bool = False) -> None:
        self.stale = stale
        super().__init__(why)


class Address(NamedTuple):
    """Where events are posted."""

    secure: bool
    host: str
    port: int
    path: str

    @property
    def on_loopback(self) -> bool:
        """Whether the engine runs on this machine."""
        return self.host in _LOOPBACK

    def __str__(self) -> str:
        return f"{'https' if self.secure else 'http'}://{self.host}:{self.port}{self.path}"


class Answer(NamedTuple):
    """What the engine said. retry_after_s: None when it named no number of seconds."""

    status: int
    retry_after_s: float | None
    body: bytes


def parse_address(url: str) -> Address:
    """Return where the engine at `url` takes events. Raises BadAddress.

    A path in the URL is kept as a prefix, for an engine behind a reverse proxy.
    """
    try:
        parts = urlsplit(url.strip())  # an --env-file keeps the blanks at a line's end
        port = parts.port
    except ValueError as error:
        raise BadAddress(str(error)) from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise BadAddress("expected http://HOST:PORT or https://HOST:PORT")
    if not parts.hostname.isprintable() or " " in parts.hostname:
        raise BadAddress("expected a host without blanks")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise BadAddress("expected no user, query or fragment; a token is passed as token=…")
    secure = parts.scheme == "https"
    path = parts.path.rstrip("/") + "/v1/events"
    if not (path.isascii() and path.isprintable() and " " not in path):
        raise BadAddress("expected a path of plain characters")
    return Address(secure, parts.hostname, port or (443 if secure else 80), path)


class Transport:
    """Posts blocks of NDJSON; used by one thread.

    token: asked for with every request; an empty one sends no Authorization.
    """

    def __init__(
        self, address: Address, *, token: Callable[[], str], timeout_s: float, compress: bool
    ) -> None:
        self._address = address
        self._token = token
        self._timeout_s = timeout_s
        self._compress = compress
        self._answered = False
        self._connection: http.client.HTTPConnection | None = None

    def open(self) -> http.client.HTTPConnection:
        """Return the connection, connected unless it still is. Raises Unreachable."""
        try:
            if self._connection is None:
                self._connection = self._made()
            if self._connection.sock is None:
                self._answered = False
                self._connection.connect()
        # An OSError may be a file of TLS's, a ValueError a host name that IDNA can't encode.
        except (OSError, ValueError, http.client.HTTPException) as error:
            self.close()
            if isinstance(error, ssl.SSLCertVerificationError):
                self._connection = None  # it knows the authorities as they were: read them again
            raise Unreachable(repr(error)) from None
        return self._connection

    def _made(self) -> http.client.HTTPConnection:
        _, host, port, _ = self._address
        if not self._address.secure:
            return http.client.HTTPConnection(host, port, timeout=self._timeout_s)
        return http.client.HTTPSConnection(
            host, port, timeout=self._timeout_s, context=ssl.create_default_context()
        )

    def post(self, block: bytes) -> Answer:
        """Return the engine's answer to `block`. Raises Unreachable."""
        headers = {"Content-Type": "application/x-ndjson"}
        if self._compress:
            block = gzip.compress(block, 1)
            headers["Content-Encoding"] = "gzip"
        if token := self._token():
            headers["Authorization"] = f"Bearer {token}"
        connection = self.open()
        try:
            connection.request("POST", self._address.path, block, headers)
            response = connection.getresponse()
            body = response.read(MAX_ANSWER_BYTES)
            if response.length and len(body) < MAX_ANSWER_BYTES:  # read(n) does not say so itself
                raise http.client.IncompleteRead(body, response.length)
            # What is left of a huge answer is not worth reading. Behind a proxy's 408 or 103 comes
            # one more, the engine's: the next block would take it for its own.
            if not response.isclosed() or response.status not in _RECEIPTS:
                self.close()
        except (OSError, ValueError, http.client.HTTPException) as error:
            stale = self._answered
            self.close()
            raise Unreachable(repr(error), stale=stale) from None
        self._answered = True
        return Answer(response.status, _seconds(response.getheader("Retry-After")), body)

    def close(self) -> None:
        """Hang up; the next `open` connects anew."""
        if self._connection is not None:
            with contextlib.suppress(OSError):
                self._connection.close()


def _seconds(retry_after: str | None) -> float | None:
    """Return a Retry-After in seconds; its other form, a date, would need a shared clock."""
    if retry_after is None or not (retry_after.isascii() and retry_after.isdigit()):
        return None
    return float(retry_after)

"""A running engine's API, as the commands ask it; no answer ends the command."""

import os
from collections.abc import Iterator
from typing import Final, NoReturn, Protocol, Self, TypeVar

import httpx
import msgspec
from msgspec import Struct

from deskwatch.cli.address import engine_url, on_this_machine
from deskwatch.cli.failure import MISUSE, fail
from deskwatch.config import Config
from deskwatch.config.values import revealed
from deskwatch.web.answers.figures import ErrorAnswer

#: What a caller says; DESKWATCH_SERVER__TOKEN is what the engine asks for.
TOKEN_VARIABLE: Final = "DESKWATCH_TOKEN"  # noqa: S105  a name
_TIMEOUT_S: Final = 10.0

Answer = TypeVar("Answer", bound=Struct)


def _token(config: Config) -> str | None:
    """Return the token: the environment's, as the SDK has it, or else the configuration's."""
    given = os.environ.get(TOKEN_VARIABLE, "").strip()
    if not given:
        return revealed(config.server.token)
    if not (given.isascii() and given.isprintable()):
        fail(f"{TOKEN_VARIABLE}: expected visible ASCII characters", MISUSE)
    return given


class Stop(Protocol):
    """Says whether to end; see cli.signals.Signalled."""

    def is_set(self) -> bool:
        """Return whether to end."""
        ...


class Client:
    """Asks the engine at `url`; keeps one connection within its `with`."""

    def __init__(self, given_url: str | None, config: Config) -> None:
        self.url = engine_url(given_url, config)
        token = _token(config)
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        self._http = httpx.Client(
            timeout=_TIMEOUT_S, headers=headers, trust_env=not on_this_machine(self.url)
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def get(self, path: str, kind: type[Answer], **params: str | None) -> tuple[Answer, bytes]:
        """Return an answer and the bytes it came in. params: those that are None are left out."""
        asked = {name: value for name, value in params.items() if value is not None}
        response = self._request("GET", path, params=asked)
        if response.status_code != httpx.codes.OK:
            self.refused(response)
        return self.decoded(response, kind), response.content

    def events(
        self, path: str, after: str | None, stop: Stop, **params: str
    ) -> Iterator[tuple[str, str, bytes]]:
        """Yield the id, name and data of server-sent events, until `stop` or the connection ends.

        after: the id of the last one that is known.
        """
        headers = {} if after is None else {"Last-Event-ID": after}
        number = name = ""
        try:
            with self._http.stream("GET", self.url + path, params=params, headers=headers) as sent:
                if sent.status_code != httpx.codes.OK:
                    sent.read()
                    self.refused(sent)
                for line in sent.iter_lines():
                    field, _, value = line.partition(": ")
                    if field == "id":
                        number = value
                    elif field == "event":
                        name = value
                    elif field == "data":
                        yield number, name, value.encode()
                    if stop.is_set():
                        return
        except httpx.HTTPError:
            return

    def send(
        self, method: str, path: str, kind: type[Answer], body: Struct | None = None, **params: str
    ) -> tuple[Answer, bytes]:
        """Return the answer to what changes something, and the bytes it came in."""
        content = None if body is None else msgspec.json.encode(body)
        headers = {"Content-Type": "application/json"}
        response = self._request(method, path, params=params, content=content, headers=headers)
        if not response.is_success:
            self.refused(response)
        return self.decoded(response, kind), response.content

    def post(self, block: bytes) -> httpx.Response:
        """Return the engine's response to a block of events."""
        headers = {"Content-Type": "application/x-ndjson"}
        return self._request("POST", "/v1/events", content=block, headers=headers)

    def decoded(self, response: httpx.Response, kind: type[Answer]) -> Answer:
        """Return a response's body as what it promises to be."""
        try:
            return msgspec.json.decode(response.content, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            fail(f"{self.url} answered what is no answer of deskwatch: {error}")

    def refused(self, response: httpx.Response) -> NoReturn:
        """End the command with the engine's own reason."""
        try:
            why = msgspec.json.decode(response.content, type=ErrorAnswer).error.detail
        except (msgspec.DecodeError, UnicodeDecodeError):
            why = response.reason_phrase
        if response.status_code == httpx.codes.UNAUTHORIZED:
            why += f"; it is read from {TOKEN_VARIABLE}, or else as server.token is configured"
        fail(f"{self.url} answered {response.status_code}: {why}")

    def _request(
        self,
        method: str,
        path: str,
        *,
        params: dict[str, str] | None = None,
        content: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        try:
            return self._http.request(
                method, self.url + path, params=params, content=content, headers=headers
            )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            why = str(error) or type(error).__name__
            fail(
                f"no answer from {self.url} ({why})\n"
                "`deskwatch run` starts it; --url or $DESKWATCH_URL says where it is."
            )

"""The simulated desk's gateway for drills, as docs/drills.md asks one of a platform."""

import hmac
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final, Protocol, TypeVar

import msgspec
from msgspec import Struct

from deskwatch.demo.breakers import State
from deskwatch.demo.drill_account import ACCOUNT, Answer, DrillAccount

_MAX_BODY_BYTES: Final = 4096
_IDLE_S: Final = 10.0
_CENTS: Final = re.compile(r"[0-9]{1,9}(\.[0-9]{1,2})?")

Result = TypeVar("Result")


class GatewayAddress(Struct, frozen=True):
    """Where the gateway listens, and the token that it asks for."""

    bind: str
    port: int
    token: str | None = None


class Live(Protocol):
    """The desk that runs."""

    def ask(self, action: Callable[[DrillAccount, int], Result]) -> Result:
        """Return what `action` does with the drills' account at this moment."""
        ...


class _Refused(Exception):
    """A request that is answered with an error."""

    def __init__(self, status: int, code: str) -> None:
        self.status = status
        self.code = code
        super().__init__(code)


class _Body(Struct, frozen=True):
    account: str
    amount: str = ""
    actor: str = "unnamed"


class _Standing(Struct, frozen=True):
    state: State


class _Error(Struct, frozen=True):
    code: str


@contextmanager
def serve_gateway(live: Live, address: GatewayAddress) -> Iterator[int]:
    """Serve the gateway in threads of its own; yield its port. Raises OSError."""
    gateway = _Gateway(live)

    class Handler(_Handler):
        ask = gateway.answer
        token = address.token

    server = ThreadingHTTPServer((address.bind, address.port), Handler)
    server.daemon_threads = True
    live.ask(lambda account, now: account.open(now))
    thread = threading.Thread(target=server.serve_forever, name="drill-gateway", daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Gateway:
    """What each address does."""

    def __init__(self, live: Live) -> None:
        self._live = live

    def answer(self, method: str, path: str, body: bytes) -> Answer | _Standing:
        """Return the answer to a request. Raises _Refused."""
        match method, path.removeprefix("/v1/drill/").split("/"):
            case "GET", ["breakers", name]:
                _check(name)
                return _Standing(self._live.ask(lambda account, now: account.standing(now)))
            case "POST", ["breakers", name, "reset"]:
                _check(name)
                actor = _decoded(body).actor
                return _Standing(self._live.ask(lambda account, now: account.reset(actor, now)))
            case "POST", ["losses"]:
                cents = _cents(_decoded(body).amount)
                return _Standing(self._live.ask(lambda account, now: account.lose(cents, now)))
            case "POST", ["orders"]:
                _decoded(body)
                return self._live.ask(lambda account, now: account.submit(now))
            case "POST", ["orders", order_id, "cancel"]:
                _decoded(body)
                if not self._live.ask(lambda account, _: account.cancel(order_id)):
                    raise _Refused(404, "UNKNOWN_ORDER")
                return Answer(accepted=False, order_id=order_id, code="CANCELED")
            case _:
                raise _Refused(404, "NOT_FOUND")


def _check(account: str) -> None:
    if account != ACCOUNT:
        raise _Refused(403, "NOT_SIMULATED")


def _decoded(body: bytes) -> _Body:
    try:
        decoded = msgspec.json.decode(body, type=_Body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise _Refused(400, "BAD_REQUEST") from None
    _check(decoded.account)
    return decoded


def _cents(amount: str) -> int:
    if _CENTS.fullmatch(amount) is None:
        raise _Refused(400, "BAD_AMOUNT")
    whole, _, part = amount.partition(".")
    return int(whole) * 100 + int(part.ljust(2, "0"))


class _Handler(BaseHTTPRequestHandler):
    """Lets in who has the token, and answers in JSON."""

    protocol_version = "HTTP/1.1"
    timeout = _IDLE_S
    ask: Callable[[str, str, bytes], Answer | _Standing]
    token: str | None

    def do_GET(self) -> None:
        """Answer how something stands."""
        self._answer("GET")

    def do_POST(self) -> None:
        """Do something."""
        self._answer("POST")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  as it is called
        """Say nothing: stderr is the desk's."""

    def _answer(self, method: str) -> None:
        try:
            body = self._body()
            self._check_token()
            self._send(200, self.ask(method, self.path, body))
        except _Refused as refused:
            self._send(refused.status, _Error(refused.code))

    def _body(self) -> bytes:
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal() or int(length) > _MAX_BODY_BYTES:
            self.close_connection = True
            raise _Refused(413, "BODY_TOO_LARGE")
        return self.rfile.read(int(length))

    def _check_token(self) -> None:
        if self.token is None:
            return
        given = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(given.encode(), self.token.encode()):
            raise _Refused(401, "UNAUTHORIZED")

    def _send(self, status: int, answer: object) -> None:
        body = msgspec.json.encode(answer)
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

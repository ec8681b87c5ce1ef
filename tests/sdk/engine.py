"""A small engine for the SDK's tests: real HTTP, and every way to fail that a test asks for."""

import contextlib
import gzip
import json
import socket
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

from deskwatch.sdk import Settings

#: Quick to try again; what is under test is the order of things, not the waiting.
QUICK = Settings(
    linger_s=0.001, first_pause_s=0.001, longest_pause_s=0.004, slow_pause_s=0.004, timeout_s=10.0
)


class Do(NamedTuple):
    """What the engine does with one request.

    keep: the journal takes the events. answer: what goes back: a status, "cut" for half an answer,
    "hang" for none until the engine stops.
    """

    keep: bool
    answer: int | str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None


TAKE = Do(keep=True, answer=200)


def refuse(status: int, **headers: str) -> Do:
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Do(keep=False, answer=status, headers=named)


def until(condition: Callable[[], bool], deadline_s: float = 20.0) -> None:
    """Return once the condition holds; fail when it does not within the deadline."""
    end = time.monotonic() + deadline_s
    while not condition():
        assert time.monotonic() < end, "the condition did not come true"
        time.sleep(0.002)


class Engine:
    """Takes what is posted to it, except as `script` says for the next requests."""

    def __init__(self) -> None:
        self.port = 0
        self.requests: list[dict[str, str]] = []
        self.blocks: list[list[dict[str, object]]] = []  # as posted, kept or not
        self.events: list[dict[str, object]] = []  # as kept, once each
        self.copies = 0
        self.connections = 0
        self.judge: Callable[[dict[str, str], list[dict[str, object]]], Do] | None = None
        self._script: deque[Do] = deque()
        self._known: set[tuple[object, object, object]] = set()
        self._lock = threading.Lock()
        self._server: ThreadingHTTPServer | None = None
        self._stopped = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def sequences(self) -> list[object]:
        return [event["sequence"] for event in self.events]

    def was_asked(self, times: int) -> bool:
        return len(self.blocks) >= times

    def script(self, *actions: Do) -> None:
        with self._lock:
            self._script.extend(actions)

    def start(self, tls: ssl.SSLContext | None = None) -> None:
        """Listen; on the same port as before when restarted."""
        self._stopped.clear()
        self._server = _Server(("127.0.0.1", self.port), _handler(self))
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_address[1]
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.005}, daemon=True
        ).start()

    def stop(self) -> None:
        """Stop listening and cut what is connected, as a killed process would."""
        if self._server is not None:
            self._stopped.set()
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def wait_stopped(self) -> None:
        self._stopped.wait(30)

    def take(self, headers: dict[str, str], body: bytes) -> tuple[Do, bytes]:
        """Return what to do with a request, and the receipt."""
        if headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        events = [json.loads(line) for line in body.splitlines()]
        with self._lock:
            self.requests.append(headers)
            self.blocks.append(events)
            action = self._script.popleft() if self._script else TAKE
            if self.judge is not None:
                action = self.judge(headers, events)
            duplicates = sum(self._is_copy(event) for event in events) if action.keep else 0
            self.copies += duplicates
        receipt = {
            "accepted": len(events) - duplicates,
            "duplicates": duplicates,
            "refused_total": 0,
            "refused": [],
        }
        return action, json.dumps(receipt).encode() if action.body is None else action.body

    def _is_copy(self, event: dict[str, object]) -> bool:
        key = (event["source"], event["epoch"], event["sequence"])
        if key in self._known:
            return True
        self._known.add(key)
        self.events.append(event)
        return False


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = True
    allow_reuse_address = True

    def __init__(self, *args) -> None:
        self.live: set[socket.socket] = set()
        super().__init__(*args)

    def process_request(self, request, client_address) -> None:
        self.live.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request) -> None:
        self.live.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        for request in list(self.live):
            with contextlib.suppress(OSError):
                request.shutdown(socket.SHUT_RDWR)
        super().server_close()

    def handle_error(self, request, client_address) -> None:
        """A client that hung up is part of the tests."""


def _handler(engine: Engine) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def setup(self) -> None:
            super().setup()
            engine.connections += 1

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            action, receipt = engine.take(headers, body)
            if action.answer == "hang":
                engine.wait_stopped()
                self.close_connection = True
            elif action.answer == "cut":
                self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n{")
                self.close_connection = True
            else:
                self._answer(action, receipt)

        def _answer(self, action: Do, receipt: bytes) -> None:
            self.send_response(int(action.answer))
            self.send_header("Content-Length", str(len(receipt)))
            for name, value in action.headers:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(receipt)

        def log_message(self, *args) -> None:
            pass

    return Handler

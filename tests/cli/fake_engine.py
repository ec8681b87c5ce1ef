"""An engine that answers what a test tells it to."""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple


class Answer(NamedTuple):
    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()


class FakeEngine(ThreadingHTTPServer):
    """Gives the answers in turn, the last one for ever.

    asked: paths with their queries. tokens: the Authorization of each. posted: bodies.
    """

    daemon_threads = True

    def __init__(self, *answers: Answer) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers = deque(answers)
        self.asked: list[str] = []
        self.tokens: list[str | None] = []
        self.posted: list[bytes] = []
        self.url = f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: FakeEngine

    def do_GET(self) -> None:
        engine = self.server
        engine.asked.append(self.path)
        engine.tokens.append(self.headers["Authorization"])
        if length := int(self.headers.get("Content-Length", 0)):
            engine.posted.append(self.rfile.read(length))
        answer = engine.answers[0] if len(engine.answers) == 1 else engine.answers.popleft()
        self.send_response(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    do_POST = do_DELETE = do_GET  # noqa: N815  as the library calls it

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@contextmanager
def fake_engine(*answers: Answer) -> Iterator[FakeEngine]:
    with FakeEngine(*answers) as engine:
        thread = threading.Thread(target=engine.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield engine
        finally:
            engine.shutdown()
            thread.join()

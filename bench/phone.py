"""The Bot API as far as a message to a chat needs it, and when each message came."""

import contextlib
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qsl

from bench.server import HOST

TOKEN: Final = "123456:bench-token_AAAAAAAAAAAAAAAAAAAAAAAA"


@dataclass
class Phone:
    """Takes one message a second in each chat; the others get a 429.

    That is stricter than Telegram says to be: it asks to avoid more than one a second, and may
    allow short bursts. How short, it doesn't say, so none is relied on.
    Source: https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this

    messages: when each came, by time.perf_counter, and its text. floods: how many were refused.
    """

    url: str = ""
    messages: list[tuple[float, str]] = field(default_factory=list)
    floods: int = 0
    _newest: dict[str, float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, chat: str, text: str) -> bool:
        """Take a message that has just come; whether the chat takes one again already."""
        now = time.perf_counter()
        with self._lock:
            if now - self._newest.get(chat, -1.0) < 1.0:
                self.floods += 1
                return False
            self._newest[chat] = now
            self.messages.append((now, text))
            return True


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    phone: Phone
    stopping: threading.Event

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        is_json = "json" in self.headers.get("Content-Type", "")
        fields: dict[str, Any] = json.loads(body) if is_json else dict(parse_qsl(body))
        method = self.path.rpartition("/")[2]
        chat = str(fields.get("chat_id"))
        if method == "sendMessage" and not self.phone.take(chat, fields["text"]):
            self._answer(429, {"ok": False, "error_code": 429, "parameters": {"retry_after": 1}})
        else:
            self._answer(200, {"ok": True, "result": self._result(method, fields)})

    def _result(self, method: str, fields: dict[str, Any]) -> object:
        if method == "getMe":
            return {"id": 1, "is_bot": True, "first_name": "desk", "username": "desk_bot"}
        if method == "getUpdates":
            self.stopping.wait(float(fields.get("timeout", 0)))
            return []
        chat = {"id": int(fields["chat_id"]), "type": "private", "first_name": "someone"}
        number = len(self.phone.messages)
        return {"message_id": number, "date": 1_700_000_000, "chat": chat, "text": "taken"}

    def _answer(self, status: int, answer: dict[str, object]) -> None:
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with contextlib.suppress(ConnectionError):
            self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
        """Keep quiet."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64


@contextlib.contextmanager
def phone() -> Iterator[Phone]:
    """Serve the Bot API on loopback."""
    taken, stopping = Phone(), threading.Event()
    handler = type("Handler", (_Handler,), {"phone": taken, "stopping": stopping})
    with _Server((HOST, 0), handler) as server:
        taken.url = f"http://{HOST}:{server.server_port}"
        serving = threading.Thread(target=server.serve_forever, daemon=True)
        serving.start()
        try:
            yield taken
        finally:
            stopping.set()
            server.shutdown()
            serving.join()

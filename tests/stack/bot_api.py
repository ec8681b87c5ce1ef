"""A Bot API in a container of the stack: takes every message, and says at /told what was said."""

import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

#: How long a call for news waits when there is none, as Telegram's does.
_NO_NEWS_S = 5

_told: list[str] = []


class BotApi(BaseHTTPRequestHandler):
    """Answers what deskwatch and Alertmanager ask."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer(_told)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        method = self.path.rpartition("/")[2]
        if method == "getUpdates":
            time.sleep(_NO_NEWS_S)
        self._answer({"ok": True, "result": _result(method, _fields(body))})

    def log_message(self, *_: object) -> None:
        """Log nothing: the token is in every path."""

    def _answer(self, answer: object) -> None:
        content = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def _fields(body: bytes) -> dict[str, Any]:
    """Return a call's fields: Alertmanager sends JSON, deskwatch a form."""
    if body.startswith(b"{"):
        fields: dict[str, Any] = json.loads(body)
        return fields
    return dict(parse_qsl(body.decode()))


def _result(method: str, fields: dict[str, Any]) -> object:
    if method == "getMe":
        return {"id": 1, "is_bot": True, "first_name": "desk", "username": "desk_bot"}
    if method == "getUpdates":
        return []
    if method in {"sendMessage", "editMessageText"}:
        _told.append(fields["text"])
        chat = {"id": int(fields["chat_id"]), "type": "private"}
        number = int(fields.get("message_id", len(_told)))
        return {"message_id": number, "date": int(time.time()), "chat": chat, "text": "…"}
    return True


if __name__ == "__main__":
    ThreadingHTTPServer(("", int(sys.argv[1])), BotApi).serve_forever()

"""A Bot API on loopback that is stricter than Telegram's, and can be made to fail in all its ways."""

import asyncio
import json
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any, Literal, Self
from urllib.parse import parse_qsl

from tests.notify.bot_text import BadText, parsed

TOKEN = "123456:test-token_AAAAAAAAAAAAAAAAAAAAAAAA"
PRIVATE, GROUP = 4711, -1001

_SECOND = 1_000_000_000
_MINUTE = 60 * _SECOND

#: Telegram knows of no bot at an address with less than a token, whoever's.
_WHOLE_TOKEN = 35

#: "slow": carried out at once, answered when `release` is called. "storm": 429 to every send.
#: "garbage": 200 with what is no answer. "cut": 200 with half an answer. "hollow": 200 with one that
#: says nothing. "broken": 502 with a page. "conflict": 409, as only who polls should get.
#: "elsewhere": 404 with a page that repeats the address. "reset": hangs up.
Mode = Literal[
    "fine", "slow", "storm", "garbage", "cut", "hollow", "broken", "conflict", "elsewhere", "reset"
]

_PAGES = {
    "garbage": (200, b"\xff\xfe<html>no</html>"),
    "cut": (200, b'{"ok": true, "resu'),
    "hollow": (200, b'{"ok": true, "result": {}}'),
    "broken": (502, b"<html>Bad Gateway</html>"),
    "conflict": (409, b'{"ok": false, "error_code": 409, "description": "Conflict"}'),
    "elsewhere": (404, b"<html>Cannot POST ADDRESS</html>"),
}


@dataclass
class Sent:
    """A message as it stands."""

    chat: int
    id: int
    text: str
    html: str
    at: int
    buttons: list[list[dict[str, str]]]
    thread: int | None = None
    answers: int | None = None
    silent: bool = False
    edits: int = 0
    picture: bytes = b""

    def button(self, label: str) -> str:
        """Return a button's callback data."""
        return next(b["callback_data"] for row in self.buttons for b in row if b["text"] == label)


class ApiError(Exception):
    """An answer that says no."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        self.code = code
        self.description = description
        self.parameters = parameters
        super().__init__(description)


@dataclass
class BotApiServer:
    """Start it with `async with`; `url` goes into api_base_url. Clock: ns, of whoever sends.

    sent: every message that was taken, oldest first. floods: sends that broke a limit; they get a
    429. A chat's name among `chats` says what it is. names: their @names, without the @. too_late:
    whether who pressed a button no longer waits for its answer.
    reads_tags: whether any HTML is understood.
    """

    clock: Callable[[], int] = time.monotonic_ns
    mode: Mode = "fine"
    retry_after: int = 7
    chats: dict[int, str] = field(default_factory=lambda: {PRIVATE: "private", GROUP: "supergroup"})
    names: dict[int, str] = field(default_factory=dict)
    threads: set[int] = field(default_factory=set)
    moved: dict[int, int] = field(default_factory=dict)
    blocked: set[int] = field(default_factory=set)
    slow_chats: set[int] = field(default_factory=set)
    tokens: set[str] = field(default_factory=lambda: {TOKEN})
    other_poller: bool = False
    too_late: bool = False
    reads_tags: bool = True
    sent: list[Sent] = field(default_factory=list)
    answers: list[dict[str, Any]] = field(default_factory=list)
    calls: Counter[str] = field(default_factory=Counter)
    floods: int = 0

    def __post_init__(self) -> None:
        self._server: asyncio.Server | None = None
        self._port = 0
        self._updates: deque[dict[str, Any]] = deque()
        self._number = 0
        self._times: dict[int, deque[int]] = {}
        self._all_times: deque[int] = deque()
        self._released = asyncio.Event()
        self._arrived = asyncio.Event()
        self._open: set[asyncio.StreamWriter] = set()

    # Life

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen; after a stop, at the same port."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Be down: connections are refused."""
        assert self._server is not None
        self._released.set()
        self._arrived.set()
        self._server.close()
        for writer in list(self._open):
            writer.close()
        await self._server.wait_closed()

    @property
    def url(self) -> str:
        """The base URL."""
        return f"http://127.0.0.1:{self._port}"

    def release(self) -> None:
        """Answer what was held in the mode "slow"."""
        self._released.set()
        self._released = asyncio.Event()

    def revoke(self) -> None:
        """Take the token back."""
        self.tokens.clear()

    # What people do

    def say(self, user: int, text: str, chat: int | None = None) -> None:
        """Let someone write; in private, unless a chat is named."""
        message = {
            "message_id": self._next(),
            "date": 1_700_000_000,
            "from": _user(user),
            "chat": self._chat(user if chat is None else chat),
            "text": text,
        }
        self._put({"message": message})

    def press(self, user: int, sent: Sent, label: str, data: str | None = None) -> None:
        """Let someone press a button under a message."""
        query = {
            "id": str(self._next()),
            "from": _user(user),
            "chat_instance": "1",
            "data": sent.button(label) if data is None else data,
            "message": self._message(sent),
        }
        self._put({"callback_query": query})

    def _put(self, update: dict[str, Any]) -> None:
        self._updates.append({"update_id": self._next(), **update})
        self._arrived.set()

    def _next(self) -> int:
        self._number += 1
        return self._number

    # HTTP

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            while (request := await _request(reader)) is not None:
                answer = await self._answer(*request)
                if answer is None:
                    return
                writer.write(answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client has gone
        finally:
            self._open.discard(writer)
            writer.close()

    async def _answer(self, path: str, fields: dict[str, Any]) -> bytes | None:
        _, bot, method = path.split("/")
        self.calls[method] += 1
        if self.mode == "reset":
            return None
        if self.mode in _PAGES:
            code, page = _PAGES[self.mode]
            return _http(code, page.replace(b"ADDRESS", path.encode()))
        try:
            result = await self._handled(bot.removeprefix("bot"), method, fields)
        except ApiError as error:
            body = {"ok": False, "error_code": error.code, "description": error.description}
            if error.parameters:
                body["parameters"] = error.parameters
            return _http(error.code, json.dumps(body).encode())
        if self.mode == "slow" or self._asked(fields) in self.slow_chats:
            await self._released.wait()
        return _http(200, json.dumps({"ok": True, "result": result}).encode())

    async def _handled(self, token: str, method: str, fields: dict[str, Any]) -> Any:
        if len(token) < _WHOLE_TOKEN:
            raise ApiError(404, "Not Found")
        if token not in self.tokens:
            raise ApiError(401, "Unauthorized")
        return await getattr(self, f"_on_{method}")(fields)

    # Methods

    async def _on_getMe(self, fields: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        return {"id": 1, "is_bot": True, "first_name": "desk", "username": "desk_bot"}

    async def _on_getUpdates(self, fields: dict[str, Any]) -> list[dict[str, Any]]:  # noqa: N802
        if self.other_poller:
            raise ApiError(409, "Conflict: terminated by other getUpdates request")
        offset = int(fields.get("offset", 0))
        while self._updates and self._updates[0]["update_id"] < offset:
            self._updates.popleft()
        if not self._updates and float(fields.get("timeout", 0)) > 0:
            self._arrived.clear()
            try:
                async with asyncio.timeout(float(fields["timeout"])):
                    await self._arrived.wait()
            except TimeoutError:
                pass
        return list(self._updates)

    async def _on_sendMessage(self, fields: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        sent = self._new(fields, str(fields.get("text", "")), 4096)
        self._limit(sent.chat)
        self.sent.append(sent)
        return self._message(sent)

    async def _on_sendChatAction(self, fields: dict[str, Any]) -> bool:  # noqa: N802
        self._new(fields, "", 4096)
        return True

    async def _on_sendPhoto(self, fields: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        picture = fields["photo"]
        if not picture.startswith(b"\x89PNG") or len(picture) > 10 << 20:
            raise ApiError(400, "Bad Request: IMAGE_PROCESS_FAILED")
        sent = self._new(fields, str(fields.get("caption", "")), 1024)
        sent.picture = picture
        self._limit(sent.chat)
        self.sent.append(sent)
        return self._message(sent)

    async def _on_editMessageText(self, fields: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        new = self._new(fields, str(fields.get("text", "")), 4096)
        self._limit(new.chat)
        number = int(fields["message_id"])
        known = next((one for one in self.sent if (one.chat, one.id) == (new.chat, number)), None)
        if known is None:
            raise ApiError(400, "Bad Request: message to edit not found")
        if (known.html, known.buttons) == (new.html, new.buttons):
            raise ApiError(400, "Bad Request: message is not modified: the same content")
        known.text, known.html, known.buttons = new.text, new.html, new.buttons
        known.edits += 1
        return self._message(known)

    async def _on_answerCallbackQuery(self, fields: dict[str, Any]) -> bool:  # noqa: N802
        if len(str(fields.get("text", ""))) > 200:
            raise ApiError(400, "Bad Request: MESSAGE_TOO_LONG")
        if self.too_late:
            raise ApiError(400, "Bad Request: query is too old and response timeout expired")
        self.answers.append(fields)
        return True

    def _asked(self, fields: dict[str, Any]) -> int:
        """Return the number of the chat that is asked for; 0 where none is."""
        asked = str(fields.get("chat_id", 0))
        named = {f"@{name}": number for number, name in self.names.items()}
        return named[asked] if asked in named else int(asked)

    def _new(self, fields: dict[str, Any], text: str, limit: int) -> Sent:
        chat = self._asked(fields)
        if self.mode == "storm":
            raise self._flood(self.retry_after)
        if chat in self.moved:
            description = "Bad Request: group chat was upgraded to a supergroup chat"
            raise ApiError(400, description, migrate_to_chat_id=self.moved[chat])
        if chat in self.blocked:
            raise ApiError(403, "Forbidden: bot was kicked from the supergroup chat")
        if chat not in self.chats:
            raise ApiError(400, "Bad Request: chat not found")
        thread = fields.get("message_thread_id")
        if thread is not None and int(thread) not in self.threads:
            raise ApiError(400, "Bad Request: message thread not found")
        reply = json.loads(fields.get("reply_parameters", "null"))
        strict = reply is not None and not reply.get("allow_sending_without_reply")
        if strict and all(one.id != reply["message_id"] for one in self.sent):
            raise ApiError(400, "Bad Request: message to be replied not found")
        if "<" in text and not self.reads_tags:
            raise ApiError(400, "Bad Request: can't parse entities: they are others now")
        try:
            seen = parsed(text, limit) if fields.get("parse_mode") == "HTML" else text
        except BadText as bad:
            raise ApiError(400, f"Bad Request: {bad}") from bad
        return Sent(
            chat=chat,
            id=self._next(),
            text=seen,
            html=text,
            at=self.clock(),
            buttons=_keyboard(fields),
            thread=None if thread is None else int(thread),
            answers=None if reply is None else reply["message_id"],
            silent=fields.get("disable_notification") == "true",
        )

    def _limit(self, chat: int) -> None:
        """Refuse what is over 30 a second in all, 1 a second in a chat, 20 a minute in a group."""
        now = self.clock()
        everywhere = self._all_times
        here = self._times.setdefault(chat, deque())
        while everywhere and everywhere[0] <= now - _SECOND:
            everywhere.popleft()
        while here and here[0] <= now - _MINUTE:
            here.popleft()
        grouped = self.chats[chat] != "private"
        over = len(everywhere) >= 30 or (here and here[-1] > now - _SECOND)
        if over or (grouped and len(here) >= 20):
            self.floods += 1
            raise self._flood(3)
        everywhere.append(now)
        here.append(now)

    def _flood(self, seconds: int) -> ApiError:
        words = f"Too Many Requests: retry after {seconds}"
        return ApiError(429, words, retry_after=seconds)

    def _chat(self, chat: int) -> dict[str, Any]:
        kind = self.chats.get(chat, "private")
        name = {"first_name": "someone"} if kind == "private" else {"title": "desk"}
        if chat in self.names:
            name["username"] = self.names[chat]
        return {"id": chat, "type": kind, **name}

    def _message(self, sent: Sent) -> dict[str, Any]:
        return {
            "message_id": sent.id,
            "date": 1_700_000_000,
            "chat": self._chat(sent.chat),
            "text": sent.text,
        }


def _keyboard(fields: dict[str, Any]) -> list[list[dict[str, str]]]:
    markup = json.loads(fields.get("reply_markup", "{}"))
    rows: list[list[dict[str, str]]] = markup.get("inline_keyboard", [])
    for button in (button for row in rows for button in row):
        if not 1 <= len(button["callback_data"].encode()) <= 64:
            raise ApiError(400, "Bad Request: BUTTON_DATA_INVALID")
        if not button["text"]:
            raise ApiError(400, "Bad Request: text buttons are unallowed")
    return rows


def _user(number: int) -> dict[str, Any]:
    return {"id": number, "is_bot": False, "first_name": "Ada", "username": f"user{number}"}


async def _request(reader: asyncio.StreamReader) -> tuple[str, dict[str, Any]] | None:
    """Return the path and the fields of one request, or None at the end."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    line, _, rest = head.partition(b"\r\n")
    headers = BytesParser(policy=HTTP).parsebytes(rest)
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    kind = headers.get("content-type", "")
    path = line.split(b" ")[1].decode()
    if kind.startswith("application/json"):  # as Alertmanager does
        return path, json.loads(body)
    if not kind.startswith("multipart/"):
        return path, dict(parse_qsl(body.decode(), keep_blank_values=True))
    whole = BytesParser(policy=HTTP).parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + body)
    fields: dict[str, Any] = {}
    for part in whole.iter_parts():
        name = str(part.get_param("name", header="content-disposition"))
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        fields[name] = content if part.get_filename() else content.decode()
    return path, fields


def _http(code: int, body: bytes) -> bytes:
    head = f"HTTP/1.1 {code} X\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return f"{head}\r\n".encode() + body

"""A request to the Bot API, whose answer is told from a page of whatever else answers there."""

import json
from http import HTTPStatus
from typing import Any, Final

from telegram.error import Forbidden, TelegramError
from telegram.request import HTTPXRequest

_MAX_RETRY_AFTER_S: Final = 3600.0
_DEFAULT_RETRY_AFTER_S: Final = 5.0


class FloodWait(TelegramError):
    """Too many requests (429), with the seconds to wait."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        super().__init__(f"too many requests; retry after {seconds:g} s")


class NoSuchBot(Forbidden):
    """The Bot API answers 404: its address holds no token, or something before it."""

    def __init__(self, description: object) -> None:
        super().__init__(f"{description} (404): is the token whole, and api_base_url right?")


class NoAnswer(TelegramError):
    """What answers is not the Bot API, such as a proxy's page or another server's.

    Nothing of it is quoted: such pages repeat the address that was asked for, token and all.
    """

    def __init__(self, code: int, payload: bytes) -> None:
        self.code = code
        super().__init__(
            f"found HTTP {code} with {_form(payload)}; expected the Bot API's JSON:"
            " is api_base_url right, and no proxy in the way?"
        )


class Request(HTTPXRequest):
    """HTTPXRequest that keeps a 429's seconds as they are, and takes nothing else for an answer.

    Raises FloodWait, NoSuchBot and NoAnswer besides what HTTPXRequest does.
    """

    async def do_request(self, *arguments: Any, **timeouts: Any) -> tuple[int, bytes]:
        """Return the status and the body of what the Bot API answers."""
        code, payload = await super().do_request(*arguments, **timeouts)
        answer = _answer(payload)
        if code == HTTPStatus.TOO_MANY_REQUESTS:
            raise FloodWait(_retry_after(answer or {}))
        if answer is None:
            raise NoAnswer(code, payload)
        if code == HTTPStatus.NOT_FOUND:
            raise NoSuchBot(answer.get("description"))
        return code, payload


def _answer(payload: bytes) -> dict[str, Any] | None:
    """Return the Bot API's answer; None where it is none.

    The library's own reader logs the payload of what can't be read, with a traceback.
    Source: https://core.telegram.org/bots/api#making-requests, an object that always has `ok`.
    """
    try:
        answer = json.loads(payload)
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) and "ok" in answer else None


def _form(payload: bytes) -> str:
    """Return what kind of text it looks like."""
    text = payload.lstrip()
    if not text:
        return "nothing"
    return "a page" if text.startswith(b"<") else "other text"


def _retry_after(answer: dict[str, Any]) -> float:
    """Return the seconds that a 429 asks for; a few if it doesn't say."""
    parameters = answer.get("parameters")
    seconds = parameters.get("retry_after") if isinstance(parameters, dict) else None
    if not isinstance(seconds, int | float) or not seconds > 0:
        return _DEFAULT_RETRY_AFTER_S
    return min(float(seconds), _MAX_RETRY_AFTER_S)

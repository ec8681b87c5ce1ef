"""How every answer looks: its headers, its JSON, and its refusals."""

from collections.abc import Mapping
from typing import Literal

import msgspec
from starlette.responses import Response

from deskwatch.core.rejection import shorten
from deskwatch.web.answers.figures import Error, ErrorAnswer

ErrorReason = Literal[
    "bad_csrf_token",
    "bad_encoding",
    "bad_parameter",
    "bad_request",
    "body_timeout",
    "body_too_large",
    "busy",
    "cannot_silence",
    "disconnected",
    "head_timeout",
    "head_too_large",
    "internal_error",
    "method_not_allowed",
    "not_an_operator",
    "not_found",
    "too_many_attempts",
    "too_many_connections",
    "too_many_rows",
    "too_many_streams",
    "unauthorized",
    "unavailable",
    "wrong_password",
]

# Figures are never to be cached, sniffed as something else, framed, or read by another site's page.
HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
}

JSON = "application/json"
# Why the engine can't do something is its own text; even so it is kept from growing.
MAX_WHY = 400


class Refused(Exception):
    """A request that is answered with an error. detail: quotes at most 80 characters of input."""

    def __init__(
        self,
        status: int,
        reason: ErrorReason,
        detail: str,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.status = status
        self.reason: ErrorReason = reason
        self.detail = detail
        self.headers = dict(headers or {})
        super().__init__(f"{status} {reason}: {detail}")


def retry_later(status: int, reason: ErrorReason, why: str, after_s: int = 1) -> Refused:
    """Return the refusal of what may be taken when it is sent again after `after_s`."""
    return Refused(status, reason, shorten(why, MAX_WHY), {"Retry-After": str(after_s)})


def respond(
    body: bytes, content_type: str, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Return an answer with the headers that all answers have."""
    named = {**HEADERS, "Content-Type": content_type, **(headers or {})}
    return Response(body, status, named)


def respond_json(
    value: msgspec.Struct, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Return `value` as JSON, encoded in one go."""
    return respond(msgspec.json.encode(value), JSON, status, headers)


def respond_refused(refused: Refused) -> Response:
    """Return the error that tells the sender why."""
    return respond(
        error_json(refused.reason, refused.detail), JSON, refused.status, refused.headers
    )


def error_json(reason: ErrorReason, detail: str) -> bytes:
    """Return the body of an error answer."""
    return msgspec.json.encode(ErrorAnswer(Error(reason, detail)))

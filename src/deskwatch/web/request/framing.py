"""A body's events as a block: one a line, the long ones taken out."""

import msgspec
from msgspec import Raw, Struct
from starlette.requests import Request

from deskwatch.core.block import empty_long_lines
from deskwatch.core.receipt import Refusal
from deskwatch.core.rejection import shorten
from deskwatch.web.respond import Refused
from deskwatch.web.settings import WebSettings

LINES = frozenset({"", "application/x-ndjson", "application/jsonl", "text/plain"})
DOCUMENT = "application/json"
# An array is taken apart in memory, 64 bytes an element. Its commas say how many there can be at
# most before it is; an event has about a dozen.
COMMAS_PER_EVENT = 32

_ELEMENTS: msgspec.json.Decoder[list[Raw]] = msgspec.json.Decoder(list[Raw])
_VALUE = msgspec.json.Decoder(Raw)


class Block(Struct, frozen=True):
    """NDJSON lines, and those that are refused already: an empty line is in the place of each."""

    lines: bytes
    refused: list[Refusal]


def is_document(request: Request) -> bool:
    """Return whether the body is one JSON value, not lines. Raises Refused on any other type."""
    media, _, parameters = request.headers.get("content-type", "").partition(";")
    media = media.strip().lower()
    if media not in LINES and media != DOCUMENT:
        raise Refused(
            415,
            "bad_encoding",
            f"found Content-Type {shorten(media)!r}; "
            "expected application/x-ndjson or application/json",
        )
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        charset = value.strip().strip('"').lower()
        if name.strip().lower() == "charset" and charset not in ("utf-8", "us-ascii"):
            raise Refused(
                415, "bad_encoding", f"found charset {shorten(charset)!r}; expected utf-8"
            )
    return media == DOCUMENT


def frame(body: bytes, settings: WebSettings, *, document: bool) -> Block:
    """Return the body's events as a block. An array's element n is its line n.

    Raises Refused when they are more than the settings allow.
    """
    if document:
        block = _frame_document(body, settings.max_lines)
        if block.refused:
            return block
        lines = block.lines
    else:
        lines = body if body.endswith(b"\n") or not body else body + b"\n"
    found = lines.count(b"\n")
    if found > settings.max_lines:
        raise _too_many(f"{found}", settings.max_lines)
    return Block(*empty_long_lines(lines, settings.max_line_bytes))


def _frame_document(body: bytes, max_lines: int) -> Block:
    """Return the elements of a JSON array, or the one value, each on a line of its own."""
    commas = body.count(b",")
    if commas > max_lines * COMMAS_PER_EVENT:
        raise _too_many(f"{commas} commas", max_lines)
    try:
        is_array = body.lstrip()[:1] == b"["
        elements = _ELEMENTS.decode(body) if is_array else [_VALUE.decode(body)]
    except (msgspec.DecodeError, RecursionError) as error:
        why = "too deep" if isinstance(error, RecursionError) else str(error)
        expected = "one JSON value; events on a line each are application/x-ndjson"
        return Block(b"", [Refusal(1, "malformed_json", shorten(why), expected)])
    if len(elements) > max_lines:
        raise _too_many(f"{len(elements)}", max_lines)
    # JSON has no raw newline within a text, so every one that is left is white space.
    return Block(b"".join(bytes(e).replace(b"\n", b" ") + b"\n" for e in elements), [])


def _too_many(found: str, limit: int) -> Refused:
    return Refused(413, "body_too_large", f"found {found}; expected at most {limit} events a body")

"""The line that says a connection's token: `{"kind":"auth","token":"…"}`."""

from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from deskwatch.ingest.block import Block

EXPECTED: Final = '{"kind": "auth", "token": "…"}'

#: Without it there is no such line; to look for it costs next to nothing.
_NAME: Final = b'"auth"'


class _Auth(Struct, tag_field="kind", tag="auth"):
    token: str


def token_in(line: bytes) -> bytes | None:
    """Return the token that an auth line says; None for any other line."""
    try:
        return msgspec.json.decode(line, type=_Auth).token.encode()
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None


def without_auth(block: Block) -> Block:
    """Return the block with each auth line emptied: none is due any more, and it is no event.

    The other lines keep their numbers.
    """
    if _NAME not in block.lines:
        return block
    lines = (
        b"" if _NAME in line and token_in(line) is not None else line
        for line in block.lines.split(b"\n")
    )
    return replace(block, lines=b"\n".join(lines))

"""Blocks of whole lines, cut from a stream of bytes that arrives in any pieces."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from deskwatch.core.block import empty_long_lines
from deskwatch.core.receipt import (
    MAX_QUOTED_REFUSALS,
    NOTHING,
    IntakeUnavailable,
    Receipt,
    Refusal,
    Submit,
)

#: A block ends at whichever comes first. More lines a block gain nothing; more bytes cost latency.
MAX_BLOCK_LINES: Final = 512
MAX_BLOCK_BYTES: Final = 256 * 1024

#: Events are a few hundred bytes; a line over this is a mistake or an attack.
MAX_LINE_BYTES: Final = 64 * 1024

FIRST_RETRY_S: Final = 0.05

#: How a way in waits before it tries again; `asyncio.sleep`, but for tests.
Sleep = Callable[[float], Awaitable[None]]


class Block(Struct, frozen=True):
    r"""Whole lines of a stream, each ending in "\n".

    first_line: the number of its first line in the stream, from 1. refused: lines that were too
    long, numbered within this block; `lines` has an empty line in the place of each.
    """

    lines: bytes
    first_line: int
    refused: list[Refusal]


class LineCutter:
    """Cuts a stream of bytes into blocks. It keeps what was fed and not yet taken, and no more.

    The same bytes give the same lines with the same numbers, in whatever pieces they are fed.
    """

    def __init__(self, max_line_bytes: int = MAX_LINE_BYTES) -> None:
        self._max_line_bytes = max_line_bytes
        self._buffer = bytearray()
        self._whole = 0  # the end of the last whole line in the buffer
        self._next_line = 1
        self._skipping = False  # inside a line that was too long already

    @property
    def whole_bytes(self) -> int:
        """How many bytes of whole lines are held: what `take` could return."""
        return self._whole

    @property
    def next_line(self) -> int:
        """The number in the stream, from 1, of the first line that is not taken yet."""
        return self._next_line

    @property
    def unfinished_bytes(self) -> int | None:
        """How many bytes the line without its end has so far; None while skipping a long one."""
        return None if self._skipping else len(self._buffer) - self._whole

    def feed(self, data: bytes) -> None:
        """Take in the next bytes of the stream."""
        if self._skipping:
            end = data.find(b"\n")
            if end < 0:
                return
            self._skipping = False
            data = data[end + 1 :]
        held = len(self._buffer)
        self._buffer += data
        end = data.rfind(b"\n")
        if end >= 0:
            self._whole = held + end + 1
        if len(self._buffer) - self._whole > self._max_line_bytes:
            # One byte over the limit is kept, so that `take` sees that the line is too long.
            del self._buffer[self._whole + self._max_line_bytes + 1 :]
            self._end_line()
            self._skipping = True

    def finish(self) -> None:
        """End the stream: a last line without its newline counts as whole."""
        if len(self._buffer) > self._whole:
            self._end_line()
        self._skipping = False

    def take(self, max_lines: int = MAX_BLOCK_LINES) -> Block | None:
        """Return the next block, or None when no whole line is held."""
        if self._whole == 0:
            return None
        cut = self._whole
        if cut > MAX_BLOCK_BYTES:
            cut = self._buffer.rfind(b"\n", 0, MAX_BLOCK_BYTES) + 1
            cut = cut or self._buffer.find(b"\n") + 1
        count = self._buffer.count(b"\n", 0, cut)
        if count > max_lines:
            count, cut = max_lines, 0
            for _ in range(max_lines):
                cut = self._buffer.find(b"\n", cut) + 1
        lines = bytes(self._buffer[:cut])
        del self._buffer[:cut]
        self._whole -= cut
        first_line = self._next_line
        self._next_line += count
        kept, refused = empty_long_lines(lines, self._max_line_bytes)
        return Block(kept, first_line, refused)

    def _end_line(self) -> None:
        self._buffer += b"\n"
        self._whole = len(self._buffer)


async def deliver(
    submit: Submit, block: Block, *, way: str, sleep: Sleep = asyncio.sleep
) -> Receipt:
    """Return the receipt for `block`, its lines numbered as in the stream.

    While the intake is unavailable the same block is tried again, at last once every
    `retry_after_s`, for as long as it takes: the caller reads nothing more meanwhile, so the sender
    is held back and loses nothing.
    """
    if block.lines.isspace() and not block.refused:
        return NOTHING
    wait_s = FIRST_RETRY_S
    while True:
        try:
            receipt = await submit(block.lines, way=way, refused=list(block.refused))
        except IntakeUnavailable as unavailable:
            wait_s = min(wait_s, unavailable.retry_after_s)
            await sleep(wait_s)
            wait_s *= 2
        else:
            break
    if not receipt.refused:
        return receipt
    before = block.first_line - 1
    return replace(
        receipt,
        refused=[replace(refusal, line=refusal.line + before) for refusal in receipt.refused],
    )


def combine(first: Receipt, second: Receipt) -> Receipt:
    """Return one receipt for two blocks of a stream, the first refusals quoted."""
    return Receipt(
        accepted=first.accepted + second.accepted,
        duplicates=first.duplicates + second.duplicates,
        refused=(first.refused + second.refused)[:MAX_QUOTED_REFUSALS],
        refused_total=first.refused_total + second.refused_total,
    )

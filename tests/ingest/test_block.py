"""Any chunking of the same bytes gives the same lines, with the same numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskwatch.core.receipt import NOTHING, Receipt, Refusal
from deskwatch.ingest.block import (
    MAX_BLOCK_BYTES,
    MAX_BLOCK_LINES,
    Block,
    LineCutter,
    combine,
    deliver,
)
from tests.ingest.fake_intake import FakeIntake, FakeSleep

LIMIT = 8


def cut(chunks, limit=LIMIT):
    """Return (all lines, line numbers refused as too long), taking after every chunk."""
    cutter = LineCutter(limit)
    lines = b""
    refused: list[int] = []

    def take():
        nonlocal lines
        while (block := cutter.take()) is not None:
            assert block.first_line == lines.count(b"\n") + 1
            lines += block.lines
            refused.extend(refusal.line + block.first_line - 1 for refusal in block.refused)

    for chunk in chunks:
        cutter.feed(chunk)
        assert len(cutter._buffer) <= len(chunk) + limit + 1
        take()
    cutter.finish()
    take()
    assert len(cutter._buffer) == 0
    return lines, refused


def expected(stream):
    lines = stream.split(b"\n")
    if not lines[-1]:
        lines.pop()
    refused = [number for number, line in enumerate(lines, start=1) if len(line) > LIMIT]
    return b"".join((line if len(line) <= LIMIT else b"") + b"\n" for line in lines), refused


@given(
    st.lists(st.integers(0, 2 * LIMIT + 2), max_size=20),
    st.booleans(),
    st.lists(st.integers(1, 40), max_size=60),
)
def test_lines_do_not_depend_on_chunks(lengths, ends_in_newline, sizes):
    stream = b"\n".join(bytes([97 + i]) * length for i, length in enumerate(lengths))
    if ends_in_newline:
        stream += b"\n"
    chunks: list[bytes] = []
    rest = stream
    for size in sizes:
        chunks.append(rest[:size])
        rest = rest[size:]
    assert cut([*chunks, rest]) == expected(stream)


def test_a_line_that_is_just_short_enough_is_taken():
    assert cut([b"a" * LIMIT + b"\n" + b"b" * (LIMIT + 1) + b"\nc"]) == (
        b"a" * LIMIT + b"\n\nc\n",
        [2],
    )


def test_a_line_that_never_ends_is_not_kept():
    cutter = LineCutter(LIMIT)
    for _ in range(1000):
        cutter.feed(b"x" * 100)
        assert len(cutter._buffer) <= LIMIT + 2
    assert cutter.unfinished_bytes is None
    cutter.feed(b"\nnext\n")
    block = cutter.take()
    assert block is not None
    assert block.lines == b"\nnext\n"
    assert [refusal.line for refusal in block.refused] == [1]
    assert block.refused[0].reason == "line_too_long"


def test_a_block_is_bounded_in_lines_and_in_bytes():
    cutter = LineCutter()
    cutter.feed(b"{}\n" * (MAX_BLOCK_LINES + 1))
    many, rest = cutter.take(), cutter.take()
    assert many is not None
    assert rest is not None
    assert many.lines.count(b"\n") == MAX_BLOCK_LINES
    assert (rest.lines, rest.first_line) == (b"{}\n", MAX_BLOCK_LINES + 1)

    line = b"x" * 60_000 + b"\n"
    cutter.feed(line * 10)
    big = cutter.take()
    assert big is not None
    assert len(big.lines) <= MAX_BLOCK_BYTES
    assert big.lines == line * 4


def test_a_line_longer_than_a_block_is_a_block_where_the_limit_allows_it():
    cutter = LineCutter(max_line_bytes=2 * MAX_BLOCK_BYTES)
    line = b"x" * (MAX_BLOCK_BYTES + 10) + b"\n"
    cutter.feed(line + b"next\n")
    block = cutter.take()
    assert block is not None
    assert block.lines == line
    assert block.refused == []


async def test_delivery_numbers_refusals_as_the_stream_does():
    receipt = await deliver(FakeIntake(), Block(b"ok\nbad\n", 41, []), way="tcp")
    assert [refusal.line for refusal in receipt.refused] == [42]


async def test_delivery_tries_the_same_block_again_ever_more_slowly():
    intake, sleep = FakeIntake(), FakeSleep()
    intake.unavailable = 7
    receipt = await deliver(intake, Block(b"a\nb\n", 1, []), way="tcp", sleep=sleep)
    assert receipt.accepted == 2
    assert intake.blocks == [b"a\nb\n"]
    assert sleep.asked == pytest.approx([0.05, 0.1, 0.2, 0.4, 0.8, 1, 1])


async def test_blank_lines_are_not_delivered():
    intake = FakeIntake()
    assert await deliver(intake, Block(b"\n \r\n", 1, []), way="tcp") is NOTHING
    assert intake.attempts == 0


def test_receipts_add_up():
    refusal = Refusal(1, "malformed_json", "", "")
    both = combine(Receipt(1, 2, [refusal] * 99, 99), Receipt(3, 4, [refusal] * 2, 2))
    assert (both.accepted, both.duplicates, both.refused_total) == (4, 6, 101)
    assert len(both.refused) == 100

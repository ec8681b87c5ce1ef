"""Where every way in meets: what a block comes to, who is counted for what, and who waits."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import msgspec
import pytest

from deskwatch.core.books import Books
from deskwatch.core.period import SECOND
from deskwatch.core.receipt import IntakeUnavailable, Receipt, Refusal
from deskwatch.core.settings import BooksSettings
from deskwatch.ingest.intake import Intake
from tests.core.blotter import EQUITY, TEN
from tests.engine.rig import Clock, block, fill

UNKNOWN = b'{"kind":"weather","event_time":%d,"source":"new"}' % TEN


class Desk:
    """An intake with books, and a journal that may be full."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.full = False
        self.kept: list[tuple[int, bytes]] = []
        self.books = Books(BooksSettings())
        self.intake = Intake(self._commit, self.clock)
        self.intake.open(self.books)

    async def _commit(self, frames: Sequence[tuple[int, bytes]]) -> None:
        if self.full:
            raise IntakeUnavailable("the disk is full", retry_after_s=5)
        self.kept += frames

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Intake]:
        taking = asyncio.create_task(self.intake.run())
        yield self.intake
        self.intake.close("the test is over")
        await taking


@pytest.fixture
def desk() -> Desk:
    return Desk()


async def test_what_came_in_is_counted_by_who_said_it(desk):
    async with desk.open() as intake:
        await intake.submit(
            block(
                EQUITY,
                fill(1, TEN, source="oms"),
                fill(1, TEN, source="oms"),
                fill(2, TEN, source="algo"),
                fill(3, TEN, source="algo", quantity="0"),
                UNKNOWN,
            ),
            way="test",
        )
        await intake.submit(block(fill(2, TEN, source="algo"), b"{"), way="http")
        intake.refuse("tcp", "unauthorized")
    tally = intake.tally
    assert dict(tally.events) == {
        ("unnamed", "instrument"): 1,
        ("oms", "fill"): 1,
        ("algo", "fill"): 1,
        ("new", "unknown"): 1,
    }
    assert tally.duplicates == {"oms": 1, "algo": 1}
    assert tally.unknown_kinds == {"new": 1}
    assert tally.refused == {
        ("algo", "zero_quantity"): 1,
        ("http", "malformed_json"): 1,
        ("tcp", "unauthorized"): 1,
    }


async def test_many_sources_are_counted_together_and_those_known_by_name(desk, monkeypatch):
    monkeypatch.setattr("deskwatch.ingest.intake.MAX_SOURCES", 2)
    async with desk.open() as intake:
        await intake.submit(block(EQUITY), way="test")
        for number, source in enumerate(["a", "b", "c", "a"]):
            await intake.submit(block(fill(number, TEN, source=source)), way="test")
    assert intake.tally.events == {
        ("unnamed", "instrument"): 1,
        ("a", "fill"): 2,
        ("other", "fill"): 2,
    }


async def test_refusals_are_quoted_in_the_order_of_their_lines_and_all_are_counted(desk):
    async with desk.open() as intake:
        lines = [EQUITY, b"{", fill(1, TEN, quantity="0"), b"{", fill(2, TEN)]
        receipt = await intake.submit(block(*lines), way="test")
        assert [one.line for one in receipt.refused] == [2, 3, 4]
        assert (receipt.accepted, receipt.refused_total) == (2, 3)
        receipt = await intake.submit(b"{\n" * 150, way="test")
        assert [one.line for one in receipt.refused] == list(range(1, 101))
        assert receipt.refused_total == 150


async def test_a_refusal_is_counted_with_its_sender_whatever_is_wrong_with_the_event(desk):
    async with desk.open() as intake:
        floats = msgspec.json.encode(fill(1, TEN, source="bot")).replace(b'"10"', b"10.5")
        sent = [EQUITY, floats, b"{", b"[]", fill(2, TEN, source="bot", quantity="0")]
        too_long = Refusal(2, "line_too_long", "70000", "at most 65536 bytes")
        await intake.submit(block(*sent), way="test", refused=[too_long])
    assert intake.tally.refused == {
        ("bot", "wrong_type"): 1,
        ("bot", "zero_quantity"): 1,
        ("test", "malformed_json"): 1,
        ("test", "not_an_object"): 1,
        ("test", "line_too_long"): 1,
    }


@pytest.mark.parametrize("source", ["", "x" * 65, 7, None])
async def test_a_refusal_of_no_readable_sender_is_counted_by_its_way_in(desk, source):
    async with desk.open() as intake:
        line = msgspec.json.encode({"kind": "mark", "source": source})
        await intake.submit(line, way="test")
    assert list(intake.tally.refused.values()) == [1]
    assert next(iter(intake.tally.refused))[0] == "test"


async def test_a_block_of_nothing_but_refusals_is_not_kept(desk):
    async with desk.open() as intake:
        assert (await intake.submit(b"{\n", way="test")).refused_total == 1
    assert desk.kept == []


async def test_what_a_full_disk_keeps_out_is_said_to_each_who_waits(desk):
    async with desk.open() as intake:
        desk.full = True
        waiting = [
            asyncio.create_task(intake.submit(block(event), way="test"))
            for event in (EQUITY, fill(1, TEN))
        ]
        told = await asyncio.gather(*waiting, return_exceptions=True)
        assert [str(one) for one in told] == ["the disk is full"] * 2
        assert told[0] is not told[1]
        assert {one.retry_after_s for one in told} == {5}
        assert (intake.backlog_bytes, dict(intake.tally.events)) == (0, {})
        desk.full = False
        assert await intake.submit(block(EQUITY), way="test") == Receipt(1, 0, [], 0)


async def test_how_long_the_last_block_waited_is_measured(desk):
    async with desk.open() as intake:
        async with intake.boundary:
            waiting = asyncio.create_task(intake.submit(block(EQUITY), way="test"))
            await asyncio.sleep(0)
            desk.clock.forward(2 * SECOND)
        await waiting
        assert intake.lag_s == 2.0


async def test_a_long_block_lets_others_have_a_turn(desk, monkeypatch):
    monkeypatch.setattr("deskwatch.ingest.intake.TURN", 2)
    async with desk.open() as intake:
        block_of_five = block(EQUITY, *(fill(number, TEN) for number in range(4)))
        waiting = asyncio.create_task(intake.submit(block_of_five, way="test"))
        seen = set()
        while not waiting.done():
            await asyncio.sleep(0)
            seen |= {line.position.quantity for line in desk.books.lines}
    assert seen == {10, 30, 40}

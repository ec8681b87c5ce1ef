"""`kill -9`, twenty times under load: what was acknowledged is there, and there once."""

import asyncio
import os
import random
import shutil
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from deskwatch.core import event
from deskwatch.core.books import Books
from deskwatch.core.codec import decode
from deskwatch.core.money import MONEY_DECIMALS
from deskwatch.core.period import SECOND
from deskwatch.core.pnl_row import PnlRow
from deskwatch.core.receipt import Receipt
from deskwatch.core.rejection import EventRejected
from deskwatch.core.settings import BooksSettings
from deskwatch.engine.views import pnl as view
from deskwatch.journal.upkeep import cat
from deskwatch.web.answers.figures import PositionRow, PositionsAnswer, StatusAnswer
from tests.core.blotter import HOUR, MINUTE, TEN
from tests.engine.child import Moment, Orders
from tests.engine.process import EngineProcess
from tests.engine.rig import Rig, block, exact, rows_of, submit
from tests.journal.blotter import no_gap

SEED = int(os.environ.get("CRASH_SEED", "20261123"))

#: Half an hour passes in a second. Nobody stops sending before fills of this many hours are kept,
#: however fast the machine, so hours and a day close.
SPEED = 1800
HOURS = 15
MARK_MAX_AGE_S = 30_000_000
CONFIG = f"""
data = "data"
[server]
port = 0
[tcp]
enabled = true
port = 0
[journal]
segment_bytes = 65536
snapshot_interval_s = 60
[books]
mark_max_age_s = {MARK_MAX_AGE_S}
"""

#: Where it hurts: half of a frame, a segment that begins, is sealed and removed, a snapshot that
#: replaces the last but one, rows on their way to the history.
IN_PLACE = [
    Moment("write", ".log", 20),
    Moment("sync", ".log", 15),
    Moment("sync", ".log", 15, done=True),
    Moment("write", ".log.new"),
    Moment("rename", ".log.new"),
    Moment("rename", ".log.new", done=True),
    Moment("write", ".log.zst.new"),
    Moment("rename", ".log.zst.new"),
    Moment("unlink", ".log"),
    Moment("write", ".snapshot.new", 3),
    Moment("rename", ".snapshot.new", 3),
    Moment("unlink", ".snapshot", 2),
    Moment("history", ""),
    Moment("history", "", 2, done=True),
]
AT_RANDOM = 6

#: What a position says of the open periods, and of now.
PASSING = ("hour", "day", "unpriced", "mark_age_s")

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="the child finds its files' names in /proc"
)


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=60, trust_env=False) as client:
        yield client


class Sender:
    """A producer with its own account and symbol: batch after batch, each until it is receipted.

    So its lines do not depend on how its batches fall between those of others.
    """

    def __init__(self, name: str, orders: Orders) -> None:
        self.name = name
        self.acknowledged: list[bytes] = []
        self.retries = 0
        self.hours: set[int] = set()
        self._orders = orders
        self._chance = random.Random(f"{SEED} {name}")
        self._sequence = 0

    def first_batch(self) -> bytes:
        return block(
            event.Instrument(
                **self._numbered(self._orders.desk_time), **self._place, base=self.name, quote="USD"
            ),
            event.Mark(**self._numbered(self._orders.desk_time), **self._place, price="100.5"),
        )

    def next_batch(self) -> bytes:
        return block(*(self._event() for _ in range(self._chance.randint(1, 40))))

    async def send(self, batches: "Batches", engine: "Running") -> None:
        """Send batches until there are to be no more; one without a receipt is sent again."""
        while (batch := batches.next(self)) is not None:
            count = batch.count(b"\n")
            while (receipt := await engine.post(self, batch)) is None:
                self.retries += 1
            assert (receipt.accepted + receipt.duplicates, receipt.refused) == (count, [])
            self.acknowledged.append(batch)

    @property
    def _place(self) -> dict[str, Any]:
        return {"venue": "XTST", "symbol": self.name}

    def _numbered(self, event_time: int) -> dict[str, Any]:
        self._sequence += 1
        return {
            "event_time": event_time,
            "source": self.name,
            "epoch": 1,
            "sequence": self._sequence,
        }

    def _event(self) -> event.Event:
        draw = self._chance
        late = draw.choice([0, 0, 0, MINUTE, 2 * HOUR, 30 * HOUR])
        fields = self._numbered(max(self._orders.clock() - late, TEN)) | self._place
        price = f"{draw.randint(90, 110)}.{draw.randint(0, 99):02}"
        if draw.random() < 0.2:
            return event.Mark(**fields, price=price)
        fields |= {"account": self.name, "strategy": draw.choice(["mm", "pairs"])}
        if draw.random() < 0.2:
            return event.Funding(**fields, amount=price)
        self.hours.add(fields["event_time"] // HOUR)
        return event.Fill(
            **fields,
            side=draw.choice(["buy", "sell"]),
            quantity=str(draw.randint(1, 9)),
            price=price,
            exec_id=f"{self.name}-{self._sequence}",
            fee="0.01",
        )


class Batches:
    """Says which batch is next. `last`: no engine is killed any more, so it may end.

    A sender that has fills of enough hours then ends with the batch under way.
    """

    def __init__(self) -> None:
        self.last = False
        self._begun: set[str] = set()

    def next(self, sender: Sender) -> bytes | None:
        if sender.name not in self._begun:
            self._begun.add(sender.name)
            return sender.first_batch()
        return None if self.last and len(sender.hours) >= HOURS else sender.next_batch()


class Running:
    """The engine that runs at the time, by whatever address it has."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.process: EngineProcess | None = None
        self._client = client
        self._up = asyncio.Event()

    def up(self, process: EngineProcess) -> None:
        self.process = process
        self._up.set()

    def down(self) -> None:
        self._up.clear()

    async def post(self, sender: Sender, batch: bytes) -> Receipt | None:
        """Return the receipt for a batch, or None when none came."""
        async with asyncio.timeout(60):
            await self._up.wait()
        assert self.process is not None
        over = self._over_http if sender.name.startswith("HTTP") else self._over_tcp
        try:
            async with asyncio.timeout(60):
                return await over(self.process, sender, batch)
        except (OSError, httpx.TransportError, asyncio.IncompleteReadError):
            await asyncio.sleep(0.01)  # it is dying; who is first to know varies
            return None

    async def _over_http(
        self, process: EngineProcess, sender: Sender, batch: bytes
    ) -> Receipt | None:
        host, port = process.http
        answer = await self._client.post(f"http://{host}:{port}/v1/events", content=batch)
        if answer.status_code != 200:
            return None
        return msgspec.json.decode(answer.content, type=Receipt)

    async def _over_tcp(self, process: EngineProcess, sender: Sender, batch: bytes) -> Receipt:
        reader, writer = await asyncio.open_connection(*process.tcp)
        try:
            writer.write(batch)
            writer.write_eof()
            receipts = [
                msgspec.json.decode(line, type=Receipt)
                for line in (await reader.read()).splitlines()
            ]
        finally:
            writer.close()
        taken = sum(receipt.accepted + receipt.duplicates for receipt in receipts)
        if taken + sum(receipt.refused_total for receipt in receipts) < batch.count(b"\n"):
            raise asyncio.IncompleteReadError(b"", None)
        return Receipt(taken, 0, [r for receipt in receipts for r in receipt.refused], 0)


async def test_twenty_kills_lose_nothing_and_double_nothing(tmp_path, client):
    print(f"CRASH_SEED={SEED}")  # noqa: T201 - pytest shows it when the test fails
    chance = random.Random(SEED)
    config = tmp_path / "deskwatch.toml"
    config.write_text(CONFIG)
    orders = Orders(time.time_ns(), TEN, SPEED, tick_s=0.02)
    senders = [Sender(name, orders) for name in ("HTTP1", "HTTP2", "TCP1", "TCP2")]
    engine, batches = Running(client), Batches()
    sending = [asyncio.create_task(sender.send(batches, engine)) for sender in senders]
    try:
        await live_and_die(engine, config, orders, chance)
        survivor = EngineProcess(config, orders)
        try:
            assert await survivor.started(), survivor.said
            engine.up(survivor)
            batches.last = True
            await asyncio.gather(*sending)
            status, positions = await ask(client, survivor)
            survivor.tell(signal.SIGTERM)
            assert await survivor.ended() == 0, survivor.said
        finally:
            survivor.close()
    finally:
        for task in sending:
            task.cancel()
    assert any(sender.retries for sender in senders)
    uninterrupted = books_of(senders)
    assert_figures_are_those(positions, uninterrupted)
    assert_every_event_is_there_once(tmp_path / "data", senders, status)
    await assert_history_is_a_rebuild(tmp_path / "data", tmp_path / "rebuilt", uninterrupted)


async def live_and_die(
    engine: Running, config: Path, orders: Orders, chance: random.Random
) -> None:
    """Start the engine and see it killed, for each of the moments in a random order."""
    moments: list[Moment | None] = [*IN_PLACE, *[None] * AT_RANDOM]
    chance.shuffle(moments)
    for moment in moments:
        process = EngineProcess(config, msgspec.structs.replace(orders, die=moment))
        try:
            if await process.started():
                engine.up(process)
                if moment is None:
                    await asyncio.sleep(chance.uniform(0, 0.8))
                    process.tell(signal.SIGKILL)
                assert await process.ends_within(30), f"{moment} never came"
            engine.down()
            assert await process.ended() == -signal.SIGKILL, process.said
        finally:
            process.close()


async def ask(
    client: httpx.AsyncClient, process: EngineProcess
) -> tuple[StatusAnswer, PositionsAnswer]:
    host, port = process.http
    status = await client.get(f"http://{host}:{port}/api/v1/status")
    positions = await client.get(f"http://{host}:{port}/api/v1/positions")
    return (
        msgspec.json.decode(status.content, type=StatusAnswer),
        msgspec.json.decode(positions.content, type=PositionsAnswer),
    )


def books_of(senders: list[Sender]) -> Books:
    """Return books that were fed every batch once, with nothing in between."""
    books = Books(BooksSettings(mark_max_age_ns=MARK_MAX_AGE_S * SECOND))
    books.begin(TEN + 365 * 24 * HOUR)
    for sender in senders:
        for batch in sender.acknowledged:
            books.apply_all(decode(batch).events, nothing_is_left_out)
    return books


def nothing_is_left_out(_index: int, why: EventRejected | None) -> None:
    raise why or AssertionError("an event was generated twice")


def assert_figures_are_those(positions: PositionsAnswer, books: Books) -> None:
    """Compare all but the open hour and day, which tell when blocks came."""

    def lasting(row: PositionRow) -> dict[str, object]:
        fields = msgspec.structs.asdict(row)
        return {name: value for name, value in fields.items() if name not in PASSING}

    expected = view.positions(books, positions.as_of).positions
    assert [lasting(row) for row in positions.positions] == [lasting(row) for row in expected]
    assert len(expected) == 8
    assert all(row.net is not None for row in expected)


def assert_every_event_is_there_once(
    data: Path, senders: list[Sender], status: StatusAnswer
) -> None:
    """Each event is in the journal, and the books count each of its source's numbers once."""
    found: Counter[tuple[str, int | None]] = Counter()
    for _, frame in cat(data / "journal", None, no_gap):
        found.update((each.source, each.sequence) for each in decode(frame.block).events)
    runs = {source.source: source for source in status.sources}
    for sender in senders:
        count = sum(batch.count(b"\n") for batch in sender.acknowledged)
        assert {n for source, n in found if source == sender.name} == set(range(1, count + 1))
        assert (runs[sender.name].sequence, runs[sender.name].missing) == (count, 0)


async def assert_history_is_a_rebuild(data: Path, rebuilt: Path, books: Books) -> None:
    """The rows kept through all kills are those of the journal alone, and add up to the whole."""
    shutil.copytree(data / "journal", rebuilt / "journal")
    kept = await rows_once_all_is_closed(data)
    again = await rows_once_all_is_closed(rebuilt)
    assert exact(kept) == exact(again)
    hours = [row for row in kept if row.period == "hour"]
    assert len({row.start for row in hours}) >= HOURS
    paid = sum(Fraction(row.fees) for row in hours)
    assert paid == sum(
        Fraction(sum(line.fees.values()), 10**MONEY_DECIMALS) for line in books.lines
    )


async def rows_once_all_is_closed(data: Path) -> list[PnlRow]:
    """Return the history's rows after the day has ended and a block has come."""
    rig = Rig(data, mark_max_age_ns=MARK_MAX_AGE_S * SECOND)
    rig.clock.forward(7 * 24 * HOUR)
    async with rig.running() as engine:
        await submit(engine, event.Mark(event_time=TEN, venue="XTST", symbol="TCP1", price="1"))
        await engine.tick()
        assert exact(rows_of(rig.replayed())) == exact(rig.history())
    return rig.history()

"""Whatever happens to an engine: its books and its history are those of a replay from empty."""

import asyncio
import os
import random
import tempfile
from collections.abc import Callable, Coroutine
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deskwatch.core import event
from deskwatch.core.observation import PositionReport
from deskwatch.core.timeline import Point
from deskwatch.engine.engine import Engine
from deskwatch.journal.timeline import KEPT_S
from tests.core.blotter import EQUITY, FUTURE, HOUR, INVERSE, MINUTE, SPOT
from tests.engine.rig import FlakyHistory, Rig, block, exact, flaky_history, rows_of, state

INSTRUMENTS = [EQUITY, FUTURE, INVERSE, SPOT]
SECOND = 1_000_000_000

#: What can be done to an engine between two blocks, more often what is more common.
STEPS = [
    *["events"] * 8,
    *["again"] * 2,
    *["moment", "hours"] * 3,
    *["tick"] * 6,
    "snapshot",
    "upkeep",
    *["stop", "kill"] * 2,
    "lose history",
    "damage snapshot",
    "lock history",
    "free history",
]
#: How late an event comes: mostly not at all, sometimes for a closed hour or day, and sometimes
#: before it happened, by the clock that stamped it.
LATENESS = [0, 0, 0, SECOND, 40 * MINUTE, 70 * MINUTE, 26 * HOUR, 60 * HOUR, -40 * SECOND]


class Life:
    """One engine's life, drawn from a seed; it goes on over restarts."""

    def __init__(self, folder: Path, seed: int, **books: object) -> None:
        self.rig = Rig(folder, mark_max_age_ns=5 * HOUR, remembered_fills=16, **books)
        self.rig.segment_bytes = 3000
        self.chance = random.Random(seed)
        self.sent: list[bytes] = []
        self.sequence = 0

    async def live(self, steps: list[str]) -> None:
        """Take the steps; each run of the engine ends with a stop or a kill."""
        left = list(steps)
        while left:
            ends = [n for n, step in enumerate(left) if step in RUN_ENDS]
            run, left = (left[: ends[0] + 1], left[ends[0] + 1 :]) if ends else (left, [])
            async with self.rig.running(killed=run[-1] == "kill") as engine:
                if not self.sent:
                    await self._send(engine, block(*INSTRUMENTS))
                for step in run:
                    await self._take(step, engine)
            self._after(run[-1])

    async def _take(self, step: str, engine: Engine) -> None:
        match step:
            case "events":
                await self._send(engine, self._events())
            case "again":
                await self._send(engine, self.chance.choice(self.sent))
            case "moment":
                self.rig.clock.forward(self.chance.choice([1, SECOND // 3, SECOND, 9 * SECOND]))
            case "hours":
                self.rig.clock.forward(self.chance.choice([20 * MINUTE, HOUR, 7 * HOUR, 25 * HOUR]))
            case "tick":
                await engine.tick()
            case "snapshot":  # also between two ticks
                await engine._snapshot()
            case "upkeep":
                await asyncio.to_thread(engine._upkeep)
            case "lock history" | "free history":
                FlakyHistory.locked = step == "lock history"

    def _after(self, end: str) -> None:
        if end == "lose history":
            self.rig.lose_history()
        elif end == "damage snapshot":
            for path in self.rig.snapshots()[:1]:
                path.write_bytes(path.read_bytes()[:-1])

    async def _send(self, engine: Engine, sent: bytes) -> None:
        self.sent.append(sent)
        await engine.intake.submit(sent, way="test")

    def _events(self) -> bytes:
        return block(*(self._event() for _ in range(self.chance.randint(1, 4))))

    def _event(self) -> event.Event:
        draw = self.chance
        instrument = draw.choice(INSTRUMENTS)
        self.sequence += 1
        fields: dict[str, object] = {
            "event_time": self.rig.clock.now - draw.choice(LATENESS),
            "source": "bot",
            "sequence": draw.choice([None, self.sequence]),
            "venue": instrument.venue,
            "symbol": instrument.symbol,
        }
        price = f"{draw.randint(90, 110)}.{draw.randint(0, 99):02}"
        account = draw.choice(["A1", "A2"])
        match draw.choice([*["fill"] * 3, "mark", "mark", "fee", "funding", "cash", "margin"]):
            case "fill":
                fields |= {"account": account, "side": draw.choice(["buy", "sell"])}
                fields |= {"quantity": str(draw.randint(1, 9)), "price": price, "fee": "0.1"}
                return event.Fill(exec_id=f"E{self.sequence}", **fields)  # type: ignore[arg-type]
            case "mark":
                return event.Mark(price=price, **fields)  # type: ignore[arg-type]
            case "fee":
                fields |= {"account": account, "currency": "USD", "amount": "-0.25"}
                return event.Fee(reference=f"F{self.sequence}", **fields)  # type: ignore[arg-type]
            case "funding":
                fields |= {"account": account, "amount": price}
                return event.Funding(reference=f"C{self.sequence}", **fields)  # type: ignore[arg-type]
            case "margin":
                fields |= {"account": account, "liquidation_price": price}
                fields["quantity"] = draw.choice([None, "0", "3"])
                return PositionReport(**fields)  # type: ignore[arg-type]
        del fields["venue"], fields["symbol"]
        fields |= {"account": account, "amount": "100", "currency": "USD"}
        return event.Cash(reference=f"D{self.sequence}", **fields)  # type: ignore[arg-type]


#: A law needs no disk, whose syncs take most of the time.
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None

RUN_ENDS = ("stop", "kill", "lose history", "damage snapshot")
lives = st.tuples(st.integers(0, 2**32), st.lists(st.sampled_from(STEPS), min_size=5, max_size=60))


def played(
    check: Callable[[Life], Coroutine[None, None, None]],
    seed: int,
    steps: list[str],
    **books: object,
) -> None:
    """Let an engine live through the steps, and then check it."""

    async def play() -> None:
        with tempfile.TemporaryDirectory(dir=MEMORY) as folder, flaky_history():
            life = Life(Path(folder), seed, **books)
            await life.live(steps)
            FlakyHistory.locked = False
            await check(life)

    asyncio.run(play())


async def books_are_a_replays(life: Life) -> None:
    rig = life.rig
    async with rig.running(killed=True) as engine:
        assert state(engine.books, rig.clock.now) == state(rig.replayed(), rig.clock.now)


async def history_is_a_replays(life: Life) -> None:
    """Once a last block has brought all rows, the file holds what the whole journal earned."""
    rig = life.rig
    async with rig.running() as engine:
        await engine.tick()
        rig.clock.forward(25 * HOUR)
        await engine.tick()
        await engine.intake.submit(block(life._event()), way="test")
        await engine.tick()
        assert not engine.books.closing.closed
        assert not engine.books.closing.late
        assert not engine.books.timeline.waits
    replayed = rig.replayed()
    assert exact(rig.history()) == exact(rows_of(replayed))
    waiting = replayed.timeline.waiting()
    assert rig.drawn() == {step: kept_of(step, points) for step, points in waiting.items()}


def kept_of(step_s: int, points: list[Point]) -> list[Point]:
    """Return the points that are not too old for the history, and the figures before them."""
    oldest = points[-1].time - KEPT_S[step_s]
    before = [point for point in points if point.time <= oldest and point.figures is not None]
    return [point for point in points if point.time >= (before[-1].time if before else oldest)]


@settings(max_examples=100)
@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata"])
@given(life=lives)
def test_the_books_are_those_of_a_replay_from_empty(zone, life):
    played(books_are_a_replays, *life, timezone=zone, day_start_minute=17 * 60)


@settings(max_examples=100)
@given(life=lives)
def test_the_history_is_that_of_a_replay_from_empty(life):
    played(history_is_a_replays, *life)

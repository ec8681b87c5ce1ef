"""A Submit that records what it is given, and can be told to be unavailable or slow."""

import asyncio
from collections import Counter
from collections.abc import Callable

from deskwatch.core.receipt import IntakeUnavailable, Receipt, Refusal

DEADLINE_S = 60


class FakeIntake:
    """Accepts every line but those that say "bad"; `open` holds it back while it is clear."""

    def __init__(self) -> None:
        self.blocks: list[bytes] = []
        self.ways: set[str] = set()
        self.refused: list[Refusal] = []
        self.refusals: Counter[tuple[str, str]] = Counter()
        self.unavailable = 0
        self.attempts = 0
        self.open = asyncio.Event()
        self.open.set()
        self._changed = asyncio.Condition()

    @property
    def lines(self) -> list[bytes]:
        """What came, without blank lines."""
        return [line for line in b"".join(self.blocks).split(b"\n") if line]

    async def __call__(
        self, block: bytes, *, way: str, refused: list[Refusal] | None = None
    ) -> Receipt:
        async with self._changed:
            self.attempts += 1
            self._changed.notify_all()
        await self.open.wait()
        if self.unavailable:
            self.unavailable -= 1
            raise IntakeUnavailable("the disk is full")
        assert not block or block.endswith(b"\n")
        numbered = list(enumerate(block.split(b"\n"), start=1))
        bad = [
            Refusal(number, "malformed_json", "bad" * 25, "JSON" * 25)
            for number, line in numbered
            if b"bad" in line
        ]
        all_refused = sorted([*(refused or []), *bad], key=lambda refusal: refusal.line)
        events = sum(1 for _, line in numbered if line) - len(bad)
        async with self._changed:
            self.blocks.append(block)
            self.ways.add(way)
            self.refused += refused or []
            self._changed.notify_all()
        return Receipt(events, 0, all_refused, len(all_refused))

    def refuse(self, way: str, reason: str) -> None:
        self.refusals[way, reason] += 1

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until `holds`, looked at whenever something came; fail at the deadline."""
        async with asyncio.timeout(DEADLINE_S), self._changed:
            await self._changed.wait_for(holds)

    async def until_lines(self, count: int) -> None:
        await self.until(lambda: len(self.lines) >= count)


class FakeSleep:
    """Returns at once and remembers how long it was asked to wait."""

    def __init__(self) -> None:
        self.asked: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.asked.append(seconds)
        await asyncio.sleep(0)

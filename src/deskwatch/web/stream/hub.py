"""What the page's streams tell: each topic is computed once for all who read it.

A round, four times a second while anyone reads, asks for the topics that are read and notes what
changed. A reader holds a version, no queue: whoever was slow gets all that it lacks in one message.
"""

import asyncio
import secrets
import time
import zlib
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from msgspec import Struct, json

from deskwatch.core.event import Nanoseconds
from deskwatch.web.stream.asking import Ask, Asking, Elapsed
from deskwatch.web.stream.event_stream import event
from deskwatch.web.stream.topic import Topic

#: From one round to the next, and from one beat to the next: at least one each second.
PACE_S: Final = 0.25
BEAT_S: Final = 0.75

#: How long a round waits for topics that somebody else must be asked for.
WAIT_S: Final = 0.1


class Place(Struct, frozen=True):
    """Where a reader is: of which hub's run and which topics (`epoch`), at which version."""

    epoch: str
    version: int


class Beat(Struct, frozen=True):
    """Says that the engine is alive."""

    now: Nanoseconds


class Hub:
    """The topics and their readers. clock: the engine's, in ns. pace_s: from round to round."""

    def __init__(
        self,
        topics: Mapping[str, Ask],
        clock: Callable[[], int],
        elapsed: Elapsed = time.monotonic,
        pace_s: float = PACE_S,
    ) -> None:
        self._askings = {name: Asking(name, ask, elapsed) for name, ask in topics.items()}
        self._topics = {name: Topic() for name in topics}
        self._clock = clock
        self._elapsed = elapsed
        self._pace_s = pace_s
        self._run = secrets.token_hex(4)
        self._readers: Counter[str] = Counter()
        self._told: dict[tuple[tuple[str, ...], int | None], bytes | None] = {}
        self._beaten_at = float("-inf")
        self._passed = asyncio.Event()
        self._rounds: asyncio.Task[None] | None = None
        self.version = 0
        self.beats = 0

    @property
    def names(self) -> Iterable[str]:
        """The topics that there are."""
        return self._topics.keys()

    async def messages(self, names: tuple[str, ...], after: Place | None) -> AsyncGenerator[bytes]:
        """Yield a reader's messages. names: topics that there are, each once, in order.

        The first comes of the next round, which is at once where nobody else reads.
        """
        epoch = self._epoch(names)
        version = after.version if after is not None and after.epoch == epoch else None
        beats = None
        with self.reading(names):
            while True:
                await self._round_passed()
                message, version = self.message(names, version), self.version
                if message is not None:
                    yield message
                if beats != self.beats:
                    beats = self.beats
                    now = json.encode(Beat(self._clock()))
                    yield event(b"beat", _identity(epoch, version), now)

    @contextmanager
    def reading(self, names: tuple[str, ...]) -> Iterator[None]:
        """Have the rounds ask for these topics."""
        self._readers.update(names)
        try:
            yield
        finally:
            self._readers.subtract(names)
            self._readers = +self._readers
            if not self._readers:
                self._rest()

    def _rest(self) -> None:
        if self._rounds is not None:
            self._rounds.cancel()
            self._rounds = None
        for asking in self._askings.values():
            asking.forget()

    async def _round_passed(self) -> None:
        """Return when the next round is over. Raises what ended the rounds."""
        if self._rounds is None:
            self._rounds = asyncio.create_task(self._go_round(), name="deskwatch-stream")
            self._rounds.add_done_callback(self._rounds_ended)
        rounds = self._rounds
        await self._passed.wait()
        if rounds.done():
            rounds.result()

    def _rounds_ended(self, rounds: asyncio.Task[None]) -> None:
        """Let those who wait for a round know that none comes; the next reader begins anew."""
        if self._rounds is rounds:
            self._rounds = None
            self._pass()

    def _pass(self) -> None:
        passed, self._passed = self._passed, asyncio.Event()
        passed.set()

    async def _go_round(self) -> None:
        while True:
            began = self._elapsed()
            await self.round()
            await asyncio.sleep(max(self._pace_s - (self._elapsed() - began), 0.0))

    async def round(self) -> None:
        """Ask for what is read, and let its readers know."""
        version, changed = self.version + 1, False
        names = sorted(self._readers)
        part = 1 / max(len(names), 1)
        for name in names:
            value = self._askings[name].ask()
            if value is not None:
                changed |= self._become(name, value, version, part)
                await asyncio.sleep(0)  # events are booked between two topics
        answers = [answer for name in names if (answer := self._askings[name].answer)]
        if answers:
            await asyncio.wait(answers, timeout=WAIT_S)
        for name in names:
            value = self._askings[name].take()
            if value is not None:
                changed |= self._become(name, value, version, part)
        if changed:
            self.version = version
        self._told.clear()
        self._beat()
        self._pass()

    def _become(self, name: str, value: dict[str, Any], version: int, part: float) -> bool:
        """Take a topic's answer; return whether it changed."""
        changed = self._topics[name].become(value, version, self._elapsed())
        self._askings[name].pause(part)
        return changed

    def _beat(self) -> None:
        if self._elapsed() - self._beaten_at >= BEAT_S:
            self._beaten_at = self._elapsed()
            self.beats += 1

    def message(self, names: tuple[str, ...], version: int | None) -> bytes | None:
        """Return what a reader who has `version` lacks, None where that is nothing.

        version: None for one who has nothing that is known here.
        """
        if version == self.version:
            return None
        key = (names, version)
        if key not in self._told:  # most readers have the same topics, and are as far
            self._told[key] = self._make_message(names, version)
        return self._told[key]

    def _make_message(self, names: tuple[str, ...], version: int | None) -> bytes | None:
        topics = {name: self._topics[name] for name in names}
        told: dict[str, bytes | None]
        if version is None or not all(topic.knows(version) for topic in topics.values()):
            kind = b"snapshot"
            told = {name: topic.whole for name, topic in topics.items()}
        else:
            kind = b"delta"
            told = {name: topic.after(version) for name, topic in topics.items()}
        members = [b'"%b":%b' % (name.encode(), part) for name, part in told.items() if part]
        if kind == b"delta" and not members:
            return None
        data = b'{"topics":{%b}}' % b",".join(members)
        return event(kind, _identity(self._epoch(names), self.version), data)

    def _epoch(self, names: tuple[str, ...]) -> str:
        """Return the epoch of a reader of `names`: another's deltas are not of its topics."""
        return f"{self._run}{zlib.crc32(','.join(names).encode()):08x}"


def _identity(epoch: str, version: int) -> bytes:
    return f"{epoch}-{version}".encode()

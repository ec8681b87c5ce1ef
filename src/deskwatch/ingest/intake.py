"""Where every way in meets: decode, journal, books, receipt."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Final

import structlog

from deskwatch.core.books import Books
from deskwatch.core.codec import Decoded, UnknownKind, decode, event_lines
from deskwatch.core.event import Event
from deskwatch.core.period import SECOND
from deskwatch.core.receipt import MAX_QUOTED_REFUSALS, IntakeUnavailable, Receipt, Refusal
from deskwatch.core.rejection import REASONS, EventRejected

log = structlog.get_logger()

#: Events that are applied before others get a turn on the loop.
TURN: Final = 500

#: Sources that are counted under their own name; the rest are counted together.
MAX_SOURCES: Final = 1000
OTHER_SOURCES: Final = "other"

#: Blocks that wait for the journal; with one more over it, its sender is told to try again.
MAX_BACKLOG_BYTES: Final = 64 << 20

Commit = Callable[[Sequence[tuple[int, bytes]]], Awaitable[None]]


class Tally:
    """What came in since the start, by label values."""

    def __init__(self) -> None:
        self.events: Counter[tuple[str, str]] = Counter()  # source, kind
        self.refused: Counter[tuple[str, str]] = Counter()  # source or way in, reason
        self.duplicates: Counter[str] = Counter()  # source
        self.unknown_kinds: Counter[str] = Counter()  # source
        self._sources: set[str] = set()

    def source(self, name: str) -> str:
        """Return the name that a source is counted by: its own, while there are few."""
        if name not in self._sources:
            if len(self._sources) >= MAX_SOURCES:
                return OTHER_SOURCES
            self._sources.add(name)
        return name


@dataclass(slots=True)
class _Waiting:
    """A block that is on its way into the journal."""

    decoded: Decoded
    submitted: int
    receipt: asyncio.Future[Receipt]


class Intake:
    """Takes blocks in order; a group of them goes to the journal at once, then to the books.

    commit: keeps frames of (receive time, block) for good, or raises IntakeUnavailable.
    boundary: held while a group is on its way; whoever holds it finds the books between two.
    """

    def __init__(self, commit: Commit, clock: Callable[[], int]) -> None:
        self.tally = Tally()
        #: Called once a group is booked, with the time (ns) of its last event: the event's own, or
        #: when it came, where it was not booked and its own may be any number.
        self.booked: Callable[[int], None] = _nobody_waits
        self.backlog_bytes = 0
        self.lag_s = 0.0
        self.boundary = asyncio.Lock()
        self._books: Books | None = None
        self._commit = commit
        self._clock = clock
        self._waiting: list[_Waiting] = []
        self._wake = asyncio.Event()
        self._closed_because: str | None = "the journal is being replayed"

    def open(self, books: Books) -> None:
        """Take blocks from now on, into `books`."""
        self._books = books
        self._closed_because = None

    def close(self, why: str) -> None:
        """Take no more blocks; what is waiting still goes in."""
        self._closed_because = why
        self._wake.set()

    def refuse(self, way: str, reason: str) -> None:
        """Count what a way in refused before there were events."""
        self._refused(way, reason, found="", expected=REASONS[reason])

    def _refused(self, source: str, reason: str, *, found: str, expected: str) -> None:
        """Count a refusal, and log the first, the tenth, the hundredth … of its kind."""
        self.tally.refused[source, reason] += 1
        count = self.tally.refused[source, reason]
        if str(count).strip("0") == "1":
            log.warning(
                "event_refused",
                source=source,
                reason=reason,
                found=found,
                expected=expected,
                count=count,
            )

    async def submit(
        self, block: bytes, *, way: str, refused: list[Refusal] | None = None
    ) -> Receipt:
        """Keep and book a block: see core.receipt.Submit."""
        if self._closed_because is not None:
            raise IntakeUnavailable(self._closed_because)
        if self.backlog_bytes + len(block) > MAX_BACKLOG_BYTES:
            raise IntakeUnavailable("the backlog is full", busy=True)
        decoded = decode(block)
        if refused:
            decoded = decoded._replace(
                refused=[*refused, *decoded.refused], sources=[""] * len(refused) + decoded.sources
            )
        for refusal, sent_by in zip(decoded.refused, decoded.sources, strict=True):
            source = self.tally.source(sent_by) if sent_by else way
            self._refused(source, refusal.reason, found=refusal.found, expected=refusal.expected)
        if not decoded.events:
            return _receipt(decoded, 0, 0, [])
        future: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(decoded, self._clock(), future))
        self.backlog_bytes += len(decoded.block)
        self._wake.set()
        return await future

    async def run(self) -> None:
        """Commit and apply groups until closed and empty."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting:
                group, self._waiting = self._waiting, []
                async with self.boundary:
                    await self._take(group)
            if self._closed_because is not None:
                return

    async def _take(self, group: list[_Waiting]) -> None:
        assert self._books is not None
        size = sum(len(waiting.decoded.block) for waiting in group)
        # One clock for the whole group, read here: no tick of the books comes between this time
        # and the frames that carry it, so a replay sees the same order.
        now = max(self._clock(), self._books.now)
        frames = [(now, waiting.decoded.block) for waiting in group]
        try:
            await self._commit(frames)
        except IntakeUnavailable as unavailable:
            for waiting in group:
                if not waiting.receipt.done():
                    again = IntakeUnavailable(
                        str(unavailable), retry_after_s=unavailable.retry_after_s
                    )
                    waiting.receipt.set_exception(again)
            return
        finally:
            self.backlog_bytes -= size
        happened = now
        for waiting in group:
            receipt, happened = await self._apply(self._books, now, waiting.decoded)
            # A sender that is gone has cancelled its future.
            if not waiting.receipt.done():
                waiting.receipt.set_result(receipt)
        self.lag_s = max(0, self._clock() - group[0].submitted) / SECOND
        self.booked(happened)

    async def _apply(self, books: Books, now: int, decoded: Decoded) -> tuple[Receipt, int]:
        """Book a block; return its receipt, and what `booked` is told if it is the last."""
        events = decoded.events
        refused: list[tuple[int, EventRejected]] = []
        duplicates: list[int] = []
        new = 0

        def without(index: int, why: EventRejected | None) -> None:
            if why is None:
                duplicates.append(first + index)
            else:
                refused.append((first + index, why))

        books.begin(now)
        for first in range(0, len(events), TURN):
            new += books.apply_all(events[first : first + TURN], without)
            if first + TURN < len(events):
                await asyncio.sleep(0)
        self._count(events, refused, duplicates)
        last = len(events) - 1
        unbooked = (*duplicates[-1:], *(index for index, _ in refused[-1:]))
        happened = now if last in unbooked else events[last].event_time
        return _receipt(decoded, new, len(duplicates), refused), happened

    def _count(
        self, events: list[Event], refused: list[tuple[int, EventRejected]], duplicates: list[int]
    ) -> None:
        tally = self.tally
        by_kind = _by_source_and_kind(events)
        for index in (*duplicates, *(index for index, _ in refused)):
            by_kind[events[index].source, type(events[index])] -= 1
        for (source, kind), count in by_kind.items():
            name = tally.source(source)
            if not count:
                continue
            if kind is UnknownKind:
                tally.unknown_kinds[name] += count
            tally.events[name, str(kind.__struct_config__.tag or "unknown")] += count
        for index in duplicates:
            tally.duplicates[tally.source(events[index].source)] += 1
        for index, rejected in refused:
            source = tally.source(events[index].source)
            self._refused(source, rejected.reason, found=rejected.found, expected=rejected.expected)


_source_of: Final = attrgetter("source")
_kind_of: Final[Callable[[Event], type[Event]]] = type


def _by_source_and_kind(events: list[Event]) -> dict[tuple[str, type[Event]], int]:
    """Return how many events there are of each; a block mostly comes from one source."""
    sources = set(map(_source_of, events))
    if len(sources) == 1:
        source = sources.pop()
        return {(source, kind): count for kind, count in Counter(map(_kind_of, events)).items()}
    return Counter(zip(map(_source_of, events), map(_kind_of, events), strict=True))


def _nobody_waits(_event_time: int) -> None:
    """Take no notice of what was booked."""


def _receipt(
    decoded: Decoded, new: int, duplicates: int, refused: list[tuple[int, EventRejected]]
) -> Receipt:
    refusals = list(decoded.refused)
    lines = event_lines(decoded) if refused else []
    for index, rejected in refused:
        line = lines[index]
        refusals.append(Refusal(line, rejected.reason, rejected.found, rejected.expected))
    refusals.sort(key=lambda refusal: refusal.line)
    return Receipt(new, duplicates, refusals[:MAX_QUOTED_REFUSALS], len(refusals))

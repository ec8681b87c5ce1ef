"""The logs as the HTTP service sees them, out of the log store."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import Final

from deskwatch.core.period import SECOND
from deskwatch.logs import keeper
from deskwatch.logs.keeper import MISSING, LogKeeper
from deskwatch.logs.level import LEVELS
from deskwatch.logs.own import OWN
from deskwatch.logs.search import Entry, Key, Query, holds
from deskwatch.web.answers.logs import (
    LogLine,
    LogNews,
    LogsAnswer,
    LogStreamRow,
    LogStreamsAnswer,
    StreamState,
)
from deskwatch.web.desks.logs import LogFilter, LogQuery, LogsUnavailable

#: How long nothing is said to whoever looks on, and between two messages with entries.
_BEAT_S: Final = 1.0
_PACE_S: Final = 0.25

_EVERY_LEVEL: Final = (1 << len(LEVELS)) - 1


class EngineLogDesk:
    """Answers for a log store; see web.desks.logs.LogDesk. clock: ns UTC."""

    def __init__(self, logs: LogKeeper, clock: Callable[[], int]) -> None:
        self._logs = logs
        self._clock = clock
        # Numbers of a run mean nothing to the next one.
        self._epoch = clock()

    async def search(self, query: LogQuery) -> LogsAnswer:
        """Return what is found. Raises LogsUnavailable."""
        wanted = query.wanted
        asked = Query(
            start_ns=query.start_ns,
            end_ns=query.end_ns,
            services=wanted.services,
            levels=_bits(wanted),
            text=wanted.text.encode(),
            before=None if query.before is None else _key(query.before),
            limit=query.limit,
        )
        try:
            found = await self._logs.search(asked)
        except keeper.LogsUnavailable as unavailable:
            raise LogsUnavailable(str(unavailable), busy=unavailable.busy) from unavailable
        return LogsAnswer(
            as_of=self._clock(),
            lines=list(map(_line, found.entries)),
            next=None if found.following is None else _id(found.following),
            complete=found.complete,
        )

    async def follow(
        self, wanted: LogFilter, after: str | None
    ) -> AsyncGenerator[tuple[str, LogNews | None]]:
        """Yield news, a few times a second at most; None every second without any."""
        recent, number = self._logs.recent, self._logs.recent.last
        restarted = False
        if after is not None:
            epoch, _, last = after.partition("-")
            restarted = int(epoch) != self._epoch or int(last) > number
            number = 0 if restarted else int(last)
        loop = asyncio.get_running_loop()
        first, said_at = True, loop.time()
        while not recent.closed:
            news = recent.after(number)
            number = news.last
            lines = [_line(entry) for entry in news.entries if _fits(entry, wanted)]
            said = f"{self._epoch}-{number}"
            if first or lines or news.skipped:
                skipped = None if first and restarted else news.skipped
                yield said, LogNews(now=self._clock(), lines=lines, skipped=skipped)
                first, said_at = False, loop.time()
            elif loop.time() - said_at >= _BEAT_S:
                yield said, None
                said_at = loop.time()
            await asyncio.sleep(_PACE_S)
            await recent.changed(number, _BEAT_S - _PACE_S)

    def streams(self) -> LogStreamsAnswer:
        """Return what is kept."""
        logs = self._logs
        return LogStreamsAnswer(
            as_of=self._clock(),
            streams=[self._stream(name) for name in {**logs.files, **logs.store.streams}],
            stored_bytes=logs.store.stored_bytes,
            max_bytes=logs.store.bounds.max_bytes,
            keep_s=logs.store.bounds.keep_ns // SECOND,
            trouble=logs.trouble or "",
        )

    def _stream(self, name: str) -> LogStreamRow:
        logs = self._logs
        followed, stream = logs.files.get(name), logs.store.streams.get(name)
        detail = logs.unread.get(name, "")
        state: StreamState = "followed"
        if detail:
            state = "missing" if detail == MISSING else "unreadable"
        elif followed is None and name != OWN:
            state = "ended"
        return LogStreamRow(
            stream=name,
            service=name if followed is None else followed.service,
            path=None if followed is None else str(followed.path),
            state=state,
            detail=detail,
            stored_bytes=0 if stream is None else stream.stored_bytes,
            behind_bytes=logs.behind_bytes(name),
        )


def _bits(wanted: LogFilter) -> int:
    """Return the levels that are asked for, a bit for each of LEVELS."""
    if wanted.levels is None:
        return _EVERY_LEVEL
    return sum(1 << LEVELS.index(level) for level in wanted.levels)


def _fits(entry: Entry, wanted: LogFilter) -> bool:
    """Whether an entry is asked for: as `search` finds it."""
    if wanted.services is not None and entry.service not in wanted.services:
        return False
    if not _bits(wanted) >> entry.level & 1:
        return False
    return holds(entry.text, wanted.text.encode())


def _line(entry: Entry) -> LogLine:
    return LogLine(
        id=_id(entry.key),
        time=entry.key.time,
        stream=entry.key.stream,
        service=entry.service,
        level=LEVELS[entry.level],
        text=entry.text.decode(errors="replace"),
    )


def _id(key: Key) -> str:
    return f"{key.time}-{key.number}-{key.stream}"


def _key(text: str) -> Key:
    """Return what `_id` was made of; the stream's name may have hyphens."""
    time, number, stream = text.split("-", 2)
    return Key(int(time), stream, int(number))

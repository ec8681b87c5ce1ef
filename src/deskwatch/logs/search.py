"""Searches: entries found by time, service, level and text, newest first."""

import heapq
import os
import time
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Final, NamedTuple, Self

from msgspec import Struct

from deskwatch.logs.chunk import (
    FRAME,
    Columns,
    Damaged,
    read_body,
    read_columns,
    read_sketch,
    read_texts,
)
from deskwatch.logs.sketch import may_hold
from deskwatch.logs.stream import Held, Kept, Stream

#: A search that takes longer says so, and from where to go on.
SEARCH_S: Final = 3.0

#: So many bytes of one answer's texts; it then ends early, and says from where to go on.
MAX_ANSWER_BYTES: Final = 8 * 1024 * 1024


class Key(NamedTuple):
    """What orders entries: by time, and what one file has at one time by its place in the file."""

    time: int
    stream: str
    number: int


class Entry(NamedTuple):
    """An entry that was found. level: its place in LEVELS."""

    key: Key
    service: str
    level: int
    text: bytes


class Query(Struct, frozen=True, kw_only=True):
    """What is asked for: start_ns <= time < end_ns, and all that is said.

    services: None is every one. levels: a bit for each of LEVELS. text: as it stands in the entry;
    without capitals it is found in capitals, too. before: entries that follow it in an answer.
    """

    start_ns: int
    end_ns: int
    services: frozenset[str] | None = None
    levels: int = -1
    text: bytes = b""
    before: Key | None = None
    limit: int = 100


class Found(NamedTuple):
    """The newest entries, newest first. following: where to go on; None when that is all."""

    entries: list[Entry]
    following: Key | None
    complete: bool


class _Chunk(NamedTuple):
    """A chunk that may hold what is asked for. latest: its newest time, in ns."""

    latest: int
    stream: Stream
    service: str
    first: int
    source: Kept | Held


def search(
    streams: Sequence[Stream],
    query: Query,
    *,
    clock: Callable[[], float] = time.monotonic,
    seconds: float = SEARCH_S,
) -> Found:
    """Return what is found. Reads the disk and takes long: not for the event loop's thread.

    complete: whether all was searched that had to be, within `seconds` by `clock`.
    """
    chunks = sorted(_chunks(streams, query), key=lambda chunk: chunk.latest, reverse=True)
    deadline = clock() + seconds
    found: list[Entry] = []
    waiting: list[_Waiting] = []  # a heap
    room = MAX_ANSWER_BYTES
    with _Files() as files:
        for chunk in [*chunks, None]:
            # What is newer than all that is still to be searched can't be overtaken.
            while waiting and (chunk is None or waiting[0].entry.key.time > chunk.latest):
                if len(found) == query.limit or room <= 0:
                    return Found(found, found[-1].key, complete=True)
                found.append(heapq.heappop(waiting).entry)
                room -= len(found[-1].text)
            if chunk is None:
                break
            if clock() > deadline:
                return Found(found, Key(chunk.latest + 1, "", 0), complete=False)
            for entry in _matches(chunk, query, files):
                heapq.heappush(waiting, _Waiting(entry))
    return Found(found, None, complete=True)


class _Waiting:
    """An entry that newer ones may still come before."""

    __slots__ = ("entry",)

    def __init__(self, entry: Entry) -> None:
        self.entry = entry

    def __lt__(self, other: "_Waiting") -> bool:
        return self.entry.key > other.entry.key


def _chunks(streams: Sequence[Stream], query: Query) -> Iterator[_Chunk]:
    """Yield the chunks that may hold what is asked for."""
    end_ns = query.end_ns
    if query.before is not None:
        end_ns = min(end_ns, query.before.time + 1)
    for stream in streams:
        kept, held = stream.snapshot(query.start_ns, end_ns)
        for one in kept:
            head = one.head
            if head.levels & query.levels and _wanted(head.service, query):
                yield _Chunk(head.latest, stream, head.service, head.first, one)
        if held.texts and _wanted(stream.service, query):
            yield _Chunk(max(held.times), stream, stream.service, held.first, held)


def _wanted(service: str, query: Query) -> bool:
    return query.services is None or service in query.services


def _matches(chunk: _Chunk, query: Query, files: "_Files") -> list[Entry]:
    """Return the newest entries of a chunk that are asked for: one more than are wanted at most."""
    try:
        texts, columns = _read(chunk.source, query, files)
    except Damaged as damaged:
        assert isinstance(chunk.source, Kept), "what is held is not read"
        chunk.stream.found_damaged(chunk.source, str(damaged))
        return []
    keys = []
    for index in _with_text(texts, columns, query):
        at = columns.times[index]
        if not (query.start_ns <= at < query.end_ns and query.levels >> columns.levels[index] & 1):
            continue
        key = Key(at, chunk.stream.name, chunk.first + index)
        if query.before is None or key < query.before:
            keys.append(key)
    places = [(key, key.number - chunk.first) for key in heapq.nlargest(query.limit + 1, keys)]
    return [
        Entry(key, chunk.service, columns.levels[place], _text(texts, columns, place))
        for key, place in places
    ]


def _read(source: Kept | Held, query: Query, files: "_Files") -> tuple[bytes, Columns]:
    """Return a chunk's texts and columns; none where the text that is asked for is not in it.

    Raises Damaged.
    """
    if isinstance(source, Held):
        ends = array("I", accumulate(len(text) + 1 for text in source.texts))
        columns = Columns(array("q", source.times), source.levels, ends)
        return b"\n".join([*source.texts, b""]), columns
    body = files.body(source)
    if body is not None and may_hold(read_sketch(body), query.text):
        texts = read_texts(source.head, body)
        if holds(texts, query.text):
            return texts, read_columns(source.head, body)
    return b"", Columns(array("q"), b"", array("I"))


def holds(text: bytes, wanted: bytes) -> bool:
    """Return whether a text is in another; without capitals, capitals are found as well."""
    small = bytes.lower if wanted.isascii() else _small
    return wanted in (small(text) if wanted == small(wanted) else text)


def _small(text: bytes) -> bytes:
    """Return a text in small letters of all alphabets; what is no UTF-8 stays."""
    return text.decode(errors="surrogateescape").lower().encode(errors="surrogateescape")


def _with_text(texts: bytes, columns: Columns, query: Query) -> Iterator[int]:
    """Yield the places of the entries that hold the text, in order."""
    if not query.text:
        yield from range(len(columns.times))
        return
    if not query.text.isascii():  # a small letter may be longer or shorter than its capital
        for index in range(len(columns.ends)):
            if holds(_text(texts, columns, index), query.text):
                yield index
        return
    if query.text == query.text.lower():
        texts = texts.lower()
    at = texts.find(query.text)
    while at >= 0:
        index = bisect_right(columns.ends, at)
        yield index
        at = texts.find(query.text, columns.ends[index])


def _text(texts: bytes, columns: Columns, index: int) -> bytes:
    begin = columns.ends[index - 1] if index else 0
    return texts[begin : columns.ends[index] - 1]


class _Files:
    """The segments that a search reads, the last one open."""

    def __init__(self) -> None:
        self._path: Path | None = None
        self._fd = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def body(self, kept: Kept) -> memoryview | None:
        """Return a chunk's body; None when its segment has been removed. Raises Damaged."""
        if kept.path != self._path:
            self._close()
            try:
                self._fd = os.open(kept.path, os.O_RDONLY)
            except FileNotFoundError:
                return None
            self._path = kept.path
        lengths = os.pread(self._fd, FRAME.size, kept.offset)
        if len(lengths) < FRAME.size:
            raise Damaged("the bytes end inside a frame's lengths")
        _, head_bytes, body_bytes = FRAME.unpack(lengths)
        return read_body(os.pread(self._fd, FRAME.size + head_bytes + body_bytes, kept.offset))

    def _close(self) -> None:
        if self._path is not None:
            os.close(self._fd)
            self._path = None

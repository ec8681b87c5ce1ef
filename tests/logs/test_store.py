"""What is kept is bounded, survives what a crash leaves of it, and is found as it was written."""

import errno
import os
from functools import partial
from itertools import count
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from deskwatch.logs import store as logs_store
from deskwatch.logs import stream
from deskwatch.logs.chunk import Head, encode_frame
from deskwatch.logs.level import LEVELS
from deskwatch.logs.line import Batch
from deskwatch.logs.recent import Recent
from deskwatch.logs.search import Entry, Key, Query, search
from deskwatch.logs.sketch import SKETCH_BYTES, may_hold, sketch
from deskwatch.logs.store import Bounds, LogStore
from deskwatch.logs.stream import Stream
from tests.logs.test_tail import Following

DAY = 86_400 * 1_000_000_000
ALL = Query(start_ns=0, end_ns=2**63 - 1, limit=100_000)


def batch(*texts: str, time: int = 0) -> Batch:
    levels = bytearray([LEVELS.index("info")] * len(texts))
    return Batch([time] * len(texts), levels, [text.encode() for text in texts])


def texts(*streams: Stream, query: Query = ALL) -> list[str]:
    return [entry.text.decode() for entry in search(streams, query).entries]


def segments(folder):
    return sorted(folder.glob("*.chunks"))


@pytest.mark.parametrize("cut", [1, 7, 40, 300])
def test_a_torn_chunk_is_cut_and_its_lines_are_read_again(tmp_path, cut):
    following = Following(tmp_path)
    for part in range(3):
        following.write("".join(f"INFO {part} {number}\n" for number in range(200)))
        following.look()
        following.stream.close_chunk()
    following.write("INFO end\n")
    (segment,) = segments(following.folder)
    os.truncate(segment, segment.stat().st_size - cut)
    following.crash()
    assert following.stream.cut_bytes > 0
    assert len(following.lines) == 400 - 1  # the last line of the second waited for its end
    following.look()
    following.settle()
    expected = [f"INFO {part} {number}" for part in range(3) for number in range(200)]
    assert following.lines == [*expected, "INFO end"]
    following.tail.close()


def test_what_the_disk_has_spoiled_is_said_once_and_the_rest_is_found(tmp_path):
    kept = Stream(tmp_path, "bot")
    for name in "abc":
        kept.append(batch(name), None)
        kept.close_chunk()
    (segment,) = segments(tmp_path)
    data = bytearray(segment.read_bytes())
    (_, (second, _), _) = kept._segments[0].chunks
    data[second + 100] ^= 1
    segment.write_bytes(data)
    assert texts(kept) == ["c", "a"]
    damaged = kept.damaged_bytes
    assert damaged > 0
    assert texts(kept) == ["c", "a"]
    assert kept.damaged_bytes == damaged


def test_a_chunk_whose_head_is_no_text_any_more_ends_no_start(tmp_path):
    kept = Stream(tmp_path, "bot")
    for name in "ab":
        kept.append(batch(name), None)
        kept.close_chunk()
    (segment,) = segments(tmp_path)
    data = bytearray(segment.read_bytes())
    data[data.rindex(b"bot")] ^= 0x80
    segment.write_bytes(data)
    again = Stream(tmp_path, "bot")
    assert again.cut_bytes > 0
    assert texts(again) == ["a"]


def laid_out_otherwise(text: str) -> bytes:
    """Return a whole frame with a chunk as no deskwatch that we know lays it out."""
    return encode_frame(Head("bot", 0, 1, 0, 0, 1, len(text), None), text.encode())


def test_an_open_chunk_of_another_layout_ends_no_start(tmp_path):
    Stream(tmp_path, "bot")
    (tmp_path / "open").write_bytes(laid_out_otherwise("a"))
    kept = Stream(tmp_path, "bot")
    assert kept.cut_bytes > 0
    kept.append(batch("b"), None)
    assert texts(kept) == ["b"]


@pytest.mark.parametrize("text", ["a", "a" * 2 * SKETCH_BYTES])
@pytest.mark.parametrize("asked", [b"", b"aaaa"])
def test_a_chunk_of_another_layout_ends_no_search(tmp_path, text, asked):
    kept = Stream(tmp_path, "bot")
    kept._segments[0].append(laid_out_otherwise(text))
    kept = Stream(tmp_path, "bot")
    kept.append(batch("aaaa"), None)
    assert texts(kept, query=structs.replace(ALL, text=asked)) == ["aaaa"]


def test_a_disk_that_takes_nothing_changes_nothing(tmp_path, monkeypatch):
    kept = Stream(tmp_path, "bot")
    kept.append(batch("a"), None)
    kept.close_chunk()
    kept.append(batch("b"), None)

    written = os.pwrite

    def full(fd, data, offset):
        written(fd, data[:5], offset)
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "pwrite", full)
        with pytest.raises(OSError, match="No space left"):
            kept.close_chunk()
    assert texts(kept) == ["b", "a"]
    kept.close_chunk()
    assert texts(Stream(tmp_path, "bot")) == ["b", "a"]


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(stream, "SEGMENT_BYTES", 8192)


def test_who_writes_most_pushes_out_its_own(tmp_path, small):
    store = LogStore(tmp_path, Bounds(100_000, 365 * DAY))
    store.open({"loud": "loud", "quiet": "quiet"})
    loud, quiet = store.streams["loud"], store.streams["quiet"]
    quiet.append(batch("said first"), None)
    quiet.close_chunk()
    for number in range(60):
        loud.append(batch(f"{number} {os.urandom(2000).hex()}"), None)
        loud.close_chunk()
        store.keep_bounds(1)
        assert store.stored_bytes <= store.bounds.max_bytes
    on_disk = sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file())
    assert on_disk == store.stored_bytes
    assert texts(quiet) == ["said first"]
    kept = [int(text.split()[0]) for text in texts(loud)]
    assert kept == list(range(59, 59 - len(kept), -1))
    assert 5 < len(kept) < 60


class SmallDisk(NamedTuple):
    """A disk of so many bytes, on which others have some and the logs have the rest."""

    total: int
    others: int
    folder: Path

    @property
    def free(self) -> int:
        logs = sum(one.stat().st_size for one in self.folder.glob("*.chunks"))
        return self.total - self.others - logs


@pytest.mark.parametrize(
    ("others", "most"),
    [
        pytest.param(100_000, 260_000, id="a tenth is the journal's"),
        pytest.param(390_000, 20_000, id="others have all of it: the newest logs stay"),
    ],
)
def test_logs_leave_the_journal_its_room(tmp_path, small, monkeypatch, others, most):
    monkeypatch.setattr(logs_store, "LEAST_BYTES", 20_000)
    disk = SmallDisk(400_000, others, tmp_path / "bot")
    store = LogStore(tmp_path, Bounds(10**9, 365 * DAY), lambda _: disk)
    store.open({"bot": "bot"})
    bot = store.streams["bot"]
    for number in range(180):
        bot.append(batch(f"{number} {os.urandom(2000).hex()}"), None)
        bot.close_chunk()
        store.keep_bounds(1)
        assert store.stored_bytes <= most
    assert store.stored_bytes > most - 12_000  # a segment goes as a whole
    assert texts(bot)[0].startswith("179 ")


def test_what_is_too_old_is_removed_and_the_position_stays(tmp_path, small):
    store = LogStore(tmp_path, Bounds(10**9, DAY))
    store.open({"bot": "bot"})
    bot = store.streams["bot"]
    for day in range(4):
        bot.append(batch(f"{day} {os.urandom(6000).hex()}", time=day * DAY), None)
        bot.close_chunk()
    store.keep_bounds(3 * DAY + 1)
    assert [text[0] for text in texts(bot)] == ["3"]
    store.keep_bounds(9 * DAY)
    assert texts(bot) == []
    assert Stream(tmp_path / "bot", "bot").next == bot.next == 4


def test_a_file_that_is_followed_no_more_is_found_until_it_expires(tmp_path):
    store = LogStore(tmp_path, Bounds(10**9, DAY))
    store.open({"gone": "gone"})
    store.streams["gone"].append(batch("a", time=DAY), None)
    store.save()
    again = LogStore(tmp_path, Bounds(10**9, DAY))
    again.open({})
    assert texts(*again.streams.values()) == ["a"]
    again.keep_bounds(2 * DAY)
    assert "gone" in again.streams
    again.keep_bounds(3 * DAY)
    assert not again.streams
    assert not (tmp_path / "gone").exists()


WORDS = st.sampled_from(["a", "ab", "Ab", "abcd-7", "ABCD-7", "x" * 50, "ä", "Ä7", "ОРДЕР 17", ""])
LINE = st.tuples(st.integers(0, 6), st.sampled_from([1, 2, 4]), WORDS)
WRITES = st.lists(
    st.tuples(st.sampled_from(["one", "two"]), st.lists(LINE, max_size=4), st.booleans()),
    max_size=8,
)


@given(
    WRITES,
    st.integers(0, 4), st.integers(1, 8), st.sampled_from([-1, 0b10000, 0b110]),
    st.sampled_from(["", "a", "Ab", "abcd-7", "ABCD", "ä", "Ä", "ордер 17"]), st.sampled_from([None, frozenset({"two"})]),
    st.integers(1, 4),
)  # fmt: skip
def test_what_is_found_is_what_was_written_newest_first(
    tmp_path_factory, writes, start, length, levels, text, services, limit
):
    folder = tmp_path_factory.mktemp("logs")
    streams = {name: Stream(folder / name, name) for name in ("one", "two")}
    written: list[tuple[Key, int, str]] = []
    numbers = {name: count() for name in streams}
    for name, lines, closes in writes:
        for time, level, said in lines:
            written.append((Key(time, name, next(numbers[name])), level, said))
        said_all = [said.encode() for *_, said in lines]
        some = Batch(
            [time for time, *_ in lines], bytearray(level for _, level, _ in lines), said_all
        )
        streams[name].append(some, None)
        if closes and lines:
            streams[name].close_chunk()

    def fits(key, level, said):
        return (
            start <= key.time < start + length
            and levels >> level & 1
            and (services is None or key.stream in services)
            and text in (said.lower() if text == text.lower() else said)
        )

    expected = sorted((one for one in written if fits(*one)), reverse=True)
    found, before = [], None
    while True:
        page = search(
            list(streams.values()),
            Query(
                start_ns=start, end_ns=start + length, services=services, levels=levels,
                text=text.encode(), before=before, limit=limit,
            ),
        )  # fmt: skip
        assert len(page.entries) == limit or page.following is None
        found += [(entry.key, entry.level, entry.text.decode()) for entry in page.entries]
        before = page.following
        if before is None:
            break
    assert found == expected


def test_a_search_that_takes_long_says_from_where_to_go_on(tmp_path):
    kept = Stream(tmp_path, "bot")
    for number in range(6):
        kept.append(batch(str(number), time=number), None)
        kept.close_chunk()
    found, before, pages = [], None, 0
    while pages == 0 or before is not None:
        asked = Query(start_ns=0, end_ns=100, before=before)
        page = search([kept], asked, clock=partial(next, count()), seconds=2.5)
        found += [entry.text for entry in page.entries]
        assert page.complete == (page.following is None)
        before, pages = page.following, pages + 1
    assert found == [b"5", b"4", b"3", b"2", b"1", b"0"]
    assert pages > 1


@given(st.binary(max_size=60), st.binary(max_size=12), st.binary(max_size=60))
def test_no_sketch_hides_what_is_there(before, text, after):
    made = memoryview(sketch(before + text + after))
    assert may_hold(made, text)
    assert may_hold(made, text.lower())


@pytest.mark.parametrize(
    ("asked", "found"), [("ордер 17", True), ("Ордер 17", True), ("ОРДЕР 17", False)]
)
def test_small_letters_find_capitals_of_every_alphabet(tmp_path, asked, found):
    kept = Stream(tmp_path, "gateway")
    kept.append(batch("INFO Ордер 17 отклонён"), None)
    query = structs.replace(ALL, text=asked.encode())
    assert bool(texts(kept, query=query)) == found
    kept.close_chunk()
    assert bool(texts(kept, query=query)) == found


@given(st.lists(st.integers(0, 30), max_size=30), st.integers(0, 40))
def test_whoever_looks_on_misses_nothing_without_being_told(sizes, had):
    recent = Recent(max_entries=5, max_bytes=60)
    for number, size in enumerate(sizes):
        recent.add([Entry(Key(number, "bot", number), "bot", 1, b"x" * size)])
    news = recent.after(min(had, recent.last))
    seen = [entry.key.number + 1 for entry in news.entries]
    assert seen == list(range(min(had, len(sizes)) + news.skipped + 1, len(sizes) + 1))
    assert sum(len(entry.text) for entry in recent._entries) <= 60
    assert len(recent._entries) <= 5

"""deskwatch's own log is kept as the platform's is, and never feeds itself."""

import asyncio
import json
import logging
import threading

import pytest
import structlog

from deskwatch.cli import log
from deskwatch.config.model import Log
from deskwatch.logs import keeper
from deskwatch.logs.keeper import LogFile, LogKeeper, LogsUnavailable
from deskwatch.logs.own import UNKEPT, OwnLog
from deskwatch.logs.search import Query
from deskwatch.logs.store import Bounds
from deskwatch.tail.open_file import OpenFile

NOW = 1_772_443_800_000_000_000
ALL = Query(start_ns=0, end_ns=2**63 - 1)


@pytest.fixture
def own():
    root, before = logging.getLogger(), logging.getLogger().handlers[:]
    lines = OwnLog(most=5)
    log.configure(Log(), lines)
    yield lines
    structlog.reset_defaults()
    root.handlers[:] = before


def test_a_line_is_kept_as_json_whatever_stderr_shows(own):
    structlog.get_logger().warning("event_refused", reason="zero_quantity", path=object)
    logging.getLogger("uvicorn").error("no %s", "route")
    mine, theirs = map(json.loads, own.take())
    assert (mine["event"], mine["level"], mine["reason"]) == (
        "event_refused",
        "warning",
        "zero_quantity",
    )
    assert (theirs["event"], theirs["level"], theirs["logger"]) == ("no route", "error", "uvicorn")


EVIL = "\x1b]52;c;cm0=\x07\x9b2J"


@pytest.mark.parametrize("shown", ["console", "json"])
def test_what_an_event_says_controls_no_terminal(own, capsys, shown):
    log.configure(Log(format=shown), own)
    ours = structlog.get_logger()
    ours.warning("event_refused", source=EVIL, spaced=f"a {EVIL}", nested=[{EVIL: {EVIL}}])
    ours.error("broke", exc_info=ValueError(EVIL))
    logging.getLogger("uvicorn").error("no %s", EVIL, exc_info=ValueError(EVIL))
    said = capsys.readouterr().err
    assert said.count("ValueError: ") == 2
    assert not [one for one in said.replace("\n", "") if not one.isprintable()]
    assert [json.loads(line).get("source") for line in own.take()] == [EVIL, None, None]


def test_what_the_store_says_of_itself_is_not_kept(own, capsys):
    structlog.get_logger(**UNKEPT).warning("log_store_failing", error="disk full")
    assert own.take() == []
    assert "_unkept" not in capsys.readouterr().err


def test_a_burst_that_nobody_takes_loses_its_oldest_and_says_how_many(own):
    for number in range(8):
        structlog.get_logger().info(str(number))
    assert own.lost == 3
    assert [json.loads(line)["event"] for line in own.take()] == list("34567")


async def nothing_changes(_):
    await asyncio.Event().wait()
    yield


class Kept:
    """A keeper that runs; its waits are short."""

    def __init__(self, folder, own, *files):
        self.keeper = LogKeeper(
            folder / "logs", Bounds(10**9, 10**18), files, lambda: NOW, own, changes=nothing_changes
        )
        self._running = asyncio.create_task(self.keeper.run())

    async def until(self, holds):
        async with asyncio.timeout(60):
            while True:
                if await holds():
                    return
                await asyncio.sleep(0.01)

    async def texts(self):
        try:
            return [entry.text for entry in (await self.keeper.search(ALL)).entries]
        except LogsUnavailable:
            return None

    async def stop(self):
        self._running.cancel()
        await asyncio.gather(self._running, return_exceptions=True)
        await self.keeper.close()


async def test_it_is_found_and_survives_a_stop(tmp_path):
    own = OwnLog()
    kept = Kept(tmp_path, own)
    own.write(b'{"event": "a", "level": "error", "token": "sd8f7sd9f87sd9f8"}')

    async def found():
        return await kept.texts() == [b'{"event": "a", "level": "error", "token": "[redacted]"}']

    await kept.until(found)
    own.write(b'{"event": "b"}')
    await kept.stop()
    again = Kept(tmp_path, own)

    async def both():
        return len(await again.texts() or []) == 2

    await again.until(both)
    await again.stop()


async def test_a_disk_that_takes_nothing_is_told_and_the_file_waits(tmp_path, monkeypatch):
    monkeypatch.setattr(keeper, "RETRY_S", 0.01)
    monkeypatch.setattr(keeper, "SAVE_S", 0.01)
    full = True

    def save(self):
        if full:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(keeper.Stream, "save", save)
    file = LogFile(name="bot", path=tmp_path / "bot.log", service="bot")
    (tmp_path / "bot.log").write_text("INFO a\nERROR b\n")
    kept = Kept(tmp_path, None, file)

    async def told():
        return kept.keeper.trouble == "No space left on device"

    await kept.until(told)
    assert await kept.texts() == []
    full = False

    async def found():
        return await kept.texts() == [b"ERROR b", b"INFO a"]

    await kept.until(found)
    assert kept.keeper.trouble is None
    assert kept.keeper.tally.errors["bot"] == 1
    await kept.stop()


async def test_a_full_disk_has_the_logs_make_room(tmp_path, monkeypatch):
    monkeypatch.setattr(keeper, "RETRY_S", 0.01)
    monkeypatch.setattr(keeper, "SAVE_S", 0.01)
    own = OwnLog()
    kept = Kept(tmp_path, own)
    full = True

    def save(self):
        if full:
            raise OSError(28, "No space left on device")

    def make_room():
        nonlocal full
        full = False

    monkeypatch.setattr(keeper.Stream, "save", save)
    monkeypatch.setattr(kept.keeper.store, "make_room", make_room)
    own.write(b'{"event": "a"}')

    async def saved():
        return not full and kept.keeper.trouble is None

    await kept.until(saved)
    await kept.stop()


async def test_a_search_that_the_disk_does_not_answer_says_why(tmp_path):
    file = LogFile(name="bot", path=tmp_path / "bot.log", service="bot")
    (tmp_path / "bot.log").write_text("INFO a\nINFO b\n")
    kept = Kept(tmp_path, None, file)

    async def read():
        return await kept.texts() == [b"INFO b", b"INFO a"]

    await kept.until(read)
    stream = kept.keeper.store.streams["bot"]
    stream.close_chunk()
    (segment,) = stream.folder.glob("*.chunks")
    segment.unlink()
    segment.mkdir()  # can be opened, and not be read
    with pytest.raises(LogsUnavailable, match="the logs can't be read: Is a directory"):
        await kept.keeper.search(ALL)
    await kept.stop()


async def test_a_log_on_a_disk_that_hangs_is_told_and_holds_up_neither_us_nor_the_end(
    tmp_path, monkeypatch
):
    answers, size = threading.Event(), OpenFile.size

    def asks(file):
        answers.wait()
        return size(file)

    monkeypatch.setattr(OpenFile, "size", asks)
    monkeypatch.setattr(keeper, "HANGS_S", 0.01)
    monkeypatch.setattr(keeper, "MEASURE_S", 0.01)
    file = LogFile(name="bot", path=tmp_path / "bot.log", service="bot")
    (tmp_path / "bot.log").write_text("INFO a\nINFO b\n")
    kept = Kept(tmp_path, None, file)

    async def told():
        return kept.keeper.unread == {"bot": keeper.HANGS} and not kept.keeper.behind_bytes("bot")

    async def read():
        return kept.keeper.behind_bytes("bot") == 0 and not kept.keeper.unread

    try:
        await kept.until(told)
        answers.set()
        await kept.until(read)
        answers.clear()
        await kept.until(told)
        monkeypatch.setattr(keeper, "STOP_S", 0.01)
        async with asyncio.timeout(10):
            await kept.stop()
    finally:
        answers.set()

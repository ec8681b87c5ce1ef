"""The file that everything is kept in."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from deskwatch.notify.keeper import Keeper
from deskwatch.notify.store import SCHEMA_VERSION, Store
from tests.notify.desk import opened


def kept(path: Path) -> Path:
    """Return a file in which something was kept."""
    store = opened(path)
    store.set_mark("a", 7)
    store.close()
    return path


def test_the_file_is_not_touched_before_it_is_opened(tmp_path):
    path = tmp_path / "n.sqlite"
    path.write_bytes(b"no database")
    Store(path).close()
    assert path.read_bytes() == b"no database"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.anyio
async def test_who_keeps_a_part_in_memory_reads_it_again_once_the_file_is_opened(tmp_path):
    path = kept(tmp_path / "n.sqlite")
    store = Store(path)
    keeper, read = Keeper(store), []
    keeper.on_reload.append(lambda: read.append(store.mark("a")))
    await keeper.open()
    assert read == [7]
    await keeper.close()
    await keeper.close()  # as who ends in the midst of a start does


def test_a_damaged_file_is_moved_aside(tmp_path):
    path = tmp_path / "n.sqlite"
    path.write_bytes(b"no database" * 1000)
    store = opened(path)
    assert store.trouble is None
    assert store.moved_aside == tmp_path / "n.sqlite.damaged-1"
    store.close()


def test_a_file_of_a_later_version_is_left_alone(tmp_path):
    path = tmp_path / "n.sqlite"
    opened(path).close()
    with sqlite3.connect(path) as db:
        db.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    db.close()
    store = opened(path)
    assert "expected version" in store.trouble or "expected 1" in store.trouble
    assert store.moved_aside is None
    store.set_mark("a", 1)  # in memory
    assert store.mark("a") == 1
    store.close()


def test_a_folder_that_cannot_be_written_is_trouble_not_the_end(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    store = opened(blocked / "n.sqlite")
    assert store.trouble is not None
    store.set_mark("a", 1)
    assert store.mark("a") == 1
    store.close()


@pytest.mark.anyio
async def test_work_that_fails_runs_again_on_what_the_file_held(tmp_path):
    keeper = Keeper(Store(tmp_path / "n.sqlite"))
    await keeper.open()
    await keeper.run(lambda store: store.set_mark("a", 1))
    runs = []

    def work(store: Store) -> int:
        runs.append(store.mark("a"))
        store.set_mark("a", 2)
        if len(runs) == 1:
            raise sqlite3.OperationalError("disk full")
        return store.mark("a")

    reloads = []
    keeper.on_reload.append(lambda: reloads.append(1))
    assert await keeper.run(work) == 2
    assert (runs, reloads, keeper.trouble) == ([1, 1], [1], "disk full")
    await keeper.mend()
    assert keeper.trouble is None
    await keeper.close()
    store = opened(tmp_path / "n.sqlite")
    assert store.mark("a") == 2
    store.close()


@pytest.mark.anyio
async def test_a_file_that_could_not_be_opened_at_the_start_is_taken_up_later(tmp_path):
    path = kept(tmp_path / "n.sqlite")
    path.rename(tmp_path / "away")
    path.mkdir()
    store = Store(path)
    keeper, read = Keeper(store), []
    keeper.on_reload.append(lambda: read.append(store.mark("a")))
    await keeper.open()
    await keeper.run(lambda store: store.set_mark("a", 1))
    await keeper.mend()
    assert keeper.trouble is not None
    path.rmdir()
    (tmp_path / "away").rename(path)
    await keeper.mend()
    assert (keeper.trouble, read) == (None, [0, 7])
    await keeper.close()


@pytest.mark.anyio
async def test_a_file_that_somebody_removes_is_written_again(tmp_path):
    path = tmp_path / "n.sqlite"
    keeper = Keeper(Store(path))
    await keeper.open()
    await keeper.run(lambda store: store.set_mark("a", 1))
    for part in tmp_path.glob("n.sqlite*"):
        part.unlink()
    await keeper.run(lambda store: store.set_mark("b", 2))
    with capture_logs() as logged:
        await keeper.mend()
    assert keeper.trouble is None
    assert [entry["event"] for entry in logged] == [
        "notify_store_unavailable",
        "notify_store_available",
    ]
    await keeper.close()
    store = opened(path)
    assert (store.mark("a"), store.mark("b")) == (1, 2)
    store.close()


@pytest.mark.anyio
async def test_who_holds_the_file_keeps_nobody_from_being_told(tmp_path, monkeypatch):
    monkeypatch.setattr("deskwatch.notify.store._BUSY_S", 0.01)
    path = tmp_path / "n.sqlite"
    keeper = Keeper(Store(path))
    await keeper.open()
    await keeper.run(lambda store: store.set_mark("a", 1))
    with closing(sqlite3.connect(path, isolation_level=None)) as editor:
        editor.execute("BEGIN IMMEDIATE")
        await keeper.run(lambda store: store.set_mark("a", 2))
        mending = asyncio.create_task(keeper.mend())
        await asyncio.wait({mending}, timeout=10)
        held_up = not mending.done()
        editor.execute("ROLLBACK")
    await mending
    assert not held_up
    assert keeper.trouble == "database is locked"
    await keeper.mend()
    assert keeper.trouble is None
    await keeper.close()
    store = opened(path)
    assert store.mark("a") == 2
    store.close()


@pytest.mark.parametrize(("flushed", "synchronous"), [(True, "FULL"), (False, "NORMAL")])
def test_what_is_kept_outlives_us_and_what_is_flushed_a_loss_of_power(
    tmp_path, flushed, synchronous
):
    store = opened(tmp_path / "notify.sqlite")
    with store.transaction(flushed=flushed):
        store.set_mark("told", 7)
        ((level,),) = store.rows("PRAGMA synchronous")
    assert ["OFF", "NORMAL", "FULL"][level] == synchronous
    # Nothing is closed: as after kill -9, what the system has is all that there is.
    assert opened(tmp_path / "notify.sqlite").mark("told") == 7

"""The file that everything is kept in."""

import asyncio
import gc
import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from deskwatch.notify.keeper import Keeper
from deskwatch.notify.store import SCHEMA_VERSION, Store
from deskwatch.notify.store_file import StoreFile
from tests.notify.desk import opened
from tests.notify.disks import Filling, Hanging


def kept(path: Path) -> Path:
    """Return a file in which something was kept."""
    store = opened(path)
    with store.transaction():
        store.set_mark("a", 7)
    store.close()
    return path


def held(path: Path, name: str) -> int:
    """Return the number of that name that the file holds, as who comes after us finds it."""
    store = opened(path)
    try:
        return store.mark(name)
    finally:
        store.close()


def keeping(path: Path) -> Keeper:
    return Keeper(Store(), StoreFile(path))


def test_the_file_is_not_touched_before_it_is_opened(tmp_path):
    path = tmp_path / "n.sqlite"
    path.write_bytes(b"no database")
    StoreFile(path).close()
    assert path.read_bytes() == b"no database"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.anyio
async def test_who_keeps_a_part_in_memory_reads_it_again_once_the_file_is_opened(tmp_path):
    path = kept(tmp_path / "n.sqlite")
    store = Store()
    keeper, read = Keeper(store, StoreFile(path)), []
    keeper.on_reload.append(lambda: read.append(store.mark("a")))
    await keeper.open()
    assert read == [7]
    await keeper.close()
    await keeper.close()  # as who ends in the midst of a start does


@pytest.mark.anyio
async def test_a_damaged_file_is_moved_aside(tmp_path):
    path = tmp_path / "n.sqlite"
    path.write_bytes(b"no database" * 1000)
    keeper = keeping(path)
    with capture_logs() as logged:
        await keeper.open()
    assert keeper.trouble is None
    moved = str(tmp_path / "n.sqlite.damaged-1")
    assert [(one["event"], one["moved_to"]) for one in logged] == [("notify_store_damaged", moved)]
    await keeper.close()


@pytest.mark.anyio
async def test_a_file_of_a_later_version_is_left_alone(tmp_path):
    path = kept(tmp_path / "n.sqlite")
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    keeper = keeping(path)
    await keeper.open()
    assert f"expected {SCHEMA_VERSION}" in keeper.trouble
    await keeper.run(lambda store: store.set_mark("a", 1))  # in memory
    assert await keeper.run(lambda store: store.mark("a")) == 1
    await keeper.mend()
    await keeper.close()
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT value FROM marks").fetchall() == [(7,)]
    assert list(tmp_path.glob("*damaged*")) == []


@pytest.mark.anyio
async def test_a_folder_that_cannot_be_written_is_trouble_not_the_end(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    keeper = keeping(blocked / "n.sqlite")
    await keeper.open()
    assert keeper.trouble is not None
    await keeper.run(lambda store: store.set_mark("a", 1))
    assert await keeper.run(lambda store: store.mark("a")) == 1
    await keeper.close()


@pytest.mark.anyio
async def test_work_that_raises_has_changed_nothing(tmp_path):
    keeper = keeping(tmp_path / "n.sqlite")
    await keeper.open()
    await keeper.run(lambda store: store.set_mark("a", 1))

    def work(store: Store) -> None:
        store.set_mark("a", 2)
        raise LookupError("a bug")

    with pytest.raises(LookupError, match="a bug"):
        await keeper.run(work)
    assert await keeper.run(lambda store: store.mark("a")) == 1
    await keeper.close()
    assert held(tmp_path / "n.sqlite", "a") == 1


@pytest.mark.anyio
async def test_what_a_full_disk_does_not_take_is_there_once_it_does(tmp_path):
    path = tmp_path / "n.sqlite"
    file = Filling(path)
    keeper = Keeper(Store(), file)
    await keeper.open()
    await keeper.run(lambda store: store.set_mark("a", 1))
    file.full = True
    await keeper.run(lambda store: store.set_mark("a", 2))
    assert await keeper.run(lambda store: store.mark("a")) == 2
    await keeper.mend()
    assert keeper.trouble == "database or disk is full"
    file.full = False
    await keeper.run(lambda store: store.set_mark("b", 3))
    await keeper.mend()
    assert keeper.trouble is None
    await keeper.close()
    assert (held(path, "a"), held(path, "b")) == (2, 3)


@pytest.mark.anyio
@pytest.mark.usefixtures("soon")
async def test_a_disk_that_hangs_holds_nobody_up_and_has_all_of_it_later(tmp_path, monkeypatch):
    file = Hanging(tmp_path / "n.sqlite")
    keeper = Keeper(Store(), file)
    await keeper.open()
    file.answers.clear()
    with capture_logs() as logged:
        for number in range(1, 100):
            await keeper.run(lambda store, number=number: store.set_mark("a", number))
        await keeper.mend()
    assert await keeper.run(lambda store: store.mark("a")) == 99
    assert "has not answered" in keeper.trouble
    assert [one["event"] for one in logged] == ["notify_store_unavailable"]
    assert len(file.asked) == 1  # nothing gathers behind a disk that hangs
    file.answers.set()
    monkeypatch.setattr("deskwatch.notify.keeper._HANGS_S", 60)
    await keeper.run(lambda store: store.set_mark("b", 1))
    while keeper.trouble is not None:
        await keeper.mend()
    await keeper.run(lambda store: store.set_mark("c", 2))
    await keeper.close()
    assert [held(file._path, name) for name in "abc"] == [99, 1, 2]


@pytest.mark.anyio
@pytest.mark.usefixtures("soon")
async def test_a_disk_that_is_slow_to_take_all_of_it_has_it_in_the_end(tmp_path):
    file = Hanging(tmp_path / "n.sqlite")
    keeper = Keeper(Store(), file)
    await keeper.open()
    keeper._give_up("a full disk")
    await keeper.run(lambda store: store.set_mark("a", 1))
    file.answers.clear()
    await keeper.mend()  # and waits no longer
    assert keeper.trouble == "a full disk"
    file.answers.set()
    await keeper._mending
    assert keeper.trouble is None
    await keeper.close()
    assert held(file._path, "a") == 1


@pytest.mark.anyio
@pytest.mark.usefixtures("soon")
async def test_a_disk_that_hangs_while_all_is_put_into_the_file_gets_it_whole_later(
    tmp_path, monkeypatch
):
    monkeypatch.setattr("deskwatch.notify.keeper._HANGS_WITH_ALL_S", 0.01)
    file = Hanging(tmp_path / "n.sqlite")
    keeper = Keeper(Store(), file)
    await keeper.open()
    keeper._give_up("a full disk")
    await keeper.run(lambda store: store.set_mark("a", 1))
    file.answers.clear()
    while keeper._hanging is None:
        await keeper.mend()
    rewriting = keeper._hanging
    file.answers.set()
    await asyncio.wrap_future(rewriting)
    await keeper.close()
    assert held(file._path, "a") == 1


@pytest.mark.anyio
@pytest.mark.usefixtures("soon")
async def test_a_disk_that_hangs_does_not_keep_the_end_waiting(tmp_path):
    file = Hanging(tmp_path / "n.sqlite")
    keeper = Keeper(Store(), file)
    await keeper.open()
    file.answers.clear()
    await keeper.run(lambda store: store.set_mark("a", 1))
    await keeper.close()
    file.answers.set()


@pytest.mark.anyio
async def test_what_changes_while_all_is_put_into_the_file_is_there_too(tmp_path, monkeypatch):
    path = tmp_path / "n.sqlite"
    file = Filling(path)
    keeper = Keeper(Store(), file)
    await keeper.open()
    file.full = True
    await keeper.run(lambda store: store.set_mark("a", 1))
    file.full = False
    rewrite, loop = file.rewrite, asyncio.get_running_loop()
    meanwhile = []

    def busy(copy: sqlite3.Connection) -> None:
        if not meanwhile:
            change = keeper.run(lambda store: store.set_mark("a", 2))
            meanwhile.append(asyncio.run_coroutine_threadsafe(change, loop).result())
        rewrite(copy)

    monkeypatch.setattr(file, "rewrite", busy)
    await keeper.mend()
    assert (keeper.trouble, len(meanwhile)) == (None, 1)
    await keeper.close()
    assert held(path, "a") == 2


@pytest.mark.anyio
async def test_what_a_disk_did_not_take_is_there_after_an_end_in_order(tmp_path):
    path = tmp_path / "n.sqlite"
    file = Filling(path)
    keeper = Keeper(Store(), file)
    await keeper.open()
    file.full = True
    await keeper.run(lambda store: store.set_mark("a", 1))
    file.full = False
    await keeper.close()
    assert held(path, "a") == 1


STEP = st.tuples(
    st.sampled_from("ab"), st.integers(0, 9), st.sampled_from(["kept", "full", "mended"])
)


@given(st.lists(STEP))
def test_the_file_holds_what_the_store_does_whenever_there_is_no_trouble(steps):
    async def all_of_it(path: Path) -> None:
        file = Filling(path)
        keeper = Keeper(Store(), file)
        await keeper.open()
        expected: dict[str, int] = {}
        for name, number, disk in steps:
            file.full = disk == "full"
            await keeper.run(partial(Store.set_mark, name=name, value=number))
            expected[name] = number
            if disk == "mended":
                await keeper.mend()
            if keeper.trouble is None:
                with closing(sqlite3.connect(path)) as other:
                    assert dict(other.execute("SELECT name, value FROM marks")) == expected
        await keeper.close()

    with TemporaryDirectory() as folder:
        asyncio.run(all_of_it(Path(folder) / "n.sqlite"))


@pytest.mark.anyio
async def test_a_file_that_could_not_be_opened_at_the_start_is_taken_up_later(tmp_path):
    path = kept(tmp_path / "n.sqlite")
    path.rename(tmp_path / "away")
    path.mkdir()
    store = Store()
    keeper, read = Keeper(store, StoreFile(path)), []
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
async def test_a_file_that_cannot_be_opened_again_is_no_bug_in_the_log(tmp_path):
    keeper, bugs = keeping(tmp_path), []  # a folder
    asyncio.get_running_loop().set_exception_handler(lambda _loop, bug: bugs.append(bug))
    await keeper.open()
    await keeper.mend()
    gc.collect()
    await asyncio.sleep(0)
    assert keeper.trouble is not None
    assert bugs == []
    await keeper.close()


@pytest.mark.anyio
async def test_a_file_that_somebody_removes_is_written_again(tmp_path):
    path = tmp_path / "n.sqlite"
    keeper = keeping(path)
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
async def test_a_file_that_somebody_puts_in_the_place_of_ours_gets_what_we_have(tmp_path):
    path = tmp_path / "n.sqlite"
    backup = kept(tmp_path / "backup")
    keeper = keeping(path)
    await keeper.open()
    await keeper.run(lambda store: store.set_mark("a", 1))
    for part in tmp_path.glob("n.sqlite*"):
        part.rename(tmp_path / part.name.replace("n.", "moved."))
    backup.rename(path)
    await keeper.run(lambda store: store.set_mark("b", 2))
    await keeper.mend()
    await keeper.run(lambda store: store.set_mark("c", 3))
    await keeper.close()
    assert [held(path, name) for name in "abc"] == [1, 2, 3]


@pytest.mark.anyio
async def test_who_holds_the_file_keeps_nobody_from_being_told(tmp_path, monkeypatch):
    monkeypatch.setattr("deskwatch.notify.store_file._BUSY_S", 0.01)
    path = tmp_path / "n.sqlite"
    keeper = keeping(path)
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
    store, file = Store(), StoreFile(tmp_path / "notify.sqlite")
    file.open().close()
    with store.transaction() as changes:
        store.set_mark("told", 7)
    file.write(changes, flushed=flushed)
    ((level,),) = file._db.execute("PRAGMA synchronous")
    assert ["OFF", "NORMAL", "FULL"][level] == synchronous
    # Nothing is closed: as after kill -9, what the system has is all that there is.
    assert opened(tmp_path / "notify.sqlite").mark("told") == 7
    file.close()

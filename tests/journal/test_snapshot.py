"""Snapshots: the newest good one is found, whatever else lies in the folder."""

import errno
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskwatch.journal.segment import Cursor, JournalUnavailable
from deskwatch.journal.snapshot import Snapshot, SnapshotStore
from tests.journal.blotter import Crash, CrashingDisk, FailingDisk, flip


def newest(folder: Path) -> Path:
    return max(folder.glob("*.snapshot"))


def test_an_empty_or_missing_folder_has_no_snapshot(tmp_path):
    store = SnapshotStore(tmp_path / "none")
    assert store.load() is None
    assert store.warnings == []


def test_what_was_saved_is_loaded(tmp_path):
    SnapshotStore(tmp_path).save(Cursor(3, 4711), b"books")
    store = SnapshotStore(tmp_path)
    assert store.load() == Snapshot(Cursor(3, 4711), b"books")
    assert store.warnings == []


def test_any_payload_comes_back(tmp_path_factory):
    store = SnapshotStore(tmp_path_factory.mktemp("snapshots"))

    @given(st.binary())
    def comes_back(payload):
        store.save(Cursor(1, 1), payload)
        assert store.load() == Snapshot(Cursor(1, 1), payload)

    comes_back()


def test_the_newest_two_are_kept(tmp_path):
    store = SnapshotStore(tmp_path)
    for offset in (900, 5000, 40, 10_000_000):
        store.save(Cursor(1 if offset != 40 else 2, offset), b"%d" % offset)
    store.save(Cursor(10, 28), b"last")
    assert store.cursors() == [Cursor(10, 28), Cursor(2, 40)]
    assert len(list(tmp_path.iterdir())) == 2


def test_one_of_before_is_asked_for(tmp_path):
    store = SnapshotStore(tmp_path)
    store.save(Cursor(1, 100), b"before")
    store.save(Cursor(2, 50), b"after")
    asked = [Cursor(2, 51), Cursor(2, 50), Cursor(1, 101), Cursor(1, 100)]
    found = [store.load(cursor) for cursor in asked]
    assert [one and one.payload for one in found] == [b"after", b"before", b"before", None]


def test_every_damaged_byte_is_noticed_and_the_one_before_is_taken(tmp_path):
    store = SnapshotStore(tmp_path)
    store.save(Cursor(1, 100), b"before")
    store.save(Cursor(1, 200), b"after")
    path = newest(tmp_path)
    for offset in range(path.stat().st_size):
        flip(path, offset)
        assert store.load() == Snapshot(Cursor(1, 100), b"before")
        assert len(store.warnings) == 1
        assert path.name in store.warnings[0]
        flip(path, offset)
    assert store.load() == Snapshot(Cursor(1, 200), b"after")


@pytest.mark.parametrize("garbage", [b"", b"dwsnap", bytes(100), b"\xff" * 100])
def test_garbage_is_reported_and_goes_when_a_good_one_is_saved(tmp_path, garbage):
    store = SnapshotStore(tmp_path)
    store.save(Cursor(1, 100), b"good")
    (tmp_path / "9999999999-000000000000.snapshot").write_bytes(garbage)
    assert store.load() == Snapshot(Cursor(1, 100), b"good")
    assert len(store.warnings) == 1
    assert store.cursors() == [Cursor(1, 100)]
    assert len(store.warnings) == 1
    store.save(Cursor(1, 200), b"better")
    assert store.cursors() == [Cursor(1, 200), Cursor(1, 100)]
    assert store.warnings == []


@pytest.mark.parametrize("asked", [SnapshotStore.load, SnapshotStore.cursors])
def test_a_folder_that_cant_be_read_is_said(tmp_path, monkeypatch, asked):
    """It is not taken for an empty one: what only snapshots know would be left out."""

    def refuse(_folder):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", refuse)  # root may read every folder
    with pytest.raises(JournalUnavailable, match="can't read the snapshots: Permission denied"):
        asked(SnapshotStore(tmp_path))


def test_a_snapshot_of_a_newer_deskwatch_is_reported_and_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr("deskwatch.journal.snapshot.VERSION", 2)
    SnapshotStore(tmp_path).save(Cursor(1, 100), b"later")
    monkeypatch.undo()
    store = SnapshotStore(tmp_path)
    assert store.load() is None
    assert "format 2" in store.warnings[0]


def test_a_full_disk_leaves_the_earlier_snapshot(tmp_path):
    disk = FailingDisk(code=errno.ENOSPC)
    store = SnapshotStore(tmp_path, disk)
    store.save(Cursor(1, 100), b"before")
    disk.failing = {"write"}
    with pytest.raises(JournalUnavailable, match="ENOSPC"):
        store.save(Cursor(1, 200), b"after")
    assert store.load() == Snapshot(Cursor(1, 100), b"before")
    assert len(list(tmp_path.iterdir())) == 1


def test_a_crash_at_any_step_of_saving_leaves_the_old_or_the_new_one(tmp_path):
    step = 0
    while True:
        folder = tmp_path / str(step)
        SnapshotStore(folder).save(Cursor(1, 100), b"oldest")
        SnapshotStore(folder).save(Cursor(1, 200), b"old")
        try:
            SnapshotStore(folder, CrashingDisk(step)).save(Cursor(1, 300), b"new")
        except Crash:
            found = SnapshotStore(folder).load()
            assert found is not None
            assert found.payload in (b"old", b"new")
            step += 1
        else:
            break
    assert step >= 5

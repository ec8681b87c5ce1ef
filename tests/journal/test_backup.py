"""A backup is one moment's, taken while the engine writes, and put back whole or not at all."""

import sqlite3
import stat
import tarfile
from contextlib import closing
from io import BytesIO

import pytest

from deskwatch.journal.backup import LAST, back_up, restore
from deskwatch.journal.disk import Disk
from deskwatch.journal.frame import encode
from deskwatch.journal.journal import Journal
from deskwatch.journal.lock import JournalLocked
from deskwatch.journal.segment import HEADER_BYTES, Cursor, JournalUnavailable, plain_path, seal
from deskwatch.journal.snapshot import SnapshotStore
from deskwatch.journal.upkeep import cat, verify
from tests.journal.blotter import frame, frames, no_gap, write_segments


@pytest.fixture
def data(tmp_path):
    """A data folder: two finished segments, one of them sealed, one in use, and what is beside."""
    folder = tmp_path / "data"
    write_segments(folder / "journal", 3)
    seal(Disk(), folder / "journal", 1)
    SnapshotStore(folder / "snapshots").save(Cursor(1, HEADER_BYTES), b"the books")
    (folder / "rules-state.json").write_text("{}")
    with closing(sqlite3.connect(folder / "notify.sqlite")) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("CREATE TABLE silences (id)")
        db.execute("INSERT INTO silences VALUES (7)")
        db.commit()
        yield folder  # what was committed is in the write-ahead log alone


def backed_up(data):
    stream = BytesIO()
    back_up(data, stream)
    return stream.getvalue()


def kept(data):
    return [one for _, one in cat(data / "journal", None, no_gap)]


def test_everything_comes_back(data, tmp_path):
    other = tmp_path / "other"
    made = restore(BytesIO(backed_up(data)), other)
    assert stat.S_IMODE(other.stat().st_mode) == 0o700
    assert kept(other) == frames(3)
    assert (made.segment, made.files) == (3, 6)
    assert SnapshotStore(other / "snapshots").load().payload == b"the books"
    assert (other / "rules-state.json").read_text() == "{}"
    with closing(sqlite3.connect(other / "notify.sqlite")) as db:
        assert db.execute("SELECT id FROM silences").fetchall() == [(7,)]
    assert sorted(one.name for one in other.iterdir()) == [
        LAST, "journal", "notify.sqlite", "rules-state.json", "snapshots",
    ][1:]  # fmt: skip


def test_what_is_backed_up_is_an_engine_s_that_writes_on(data, tmp_path):
    with Journal.open(data / "journal") as journal:
        journal.append([frame(3)])
        with plain_path(data / "journal", 3).open("ab") as file:
            file.write(encode([frame(4)])[:20])  # a frame that is being written now
        backup = backed_up(data)
        journal.append([frame(4)])
    restore(BytesIO(backup), tmp_path / "other")
    assert kept(tmp_path / "other") == frames(4)
    with Journal.open(tmp_path / "other" / "journal") as journal:
        assert journal.recoveries == ()


def test_what_was_there_is_kept_aside_and_never_overwritten(data):
    backup = backed_up(data)
    for number in (1, 2):
        restore(BytesIO(backup), data)
        assert kept(data) == frames(3)
        assert kept(data / f"replaced-{number}") == frames(3)
    assert kept(data / "replaced-1") == frames(3)


def test_logs_stay_where_they_are_found(data):
    backup = backed_up(data)
    (data / "logs").mkdir()
    (data / "logs" / "open").write_text("what went wrong")
    restore(BytesIO(backup), data)
    assert (data / "logs" / "open").read_text() == "what went wrong"
    assert not (data / "replaced-1" / "logs").exists()


def test_an_engine_that_runs_is_left_alone(data):
    backup = backed_up(data)
    with Journal.open(data / "journal"), pytest.raises(JournalLocked):
        restore(BytesIO(backup), data)


@pytest.mark.parametrize("part", [0.0, 0.1, 0.5, 0.9])
def test_a_backup_that_was_cut_short_replaces_nothing(data, part):
    backup = backed_up(data)
    with tarfile.open(fileobj=BytesIO(backup)) as tar:
        whole = tar.getmember(LAST).offset
    before = sorted(data.rglob("*"))
    with pytest.raises(JournalUnavailable, match="not all of"):
        restore(BytesIO(backup[: int(whole * part)]), data)
    assert sorted(data.rglob("*")) == before


def test_a_backup_without_one_of_its_files_replaces_nothing(data, tmp_path):
    short = BytesIO()
    with (
        tarfile.open(fileobj=BytesIO(backed_up(data))) as tar,
        tarfile.open(fileobj=short, mode="w|") as out,
    ):
        for member in tar:
            if not member.name.endswith(".zst"):
                out.addfile(member, tar.extractfile(member))
    with pytest.raises(JournalUnavailable, match="not all of"):
        restore(BytesIO(short.getvalue()), tmp_path / "other")


def test_a_snapshot_that_goes_meanwhile_costs_no_other(data, tmp_path):
    gone = data / "snapshots" / "0000000000-000000000000.snapshot"
    gone.symlink_to("taken away since the folder was listed")
    restore(BytesIO(backed_up(data)), tmp_path / "other")
    assert SnapshotStore(tmp_path / "other" / "snapshots").load().payload == b"the books"


def test_a_database_that_can_t_be_copied_is_not_left_out_in_silence(data):
    (data / "history.sqlite").write_bytes(b"no database" * 100)
    with pytest.raises(JournalUnavailable, match=r"can't copy .*history\.sqlite by way of "):
        backed_up(data)


def test_an_archive_of_the_folder_is_no_backup(data, tmp_path):
    archive = BytesIO()
    with tarfile.open(fileobj=archive, mode="w|") as tar:
        tar.add(data / "journal", "journal")
    with pytest.raises(JournalUnavailable, match="'journal' is in no backup"):
        restore(BytesIO(archive.getvalue()), tmp_path / "other")


def test_nothing_of_a_restore_that_was_killed_comes_into_the_next(data, tmp_path):
    other = tmp_path / "other"
    killed = other / "restoring.new" / "journal"
    write_segments(killed, 5)
    restore(BytesIO(backed_up(data)), other)
    assert kept(other) == frames(3)


@pytest.mark.parametrize(
    "name",
    ["/etc/passwd", "/no-such-file", "../outside", "journal/../../outside", "other/file", "a\0b"],
)
def test_a_stranger_s_archive_is_refused(tmp_path, name):
    stranger = BytesIO()
    with tarfile.open(fileobj=stranger, mode="w|", format=tarfile.PAX_FORMAT) as tar:
        member = tarfile.TarInfo(name)
        member.size, member.pax_headers = 1, {"path": name}
        tar.addfile(member, BytesIO(b"x"))
    with pytest.raises(JournalUnavailable, match="in no backup"):
        restore(BytesIO(stranger.getvalue()), tmp_path / "data")
    assert list((tmp_path / "data").iterdir()) == []


@pytest.mark.parametrize("number", [2, 3])  # the last one is in use
def test_damage_is_backed_up_too_and_found_where_it_is_restored(data, tmp_path, number):
    path = plain_path(data / "journal", number)
    content = bytearray(path.read_bytes())
    content[-5] ^= 0x10
    path.write_bytes(content)
    restore(BytesIO(backed_up(data)), tmp_path / "other")
    found = verify(tmp_path / "other" / "journal").segments
    assert [one.segment for one in found if one.problems] == [number]
    assert len(found) == 3

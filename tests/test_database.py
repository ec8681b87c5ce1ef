"""A database's file: all or nothing, and what is damaged out of the way."""

import stat

import pytest

from deskwatch.database import connect, move_aside, transaction


@pytest.fixture
def db(tmp_path):
    db = connect(tmp_path / "desk.sqlite")
    db.execute("CREATE TABLE kept (what TEXT)")
    yield db
    db.close()


def kept(db):
    return [what for (what,) in db.execute("SELECT what FROM kept")]


def test_a_file_that_others_could_read_is_its_owner_s(tmp_path):
    parts = [tmp_path / f"desk.sqlite{suffix}" for suffix in ("", "-wal")]
    for part in parts:
        part.touch(0o644)
    connect(parts[0]).close()
    assert {stat.S_IMODE(part.stat().st_mode) for part in parts} == {0o600}


def test_on_macos_too_a_commit_outlives_a_loss_of_power(db):
    """Its fsync alone leaves the bytes in the drive's cache."""
    assert db.execute("PRAGMA fullfsync").fetchone() == (1,)


def test_what_breaks_off_keeps_nothing_and_is_said(db):
    with transaction(db):
        db.execute("INSERT INTO kept VALUES ('before')")
    with pytest.raises(ZeroDivisionError), transaction(db):  # noqa: PT012 - both belong to it
        db.execute("INSERT INTO kept VALUES ('half')")
        _ = 1 / 0
    assert kept(db) == ["before"]
    with transaction(db):
        db.execute("INSERT INTO kept VALUES ('after')")
    assert kept(db) == ["before", "after"]


def test_what_sqlite_has_rolled_back_itself_is_said_all_the_same(db):
    with pytest.raises(ZeroDivisionError), transaction(db):  # noqa: PT012 - both belong to it
        db.execute("ROLLBACK")
        _ = 1 / 0
    assert not db.in_transaction


def test_each_damaged_file_gets_a_name_of_its_own_with_what_is_beside_it(tmp_path):
    for number in (1, 2):
        path = tmp_path / "desk.sqlite"
        for suffix in ("", "-wal"):
            (tmp_path / f"desk.sqlite{suffix}").write_text(f"{number}{suffix}")
        aside = move_aside(path)
        assert aside.name == f"desk.sqlite.damaged-{number}"
        assert aside.read_text() == f"{number}"
        assert aside.with_name(aside.name + "-wal").read_text() == f"{number}-wal"
    assert not list(tmp_path.glob("desk.sqlite-*"))

"""A disk that has damaged what single rows say: SQLite has no checksum of that."""

import shutil
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from deskwatch.core.notification import Retry
from deskwatch.notify.matcher import parse_matchers
from deskwatch.notify.store_file import StoreFile
from tests.notify.desk import HOUR, Clock, ListChannel, Notifier, alert

TABLES = ("alerts", "groups", "silences", "history", "deeds", "outbox", "told", "marks")

#: What a damaged cell may hold, as a blob: also what is no UTF-8 where text stood.
CELLS = st.binary(max_size=8) | st.just(b"\xff\xfe{") | st.just(b'{"alert":')
KINDS = st.sampled_from(["BLOB", "TEXT", "INTEGER"])


async def _fill(path: Path) -> None:
    """Three alerts fire, one is acknowledged, one silenced, and nothing could be delivered."""
    channel = ListChannel(failure=Retry("down"))
    async with Notifier(None, path, Clock(), channel) as desk:
        desk.store.set_mark("telegram offset", 7)
        await desk.dispatcher.update(
            [alert(account=account) for account in ("S1", "S2")] + [alert("FeedStale", "warning")]
        )
        await desk.step()
        groups = [one.group_key for one in await desk.dispatcher.alerts()]
        await desk.dispatcher.acknowledge(groups[:1], "ada")
        await desk.dispatcher.silence(
            parse_matchers('account="S2"'), author="ada", reason="known", duration_ns=HOUR
        )


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    path = tmp_path_factory.mktemp("filled") / "notify.sqlite"
    anyio.run(_fill, path)
    return path


def _rows(path: Path) -> Counter[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as db:
        db.text_factory = bytes
        return Counter(
            (table, *row) for table in TABLES for row in db.execute(f"SELECT * FROM {table}")
        )


def _damage(path: Path, table: str, place: int, column: int, cell: bytes, kind: str) -> None:
    with closing(sqlite3.connect(path)) as db, db:
        db.text_factory = bytes
        columns = db.execute(f"PRAGMA table_info({table})").fetchall()
        keys = [name.decode() for _, name, *_, key in columns if key]
        rows = db.execute(f"SELECT {', '.join(keys)} FROM {table}").fetchall()
        name = columns[column % len(columns)][1].decode()
        found = " AND ".join(f"CAST({key} AS BLOB) = CAST(? AS BLOB)" for key in keys)
        try:
            db.execute(
                f"UPDATE {table} SET {name} = CAST(? AS {kind}) WHERE {found}",
                (cell, *rows[place % len(rows)]),
            )
        except sqlite3.IntegrityError:
            return  # what SQLite itself never has there


@given(st.sampled_from(TABLES), st.integers(0, 9), st.integers(0, 12), CELLS, KINDS)
def test_one_damaged_cell_costs_its_row_and_no_other(
    filled, tmp_path_factory, table, place, column, cell, kind
):
    path = tmp_path_factory.mktemp("damaged") / "notify.sqlite"
    shutil.copy(filled, path)
    _damage(path, table, place, column, cell, kind)
    damaged = _rows(path)

    file = StoreFile(path)
    file.open().close()
    file.close()
    lost = damaged - _rows(path)
    assert _rows(path) - damaged == Counter()
    assert lost.total() == file.left_out
    assert {name for name, *_ in lost} <= {table, "alerts"}
    assert lost.total() <= (4 if table == "groups" else 1)

    async def start() -> None:
        async with Notifier(None, path, Clock(), ListChannel()) as desk:
            await desk.dispatcher.alerts()
            await desk.dispatcher.silences()
            await desk.dispatcher.episodes(9)
            await desk.dispatcher.deeds(9)

    anyio.run(start)


def test_rows_that_cannot_be_read_are_left_out_once_and_said(filled, tmp_path):
    path = tmp_path / "notify.sqlite"
    shutil.copy(filled, path)
    _damage(path, "groups", 0, 1, b"\xff", "BLOB")
    _damage(path, "outbox", 0, 9, b"{", "BLOB")

    async def start() -> list[str]:
        async with Notifier(None, path, Clock(), ListChannel()) as desk:
            return [one.alert.name for one in await desk.dispatcher.alerts()]

    with capture_logs() as logged:
        left = anyio.run(start)
        assert anyio.run(start) == left
    assert 0 < len(left) < 3
    damages = [one["rows_left_out"] for one in logged if one["event"] == "notify_store_damaged"]
    assert damages == [2 + 3 - len(left)]

"""The history of closed hours and days: written once, corrected exactly, rebuilt when damaged."""

import sqlite3
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from deskwatch.core.pnl_row import PnlRow
from deskwatch.journal.history import History, HistoryUnavailable
from deskwatch.journal.segment import Cursor

HOUR_NS = 3_600 * 10**9


def row(start: int = 0, realized: str = "0", change: str | None = "0", **names: str) -> PnlRow:
    place = {"account": "main", "strategy": "pairs", "venue": "XNYS", "symbol": "KO"} | names
    return PnlRow(
        period="hour",
        start=start,
        currency="USD",
        realized=realized,
        fees="0.10",
        funding="0",
        unrealized_change=change,
        **place,
    )


@pytest.fixture
def history(tmp_path):
    opened = History(tmp_path / "history.sqlite")
    yield opened
    opened.close()


def hours(history: History) -> list[PnlRow]:
    return history.query("hour", 0, 1000 * HOUR_NS)


def test_a_closed_hour_is_there_after_a_restart(tmp_path):
    path = tmp_path / "history.sqlite"
    history = History(path)
    assert history.cursor() is None
    history.write(Cursor(1, 100), [row(realized="12.50")], [])
    history.close()
    history = History(path)
    assert history.cursor() == Cursor(1, 100)
    assert hours(history) == [row(realized="12.50")]
    assert history.moved_aside is None
    history.close()


def test_a_replay_of_what_was_applied_changes_nothing(history):
    writes = [
        (Cursor(1, 100), [row(realized="1")], []),
        (Cursor(1, 200), [], [row(realized="0.5")]),
        (Cursor(2, 28), [row(HOUR_NS, realized="2")], [row(realized="0.25")]),
    ]
    for write in writes:
        history.write(*write)
    once = hours(history)
    assert once[0].realized == "1.75"
    for write in writes:
        history.write(*write)
    assert hours(history) == once


def test_late_rows_are_added_and_stay_when_the_hour_is_closed_again(history):
    history.write(Cursor(1, 1), [], [row(realized="0.5")])
    assert hours(history) == [row(realized="0.5")]
    history.write(Cursor(1, 2), [row(realized="10", change="3")], [])
    history.write(Cursor(1, 3), [], [row(realized="-0.25", change="-1")])
    history.write(Cursor(1, 4), [row(realized="11", change="4")], [])
    assert hours(history) == [
        replace(row(), realized="11.25", fees="0.30", unrealized_change="3"),
    ]


def test_late_rows_of_one_frame_add_up_on_the_hour_that_it_closes(history):
    history.write(Cursor(1, 1), [row(realized="1")], [row(realized="2"), row(realized="3")])
    assert hours(history)[0].realized == "6"


@pytest.mark.parametrize(("closed", "late"), [(None, "1"), ("1", None), (None, None)])
def test_what_cant_be_priced_stays_unpriced(history, closed, late):
    history.write(Cursor(1, 1), [row(change=closed)], [row(change=late)])
    history.write(Cursor(1, 2), [], [row(change="5")])
    assert hours(history)[0].unrealized_change is None


amounts = st.decimals(-(10**20), 10**20, places=12).map(lambda amount: format(amount, "f"))


@given(closed=amounts, late=st.lists(amounts, max_size=5))
def test_the_sum_is_exact(tmp_path_factory, closed, late):
    history = History(tmp_path_factory.mktemp("history") / "history.sqlite")
    history.write(Cursor(1, 1), [row(realized=closed)], [])
    for number, amount in enumerate(late):
        history.write(Cursor(2, number), [], [row(realized=amount)])
    (found,) = hours(history)
    history.close()
    assert "E" not in found.realized
    assert Fraction(found.realized) == sum(map(Fraction, [closed, *late]))


def test_the_query_is_bounded_oldest_first_and_by_account_and_strategy(history):
    rows = [
        row(start * HOUR_NS, account=account, strategy=strategy)
        for start in (3, 1, 2)
        for account in ("hedge", "main")
        for strategy in ("mm", "pairs")
    ]
    history.write(Cursor(1, 1), rows, [])
    found = history.query("hour", HOUR_NS, 3 * HOUR_NS)
    assert [found.start // HOUR_NS for found in found] == [1] * 4 + [2] * 4
    only = history.query("hour", 0, 9 * HOUR_NS, account="main", strategy="mm")
    assert [(r.start // HOUR_NS, r.account, r.strategy) for r in only] == [
        (hour, "main", "mm") for hour in (1, 2, 3)
    ]
    assert history.query("hour", 0, 9 * HOUR_NS, limit=3) == found[:3]
    assert history.query("day", 0, 9 * HOUR_NS) == []


def test_currencies_and_periods_are_rows_of_their_own(history):
    usd = row(realized="1")
    others = [replace(usd, currency="EUR"), replace(usd, period="day")]
    history.write(Cursor(1, 1), [usd, *others], [])
    assert hours(history) == [others[0], usd]
    assert history.query("day", 0, 1) == [others[1]]


def test_a_reset_forgets_rows_and_cursor(history):
    history.write(Cursor(5, 5), [row()], [])
    history.reset()
    assert (hours(history), history.cursor()) == ([], None)
    history.write(Cursor(1, 1), [row(realized="1")], [])
    assert hours(history) == [row(realized="1")]


def test_an_amount_that_is_no_number_is_our_bug_and_nothing_is_kept(history):
    history.write(Cursor(1, 1), [row(realized="1")], [])
    with pytest.raises(ArithmeticError):
        history.write(Cursor(1, 2), [row(HOUR_NS)], [row(realized="much")])
    assert (hours(history), history.cursor()) == ([row(realized="1")], Cursor(1, 1))


def test_a_locked_file_is_said_and_nothing_is_kept(tmp_path, monkeypatch):
    monkeypatch.setattr("deskwatch.database._BUSY_TIMEOUT_S", 0.01)
    history = History(tmp_path / "history.sqlite")
    other = sqlite3.connect(tmp_path / "history.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(HistoryUnavailable, match="locked"):
        history.write(Cursor(1, 1), [row()], [])
    other.execute("ROLLBACK")
    other.close()
    assert hours(history) == []
    history.write(Cursor(1, 1), [row()], [])
    assert hours(history) == [row()]
    history.close()


def test_a_file_that_somebody_moves_or_replaces_is_said_and_goes_on_once_it_is_back(tmp_path):
    """What is written to it meanwhile, no start would find."""
    history = History(tmp_path / "history.sqlite")
    history.write(Cursor(1, 100), [row()], [])
    elsewhere = (tmp_path / "history.sqlite").rename(tmp_path / "elsewhere")
    with pytest.raises(HistoryUnavailable, match="the file was removed"):
        history.write(Cursor(1, 200), [row(HOUR_NS)], [])
    (tmp_path / "history.sqlite").write_bytes(elsewhere.read_bytes())
    with pytest.raises(HistoryUnavailable, match="moved or replaced"):
        history.write(Cursor(1, 200), [row(HOUR_NS)], [])
    assert history.cursor() == Cursor(1, 100)
    elsewhere.rename(tmp_path / "history.sqlite")
    history.write(Cursor(1, 200), [row(HOUR_NS)], [])
    history.close()
    again = History(tmp_path / "history.sqlite")
    assert len(hours(again)) == 2
    again.close()


def test_a_full_disk_is_said_and_nothing_is_kept(history):
    history.write(Cursor(1, 1), [row()], [])
    (pages,) = history._db.execute("PRAGMA page_count").fetchone()
    history._db.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(HistoryUnavailable, match="full"):
        history.write(Cursor(1, 2), [row(hour * HOUR_NS) for hour in range(1, 900)], [])
    assert (hours(history), history.cursor()) == ([row()], Cursor(1, 1))
    history._db.execute("PRAGMA max_page_count = 100000")
    history.write(Cursor(1, 2), [row(HOUR_NS)], [])
    assert len(hours(history)) == 2


@pytest.mark.parametrize("damage", ["noise", "middle"])
def test_a_damaged_file_is_moved_aside_and_a_new_one_begun(tmp_path, damage):
    path = tmp_path / "history.sqlite"
    history = History(path)
    history.write(Cursor(1, 1), [row(hour * HOUR_NS) for hour in range(900)], [])
    history.close()
    data = bytearray(path.read_bytes())
    if damage == "noise":
        data = bytearray(b"not a database at all" * 500)
    else:
        data[4096 : len(data) - 4096] = b"\xa5" * (len(data) - 8192)
    path.write_bytes(data)
    for number in (1, 2):
        history = History(path)
        assert history.moved_aside is not None
        assert history.moved_aside == tmp_path / f"history.sqlite.damaged-{number}"
        assert history.moved_aside.read_bytes() == data
        assert (hours(history), history.cursor()) == ([], None)
        history.write(Cursor(1, 1), [row()], [])
        history.close()
        path.write_bytes(data)


def test_a_file_of_a_newer_deskwatch_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "history.sqlite"
    History(path).close()
    newer = sqlite3.connect(path)
    newer.execute("PRAGMA user_version = 2")
    newer.close()
    with pytest.raises(HistoryUnavailable, match="schema 2, of a newer deskwatch"):
        History(path)
    assert [p.name for p in tmp_path.iterdir()] == ["history.sqlite"]


def test_a_folder_that_cant_be_made_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(HistoryUnavailable):
        History(tmp_path / "file" / "history.sqlite")

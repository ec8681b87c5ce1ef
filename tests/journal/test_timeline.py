"""The points that the history keeps: replaced by a replay's, and forgotten when they are old."""

import sqlite3

import pytest

from deskwatch.core.timeline import Point
from deskwatch.journal.history import History
from deskwatch.journal.segment import Cursor
from deskwatch.journal.timeline import KEPT_S


@pytest.fixture
def history(tmp_path):
    opened = History(tmp_path / "history.sqlite")
    yield opened
    opened.close()


def test_a_range_begins_with_the_figures_that_hold_there(history):
    points = [Point(60, b"a", None), Point(120, None, b"x"), Point(180, b"b", b"y")]
    history.write(Cursor(1, 1), [], [], {60: points})
    assert history.drawn(60, 120, 180) == [Point(60, b"a", None), Point(180, b"b", b"y")]
    assert history.drawn(60, 0, 120) == points[:2]
    assert history.drawn(900, 0, 180) == []


def test_a_replay_brings_the_same_points_again(history):
    history.write(Cursor(1, 1), [], [], {60: [Point(60, b"a", None)]})
    history.write(Cursor(1, 2), [], [], {60: [Point(60, b"a", None), Point(120, b"b", None)]})
    assert [point.time for point in history.drawn(60, 0, 500)] == [60, 120]


def test_what_was_applied_already_changes_nothing(history):
    history.write(Cursor(1, 2), [], [], {60: [Point(60, b"a", None)]})
    history.write(Cursor(1, 1), [], [], {60: [Point(120, b"b", None)]})
    assert [point.time for point in history.drawn(60, 0, 500)] == [60]


def test_points_are_bounded_by_their_age_but_for_the_figures_that_hold_until_then(history):
    kept = KEPT_S[60]
    early = [Point(60, b"a", None), Point(120, b"b", None), Point(180, None, b"x")]
    history.write(Cursor(1, 1), [], [], {60: early, 900: [Point(900, b"c", None)]})
    history.write(Cursor(1, 2), [], [], {60: [Point(kept + 240, None, b"z")]})
    assert history.drawn(60, 0, 10 * kept) == [*early[1:], Point(kept + 240, None, b"z")]
    assert history.drawn(900, 0, 10 * kept) == [Point(900, b"c", None)]


def test_a_reset_forgets_them(history):
    history.write(Cursor(1, 1), [], [], {60: [Point(60, b"a", None)]})
    history.reset()
    assert history.drawn(60, 0, 500) == []


def test_a_file_of_before_there_were_points_takes_them(tmp_path):
    History(tmp_path / "history.sqlite").close()
    with sqlite3.connect(tmp_path / "history.sqlite") as db:
        db.execute("DROP TABLE timeline")
    db.close()
    history = History(tmp_path / "history.sqlite")
    history.write(Cursor(1, 1), [], [], {60: [Point(60, b"a", None)]})
    assert [point.time for point in history.drawn(60, 0, 500)] == [60]
    history.close()

"""The points of long steps, kept beside the hours and days; bounded by their age."""

import sqlite3
from collections.abc import Iterable, Mapping
from typing import Final

from deskwatch.core.timeline import Point

#: How long points are kept, by the seconds of their step: three days by the minute, three months
#: by the quarter of an hour.
KEPT_S: Final[Mapping[int, int]] = {60: 3 * 86_400, 900: 93 * 86_400}

#: Files of before there were points have no such table yet.
SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS timeline (
    step_s INTEGER NOT NULL, time INTEGER NOT NULL, figures BLOB, latencies BLOB,
    PRIMARY KEY (step_s, time)
) WITHOUT ROWID
"""


def keep(db: sqlite3.Connection, points: Mapping[int, Iterable[Point]]) -> None:
    """Keep points by the seconds of their step, and forget those that are too old.

    One that is there already is replaced: a replay brings the same again. The last figures before
    the oldest point that is kept stay, for they hold until then.
    """
    for step_s, those in points.items():
        time = 0
        for time, figures, latencies in those:
            db.execute(
                "INSERT OR REPLACE INTO timeline VALUES (?, ?, ?, ?)",
                (step_s, time, figures, latencies),
            )
        db.execute(
            "DELETE FROM timeline WHERE step_s = :step AND time < coalesce(("
            " SELECT max(time) FROM timeline"
            " WHERE step_s = :step AND time <= :oldest AND figures IS NOT NULL), :oldest)",
            {"step": step_s, "oldest": time - KEPT_S[step_s]},
        )


def query(db: sqlite3.Connection, step_s: int, start: int, end: int) -> list[Point]:
    """Return the points with start < time <= end, oldest first; before them the last figures."""
    before = db.execute(
        "SELECT time, figures, NULL FROM timeline"
        " WHERE step_s = ? AND time <= ? AND figures IS NOT NULL ORDER BY time DESC LIMIT 1",
        (step_s, start),
    ).fetchall()
    found = db.execute(
        "SELECT time, figures, latencies FROM timeline"
        " WHERE step_s = ? AND time > ? AND time <= ? ORDER BY time",
        (step_s, start, end),
    ).fetchall()
    return [Point(*row) for row in (*before, *found)]

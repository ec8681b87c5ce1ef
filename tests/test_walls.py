"""The walls between the house's rooms have no door that somebody forgot to close."""

import tomllib
from pathlib import Path

import pytest

import deskwatch

PACKAGE = Path(deskwatch.__file__).parent
PROJECT = tomllib.loads((PACKAGE.parents[1] / "pyproject.toml").read_text())
ROOMS = {
    f"deskwatch.{path.stem}"
    for path in PACKAGE.iterdir()
    if (path.is_dir() or path.suffix == ".py") and not path.stem.startswith("_")
}
#: Who imports nothing of ours but what is said here.
CLOSED = {
    "deskwatch.core": set(),
    "deskwatch.risk": {"deskwatch.core"},
    "deskwatch.anomaly": {"deskwatch.core"},
    "deskwatch.drills": {"deskwatch.core"},
    "deskwatch.logs": {"deskwatch.core", "deskwatch.own_thread", "deskwatch.tail"},
    "deskwatch.tail": {"deskwatch.core", "deskwatch.logs", "deskwatch.own_thread"},
    "deskwatch.database": {"deskwatch.own_thread", "deskwatch.whole_file"},
    "deskwatch.own_thread": {"deskwatch.database", "deskwatch.whole_file"},
    "deskwatch.whole_file": {"deskwatch.database", "deskwatch.own_thread"},
    "deskwatch.sdk": set(),
}


@pytest.mark.parametrize("room", CLOSED)
def test_a_closed_room_imports_none_of_all_the_others(room):
    forbidden = {
        other
        for contract in PROJECT["tool"]["importlinter"]["contracts"]
        if contract["type"] == "forbidden" and room in contract["source_modules"]
        for other in contract["forbidden_modules"]
    }
    assert forbidden == ROOMS - {room} - CLOSED[room]

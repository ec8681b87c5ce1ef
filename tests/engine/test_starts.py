"""Starts of lately: counted over restarts, by a clock that may have been set."""

import pytest

from deskwatch.core.period import MINUTE
from deskwatch.engine.starts import Starts
from tests.engine.rig import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


def start(folder, clock) -> int:
    starts = Starts(folder / "starts.json", clock)
    starts.note()
    return starts.count()


def test_a_loop_is_counted_by_each_of_its_runs(tmp_path, clock):
    found = []
    for _ in range(4):
        found.append(start(tmp_path, clock))
        clock.forward(MINUTE)
    assert found == [1, 2, 3, 4]


def test_who_stays_forgets_what_was_before(tmp_path, clock):
    start(tmp_path, clock)
    starts = Starts(tmp_path / "starts.json", clock)
    starts.note()
    clock.forward(15 * MINUTE)
    assert starts.count() == 0
    assert start(tmp_path, clock) == 1


def test_starts_by_a_clock_that_was_ahead_are_not_of_lately(tmp_path, clock):
    start(tmp_path, clock)
    clock.forward(-60 * MINUTE)
    assert start(tmp_path, clock) == 1


@pytest.mark.parametrize("text", ["", "[1, ", '{"a": 1}'])
def test_a_damaged_file_costs_what_was_before(tmp_path, clock, text, logged):
    (tmp_path / "starts.json").write_text(text)
    assert start(tmp_path, clock) == 1
    assert [entry["event"] for entry in logged] == ["starts_unreadable"]


def test_a_folder_that_can_t_be_written_ends_nothing(tmp_path, clock, logged):
    (tmp_path / "starts.json.new").mkdir()
    assert start(tmp_path, clock) == 1
    assert [entry["event"] for entry in logged] == ["starts_not_kept"]

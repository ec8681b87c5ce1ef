"""What the log says to a standard error that nobody reads, or no more."""

import io
import json
import os
import tempfile

import pytest

from deskwatch.cli import stderr
from deskwatch.cli.stderr import Stderr


@pytest.fixture
def pipe(monkeypatch):
    """Return both ends: who reads, and a file to write to."""
    monkeypatch.setattr(stderr, "_PATIENCE_MS", 1)
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    with os.fdopen(writer, "w") as file:
        yield reader, file
    os.close(reader)


def read(reader):
    """Return the lines that there are."""
    return os.read(reader, 1 << 20).decode().split("\n")


def test_lines_that_nobody_reads_hold_up_nobody_and_are_said_to_be_lost(pipe):
    reader, file = pipe
    log = Stderr(file)
    for number in range(20_000):
        log.write(f"event_refused {number}\n")
    seen = [line for line in read(reader) if line]
    kept = len(seen)
    assert 0 < kept < 20_000
    assert seen == [f"event_refused {number}" for number in range(kept)]
    log.write("engine_stopped\n")
    log.write("again\n")
    _, lost, *rest = read(reader)
    assert json.loads(lost) == {"event": "log_lines_lost", "lines": 20_000 - kept}
    assert rest == ["engine_stopped", "again", ""]


def test_a_long_line_of_which_part_was_taken_begins_no_other(pipe):
    reader, file = pipe
    log = Stderr(file)
    log.write(f"{'long' * 100_000}\n")
    read(reader)
    log.write("next\n")
    assert read(reader)[-2:] == ["next", ""]


def test_a_reader_that_is_gone_costs_its_lines_alone():
    reader, writer = os.pipe()
    with os.fdopen(writer, "w") as file:
        os.close(reader)
        log = Stderr(file)
        log.write("a\n")
        log.write("b\n")


def test_files_take_all_and_what_is_in_memory_too():
    memory = io.StringIO()
    with tempfile.TemporaryFile("w+") as file:
        for one in (file, memory):
            log = Stderr(one)
            log.write("\udcff \u20ac\n" if one is file else "plain\n")
            log.flush()
        file.seek(0)
        assert file.read() == "\\udcff \u20ac\n"
    assert memory.getvalue() == "plain\n"

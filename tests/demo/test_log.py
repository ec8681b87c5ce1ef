"""The simulated desk's programs write logs as real ones do: much that is dull, few errors, a secret."""

import logging
from collections import Counter
from functools import cache

from deskwatch.demo.agenda import SECOND
from deskwatch.demo.log import PROGRAMS, told, writing
from deskwatch.demo.simulate import START_NS, Simulation
from deskwatch.logs.level import LEVELS
from deskwatch.logs.line import read_entries

MINUTES = 6


@cache
def events():
    simulation = Simulation(7, START_NS)
    return simulation.step(START_NS + MINUTES * 60 * SECOND)


def test_a_quiet_desk_has_errors_but_no_burst_of_them():
    lines = [line for event in events() if (line := told(str(event["kind"]), event))]
    errors = Counter(line.program for line in lines if line.level >= logging.ERROR)
    assert {line.program for line in lines} == set(PROGRAMS)
    assert 0 < max(errors.values()) <= 20


def test_what_is_written_is_read_with_its_level_its_time_and_without_its_secret(tmp_path):
    with writing(tmp_path) as note:
        for event in events():
            note(str(event["kind"]), event)
    texts = (tmp_path / "gateway.log").read_bytes().splitlines()
    now = START_NS + 2 * 86_400 * SECOND  # one of the events is of tomorrow
    read = read_entries(texts, now, None)
    assert not any(time == now for time in read.times)
    assert {LEVELS[level] for level in read.levels} == {"info", "warning", "error"}
    logged_on = [text for text in read.texts if b"api_key" in text]
    assert logged_on
    assert all(text.endswith(b"api_key=[redacted]") for text in logged_on)

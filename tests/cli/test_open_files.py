"""As many files as the bounds on connections want, whatever the shell began with."""

import re
import resource

import httpx
import pytest

from deskwatch.cli.run.open_files import OPEN_FILES, raise_open_files
from tests.cli.process import Engine

UNBOUNDED = resource.RLIM_INFINITY


@pytest.fixture
def limits(monkeypatch):
    """The limits of a system: [soft, hard]."""
    held = [0, 0]

    def put(_what, both):
        held[:] = both

    monkeypatch.setattr(resource, "getrlimit", lambda _what: tuple(held))
    monkeypatch.setattr(resource, "setrlimit", put)
    return held


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param([256, UNBOUNDED], [OPEN_FILES, UNBOUNDED], id="macOS begins with few"),
        pytest.param([256, 1024], [1024, 1024], id="not more than we may"),
        pytest.param([20_000, 20_000], [20_000, 20_000], id="never fewer than there were"),
        pytest.param([UNBOUNDED, UNBOUNDED], [UNBOUNDED, UNBOUNDED], id="no bound stays none"),
    ],
)
def test_the_limit_is_raised_as_far_as_it_may(limits, before, after):
    limits[:] = before
    raise_open_files()
    assert limits == after


def test_a_system_that_refuses_starts_all_the_same(limits, monkeypatch):
    def refused(_what, _both):
        raise ValueError("not allowed to raise maximum limit")

    monkeypatch.setattr(resource, "setrlimit", refused)
    limits[:] = [256, UNBOUNDED]
    raise_open_files()
    assert limits == [256, UNBOUNDED]


def test_an_engine_that_a_frugal_shell_starts_has_room_for_its_connections(tmp_path):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
    try:
        engine = Engine(tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    try:
        text = httpx.get(f"{engine.url}/metrics").text
    finally:
        assert engine.stop() == 0
    (may,) = re.findall(r"^process_max_fds (\S+)$", text, re.MULTILINE)
    assert float(may) == (OPEN_FILES if hard == UNBOUNDED else min(OPEN_FILES, hard))

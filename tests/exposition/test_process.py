import errno
import os
import resource

import psutil
import pytest

from deskwatch.exposition.process import ProcessCollector
from deskwatch.exposition.registry import Registry


@pytest.fixture
def figures() -> dict[str, float]:
    registry = Registry()
    registry.register(ProcessCollector())
    page = registry.render(openmetrics=False).decode()
    lines = [line for line in page.splitlines() if line.startswith("process_")]
    return {name: float(value) for name, value in (line.split(" ") for line in lines)}


def test_it_is_this_process_that_is_shown(figures):
    assert figures.keys() == {
        "process_cpu_seconds_total",
        "process_resident_memory_bytes",
        "process_open_fds",
        "process_max_fds",
        "process_start_time_seconds",
    }
    assert figures["process_start_time_seconds"] == psutil.Process(os.getpid()).create_time()
    assert 0 < figures["process_cpu_seconds_total"] <= sum(os.times()[:2])
    assert figures["process_resident_memory_bytes"] > 1_000_000
    assert 0 < figures["process_open_fds"] <= figures["process_max_fds"]


def test_no_limit_on_open_files_is_infinite(monkeypatch):
    unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    monkeypatch.setattr(resource, "getrlimit", lambda _: unlimited)
    registry = Registry()
    registry.register(ProcessCollector())
    assert b"\nprocess_max_fds +Inf\n" in registry.render(openmetrics=False)


def test_where_no_file_can_be_opened_all_that_may_be_are(monkeypatch):
    def refused(_: psutil.Process) -> int:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(psutil.Process, "num_fds", refused)
    monkeypatch.setattr(resource, "getrlimit", lambda _: (64, 64))
    registry = Registry()
    registry.register(ProcessCollector())
    page = registry.render(openmetrics=False)
    assert b"\nprocess_open_fds 64.0\n" in page
    assert b"\nprocess_max_fds 64.0\n" in page

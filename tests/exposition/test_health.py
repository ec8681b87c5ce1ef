"""The machine's figures and the processes', as a scrape finds them."""

import errno
from types import SimpleNamespace

import psutil

from deskwatch.core.histogram import Histogram
from deskwatch.exposition.health import (
    HostCollector,
    NamedProcessCollector,
    Processors,
    PulseCollector,
)
from deskwatch.exposition.registry import Collector, Registry


def lines(collector: Collector, start: str) -> dict[str, float]:
    registry = Registry()
    registry.register(collector)
    page = registry.render(openmetrics=False).decode().splitlines()
    split = (line.rsplit(" ", 1) for line in page if line.startswith(start))
    return {name: float(value) for name, value in split}


def test_ratios_are_between_nothing_and_all(tmp_path):
    shown = lines(HostCollector(tmp_path), "desk")
    assert 0 < shown["deskwatch_disk_free_ratio"] <= 1
    assert 0 < shown["desk_host_memory_available_ratio"] <= 1
    assert shown["deskwatch_disk_free_bytes"] > 0


def test_processors_are_measured_over_whole_seconds():
    passed = 0.0
    processors = Processors(lambda: passed)
    assert processors.ratio() is None
    passed = 0.5
    assert processors.ratio() is None
    passed = 1.0
    sum(range(3_000_000))
    ratio = processors.ratio()
    assert ratio is not None
    assert 0 < ratio <= 1
    passed = 1.5
    assert processors.ratio() == ratio


def test_a_disk_that_is_not_there_is_absent_and_not_empty(tmp_path):
    shown = lines(HostCollector(tmp_path / "gone"), "deskwatch_disk")
    assert shown == {}


def test_what_can_t_be_asked_for_want_of_a_file_is_absent_and_ends_nothing(tmp_path, monkeypatch):
    def refused(*_: object) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    host, passed = HostCollector(tmp_path), 0.0
    processors = Processors(lambda: passed)
    for name in ("cpu_times", "virtual_memory", "disk_io_counters", "net_io_counters"):
        monkeypatch.setattr(psutil, name, refused)
    passed = 1.0
    assert processors.ratio() is None
    assert lines(host, "desk_host").keys() == {"desk_host_load_ratio"}


def test_a_process_that_is_missing_shows_that_alone():
    runs = SimpleNamespace(start_time=5.0, cpu_s=2.5, memory_bytes=1024, threads=3, open_files=None)
    found = {"oms": None, "pricer": runs}
    assert lines(NamedProcessCollector(lambda: found), "desk_process") == {
        'desk_process_running{process="oms"}': 0,
        'desk_process_running{process="pricer"}': 1,
        'desk_process_cpu_seconds_total{process="pricer"}': 2.5,
        'desk_process_start_time_seconds{process="pricer"}': 5,
        'desk_process_memory_bytes{process="pricer"}': 1024,
        'desk_process_threads{process="pricer"}': 3,
    }


def test_the_loops_delay_and_the_clocks_steps():
    delay = Histogram()
    delay.observe(0.3)
    pulse = SimpleNamespace(
        delay_seconds=delay, clock_steps=1, clock_apart_s=-2.0, clock_step_age_s=7.0
    )
    shown = lines(PulseCollector(pulse), "deskwatch_clock")
    assert shown == {
        "deskwatch_clock_steps_total": 1,
        "deskwatch_clock_step_seconds": -2,
        "deskwatch_clock_step_age_seconds": 7,
    }
    shown = lines(PulseCollector(pulse), "deskwatch_event_loop_delay_seconds_bucket")
    assert shown['deskwatch_event_loop_delay_seconds_bucket{le="0.5"}'] == 1

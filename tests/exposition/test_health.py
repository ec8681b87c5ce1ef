"""The machine's figures and the processes', as a scrape finds them."""

from types import SimpleNamespace

from deskwatch.core.histogram import Histogram
from deskwatch.exposition.health import HostCollector, NamedProcessCollector, PulseCollector
from deskwatch.exposition.registry import Collector, Registry


def lines(collector: Collector, start: str) -> dict[str, float]:
    registry = Registry()
    registry.register(collector)
    page = registry.render(openmetrics=False).decode().splitlines()
    split = (line.rsplit(" ", 1) for line in page if line.startswith(start))
    return {name: float(value) for name, value in split}


def test_the_machine_without_what_it_does_not_tell():
    host = SimpleNamespace(
        cpu_ratio=None,
        load_ratio=0.5,
        memory_available_ratio=0.25,
        disk_free=None,
        disk_bytes={},
        network=SimpleNamespace(
            bytes={"received": 5, "sent": 7}, errors={"received": 0, "sent": 1}
        ),
    )
    assert lines(HostCollector(host), "desk_host") == {
        "desk_host_load_ratio": 0.5,
        "desk_host_memory_available_ratio": 0.25,
        'desk_host_network_bytes_total{direction="received"}': 5,
        'desk_host_network_bytes_total{direction="sent"}': 7,
        'desk_host_network_errors_total{direction="received"}': 0,
        'desk_host_network_errors_total{direction="sent"}': 1,
    }


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

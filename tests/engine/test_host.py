"""The machine as the operating system tells of it, and what is left when it doesn't."""

import errno
import threading
from types import SimpleNamespace

import psutil
import pytest

from deskwatch.engine.health import Health
from deskwatch.engine.host import Host
from deskwatch.engine.processes import ProcessWatch
from deskwatch.engine.pulse import Pulse
from deskwatch.web.desks.figures import FiguresUnavailable
from tests.core.blotter import TEN


@pytest.fixture
def no_file_can_be_opened(monkeypatch):
    def refused(*_: object, **__: object) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    for name in ("cpu_times", "virtual_memory", "disk_io_counters", "net_io_counters"):
        monkeypatch.setattr(psutil, name, refused)
    for name in ("memory_info", "num_fds"):
        monkeypatch.setattr(psutil.Process, name, refused)


def test_ratios_are_between_nothing_and_all(tmp_path):
    host = Host(tmp_path)
    free = host.disk_free
    assert free is not None
    assert free.free_bytes > 0
    assert 0 < free.ratio <= 1
    assert host.memory_available_ratio is not None
    assert 0 < host.memory_available_ratio <= 1
    assert host.load_ratio >= 0


def test_processors_are_measured_over_whole_seconds(tmp_path):
    passed = 0.0
    host = Host(tmp_path, lambda: passed)
    assert host.cpu_ratio is None
    passed = 0.5
    assert host.cpu_ratio is None
    passed = 1.0
    sum(range(3_000_000))
    ratio = host.cpu_ratio
    assert ratio is not None
    assert 0 < ratio <= 1
    passed = 1.5
    assert host.cpu_ratio == ratio


def network_counts(received: int, sent: int, broken: int) -> SimpleNamespace:
    return SimpleNamespace(
        bytes_recv=received, bytes_sent=sent, dropin=broken, errin=0, dropout=0, errout=broken
    )


def test_what_a_network_counted_stays_when_it_goes(tmp_path, monkeypatch):
    networks = {
        "eth0": network_counts(1_000, 10, 0),
        "veth1": network_counts(900_000, 500, 4),
    }
    monkeypatch.setattr(psutil, "net_io_counters", lambda pernic: networks if pernic else None)
    host = Host(tmp_path)
    seen = [host.network]
    networks = {
        "eth0": network_counts(1_100, 20, 1),
        "veth1": network_counts(900_050, 505, 6),
    }
    seen.append(host.network)
    networks = {"eth0": network_counts(1_101, 21, 1)}
    seen.append(host.network)
    networks = {"eth0": network_counts(1_101, 21, 1), "veth1": network_counts(7, 3, 2)}
    seen.append(host.network)
    assert seen == [
        ({"received": 0, "sent": 0}, {"received": 0, "sent": 0}),
        ({"received": 150, "sent": 15}, {"received": 3, "sent": 3}),
        ({"received": 151, "sent": 16}, {"received": 3, "sent": 3}),
        ({"received": 158, "sent": 19}, {"received": 5, "sent": 5}),
    ]


def test_an_engine_that_starts_after_a_network_went_counts_anew(tmp_path, monkeypatch):
    """A scraper takes a fall for a new start, and the figure after it for what came since."""
    left = {"eth0": network_counts(80_000, 10, 3)}
    monkeypatch.setattr(psutil, "net_io_counters", lambda pernic: left if pernic else None)
    assert Host(tmp_path).network == ({"received": 0, "sent": 0}, {"received": 0, "sent": 0})


def test_bytes_that_go_through_a_disk_made_of_others_are_counted_once(tmp_path, monkeypatch):
    blocks = tmp_path / "block"
    for disk in ("sda", "dm-0", "loop0"):
        (blocks / disk / "slaves").mkdir(parents=True)
    (blocks / "dm-0" / "slaves" / "sda2").touch()
    monkeypatch.setattr("deskwatch.engine.host._BLOCKS", blocks)
    counted = SimpleNamespace(read_bytes=100, write_bytes=200)
    disks = dict.fromkeys(("sda", "sda1", "sda2", "dm-0", "loop0"), counted)
    monkeypatch.setattr(psutil, "disk_io_counters", lambda perdisk: disks if perdisk else None)
    host = Host(tmp_path)
    assert host.disk_bytes == {"read": 0, "written": 0}
    disks = dict.fromkeys(disks, SimpleNamespace(read_bytes=105, write_bytes=207))
    assert host.disk_bytes == {"read": 5, "written": 7}


def test_a_disk_that_is_not_there_is_not_an_empty_one(tmp_path):
    assert Host(tmp_path / "gone").disk_free is None


def test_a_disk_that_hangs_is_waited_for_once_and_then_not_known(tmp_path, monkeypatch):
    answers, asked, usage, passed = threading.Event(), [], psutil.disk_usage, 0.0

    def hang(folder):
        asked.append(folder)
        answers.wait()
        return usage(folder)

    monkeypatch.setattr(psutil, "disk_usage", hang)
    answers.set()
    host = Host(tmp_path, lambda: passed)
    assert host.disk_free is not None
    answers.clear()
    try:
        assert all(host.disk_free for _ in range(3))  # as it was
        passed = 10.0
        assert [host.disk_free for _ in range(3)] == [None] * 3
        assert len(asked) == 2
    finally:
        answers.set()


@pytest.mark.usefixtures("no_file_can_be_opened")
def test_where_no_file_can_be_opened_only_the_load_is_known(tmp_path):
    passed = 0.0
    host = Host(tmp_path, lambda: passed)
    passed = 1.0
    assert host.cpu_ratio is None
    assert host.memory_available_ratio is None
    assert host.disk_bytes == {}
    assert host.network is None
    assert host.load_ratio >= 0


@pytest.mark.usefixtures("no_file_can_be_opened")
def test_where_no_file_can_be_opened_health_is_unavailable_and_no_bug(tmp_path):
    intake = SimpleNamespace(lag_s=None, backlog_bytes=0)
    engine = SimpleNamespace(clock=lambda: TEN, intake=intake)
    health = Health(engine, Pulse(engine.clock), ProcessWatch({}), Host(tmp_path))
    with pytest.raises(FiguresUnavailable, match="Too many open files"):
        health()

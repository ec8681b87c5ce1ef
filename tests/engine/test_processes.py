"""Processes of the platform: found by pid file and command line, missed when they are gone."""

import errno
import subprocess
import sys
from collections.abc import Iterator

import psutil
import pytest

from deskwatch.engine.processes import ProcessWatch, WatchedProcess

MARK = "deskwatch-test-oms"


@pytest.fixture
def oms() -> Iterator[subprocess.Popen[bytes]]:
    """A process that waits for the end of its input."""
    command = [sys.executable, "-c", "import sys; print(flush=True); sys.stdin.read()", MARK]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process
        process.kill()


def found(watch: ProcessWatch) -> bool:
    watch.look()
    return watch.found["oms"] is not None


def test_it_is_found_by_its_pid_file_and_missed_when_it_ends(oms, tmp_path):
    file = tmp_path / "oms.pid"
    file.write_text(f"{oms.pid}\n")
    watch = ProcessWatch({"oms": WatchedProcess(pid_file=file)})
    assert found(watch)
    figures = watch.found["oms"]
    assert figures is not None
    assert figures.memory_bytes > 1_000_000
    assert figures.open_files is not None
    oms.kill()
    oms.wait()
    assert not found(watch)


def test_where_no_file_can_be_opened_nobody_is_missed(oms, monkeypatch):
    def refused(_: psutil.Process) -> bool:
        raise OSError(errno.EMFILE, "Too many open files")

    watch = ProcessWatch({"oms": WatchedProcess(command=f"{MARK}$")})
    assert found(watch)
    monkeypatch.setattr(psutil.Process, "is_running", refused)
    assert found(watch)


def test_it_is_found_by_its_command_line(oms):
    assert found(ProcessWatch({"oms": WatchedProcess(command=f"{MARK}$")}))


def test_a_pid_file_that_is_old_gives_way_to_the_command_line(oms, tmp_path):
    file = tmp_path / "oms.pid"
    file.write_text("4194304\n")
    assert found(ProcessWatch({"oms": WatchedProcess(pid_file=file, command=f"{MARK}$")}))


@pytest.mark.parametrize(
    ("service", "group"),
    [
        ("oms", "system.slice/oms.service"),
        ("oms.service", "system.slice/oms.service"),
        ("oms@1", "system.slice/system-oms.slice/oms@1.service"),
        ("oms", "user.slice/user-1000.slice/user@1000.service/app.slice/oms.service"),
        ("oms", "system.slice/oms.service/workers"),
    ],
)
def test_it_is_found_by_its_service_wherever_systemd_keeps_that(oms, tmp_path, service, group):
    (tmp_path / group).mkdir(parents=True)
    (tmp_path / group / "cgroup.procs").write_text(f"{oms.pid}\n")
    assert found(ProcessWatch({"oms": WatchedProcess(service=service)}, tmp_path))
    assert not found(ProcessWatch({"oms": WatchedProcess(service="om")}, tmp_path))


@pytest.mark.parametrize(
    "how",
    [
        pytest.param({"command": "no-such-process-of-ours"}, id="no command line matches"),
        pytest.param({"service": "no-such-service-of-ours"}, id="no such service"),
        pytest.param({"service": "a\0b"}, id="no name that a service can have"),
    ],
)
def test_one_that_is_nowhere_is_missing(how):
    assert not found(ProcessWatch({"oms": WatchedProcess(**how)}))

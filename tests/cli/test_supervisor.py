"""systemd is told that an engine takes events, and as long as its loop comes round."""

import asyncio
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from deskwatch.cli.run.supervisor import supervisor_of
from tests.cli.process import DEADLINE_S, Engine


@contextmanager
def listening(address: str | Path) -> Iterator[socket.socket]:
    """Listen as systemd does, on a path or an abstract address."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(address).replace("@", "\0", 1))
        manager.settimeout(DEADLINE_S)
        yield manager


def heard(manager: socket.socket) -> list[str]:
    return manager.recv(4096).decode().splitlines()


def test_it_hears_when_events_are_taken_and_signs_of_life_from_then_on(tmp_path, monkeypatch):
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    monkeypatch.setenv("WATCHDOG_USEC", "20000")
    with listening(tmp_path / "notify") as manager:
        engine = Engine(tmp_path)
        told = [heard(manager)]
        while "EXTEND_TIMEOUT_USEC=60000000" in told[-1]:
            told.append(heard(manager))
        *starting, ready = told
        assert ["WATCHDOG=1", "EXTEND_TIMEOUT_USEC=60000000"] in starting
        assert "READY=1" in ready
        assert heard(manager) == heard(manager) == ["WATCHDOG=1"]
        assert engine.stop() == 0


def test_what_systemd_ends_for_hanging_says_where_it_hung(tmp_path):
    engine = Engine(tmp_path)
    assert engine.stop(signal.SIGABRT) == -signal.SIGABRT
    assert "Fatal Python error: Aborted" in engine.stderr
    assert "most recent call first" in engine.stderr


@pytest.mark.parametrize(
    ("watchdog", "pause_s"),
    [
        ({"WATCHDOG_USEC": "3000000"}, 1.5),
        ({"WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "7"}, 1.5),
        ({"WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "8"}, 10.0),  # another process is meant
        ({"WATCHDOG_USEC": "60000000"}, 10.0),
        ({"WATCHDOG_USEC": "0"}, 10.0),
        ({}, 10.0),
    ],
)
async def test_signs_of_life_come_twice_in_the_time_that_is_allowed(
    tmp_path, monkeypatch, watchdog, pause_s
):
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 2:
            raise asyncio.CancelledError

    monkeypatch.setattr(asyncio, "sleep", sleep)
    supervisor = supervisor_of({"NOTIFY_SOCKET": str(tmp_path / "nobody")} | watchdog, 7)
    with pytest.raises(asyncio.CancelledError):
        await supervisor.keep_alive()
    assert pauses == [pause_s] * 2


@pytest.mark.parametrize("address", ["@deskwatch-test/{}", "{}/notify"])
async def test_any_address_of_systemds_is_told(tmp_path, address):
    address = address.format(tmp_path)
    with listening(address) as manager:
        supervisor_of({"NOTIFY_SOCKET": address}, 7).started()
        assert heard(manager) == ["READY=1"]


async def test_a_start_may_take_its_time_and_a_stop_may_not(tmp_path, monkeypatch):
    """A stop that asked for more would outlast a disk that hangs: systemd would never end it."""

    async def sleep(_seconds: float) -> None:
        raise asyncio.CancelledError

    monkeypatch.setattr(asyncio, "sleep", sleep)
    with listening(tmp_path / "notify") as manager:
        supervisor = supervisor_of({"NOTIFY_SOCKET": str(tmp_path / "notify")}, 7)
        with pytest.raises(asyncio.CancelledError):
            await supervisor.keep_alive()
        assert heard(manager) == ["WATCHDOG=1", "EXTEND_TIMEOUT_USEC=60000000"]
        supervisor.started()
        assert heard(manager) == ["READY=1"]
        with pytest.raises(asyncio.CancelledError):
            await supervisor.keep_alive()
        assert heard(manager) == ["WATCHDOG=1"]


async def test_a_start_that_there_was_no_room_for_is_told_with_the_next_sign(tmp_path, monkeypatch):
    """systemd gives up on a unit of which it never hears that."""

    async def sleep(_seconds: float) -> None:
        raise asyncio.CancelledError

    monkeypatch.setattr(asyncio, "sleep", sleep)
    with (
        listening(tmp_path / "notify") as manager,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as others,
    ):
        others.setblocking(False)
        waiting = 0
        with suppress(BlockingIOError):
            while others.sendto(b"STATUS=busy", str(tmp_path / "notify")):
                waiting += 1
        supervisor = supervisor_of({"NOTIFY_SOCKET": str(tmp_path / "notify")}, 7)
        supervisor.started()
        assert {tuple(heard(manager)) for _ in range(waiting)} == {("STATUS=busy",)}
        for told in (["WATCHDOG=1", "READY=1"], ["WATCHDOG=1"]):
            with pytest.raises(asyncio.CancelledError):
                await supervisor.keep_alive()
            assert heard(manager) == told


async def test_without_systemd_nobody_is_told_and_nothing_runs():
    for environment in ({}, {"NOTIFY_SOCKET": ""}):
        supervisor = supervisor_of(environment, 7)
        supervisor.started()
        await supervisor.keep_alive()

"""Servers as processes of their own on the loopback, and what they cost in CPU time."""

import contextlib
import http.client
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

from bench.desk import instruments
from bench.turns import ROOT, SOURCE

HOST: Final = "127.0.0.1"
START_TIMEOUT_S: Final = 30.0
STOP_TIMEOUT_S: Final = 15.0


@dataclass(frozen=True)
class Server:
    """A running server. tcp_port: where it takes lines, if it does."""

    process: psutil.Process
    port: int
    tcp_port: int = 0

    def cpu_seconds(self) -> float:
        """Return the CPU time of all its threads so far, in user and kernel mode."""
        times = self.process.cpu_times()
        return times.user + times.system

    def connect(self) -> http.client.HTTPConnection:
        connection = http.client.HTTPConnection(HOST, self.port, timeout=30)
        connection.connect()
        # http.client sends head and body apart; Nagle would hold the second back.
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def post(self, connection: http.client.HTTPConnection, path: str, body: bytes) -> bytes:
        """Return the answer's body. Any answer but 2xx is an error."""
        headers = {"Content-Type": "application/x-ndjson"}
        connection.request("POST", path, body, headers)
        response = connection.getresponse()
        answer = response.read()
        if response.status >= 300:
            raise RuntimeError(f"{path}: {response.status} {answer[:200]!r}")
        return answer


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def running(
    arguments: list[str], port: int, environment: Mapping[str, str] | None = None
) -> Iterator[psutil.Process]:
    """Start a process, wait until it takes connections at `port`, and stop it at the end."""
    with tempfile.TemporaryFile() as said:
        process = psutil.Popen(
            arguments,
            env=os.environ | (environment or {}),
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
        )
        try:
            until = time.monotonic() + START_TIMEOUT_S
            while not takes_connections(port):
                if process.poll() is not None or time.monotonic() > until:
                    said.seek(0)
                    raise RuntimeError(f"{arguments[:4]} doesn't listen: {said.read()!r}")
                time.sleep(0.05)
            yield process
        finally:
            stop(process)


def stop(process: psutil.Popen) -> None:
    """End a process, by force where it takes too long."""
    with contextlib.suppress(psutil.NoSuchProcess):
        process.terminate()
    try:
        process.wait(STOP_TIMEOUT_S)
    except psutil.TimeoutExpired:
        process.kill()
        process.wait()


def takes_connections(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


@contextlib.contextmanager
def engine(source: Path = SOURCE) -> Iterator[Server]:
    """Run deskwatch as it is run, with a journal of its own, and describe the instruments to it."""
    with (
        tempfile.TemporaryDirectory(prefix="deskwatch-bench-") as folder,
        engine_on(Path(folder), source) as server,
    ):
        yield server


@contextlib.contextmanager
def engine_on(folder: Path, source: Path = SOURCE) -> Iterator[Server]:
    """Do as `engine`, with what there is in `folder`/data."""
    port, tcp_port = free_port(), free_port()
    config = folder / "deskwatch.toml"
    config.write_text(
        f'data = "{folder}/data"\n'
        f"[server]\nport = {port}\n"
        f"[tcp]\nenabled = true\nport = {tcp_port}\n"
        '[log]\nlevel = "warning"\n'
    )
    command = [sys.executable, "-m", "deskwatch", "run", "--config", str(config)]
    # The lines' port opens last, when the books are whole.
    with running(command, tcp_port, {"PYTHONPATH": str(source)}) as process:
        server = Server(process, port, tcp_port)
        described = instruments(opening=time.time_ns())
        with contextlib.closing(server.connect()) as connection:
            server.post(connection, "/v1/events", described)
        yield server


@contextlib.contextmanager
def python_server(module: str) -> Iterator[Server]:
    """Run a peer, `python -m module PORT`."""
    port = free_port()
    with running([sys.executable, "-m", module, str(port)], port) as process:
        yield Server(process, port)

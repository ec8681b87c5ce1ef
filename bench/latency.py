"""How long a line waits for its receipt at 10,000 events a second, beside the least that keeps it.

Ten lines go out every millisecond, whatever comes back: a slow server is not spared its load.
"""

import contextlib
import gc
import json
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from statistics import median, quantiles

from bench.desk import fills
from bench.row import Gate, Row
from bench.server import HOST, Server, engine, free_port, running

PER_SECOND = 10_000
GROUP = 10
A_TURN = 15_000
INTERVAL_S = GROUP / PER_SECOND


@contextlib.contextmanager
def bare_receiver() -> Iterator[Server]:
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="deskwatch-bench-") as folder:
        command = [sys.executable, "-m", "bench.peers.bare_receiver", str(port)]
        with running([*command, f"{folder}/lines"], port) as process:
            yield Server(process, port, port)


def waits(port: int, groups: list[bytes]) -> list[float]:
    """Send the groups on time and return how many seconds each waited for its receipt."""
    sent: list[float] = []
    waited: list[float] = []
    with socket.create_connection((HOST, port), timeout=30) as peer:
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

        def send() -> None:
            begin = time.perf_counter()
            for number, group in enumerate(groups):
                due = begin + number * INTERVAL_S
                time.sleep(max(0.0, due - time.perf_counter()))
                sent.append(time.perf_counter())
                peer.sendall(group)

        sending = threading.Thread(target=send)
        sending.start()
        taken = 0
        for answer in peer.makefile("rb"):
            now = time.perf_counter()
            taken += json.loads(answer)["accepted"]
            waited += [now - at for at in sent[len(waited) : taken // GROUP]]
            if len(waited) == len(groups):
                break
        sending.join()
    assert len(waited) == len(groups), "the server closed the connection"
    return waited


def rows(compiled: Path | None, *, quick: bool) -> list[Row]:
    with ExitStack() as stack:
        ports = {"peer": stack.enter_context(bare_receiver()).tcp_port}
        ports["pure"] = stack.enter_context(engine()).tcp_port
        if compiled:
            ports["compiled"] = stack.enter_context(engine(compiled)).tcp_port
        half: dict[str, list[float]] = {name: [] for name in ports}
        most: dict[str, list[float]] = {name: [] for name in ports}
        for turn in range(2 if quick else 7):
            lines = fills(A_TURN, 1 + turn * A_TURN, opening=time.time_ns())
            groups = [b"".join(lines[at : at + GROUP]) for at in range(0, A_TURN, GROUP)]
            gc.collect()
            for name, port in ports.items():
                percentiles = quantiles(waits(port, groups), n=100)
                half[name].append(percentiles[49])
                most[name].append(percentiles[98])
    return [
        row(name, percentile, median(taken[name]), median(taken["peer"]), gate)
        for name in ports
        if name != "peer"
        for percentile, taken, gate in (("p50", half, Gate(2, True)), ("p99", most, Gate(3, True)))
    ]


def row(name: str, percentile: str, ours: float, theirs: float, gate: Gate) -> Row:
    return Row(
        f"latency: a line's receipt at {PER_SECOND:,} events/s, {name}, {percentile}",
        f"{ours * 1e3:.2f} ms",
        f"bare receiver, write and fdatasync: {theirs * 1e3:.2f} ms",
        ours / theirs,
        gate,
    )

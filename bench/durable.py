"""Durable ingest by the clock: four peers at once, until the last acknowledgement."""

import contextlib
import json
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from bench.desk import BLOCK, blocks
from bench.row import Gate, Row, rate, skipped
from bench.server import Server, engine, free_port, running
from bench.turns import seconds, take_turns

A_TURN = 40_000
CONNECTIONS = 4

PROGRAM = "victoria-metrics"
IMPORT = "/api/v1/import"


@contextlib.contextmanager
def victoria_metrics(program: str) -> Iterator[Server]:
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="deskwatch-bench-") as folder:
        command = [program, f"-storageDataPath={folder}", f"-httpListenAddr=127.0.0.1:{port}"]
        with running([*command, "-loggerLevel=ERROR"], port) as process:
            yield Server(process, port)


def samples(block: bytes) -> bytes:
    """Return what VictoriaMetrics imports for a block: two samples a fill, its price and size."""
    lines = []
    for line in block.splitlines():
        fill = json.loads(line)
        labels = {name: fill[name] for name in ("account", "strategy", "venue", "symbol", "side")}
        for name in ("price", "quantity"):
            series = {
                "metric": {"__name__": f"desk_fill_{name}", **labels},
                "values": [float(fill[name])],
                "timestamps": [fill["event_time"] // 1_000_000],
            }
            lines.append(json.dumps(series, separators=(",", ":")))
    return "\n".join(lines).encode() + b"\n"


def post_all(server: Server, path: str, bodies: list[bytes], lanes: ThreadPoolExecutor) -> None:
    def post(lane: int) -> None:
        with contextlib.closing(server.connect()) as connection:
            for body in bodies[lane::CONNECTIONS]:
                server.post(connection, path, body)

    list(lanes.map(post, range(CONNECTIONS)))


def rows(compiled: Path | None, *, quick: bool) -> list[Row]:
    program = shutil.which(PROGRAM)
    if program is None:
        return [skipped("durable ingest beside VictoriaMetrics", f"there is no {PROGRAM}")]
    fresh: list[bytes] = []
    imported: list[bytes] = []
    start = 1

    def renew() -> float:
        """Make the events of a round, which every server gets."""
        nonlocal start
        fresh[:] = blocks(A_TURN, start, opening=time.time_ns())
        imported[:] = [samples(block) for block in fresh]
        start += A_TURN
        return 0.0

    with ExitStack() as stack:
        lanes = stack.enter_context(ThreadPoolExecutor(CONNECTIONS))

        def turn(server: Server, path: str, bodies: list[bytes]) -> Callable[[], float]:
            return lambda: seconds(lambda: post_all(server, path, bodies, lanes))

        peer = stack.enter_context(victoria_metrics(program))
        pure = stack.enter_context(engine())
        cases = {
            "": renew,
            "peer": turn(peer, IMPORT, imported),
            "pure": turn(pure, "/v1/events", fresh),
        }
        if compiled:
            built = stack.enter_context(engine(compiled))
            cases["compiled"] = turn(built, "/v1/events", fresh)
        taken = take_turns(cases, 2 if quick else 7)
    theirs = (
        f"VictoriaMetrics' import, answered before the disk has it: {rate(A_TURN, taken['peer'])}"
    )
    return [
        Row(
            f"durable ingest: HTTP, {name}, blocks of {BLOCK}, {CONNECTIONS} connections",
            rate(A_TURN, taken[name]),
            theirs,
            taken["peer"] / taken[name],
            Gate(1.3),
        )
        for name in ("pure", "compiled")
        if name in taken
    ]

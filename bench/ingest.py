"""Events per CPU-second of the server's process: ours with journal and books, a peer without."""

import contextlib
import json
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from bench.desk import BLOCK, blocks
from bench.row import Gate, Row, rate
from bench.server import HOST, Server, engine, python_server
from bench.turns import Turn, take_turns

#: Enough that the books' second, in which they value what changed, weighs as it does under load.
A_TURN = 40_000

Send = Callable[[Server, list[bytes]], None]


class Supply:
    """Events that no server has seen: the same ones for every server in a round."""

    def __init__(self) -> None:
        self._taken: set[Server] = set()
        self._start = 1 - A_TURN
        self._blocks: list[bytes] = []

    def blocks_for(self, server: Server) -> list[bytes]:
        if not self._blocks or server in self._taken:
            self._taken.clear()
            self._start += A_TURN
            self._blocks = blocks(A_TURN, self._start, opening=time.time_ns())
        self._taken.add(server)
        return self._blocks


def cpu_turn(supply: Supply, server: Server, send: Send) -> Turn:
    """Return a turn that sends fresh events and returns the server's CPU seconds."""

    def turn() -> float:
        some = supply.blocks_for(server)
        before = server.cpu_seconds()
        send(server, some)
        return server.cpu_seconds() - before

    return turn


def send_http(server: Server, some: list[bytes]) -> None:
    with contextlib.closing(server.connect()) as connection:
        for block in some:
            answer = json.loads(server.post(connection, "/v1/events", block))
            assert answer["accepted"] == BLOCK, answer


def send_lines(server: Server, some: list[bytes]) -> None:
    with socket.create_connection((HOST, server.tcp_port), timeout=30) as peer:
        receipts = peer.makefile("rb")
        for block in some:
            peer.sendall(block)
            taken = 0
            while taken < BLOCK:
                receipt = json.loads(receipts.readline())
                assert not receipt["refused_total"], receipt
                taken += receipt["accepted"]


def rows(compiled: Path | None, *, quick: bool) -> list[Row]:
    supply = Supply()
    with ExitStack() as stack:
        pure = stack.enter_context(engine())
        by_lines = stack.enter_context(engine())
        peer = stack.enter_context(python_server("bench.peers.metrics_server"))
        cases = {
            "HTTP, pure": cpu_turn(supply, pure, send_http),
            "lines over TCP, pure": cpu_turn(supply, by_lines, send_lines),
            "peer": cpu_turn(supply, peer, send_http),
        }
        if compiled:
            built = stack.enter_context(engine(compiled))
            built_by_lines = stack.enter_context(engine(compiled))
            cases["HTTP, compiled"] = cpu_turn(supply, built, send_http)
            cases["lines over TCP, compiled"] = cpu_turn(supply, built_by_lines, send_lines)
        taken = take_turns(cases, 2 if quick else 5)
    gates = {"HTTP, pure": Gate(4), "HTTP, compiled": Gate(5)}
    theirs = rate(A_TURN, taken["peer"])
    return [
        Row(
            f"ingest: {case}, blocks of {BLOCK}, per CPU-second",
            rate(A_TURN, taken[case]),
            f"Starlette, orjson, float book, prometheus_client, no journal: {theirs}",
            taken["peer"] / taken[case],
            gates.get(case),
        )
        for case in taken
        if case != "peer"
    ]

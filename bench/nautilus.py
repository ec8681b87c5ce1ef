"""Events made beforehand into positions, beside nautilus_trader's Position.

It is large and needs its own environment: NAUTILUS_PYTHON names that environment's Python.
"""

import json
import os
import random
from contextlib import ExitStack
from pathlib import Path

from bench.books import none_expected, open_books
from bench.desk import A_TURN, ACCOUNTS, BLOCK, FEW_INSTRUMENTS, STRATEGIES, fill
from bench.row import Gate, Row, rate, skipped
from bench.turns import Turn, cpu_seconds, process, take_turns
from deskwatch.core.codec import decode

ROUNDS = 9


def ours() -> Turn:
    books = open_books(FEW_INSTRUMENTS)
    start = 1

    def turn() -> float:
        nonlocal start
        chance = random.Random(start)
        numbers = range(start, start + A_TURN)
        lines = [
            json.dumps(fill(n, chance, places=FEW_INSTRUMENTS)).encode() + b"\n" for n in numbers
        ]
        events = decode(b"".join(lines)).events
        start += A_TURN
        parts = [events[at : at + BLOCK] for at in range(0, A_TURN, BLOCK)]
        return cpu_seconds(lambda: [books.apply_all(part, none_expected) for part in parts])

    return turn


def rows(compiled: Path | None, *, quick: bool) -> list[Row]:
    python = os.environ.get("NAUTILUS_PYTHON")
    if not python:
        return [skipped("positions beside nautilus_trader", "NAUTILUS_PYTHON is not set")]
    rounds = 3 if quick else ROUNDS
    with ExitStack() as stack:
        cases = {
            "pure": stack.enter_context(process("bench.nautilus:ours")),
            "peer": stack.enter_context(process("bench.peers.nautilus:theirs", python=python)),
        }
        if compiled:
            cases["compiled"] = stack.enter_context(process("bench.nautilus:ours", source=compiled))
        taken = take_turns(cases, rounds)
    each = (rounds + 1) * A_TURN // 2 // (ACCOUNTS * STRATEGIES * FEW_INSTRUMENTS)
    peer = f"nautilus Position.apply, ~{each} fills a position: {rate(A_TURN, taken['peer'])}"
    return [
        Row(
            f"events made beforehand to positions, {name}",
            rate(A_TURN, taken[name]),
            peer,
            taken["peer"] / taken[name],
            Gate(gate),
        )
        for name, gate in (("pure", 2.5), ("compiled", 4))
        if name in taken
    ]

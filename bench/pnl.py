"""Raw JSON to P&L: decode, duplicates and exact books, beside the monitor one writes by hand.

Each case has a process of its own; they take turns, and every turn brings events not seen before.
"""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from bench.books import none_expected, open_books
from bench.desk import A_TURN, BLOCK, blocks
from bench.peers.float_monitor import FloatMonitor
from bench.row import Gate, Row, rate
from bench.turns import Turn, cpu_seconds, process, take_turns
from deskwatch.core.codec import decode
from deskwatch.engine import garbage


def fresh_blocks(measured: Callable[[list[bytes]], object]) -> Turn:
    """Return a turn that has `measured` take blocks that follow those of the turn before."""
    start = 1

    def turn() -> float:
        nonlocal start
        some = blocks(A_TURN, start)
        start += A_TURN
        return cpu_seconds(lambda: measured(some))

    return turn


def ours() -> Turn:
    books = open_books()
    garbage.settle()

    def take(some: list[bytes]) -> None:
        for block in some:
            events = decode(block).events
            books.begin(events[-1].event_time)
            assert books.apply_all(events, none_expected) == BLOCK

    return fresh_blocks(take)


def theirs() -> Turn:
    monitor = FloatMonitor()
    garbage.settle()

    def take(some: list[bytes]) -> None:
        for block in some:
            assert monitor.take(block) == BLOCK

    return fresh_blocks(take)


def rows(compiled: Path | None, *, quick: bool) -> list[Row]:
    with ExitStack() as stack:
        cases = {
            "pure": stack.enter_context(process("bench.pnl:ours")),
            "peer": stack.enter_context(process("bench.pnl:theirs")),
        }
        if compiled:
            cases["compiled"] = stack.enter_context(process("bench.pnl:ours", source=compiled))
        taken = take_turns(cases, 7 if quick else 25)
    peer = f"orjson, float book, 6 metrics of prometheus_client: {rate(A_TURN, taken['peer'])}"
    return [
        Row(
            f"raw JSON to P&L, {name}",
            rate(A_TURN, taken[name]),
            peer,
            taken["peer"] / taken[name],
            Gate(gate),
        )
        for name, gate in (("pure", 3), ("compiled", 5))
        if name in taken
    ]

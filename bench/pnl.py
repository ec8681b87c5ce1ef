"""Raw JSON to P&L: decode, duplicates and exact books, beside the monitor one writes by hand.

That monitor keeps P&L and nothing else, as the books of money alone do; what orders, exposure,
feeds and all other books add has rows of its own, and the same gates.

Each case has a process of its own; they take turns, and every turn brings events not seen before.
"""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from bench.books import none_expected, open_books
from bench.desk import A_TURN, BLOCK, blocks
from bench.peers.float_monitor import FloatMonitor
from bench.row import Gate, Row, rate
from bench.turns import SOURCE, Turn, cpu_seconds, process, take_turns
from deskwatch.core.books import Books
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


def money() -> Turn:
    """Decode and book, and tell no other book of it."""
    books = open_books()
    # No desk can leave books out, so nothing but this bench asks for it.
    ways = books._ways  # noqa: SLF001
    ways.update({kind: ((), booked, ()) for kind, (_, booked, _) in ways.items()})
    return taking(books)


def everything() -> Turn:
    """Decode and book, and let every book take notice."""
    return taking(open_books())


def taking(books: Books) -> Turn:
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
    sources = {"pure": SOURCE} | ({"compiled": compiled} if compiled else {})
    with ExitStack() as stack:
        cases = {("peer", "theirs"): stack.enter_context(process("bench.pnl:theirs"))}
        cases |= {
            (name, makes): stack.enter_context(process(f"bench.pnl:{makes}", source=source))
            for name, source in sources.items()
            for makes in ("money", "everything")
        }
        taken = take_turns(cases, 7 if quick else 25)
    theirs_s = taken["peer", "theirs"]
    peer = f"orjson, float book, 6 metrics of prometheus_client: {rate(A_TURN, theirs_s)}"
    table = []
    for name, gate in (("pure", 3), ("compiled", 5)):
        if name not in sources:
            continue
        money_s, all_s = taken[name, "money"], taken[name, "everything"]
        alone, every = rate(A_TURN, money_s), rate(A_TURN, all_s)
        of_money = f"money's books alone: {alone}"
        table += [
            Row(f"raw JSON to P&L, {name}", alone, peer, theirs_s / money_s, Gate(gate)),
            Row(f"raw JSON to all books, {name}", every, peer, theirs_s / all_s, Gate(gate)),
            Row(f"raw JSON to all books, {name}", every, of_money, money_s / all_s),
        ]
    return table

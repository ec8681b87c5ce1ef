"""What a desk's books hold in memory: resident bytes of a process with them, less one without."""

import gc
import json
from contextlib import ExitStack
from functools import partial

import psutil

from bench.books import none_expected
from bench.desk import OPENING, VENUE, instruments, symbol
from bench.row import Row
from bench.turns import Turn, process
from deskwatch.core.books import Books
from deskwatch.core.codec import decode
from deskwatch.core.settings import BooksSettings

INSTRUMENTS = 1_000
MANY = 50


def with_books(instrument_count: int, strategies: int) -> Turn:
    """Return what says how many bytes are resident with these books, all their lines valued."""
    # Fills that are remembered have their own bound, whatever the number of instruments.
    books = Books(BooksSettings(remembered_fills=1_000))
    books.begin(OPENING)
    books.apply_all(decode(instruments(instrument_count)).events, none_expected)
    for strategy in range(strategies):
        books.apply_all(decode(opened(instrument_count, strategy)).events, none_expected)
    books.refresh(OPENING)
    gc.collect()
    return partial(_resident, books)


def _resident(_books: Books) -> float:
    return float(psutil.Process().memory_info().rss)


def opened(instrument_count: int, strategy: int) -> bytes:
    """Return a mark and a fill for each instrument."""
    lines = []
    for number in range(instrument_count):
        place = {"event_time": OPENING, "venue": VENUE, "symbol": symbol(number)}
        price = f"{100 + number / 100:.2f}"
        fill = {
            "account": "A1",
            "strategy": f"strategy{strategy}",
            "side": "buy",
            "quantity": "1",
            "exec_id": f"{strategy}-{number}",
            "sequence": 1 + strategy * instrument_count + number,
        }
        lines.append({"kind": "mark", "price": price} | place)
        lines.append({"kind": "fill", "price": price} | place | fill)
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


def nothing() -> Turn:
    return with_books(0, 0)


def one_strategy() -> Turn:
    return with_books(INSTRUMENTS, 1)


def many_strategies() -> Turn:
    return with_books(INSTRUMENTS, MANY)


def rows(*, quick: bool) -> list[Row]:  # noqa: ARG001  it is quick
    with ExitStack() as stack:
        nothing, one, many = (
            stack.enter_context(process(f"bench.memory:{make}"))()
            for make in ("nothing", "one_strategy", "many_strategies")
        )
    return [
        Row(f"memory: {INSTRUMENTS:,} instruments, {count}", f"{(held - nothing) / 2**20:.1f} MiB")
        for count, held in (("1 strategy", one), (f"{MANY} strategies each", many))
    ]

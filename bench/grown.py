"""A desk that has grown: symbols that were traded once, and limits on each instrument.

What isn't there any more, or hasn't moved, costs next to nothing: each beside the same desk where
it is not there, or where all of it is worked out anew.
"""

import json
from contextlib import ExitStack
from typing import Final

from bench.books import none_expected
from bench.desk import OPENING, VENUE, instruments, symbol
from bench.row import Gate, Row
from bench.turns import Turn, cpu_seconds, process, take_turns
from deskwatch.core.books import Books
from deskwatch.core.codec import decode
from deskwatch.core.period import DAY, SECOND
from deskwatch.core.settings import BooksSettings
from deskwatch.engine import garbage
from deskwatch.exposition.exposure import ExposureCollector
from deskwatch.exposition.order import OrderCollector
from deskwatch.exposition.pnl import LinePnlCollector, TotalPnlCollector
from deskwatch.exposition.position import PositionCollector
from deskwatch.exposition.registry import Registry

#: Symbols that are flat since long, as options and dated futures that expired.
EXPIRED: Final = 20_000
#: Symbols that are held.
HELD: Final = 100
#: Instruments that have a limit each.
LIMITED: Final = 2_000
#: Fills between two looks at the limits.
FILLS: Final = 5

_COLLECTORS: Final = (
    LinePnlCollector, TotalPnlCollector, PositionCollector, ExposureCollector, OrderCollector,
)  # fmt: skip


class Desk:
    """Books and their time; a source's events are numbered through."""

    def __init__(self, described: int) -> None:
        self.books = Books(BooksSettings(max_positions=100_000, max_instruments=100_000))
        self.now = OPENING
        self._sequence = 0
        self.pass_time(0)
        self.books.apply_all(decode(instruments(described)).events, none_expected)
        self.take([{"kind": "fx", "base": "USDT", "quote": "USD", "rate": "1"}])

    def pass_time(self, ns: int) -> None:
        self.now += ns
        self.books.begin(self.now)

    def take(self, events: list[dict[str, object]]) -> None:
        lines = []
        for fields in events:
            self._sequence += 1
            numbered = {"event_time": self.now, "source": "gw1", "sequence": self._sequence}
            lines.append(json.dumps(numbered | {"venue": VENUE} | fields).encode() + b"\n")
        self.books.apply_all(decode(b"".join(lines)).events, none_expected)

    def trade(self, number: int, side: str) -> dict[str, object]:
        """Return a fill in the instrument of that number."""
        self._sequence += 1  # as good a name as any
        return {
            "kind": "fill",
            "account": "A1",
            "strategy": "mm",
            "symbol": symbol(number),
            "side": side,
            "quantity": "1",
            "price": "100",
            "exec_id": f"{self._sequence}",
            "sequence": self._sequence,
        }

    def marks(self, count: int, price: str) -> list[dict[str, object]]:
        return [{"kind": "mark", "symbol": symbol(n), "price": price} for n in range(count)]


def scrapes(expired: int) -> Turn:
    """Return a turn that moves each mark and renders all; `expired` symbols are flat for long."""
    desk = Desk(HELD + expired)
    for side in ("buy", "sell"):
        desk.take([desk.trade(HELD + number, side) for number in range(expired)])
    desk.pass_time(40 * DAY)
    desk.take([desk.trade(number, "buy") for number in range(HELD)])
    registry = Registry()
    for collector in _COLLECTORS:
        registry.register(collector(desk.books, lambda: desk.now, max_series=1_000_000))
    registry.render(openmetrics=False)
    garbage.settle()

    def turn() -> float:
        desk.pass_time(SECOND)
        rate = {
            "kind": "fx",
            "base": "USDT",
            "quote": "USD",
            "rate": f"1.00{desk.now // SECOND % 10}",
        }
        desk.take([rate, *desk.marks(HELD, f"{100 + desk.now // SECOND % 7}")])
        return cpu_seconds(lambda: registry.render(openmetrics=False))

    return turn


def looks(told: int) -> Turn:
    """Return a turn that looks at all limits after some fills, and after `told` limits were."""
    desk = Desk(LIMITED)
    limit = {"kind": "limit", "limit": "gross", "account": "A1", "currency": "USDT"}
    limits = [{**limit, "symbol": symbol(n), "value": "1000000"} for n in range(LIMITED)]
    desk.take(limits)
    desk.take(desk.marks(LIMITED, "100"))
    desk.take([desk.trade(number, "buy") for number in range(LIMITED)])
    assert len(desk.books.limits.uses(desk.now)) == LIMITED
    garbage.settle()

    def turn() -> float:
        desk.pass_time(SECOND)
        desk.take([desk.trade(desk.now // SECOND * FILLS % 997 + n, "buy") for n in range(FILLS)])
        desk.take([each | {"value": f"{desk.now // SECOND}"} for each in limits[:told]])
        desk.books.refresh(desk.now)
        return cpu_seconds(lambda: desk.books.limits.uses(desk.now))

    return turn


def at_rest() -> Turn:
    return scrapes(EXPIRED)


def without() -> Turn:
    return scrapes(0)


def kept() -> Turn:
    return looks(0)


def anew() -> Turn:
    return looks(1)


def rows(*, quick: bool) -> list[Row]:
    with ExitStack() as stack:
        cases = {
            name: stack.enter_context(process(f"bench.grown:{name}"))
            for name in ("at_rest", "without", "kept", "anew")
        }
        taken = take_turns(cases, 7 if quick else 25)
    ms = {name: f"{seconds * 1e3:.2f} ms" for name, seconds in taken.items()}
    return [
        Row(
            f"grown: render {HELD} positions, {EXPIRED:,} more at rest",
            ms["at_rest"],
            f"the same without those: {ms['without']}",
            taken["at_rest"] / taken["without"],
            Gate(1.5, at_most=True),
        ),
        Row(
            f"grown: the uses of {LIMITED:,} limits after {FILLS} fills",
            ms["kept"],
            f"all of them measured anew: {ms['anew']}",
            taken["anew"] / taken["kept"],
            Gate(5),
        ),
    ]

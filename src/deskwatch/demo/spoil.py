"""Deliberately bad events, a few a minute, so that the count of refused events lives.

Each is what a careless platform sends and an SDK can't see: well formed, and wrong. None of them
may move the books. `Simulation(bad_events=False)` leaves them out.
"""

from random import Random

from deskwatch.demo.agenda import SECOND
from deskwatch.demo.floor import Floor
from deskwatch.demo.tape import Event

_FIRST_NS, _EVERY_NS = 20 * SECOND, 15 * SECOND
_DAY_NS = 86_400 * SECOND

_FILL: Event = {
    "account": "equity-us",
    "strategy": "pairs",
    "venue": "XNAS",
    "symbol": "AAPL",
    "side": "buy",
    "quantity": "10",
    "price": "231.40",
}
_BUST: Event = {
    "account": "equity-us",
    "venue": "XNAS",
    "symbol": "AAPL",
    "side": "buy",
    "ref_exec_id": "XNAS-NEVER-1",
}

#: The reason that deskwatch gives, the kind, its fields, and how far its time is off.
SPOILED: tuple[tuple[str, str, Event, int], ...] = (
    ("zero_quantity", "fill", {**_FILL, "quantity": "0"}, 0),
    ("negative_quantity", "fill", {**_FILL, "quantity": "-10"}, 0),
    ("unknown_instrument", "fill", {**_FILL, "symbol": "AAPL.O"}, 0),
    ("bad_length", "fill", {**_FILL, "account": ""}, 0),
    ("too_large", "fill", {**_FILL, "quantity": "1" + "0" * 30}, 0),
    ("unknown_exec_id", "bust", _BUST, 0),
    ("not_positive", "fx", {"base": "EUR", "quote": "USD", "rate": "0"}, 0),
    ("event_time_in_future", "fill", _FILL, _DAY_NS),
)


class Spoiler:
    """Writes one bad event after another, in a shuffled order."""

    def __init__(self, random: Random, floor: Floor) -> None:
        self._random = random
        self._run, self._agenda, self._tape = floor.run, floor.agenda, floor.tape
        self._written = 0

    def open(self, now: int) -> None:
        """Start writing."""
        self._agenda.every(now + _FIRST_NS, _EVERY_NS, self._write)

    def _write(self, now: int) -> None:
        self._written += 1
        _, kind, fields, ahead = self._random.choice(SPOILED)
        if kind != "fx":
            fields = {**fields, "exec_id": f"BAD-{self._run}-{self._written}"}
        self._tape.write(kind, now + ahead, **fields)

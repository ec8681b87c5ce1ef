"""The desk that every bench watches: 10 accounts × 5 strategies × 100 instruments, hit at random.

A fill is 12 fields in about 231 bytes of JSON. Prices and sizes are uniformly random, which is the
worst case: no text comes twice soon. Standard library only: peers in other environments use it.
"""

import json
import random
from typing import Any

ACCOUNTS = 10
STRATEGIES = 5
INSTRUMENTS = 100
BLOCK = 500

#: Events of a turn where nothing but the books is at work.
A_TURN = 10_000

#: So few that a position comes to as many fills as a day brings.
FEW_INSTRUMENTS = 4

VENUE = "BINANCE"

#: When the desk opens, in ns: the middle of an hour, so that no period ends during a bench.
OPENING = 1_790_001_000_000_000_000

#: Between two fills.
PAUSE_NS = 10_007


def symbol(number: int) -> str:
    return f"SYM{number:02d}USDT"


def fill(number: int, chance: random.Random, *, places: int = INSTRUMENTS) -> dict[str, Any]:
    """Return the fields of fill `number` (1, 2, 3, …). places: how many instruments trade."""
    return {
        "kind": "fill",
        "event_time": OPENING + number * PAUSE_NS,
        "source": "gw1",
        "sequence": number,
        "account": f"A{chance.randrange(ACCOUNTS)}",
        "strategy": f"strategy{chance.randrange(STRATEGIES)}",
        "venue": VENUE,
        "symbol": symbol(chance.randrange(places)),
        "side": chance.choice(("buy", "sell")),
        "quantity": f"{chance.randrange(1, 10_000) / 1000:.3f}",
        "price": f"{chance.randrange(1_000_000, 9_000_000) / 100:.2f}",
        "exec_id": f"{number:010x}",
    }


def fills(
    count: int, start: int = 1, *, opening: int | None = None, places: int = INSTRUMENTS
) -> list[bytes]:
    """Return the NDJSON lines of fills `start` and on, the same every time.

    opening: when the first of them happened, in ns; None where the fills before it left off.
    places: how many instruments trade.
    """
    chance = random.Random(start)
    lines = []
    for number in range(start, start + count):
        fields = fill(number, chance, places=places)
        if opening is not None:
            fields["event_time"] = opening + (number - start) * PAUSE_NS
        lines.append(json.dumps(fields, separators=(",", ":")).encode() + b"\n")
    return lines


def blocks(
    count: int, start: int = 1, *, opening: int | None = None, places: int = INSTRUMENTS
) -> list[bytes]:
    """Return the same lines in blocks of BLOCK."""
    lines = fills(count, start, opening=opening, places=places)
    return [b"".join(lines[at : at + BLOCK]) for at in range(0, count, BLOCK)]


def instruments(count: int = INSTRUMENTS, *, opening: int = OPENING) -> bytes:
    """Return the instruments' descriptions as one NDJSON block."""
    described = [
        {
            "kind": "instrument",
            "event_time": opening,
            "venue": VENUE,
            "symbol": symbol(number),
            "instrument_type": "perpetual",
            "base": f"SYM{number:02d}",
            "quote": "USDT",
            "quantity_increment": "0.001",
        }
        for number in range(count)
    ]
    return b"".join(json.dumps(each).encode() + b"\n" for each in described)

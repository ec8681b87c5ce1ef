"""What a scrape of a large desk costs the engine: all collectors, every line worth another sum."""

import contextlib
import time

from bench.alert_stack import marks
from bench.desk import blocks, instruments
from bench.exposition import Theirs
from bench.row import Row
from bench.server import Server, engine
from bench.turns import Turn, cpu_seconds, take_turns

#: Of these the desk's accounts and strategies make 11,000 lines, and they some 100,000 series.
INSTRUMENTS = 220

#: Fills enough that nearly each line has some.
FILLS = 60_000

PATH = "/metrics"


def scrape_turn(server: Server) -> Turn:
    """Return a turn that moves every mark and returns the CPU seconds that a scrape then takes."""
    number = 0

    def turn() -> float:
        nonlocal number
        number += 1
        with contextlib.closing(server.connect()) as connection:
            server.post(connection, "/v1/events", marks(INSTRUMENTS, f"{50_000 + number}.5"))
            before = server.cpu_seconds()
            page(server)
            return server.cpu_seconds() - before

    return turn


def page(server: Server) -> bytes:
    with contextlib.closing(server.connect()) as connection:
        connection.request("GET", PATH)
        return connection.getresponse().read()


def rows(*, quick: bool) -> list[Row]:
    with engine() as server:
        with contextlib.closing(server.connect()) as connection:
            described = instruments(INSTRUMENTS, opening=time.time_ns())
            server.post(connection, "/v1/events", described)
            for block in blocks(FILLS, opening=time.time_ns(), places=INSTRUMENTS):
                server.post(connection, "/v1/events", block)
            server.post(connection, "/v1/events", marks(INSTRUMENTS, "50000"))
        series = sum(line[:1] != b"#" for line in page(server).splitlines())
        theirs = Theirs(series)
        taken = take_turns(
            {"ours": scrape_turn(server), "peer": lambda: cpu_seconds(theirs.render)},
            2 if quick else 7,
        )
    return [
        Row(
            f"exposition: a scrape of the whole desk, {series:,} series, all collectors",
            f"{taken['ours'] * 1e3:.0f} ms",
            f"generate_latest, figures at hand: {taken['peer'] * 1e3:.0f} ms",
            taken["peer"] / taken["ours"],
        )
    ]

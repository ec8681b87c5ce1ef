"""What the SDK costs the program that calls it; the engine stands in another process."""

import json
import logging
import multiprocessing
import time
import tracemalloc
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from statistics import quantiles

from bench.row import Gate, Row, rate
from bench.turns import seconds, take_turns
from deskwatch.sdk import Desk, Settings, connect

ROUNDS = 30
CALLS = 2_000  # a round; few enough that the queue never fills


class Taker(BaseHTTPRequestHandler):
    """Acknowledges whatever it is posted."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        events = self.rfile.read(int(self.headers["Content-Length"])).count(b"\n")
        answer = {"accepted": events, "duplicates": 0, "refused_total": 0, "refused": []}
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


def serve(parent: Connection) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Taker)
    parent.send(server.server_address[1])
    server.serve_forever()


def fill(desk: Desk, number: int) -> None:
    desk.fill(
        account="A1",
        strategy="mm",
        venue="XNAS",
        symbol="AAPL",
        side="buy",
        quantity="100",
        price="189.32",
        exec_id=str(number),
        fee="0.35",
    )


def fills(desk: Desk, count: int) -> None:
    for number in range(count):
        fill(desk, number)


def call_row(url: str, rounds: int) -> Row:
    """Return a call beside encoding its event once with json.dumps."""
    event = {
        "kind": "fill",
        "source": "bench",
        "epoch": time.time_ns(),
        "sequence": 1,
        "side": "buy",
    }
    event |= {"account": "A1", "strategy": "mm", "venue": "XNAS", "symbol": "AAPL", "fee": "0.35"}
    event |= {"quantity": "100", "price": "189.32", "exec_id": "1", "event_time": time.time_ns()}
    with connect(url, source="bench") as desk:

        def dump() -> float:
            desk.flush()  # so that the sender does not share the interpreter with this case
            return seconds(lambda: [json.dumps(event) for _ in range(CALLS)])

        taken = take_turns(
            {"call": lambda: seconds(lambda: fills(desk, CALLS)), "dump": dump}, rounds
        )
    return Row(
        "SDK: a call that reports a fill",
        f"{taken['call'] / CALLS * 1e6:.1f} µs",
        f"json.dumps of the event: {taken['dump'] / CALLS * 1e6:.1f} µs",
        taken["call"] / taken["dump"],
        Gate(0.75, at_most=True),
    )


def delivered_per_second(url: str) -> float:
    """Return how many events a second one desk gets acknowledged."""
    with connect(url, source="bench") as desk:
        started = time.perf_counter()
        fills(desk, 50_000)
        desk.flush(timeout=60)
        took = time.perf_counter() - started
        return desk.stats.acknowledged / took


def late_p99_us(url: str, fills: int) -> float:
    """Return how late a thread wakes from 1 ms of sleep at worst of 100 times, in microseconds.

    fills: reported each time, which the sender encodes and posts while the thread sleeps.
    """
    late = []
    with connect(url, source="bench") as desk:
        for number in range(2_000):
            late.append(seconds(lambda: time.sleep(0.001)) - 0.001)
            for _ in range(fills):
                fill(desk, number)
    return quantiles(late, n=100)[-1] * 1e6


def queued_event_bytes() -> float:
    """Return the memory that a waiting fill takes, its own strings included."""
    count = 10_000
    nobody = "http://127.0.0.1:1"
    with connect(nobody, source="bench", settings=Settings(exit_timeout_s=0)) as desk:
        tracemalloc.start()
        for number in range(count):
            fill(desk, 10**9 + number)
        held, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        logging.getLogger("deskwatch.sdk").disabled = True  # it would say what we know: undelivered
        desk.close(timeout=0)
    return held / count


def rows(*, quick: bool) -> list[Row]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    engine = context.Process(target=serve, args=(theirs,), daemon=True)
    engine.start()
    url = f"http://127.0.0.1:{ours.recv()}"
    try:
        table = [call_row(url, 5 if quick else ROUNDS)]
        if not quick:
            late = f"without a sender: {late_p99_us(url, fills=0):.0f} µs"
            table += [
                Row("SDK: events delivered by one thread", rate(delivered_per_second(url), 1)),
                Row(
                    "SDK: how late a thread wakes, p99",
                    f"{late_p99_us(url, fills=10):.0f} µs",
                    late,
                ),
                Row("SDK: memory of a waiting event", f"{queued_event_bytes():.0f} B"),
            ]
        return table
    finally:
        engine.terminate()
        engine.join()

import json
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import pairwise

import msgspec
import pytest

import deskwatch.demo
from deskwatch.core.codec import KINDS, decode_event
from deskwatch.demo.agenda import SECOND
from deskwatch.demo.runner import LiveDesk, Pace, play
from deskwatch.demo.simulate import START_NS, Simulation
from deskwatch.sdk.encoding import encode
from tests.demo.fakes import Clock, CountedStop

Sent = list[tuple[str, Mapping[str, object]]]


def played(rate: float, waits: int) -> tuple[Sent, Clock]:
    sent: Sent = []
    clock = Clock(START_NS)
    stop = CountedStop(waits, clock.sleep)
    live = LiveDesk(
        lambda kind, fields: sent.append((kind, fields)), 3, rate, clock, bad_events=True
    )
    play(live, stop)
    return sent, clock


def test_it_sends_what_the_simulation_makes():
    sent, _ = played(1, 51)
    expected = Simulation(3, START_NS).step(START_NS + 5 * SECOND)
    assert [{"kind": kind, **fields} for kind, fields in sent] == expected


@pytest.mark.parametrize("rate", [0.5, 4.0])
def test_at_any_rate_events_are_told_in_real_time(rate):
    sent, clock = played(rate, 51)
    simulated = Simulation(3, START_NS).step(START_NS + int(5 * rate * SECOND))
    assert len(sent) == pytest.approx(len(simulated), rel=0.05)
    for kind, fields in sent:
        assert kind in KINDS
        assert isinstance(fields["event_time"], int)
        assert START_NS - SECOND <= fields["event_time"] <= clock.now


def test_bad_events_can_be_switched_off():
    def kinds(*, bad_events: bool) -> int:
        sent: Sent = []
        clock = Clock(START_NS)
        stop = CountedStop(301, clock.sleep)
        live = LiveDesk(
            lambda kind, fields: sent.append((kind, fields)), 3, 1, clock, bad_events=bad_events
        )
        play(live, stop)
        return len(sent)

    assert kinds(bad_events=True) == kinds(bad_events=False) + 1


def test_after_a_laptop_slept_the_desk_goes_on_from_where_it_was():
    pace = Pace(1, START_NS)
    awake = pace.advance(START_NS + SECOND // 10)
    hours_later = START_NS + 8 * 3_600 * SECOND
    assert pace.advance(hours_later) - awake == SECOND
    assert pace.real(pace.simulated) == hours_later


def test_a_clock_set_back_stands_still():
    pace = Pace(2, START_NS)
    moments = [pace.advance(now) for now in (START_NS + 100, START_NS - 500, START_NS - 400)]
    assert all(first <= second for first, second in pairwise(moments))


@pytest.mark.parametrize("rate", [0, -1, float("nan")])
def test_a_rate_must_be_above_zero(rate):
    with pytest.raises(ValueError, match="above zero"):
        Pace(rate, START_NS)


def test_the_sdk_takes_every_event_as_it_is():
    for happened in Simulation(3, START_NS).step(START_NS + 240 * SECOND):
        fields = {name: value for name, value in happened.items() if name != "kind"}
        kind = str(happened["kind"])
        if fields.get("account") == "":
            continue  # a bad event that no decoder takes
        line = encode(kind, fields, event_time=0, source="unnamed", epoch=0, sequence=1)
        direct = decode_event(msgspec.json.encode({**happened, "sequence": 1}))
        assert decode_event(line) == direct


class Taker(BaseHTTPRequestHandler):
    """Takes every event and remembers it."""

    server: "TakerServer"

    def do_POST(self) -> None:
        lines = self.rfile.read(int(self.headers["Content-Length"])).splitlines()
        self.server.taken += [json.loads(line) for line in lines]
        self.server.authorized.add(self.headers["Authorization"])
        receipt = {"accepted": len(lines), "duplicates": 0, "refused_total": 0, "refused": []}
        body = json.dumps(receipt).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


class TakerServer(HTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Taker)
        self.taken: list[dict[str, object]] = []
        self.authorized: set[str | None] = set()


@pytest.fixture
def server() -> Iterator[TakerServer]:
    with TakerServer() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_run_opens_the_desk_over_http_and_leaves_nothing_behind(server):
    url = f"http://127.0.0.1:{server.server_port}"
    deskwatch.demo.run(url, 3, 1.0, CountedStop(1), token="t0ken")
    kinds = [event["kind"] for event in server.taken]
    assert kinds[:12] == ["instrument"] * 12
    assert {"fx", "cash", "limit", "session", "feed", "heartbeat"} <= set(kinds)
    assert {event["source"] for event in server.taken} == {"demo-desk"}
    assert [event["sequence"] for event in server.taken] == list(range(1, len(kinds) + 1))
    assert server.authorized == {"Bearer t0ken"}

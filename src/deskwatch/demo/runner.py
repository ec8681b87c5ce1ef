"""The simulated desk in real time: it tells a running deskwatch what happens, by the SDK."""

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Final, TypeVar

from deskwatch import sdk
from deskwatch.demo.agenda import SECOND
from deskwatch.demo.drill_account import DrillAccount
from deskwatch.demo.drill_gateway import GatewayAddress, serve_gateway
from deskwatch.demo.log import writing
from deskwatch.demo.simulate import SOURCE, Simulation
from deskwatch.demo.stop import Stop
from deskwatch.demo.tape import Event

Answer = TypeVar("Answer")

_STEP_S: Final = 0.1

#: After a longer pause (a laptop that slept) the desk goes on from where it was.
_LONGEST_STEP_NS: Final = SECOND

#: Fields that hold a moment of simulated time.
_TIMES: Final = ("event_time", "receive_time", "exchange_time", "started_at")

#: What one event is handed to: the kind, and its fields.
Send = Callable[[str, Mapping[str, object]], None]


class Pace:
    """Simulated time against the clock: `rate` simulated seconds pass in a real one.

    Both begin at `now_ns`; the events of a step lie between the last step and this one.
    """

    def __init__(self, rate: float, now_ns: int) -> None:
        """Raise ValueError unless rate is above zero."""
        if not rate > 0:
            raise ValueError(f"found rate {rate}; expected a number above zero")
        self._rate = rate
        self._real = now_ns
        self.simulated = now_ns

    def advance(self, now_ns: int) -> int:
        """Return the simulated time at `now_ns`; a clock set back stands still."""
        passed = min(max(now_ns - self._real, 0), _LONGEST_STEP_NS)
        self._real = now_ns
        self.simulated += int(passed * self._rate)
        return self.simulated

    def real(self, simulated: int) -> int:
        """Return when a moment at or before the last step's end was, in real time."""
        return self._real - int((self.simulated - simulated) / self._rate)


class LiveDesk:
    """A desk that goes along `clock` (ns) and hands every event to `send`; safe in threads.

    Raises ValueError on a rate that is not above zero.
    """

    def __init__(
        self, send: Send, seed: int, rate: float, clock: Callable[[], int], *, bad_events: bool
    ) -> None:
        start = clock()
        self._send = send
        self._clock = clock
        self._pace = Pace(rate, start)
        self._lock = threading.Lock()
        self._simulation = Simulation(seed, start, bad_events=bad_events)

    def step(self) -> None:
        """Let happen what is due by now."""
        with self._lock:
            self._advance()

    def ask(self, action: Callable[[DrillAccount, int], Answer]) -> Answer:
        """Return what `action` does with the drills' account at this moment."""
        with self._lock:
            now = self._advance()
            answer = action(self._simulation.drill_account, now)
            self._advance()
        return answer

    def _advance(self) -> int:
        """Hand on what has happened by now; return the simulated time."""
        now = self._pace.advance(self._clock())
        for happened in self._simulation.step(now):
            self._send(*_in_real_time(happened, self._pace))
        return now


def run(
    url: str,
    seed: int,
    rate: float,
    stop: Stop,
    token: str | None = None,
    *,
    gateway: GatewayAddress | None = None,
    logs: Path | None = None,
) -> None:
    """Run the desk against the deskwatch at `url` until `stop` is set.

    rate: how many simulated seconds pass in a second; what happens is still reported as now.
    token: of a deskwatch that asks for one. gateway: where drills are let in. logs: the folder
    where its programs write theirs. Raises ValueError on a rate that is not above zero, OSError for
    an address that can't be bound.
    """
    with (
        sdk.connect(url, source=SOURCE, token=token) as desk,
        nullcontext(lambda _kind, _fields: None) if logs is None else writing(logs) as note,
    ):

        def send(kind: str, fields: Mapping[str, object]) -> None:
            getattr(desk, kind)(**fields)
            note(kind, fields)

        live = LiveDesk(send, seed, rate, time.time_ns, bad_events=True)
        with nullcontext() if gateway is None else serve_gateway(live, gateway):
            play(live, stop)


def play(live: LiveDesk, stop: Stop) -> None:
    """Step a desk until `stop` is set."""
    while not stop.is_set():
        live.step()
        stop.wait(_STEP_S)


def _in_real_time(happened: Event, pace: Pace) -> tuple[str, Mapping[str, object]]:
    fields = dict(happened)
    kind = fields.pop("kind")
    assert isinstance(kind, str), "every event has a kind"
    for name in _TIMES:
        moment = fields.get(name)
        if isinstance(moment, int):
            fields[name] = pace.real(moment)
    return kind, fields

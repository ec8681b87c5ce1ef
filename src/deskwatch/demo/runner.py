"""The simulated desk in real time: it tells a running deskwatch what happens, by the SDK."""

import time
from collections.abc import Callable, Mapping
from typing import Final

from deskwatch import sdk
from deskwatch.demo.agenda import SECOND
from deskwatch.demo.simulate import SOURCE, Simulation
from deskwatch.demo.stop import Stop
from deskwatch.demo.tape import Event

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


def run(
    url: str,
    seed: int,
    rate: float,
    stop: Stop,
    token: str | None = None,
    *,
    bad_events: bool = True,
) -> None:
    """Run the desk against the deskwatch at `url` until `stop` is set.

    rate: how many simulated seconds pass in a second; what happens is still reported as now.
    token: of a deskwatch that asks for one. bad_events: whether some of them are to be refused.
    Raises ValueError on a rate that is not above zero.
    """
    with sdk.connect(url, source=SOURCE, token=token) as desk:

        def send(kind: str, fields: Mapping[str, object]) -> None:
            getattr(desk, kind)(**fields)

        play(send, seed, rate, stop, time.time_ns, bad_events=bad_events)


def play(
    send: Send,
    seed: int,
    rate: float,
    stop: Stop,
    clock: Callable[[], int],
    *,
    bad_events: bool = True,
) -> None:
    """Step a desk along `clock` (ns) and hand every event to `send`, until `stop` is set."""
    start = clock()
    pace = Pace(rate, start)
    simulation = Simulation(seed, start, bad_events=bad_events)
    while not stop.is_set():
        for happened in simulation.step(pace.advance(clock())):
            send(*_in_real_time(happened, pace))
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

"""Circuit breakers: how each stands and since when, what trips it, and who let it go on."""

from collections.abc import Callable
from typing import Final, Literal

import msgspec
from msgspec import Struct, field

from deskwatch.core.book import Checks, Followers
from deskwatch.core.names import Names
from deskwatch.core.observation import Breaker
from deskwatch.core.period import SECOND, counted_from
from deskwatch.core.rejection import EventRejected
from deskwatch.core.telling import told_at

State = Literal["closed", "open", "half_open"]
STATES: Final[tuple[State, ...]] = ("closed", "open", "half_open")

#: Bounds on memory: breakers, causes and actors by name, and trips or resets with their times.
MAX_BREAKERS: Final = 2_000
MAX_NAMES: Final = 100
KEPT_TIMES: Final = 32


class BreakerSettings(Struct, frozen=True, kw_only=True):
    """What is judged of breakers.

    open_max_ns: how long one may stay open, or half open, until somebody must look. flap_trips: how
    many trips within flap_window_ns are flapping; resets are shown as recent for as long.
    designated: who may reset (RTS 6 Art. 15(3)); empty says that any recorded actor may.
    """

    open_max_ns: int = 900 * SECOND
    flap_trips: int = 3
    flap_window_ns: int = 600 * SECOND
    designated: tuple[str, ...] = ()


class Trip(Struct, frozen=True):
    """What opened a breaker. limit and value: decimal text as the platform said it, or None."""

    time: int
    cause: str
    limit: str | None
    value: str | None


class Measure(Struct, frozen=True):
    """What a breaker was told to be at: the limit it opens at, and the value found against it.

    Decimal text as the platform said it; value is None where the platform leaves it to others.
    """

    time: int
    limit: str
    value: str | None


class Reset(Struct, frozen=True):
    """Who closed a breaker, `names.UNRECORDED` where nobody is named."""

    time: int
    actor: str


class Circuit(Struct, kw_only=True):
    """One breaker; an empty account or strategy covers all. Times are ns UTC.

    since: when it came into its state. told: the newest that was said of it; told_at: when that
    happened. Times are as `telling.told_at` counts them: what the platform said, unless that was in
    the future, where no state, trip or reset can be.
    watches: what trips it, as was last said. measure: the newest that was told in this state.
    trips: how many, by cause; resets: by actor. recent_trips, recent_resets: when the newest were
    learned of, oldest first; of resets, with their actor.
    """

    breaker: str
    account: str
    strategy: str
    state: State
    since: int
    told: Breaker
    told_at: int = 0
    watches: str = ""
    measure: Measure | None = None
    tripped: Trip | None = None
    reset: Reset | None = None
    trips: dict[str, int] = field(default_factory=dict)
    resets: dict[str, int] = field(default_factory=dict)
    recent_trips: list[int] = field(default_factory=list)
    recent_resets: list[tuple[int, str]] = field(default_factory=list)

    @property
    def held_by(self) -> Trip | None:
        """What opened it, until it is closed; half open after that is a trial without a trip."""
        if self.state == "closed" or self.tripped is None:
            return None
        closed_since = self.reset is not None and self.reset.time > self.tripped.time
        return None if closed_since else self.tripped

    def in_state_ns(self, now: int) -> int:
        """Return how long it has been in its state; 0 where that is after `now`."""
        return max(now - self.since, 0)

    def trips_since(self, time: int) -> int:
        """Return how many trips were learned of after `time`, at most KEPT_TIMES."""
        return sum(learned > time for learned in self.recent_trips)

    def resets_since(self, time: int) -> dict[str, int]:
        """Return how many resets were learned of after `time`, by actor: all that it ever had."""
        recent = dict.fromkeys(self.resets, 0)
        for learned, actor in self.recent_resets:
            recent[actor] += learned > time
        return recent


class _Saved(Struct):
    circuits: list[Circuit]
    causes: list[str]
    actors: list[str]


class Breakers:
    """Every breaker that was ever told of, by breaker × account × strategy.

    received: when the event that is booked now was received (ns). A trip is a change to open; a
    reset is a change to closed, and half open is neither. What is said first of a breaker says how
    it stands: it is a trip if it is open, and no reset if it is closed. Events count in the order
    in which they happened, none as younger than since it came; one from before the present state
    began says nothing new.
    """

    name = "breakers"

    def __init__(self, received: Callable[[], int]) -> None:
        self.circuits: dict[tuple[str, str, str], Circuit] = {}
        self._received = received
        self._causes = Names(MAX_NAMES)
        self._actors = Names(MAX_NAMES)

    @property
    def checks(self) -> Checks:
        """Refuses a breaker over the bound."""
        return {Breaker: self._check}

    @property
    def followers(self) -> Followers:
        """Takes what is said of breakers."""
        return {Breaker: self._follow}

    def begin(self, now: int) -> None:
        """Let time pass: breakers change by events alone."""

    def _check(self, told: Breaker) -> None:
        if len(self.circuits) >= MAX_BREAKERS and _key(told) not in self.circuits:
            raise EventRejected("too_many_names", told.breaker, f"at most {MAX_BREAKERS} breakers")

    def _follow(self, told: Breaker) -> None:
        circuit = self.circuits.get(_key(told))
        if circuit is None:
            at = counted_from(told.event_time, self._received())
            circuit = self.circuits[_key(told)] = Circuit(
                breaker=told.breaker,
                account=told.account,
                strategy=told.strategy,
                state=told.state,
                since=at,
                told=told,
                told_at=at,
            )
            self._measure(circuit, told, at)
            if told.state == "open":
                self._trip(circuit, told, at)
            return
        at = told_at(told, self._received(), circuit.told, circuit.told_at)
        if at >= circuit.told_at:
            circuit.told, circuit.told_at = told, at
            if told.state != circuit.state:
                circuit.measure = None
            self._measure(circuit, told, at)
            self._enter(circuit, told, at)
        elif at >= circuit.since:
            # In the middle of a state that was told of again since: it was left and came back.
            self._enter(circuit, told, at)
            self._enter(circuit, circuit.told, circuit.told_at)

    def _measure(self, circuit: Circuit, told: Breaker, at: int) -> None:
        """Keep what the newest event says of what trips the breaker; what it leaves out stays."""
        circuit.watches = told.watches or circuit.watches
        if told.limit is not None:
            circuit.measure = Measure(at, told.limit, told.value)
        elif told.value is not None and circuit.measure is not None:
            circuit.measure = Measure(at, circuit.measure.limit, told.value)

    def _enter(self, circuit: Circuit, told: Breaker, at: int) -> None:
        """Take the state that was told of, if it is another one."""
        if told.state == circuit.state:
            return
        circuit.state, circuit.since = told.state, at
        if told.state == "open":
            self._trip(circuit, told, at)
        elif told.state == "closed":
            self._reset(circuit, told, at)

    def _trip(self, circuit: Circuit, told: Breaker, at: int) -> None:
        cause = self._causes.label(told.cause)
        circuit.tripped = Trip(at, cause, told.limit, told.value)
        circuit.trips[cause] = circuit.trips.get(cause, 0) + 1
        circuit.recent_trips.append(self._received())
        del circuit.recent_trips[:-KEPT_TIMES]

    def _reset(self, circuit: Circuit, told: Breaker, at: int) -> None:
        actor = self._actors.label(told.actor)
        circuit.reset = Reset(at, actor)
        circuit.resets[actor] = circuit.resets.get(actor, 0) + 1
        circuit.recent_resets.append((self._received(), actor))
        del circuit.recent_resets[:-KEPT_TIMES]

    def dump(self) -> bytes:
        """Return every breaker, as JSON."""
        circuits = list(self.circuits.values())
        return msgspec.json.encode(
            _Saved(circuits, list(self._causes.known), list(self._actors.known))
        )

    def load(self, state: bytes) -> None:
        """Take up what `dump` returned."""
        saved = msgspec.json.decode(state, type=_Saved)
        self.circuits = {_key(circuit): circuit for circuit in saved.circuits}
        for circuit in saved.circuits:
            # Before it was kept, the platform's own time said it, and that perhaps in the future.
            at = circuit.told_at or circuit.told.event_time
            circuit.told_at = counted_from(at, self._received())
        self._causes.known = dict.fromkeys(saved.causes)
        self._actors.known = dict.fromkeys(saved.actors)


def _key(one: Breaker | Circuit) -> tuple[str, str, str]:
    return (one.breaker, one.account, one.strategy)

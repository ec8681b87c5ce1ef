"""Breakers as a scrape finds them: states, what tripped them, and who reset them."""

from collections.abc import Callable
from typing import Final

from deskwatch.core.books import Books
from deskwatch.core.breaker import STATES, Trip
from deskwatch.core.money import MAX_DECIMALS, parse_decimal, to_float
from deskwatch.core.period import SECOND
from deskwatch.exposition.families import Families

_BREAKER: Final = ("breaker", "account", "strategy")


class BreakerCollector:
    """Circuit breakers, and what is judged of them."""

    def __init__(self, books: Books, clock: Callable[[], int], max_series: int) -> None:
        self._books = books
        self._clock = clock
        families = self.families = Families(max_series)
        self._state = families.gauge(
            "desk_circuit_breaker_state",
            "1 for the state that the breaker is in, else 0.",
            (*_BREAKER, "state"),
        )
        self._time_in_state = families.gauge(
            "desk_circuit_breaker_time_in_state_seconds",
            "How long the breaker has been in its state.",
            (*_BREAKER, "state"),
            unit="seconds",
        )
        self._transition = families.gauge(
            "desk_circuit_breaker_last_transition_timestamp_seconds",
            "When the breaker came into its state.",
            _BREAKER,
            unit="seconds",
        )
        self._trips = families.counter(
            "desk_circuit_breaker_trips_total",
            "Times that the breaker opened.",
            (*_BREAKER, "cause"),
        )
        self._resets = families.counter(
            "desk_circuit_breaker_resets_total",
            "Times that the breaker was closed again.",
            (*_BREAKER, "actor"),
        )
        self._recent_trips = families.gauge(
            "desk_circuit_breaker_recent_trips", "Trips that count towards flapping.", _BREAKER
        )
        self._recent_resets = families.gauge(
            "desk_circuit_breaker_recent_resets",
            "Resets that were learned of within the window of flapping.",
            (*_BREAKER, "actor"),
        )
        self._tripped = _Tripped(families)
        self._settings = _Settings(families)

    def collect(self) -> None:
        """Bring the families up to date with the books."""
        now = self._clock()
        circuits = self._books.breakers.circuits
        window_start = now - self._books.settings.breakers.flap_window_ns
        for key, circuit in circuits.items():
            for state in STATES:
                self._state.set((*key, state), float(state == circuit.state))
            self._transition.set(key, circuit.since / SECOND)
            recent = circuit.trips_since(window_start)
            self._recent_trips.set(key, recent)
            for cause, count in circuit.trips.items():
                self._trips.set((*key, cause), count)
            for actor, count in circuit.resets.items():
                self._resets.set((*key, actor), count)
            for actor, count in circuit.resets_since(window_start).items():
                self._recent_resets.set((*key, actor), count)
        self._time_in_state.replace(
            {
                (*key, circuit.state): circuit.in_state_ns(now) / SECOND
                for key, circuit in circuits.items()
            }
        )
        self._tripped.show(
            [
                (*key, trip.cause, trip)
                for key, circuit in circuits.items()
                if (trip := circuit.held_by) is not None
            ]
        )
        self._settings.show(self._books)


class _Tripped:
    """What holds breakers open."""

    def __init__(self, families: Families) -> None:
        self._tripped = families.gauge(
            "desk_circuit_breaker_tripped",
            "1 until a breaker that opened is closed again.",
            (*_BREAKER, "cause"),
        )
        self._limit = families.gauge(
            "desk_circuit_breaker_trip_limit",
            "The limit that tripped it, while it is not closed.",
            (*_BREAKER, "cause"),
        )
        self._value = families.gauge(
            "desk_circuit_breaker_trip_value",
            "What was found against that limit, while it is not closed.",
            (*_BREAKER, "cause"),
        )

    def show(self, tripped: list[tuple[str, str, str, str, Trip]]) -> None:
        """Show what holds breakers open; a platform that gives no limit leaves that absent."""
        self._tripped.replace({tuple(key): 1.0 for *key, _ in tripped})
        trips = [(tuple(key), trip) for *key, trip in tripped]
        for family, name in ((self._limit, "limit"), (self._value, "value")):
            texts = ((key, getattr(trip, name)) for key, trip in trips)
            family.replace({key: _number(text) for key, text in texts if text is not None})


class _Settings:
    """What breakers are judged by, so that rules compare against the settings."""

    def __init__(self, families: Families) -> None:
        self._open_max = families.gauge(
            "desk_circuit_breaker_open_max_seconds",
            "How long a breaker may stay open or half open until somebody must look.",
            unit="seconds",
        )
        self._flap_trips = families.gauge(
            "desk_circuit_breaker_flap_trips", "How many recent trips are flapping."
        )
        self._window = families.gauge(
            "desk_circuit_breaker_flap_window_seconds",
            "For how long a trip or a reset is recent.",
            unit="seconds",
        )
        self._designated = families.gauge(
            "desk_circuit_breaker_designated",
            "1 for each actor who may reset breakers; none means any recorded actor.",
            ("actor",),
        )

    def show(self, books: Books) -> None:
        settings = books.settings.breakers
        self._open_max.replace({(): settings.open_max_ns / SECOND})
        self._flap_trips.replace({(): settings.flap_trips})
        self._window.replace({(): settings.flap_window_ns / SECOND})
        self._designated.replace({(actor,): 1.0 for actor in settings.designated})


def _number(text: str) -> float:
    return to_float(parse_decimal(text, MAX_DECIMALS), MAX_DECIMALS)

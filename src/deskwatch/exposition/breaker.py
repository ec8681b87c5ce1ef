"""Breakers as a scrape finds them: states, what tripped them, and who reset them."""

from collections.abc import Callable, Sequence
from typing import Final

from deskwatch.core.books import Books
from deskwatch.core.breaker import STATES, Circuit
from deskwatch.core.money import MAX_DECIMALS, parse_decimal, to_float
from deskwatch.core.period import SECOND
from deskwatch.exposition.family import Family

_BREAKER: Final = ("breaker", "account", "strategy")


class BreakerCollector:
    """Circuit breakers, and what is judged of them."""

    def __init__(self, books: Books, clock: Callable[[], int], max_series: int) -> None:
        self._books = books
        self._clock = clock

        def gauge(name: str, help_text: str, *labels: str, unit: str = "") -> Family:
            return Family(
                f"desk_circuit_breaker_{name}",
                help_text,
                "gauge",
                labels=(*_BREAKER, *labels),
                unit=unit,
                max_series=max_series,
            )

        def counter(name: str, help_text: str, label: str) -> Family:
            return Family(
                f"desk_circuit_breaker_{name}",
                help_text,
                "counter",
                labels=(*_BREAKER, label),
                max_series=max_series,
            )

        self._state = gauge("state", "1 for the state that the breaker is in, else 0.", "state")
        self._time_in_state = gauge(
            "time_in_state_seconds",
            "How long the breaker has been in its state.",
            "state",
            unit="seconds",
        )
        self._transition = gauge(
            "last_transition_timestamp_seconds",
            "When the breaker came into its state.",
            unit="seconds",
        )
        self._trips = counter("trips_total", "Times that the breaker opened.", "cause")
        self._resets = counter("resets_total", "Times that the breaker was closed again.", "actor")
        self._recent_trips = gauge("recent_trips", "Trips that count towards flapping.")
        self._recent_resets = gauge(
            "recent_resets", "Resets that were learned of within the window of flapping.", "actor"
        )
        self._tripped = gauge("tripped", "1 until a breaker that opened is closed again.", "cause")
        self._limit = gauge(
            "trip_limit", "The limit that tripped it, while it is not closed.", "cause"
        )
        self._value = gauge(
            "trip_value", "What was found against that limit, while it is not closed.", "cause"
        )
        self._settings = BreakerSettingsFamilies()

    def families(self) -> Sequence[Family]:
        """Return the families; the same ones at every call."""
        return (
            self._state,
            self._time_in_state,
            self._transition,
            self._trips,
            self._resets,
            self._recent_trips,
            self._recent_resets,
            self._tripped,
            self._limit,
            self._value,
            *self._settings.families(),
        )

    def collect(self) -> None:
        """Bring the families up to date with the books."""
        now = self._clock()
        circuits = self._books.breakers.circuits
        window_start = now - self._books.settings.breakers.flap_window_ns
        for key, circuit in circuits.items():
            for state in STATES:
                self._state.set(self._state.slot((*key, state)), float(state == circuit.state))
            self._transition.set(self._transition.slot(key), circuit.since / SECOND)
            recent = circuit.trips_since(window_start)
            self._recent_trips.set(self._recent_trips.slot(key), recent)
            for cause, count in circuit.trips.items():
                self._trips.set(self._trips.slot((*key, cause)), count)
            for actor, count in circuit.resets.items():
                self._resets.set(self._resets.slot((*key, actor)), count)
            for actor, count in circuit.resets_since(window_start).items():
                self._recent_resets.set(self._recent_resets.slot((*key, actor)), count)
        self._time_in_state.replace(
            {
                (*key, circuit.state): circuit.in_state_ns(now) / SECOND
                for key, circuit in circuits.items()
            }
        )
        self._show_trips(
            [
                (*key, circuit.tripped.cause, circuit)
                for key, circuit in circuits.items()
                if circuit.state != "closed" and circuit.tripped is not None
            ]
        )
        self._settings.show(self._books)

    def _show_trips(self, tripped: list[tuple[str, str, str, str, Circuit]]) -> None:
        """Show what holds breakers open; a platform that gives no limit leaves that absent."""
        self._tripped.replace({tuple(key): 1.0 for *key, _ in tripped})
        trips = [(tuple(key), circuit.tripped) for *key, circuit in tripped]
        for family, name in ((self._limit, "limit"), (self._value, "value")):
            texts = ((key, getattr(trip, name)) for key, trip in trips)
            family.replace({key: _number(text) for key, text in texts if text is not None})


class BreakerSettingsFamilies:
    """What breakers are judged by, so that rules compare against the settings."""

    def __init__(self) -> None:
        self._open_max = Family(
            "desk_circuit_breaker_open_max_seconds",
            "How long a breaker may stay open or half open until somebody must look.",
            "gauge",
            unit="seconds",
        )
        self._flap_trips = Family(
            "desk_circuit_breaker_flap_trips", "How many recent trips are flapping.", "gauge"
        )
        self._window = Family(
            "desk_circuit_breaker_flap_window_seconds",
            "For how long a trip or a reset is recent.",
            "gauge",
            unit="seconds",
        )
        self._designated = Family(
            "desk_circuit_breaker_designated",
            "1 for each actor who may reset breakers; none means any recorded actor.",
            "gauge",
            labels=("actor",),
        )

    def families(self) -> Sequence[Family]:
        """Return the families; the same ones at every call."""
        return (self._open_max, self._flap_trips, self._window, self._designated)

    def show(self, books: Books) -> None:
        """Bring the families up to date with the settings."""
        settings = books.settings.breakers
        self._open_max.replace({(): settings.open_max_ns / SECOND})
        self._flap_trips.replace({(): settings.flap_trips})
        self._window.replace({(): settings.flap_window_ns / SECOND})
        self._designated.replace({(actor,): 1.0 for actor in settings.designated})


def _number(text: str) -> float:
    return to_float(parse_decimal(text, MAX_DECIMALS), MAX_DECIMALS)

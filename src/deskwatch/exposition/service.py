"""The platform's services as a scrape finds them."""

from collections.abc import Callable
from typing import Final

from deskwatch.core.books import Books
from deskwatch.core.period import seconds
from deskwatch.exposition.families import Families

_SERVICE: Final = ("service", "host")


class ServiceCollector:
    """Services: their last heartbeat against what they promised, and their uptime."""

    def __init__(self, books: Books, clock: Callable[[], int], max_series: int) -> None:
        self._books = books
        self._clock = clock
        families = self.families = Families(max_series)
        self._age = families.gauge(
            "desk_heartbeat_age_seconds",
            "For how long a service has been listened for in vain; absent once it has stopped.",
            _SERVICE,
            unit="seconds",
        )
        self._interval = families.gauge(
            "desk_heartbeat_interval_seconds",
            "Within what time of a heartbeat the next one is promised.",
            _SERVICE,
            unit="seconds",
        )
        self._down_after = families.gauge(
            "desk_heartbeat_down_after_seconds",
            "The age from which the service counts as down.",
            _SERVICE,
            unit="seconds",
        )
        self._uptime = families.gauge(
            "desk_service_uptime_seconds",
            "How long the service is up; absent while it is down or stopped.",
            _SERVICE,
            unit="seconds",
        )
        self._restarts = families.counter(
            "desk_service_restarts_total", "Times that the service restarted.", _SERVICE
        )
        self._outages = families.counter(
            "desk_service_outages_total",
            "Times that it was heard of again after it was down.",
            _SERVICE,
        )

    def collect(self) -> None:
        """Bring the families up to date with the books."""
        now, watch = self._clock(), self._books.watch
        settings = self._books.settings.heartbeats
        services = self._books.services.services
        promised = {key: one.promised_ns(settings) for key, one in services.items()}
        late = {key: one.down_after_ns(settings) for key, one in services.items()}
        for family, values in (
            (self._age, {key: one.age_ns(settings, now, watch) for key, one in services.items()}),
            (self._interval, promised),
            (self._down_after, late),
            (
                self._uptime,
                {key: one.uptime_ns(settings, now, watch) for key, one in services.items()},
            ),
        ):
            family.replace({key: seconds(ns) for key, ns in values.items()})
        self._restarts.replace({key: one.restarts for key, one in services.items()})
        self._outages.replace({key: one.outages for key, one in services.items()})

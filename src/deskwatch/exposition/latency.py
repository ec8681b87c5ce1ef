"""How long the legs of an order took, their quantiles, and what was refused."""

from collections.abc import Callable, Iterator, Mapping
from itertools import product
from typing import Final, NamedTuple, get_args

from deskwatch.core.books import Books
from deskwatch.core.latency import OPERATIONS, LatencyBook, Leg, Operation, Refused
from deskwatch.core.latency_limit import LatencyLimit, set_limits
from deskwatch.core.period import SECOND, seconds
from deskwatch.core.quantile import QUANTILES
from deskwatch.core.rolling import NORMAL_OF, WINDOWS, WindowKind
from deskwatch.exposition.families import Families


class _Shown(NamedTuple):
    """An operation's metric, and which parts of a leg are its labels."""

    metric: str
    help_text: str
    labels: tuple[str, ...]


_PLACE: Final = ("venue", "strategy")

_SHOWN: Final[dict[Operation, _Shown]] = {
    "order_ack": _Shown("desk_order_ack_seconds", "From an order to its acknowledgement.", _PLACE),
    "ack_to_fill": _Shown(
        "desk_ack_to_fill_seconds", "From an acknowledgement to the order's fill.", _PLACE
    ),
    "cancel_ack": _Shown(
        "desk_cancel_ack_seconds", "From a cancel to its acknowledgement.", _PLACE
    ),
    "tick_to_order": _Shown(
        "desk_tick_to_order_seconds", "From a market data tick to the order it led to.", _PLACE
    ),
    "feed_delay": _Shown(
        "desk_feed_delay_seconds",
        "From a venue's stamp on market data to when it was received, on one clock.",
        ("venue",),
    ),
    "api_request": _Shown(
        "desk_api_request_seconds",
        "From a request to a venue to its answer.",
        ("venue", "operation", "transport"),
    ),
    "processing": _Shown(
        "desk_processing_seconds", "Time in one stage of the platform's own work.", ("stage",)
    ),
}

#: What a route is told apart by in the gauges. request: an api_request's own operation.
_ROUTE: Final = ("operation", "venue", "request", "transport", "stage")

#: A window's quantiles are worked out anew after this part of a slice, where anything came.
_PARTS_OF_A_SLICE: Final = 10


class _Losses:
    """What was not counted, and what failed.

    What has not happened yet is 0: rules see no increase where a counter begins.
    """

    def __init__(self, families: Families) -> None:
        self._refused = families.counter(
            "desk_latency_refused_total",
            "Intervals that are in no quantile, by why.",
            ("operation", "reason"),
        )
        self._errors = families.counter(
            "desk_api_errors_total", "Requests to venues that failed, by how.", ("venue", "status")
        )
        self._failed = families.counter(
            "desk_api_failed_requests_total",
            "Requests to venues that failed; 0 from a venue's first request on.",
            ("venue",),
        )

    def show(self, latency: LatencyBook) -> None:
        every = product(OPERATIONS, get_args(Refused))
        self._refused.replace({why: latency.refused.get(why, 0) for why in every})
        self._errors.replace(latency.errors)
        failed = {(leg.venue,): 0 for leg in latency.legs if leg.operation == "api_request"}
        for (venue, _), count in latency.errors.items():
            failed[venue,] = failed.get((venue,), 0) + count
        self._failed.replace(failed)


class LatencyCollector:
    """The latency book's histograms, quantiles, errors and refusals, and the limits."""

    def __init__(
        self,
        limits: Mapping[Operation, LatencyLimit],
        books: Books,
        clock: Callable[[], int],
        max_series: int,
    ) -> None:
        self._books = books
        self._clock = clock
        self._limits = set_limits(limits)
        families = self.families = Families(max_series)
        self._histograms = {
            operation: families.histogram(
                shown.metric, shown.help_text, shown.labels, unit="seconds"
            )
            for operation, shown in _SHOWN.items()
        }
        self._quantile = families.gauge(
            "desk_latency_quantile_seconds",
            "Exact q-quantiles of the last 1m, 5m and 1h; absent with too few: 0.99 needs 100.",
            (*_ROUTE, "window", "q"),
            unit="seconds",
        )
        self._normal = families.gauge(
            "desk_latency_normal_seconds",
            "The quantile's normal value: its median over 10-minute slices of 6 hours.",
            (*_ROUTE, "q"),
            unit="seconds",
        )
        self._limit = families.gauge(
            "desk_latency_limit_seconds",
            "The 0.99 quantile from which somebody is told, by severity.",
            ("operation", "severity"),
            unit="seconds",
        )
        self._losses = _Losses(families)
        self._skew = families.gauge(
            "desk_feed_clock_skew_seconds",
            "Smallest apparent delay of a feed across two clocks; below zero ours is behind.",
            ("venue",),
            unit="seconds",
        )
        self._quantiles: dict[tuple[Leg, str], tuple[int, list[int | None]]] = {}

    def collect(self) -> None:
        """Bring the families up to date with the books."""
        latency, now = self._books.latency, self._clock()
        for leg, histogram in latency.legs.items():
            family = self._histograms[leg.operation]
            family.set(_labels(leg), histogram)
        self._quantile.replace(dict(self._route_quantiles(now)))
        self._normal.replace(
            {
                (*_route(leg), _text(NORMAL_OF)): seconds(rolling.normal())
                for leg, rolling in latency.routes.items()
            }
        )
        self._limit.replace({key: ns / SECOND for key, ns in self._limits.items()})
        self._losses.show(latency)
        skews = self._books.feed_delays.skews(now)
        self._skew.replace({(venue,): seconds(skew) for venue, skew in skews.items()})

    def _route_quantiles(self, now: int) -> Iterator[tuple[tuple[str, ...], float | None]]:
        for leg in self._books.latency.routes:
            for kind in WINDOWS:
                found = self._window_quantiles(leg, kind, now)
                for thousandths, duration in zip(QUANTILES, found, strict=True):
                    if duration is not None:
                        labels = (*_route(leg), kind.name, _text(thousandths))
                        yield labels, duration / SECOND

    def _window_quantiles(self, leg: Leg, kind: WindowKind, now: int) -> list[int | None]:
        """Return a window's quantiles, as they were within the last part of a slice."""
        part = now // (kind.slice_ns // _PARTS_OF_A_SLICE)
        known = self._quantiles.get((leg, kind.name))
        if known is not None and known[0] == part:
            return known[1]
        found = self._books.latency.routes[leg].measured(kind.name, now).quantiles
        self._quantiles[leg, kind.name] = (part, found)
        return found


def _labels(leg: Leg) -> tuple[str, ...]:
    """Return a leg's values for the labels of its operation's metric."""
    if leg.operation == "api_request":
        return leg.venue, leg.request, leg.transport
    return tuple(getattr(leg, label) for label in _SHOWN[leg.operation].labels)


def _route(leg: Leg) -> tuple[str, ...]:
    return leg.operation, leg.venue, leg.request, leg.transport, leg.stage


def _text(thousandths: int) -> str:
    """Return a quantile as Prometheus' summaries name it: 0.5, 0.99."""
    return f"{thousandths / 1000:g}"

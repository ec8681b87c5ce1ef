"""How long things took: each leg of the way from a tick to a fill, and requests to venues."""

import re
from collections.abc import Callable
from typing import Any, Final, Literal, NamedTuple, get_args

import msgspec
from msgspec import Struct

from deskwatch.core.book import Checks, Followers
from deskwatch.core.histogram import LATENCY_BOUNDS, DurationHistogram
from deskwatch.core.observation import ApiRequest, Latency
from deskwatch.core.period import DAY
from deskwatch.core.quantile import bucket_of
from deskwatch.core.rolling import Rolling, RollingState

#: What is timed. An `api_request` is a leg of its own for each operation of the venue's API.
Operation = Literal[
    "order_ack",
    "ack_to_fill",
    "cancel_ack",
    "tick_to_order",
    "feed_delay",
    "processing",
    "api_request",
]

OPERATIONS: Final[tuple[Operation, ...]] = get_args(Operation)

#: Why an interval is not counted. It is refused, never clamped: a clamped one would hide its cause.
#: negative: it ends before it begins, so a clock was set or it was taken across two.
#: not_a_number: no whole number of nanoseconds. cross_clock: begin and end are of two clocks.
#: too_long: over a day, which is a wrong unit or a stamp that was never set.
#: too_many_legs: the bound on legs is reached. too_many_routes: that on windows, so it is in the
#: histogram and in no quantile, which is what rules compare.
Refused = Literal[
    "negative", "not_a_number", "cross_clock", "too_long", "too_many_legs", "too_many_routes"
]

#: An interval from here on is too_long.
TOO_LONG_NS: Final = DAY

#: Bounds on memory: a leg's histogram is about 300 bytes, and 19 series where it is shown. The
#: windows of one that is busy are some 100 kB, so strategies share those; what is over that bound
#: has a histogram, and no quantiles.
MAX_LEGS: Final = 2_000
MAX_ROUTES: Final = 500

#: How many statuses of failed requests are told apart; the rest are `other`.
MAX_STATUSES: Final = 64
OTHER_STATUS: Final = "other"

_HTTP_SUCCESS: Final = re.compile("[123][0-9][0-9]")


class Leg(NamedTuple):
    """What was timed, and where. Empty where it says nothing about an operation.

    stage: of our own processing. request, transport: an api_request's operation, and its way.
    """

    operation: Operation
    venue: str = ""
    strategy: str = ""
    stage: str = ""
    request: str = ""
    transport: str = ""


class LatencyState(Struct, array_like=True):
    """The book, as a snapshot keeps it."""

    legs: list[tuple[Leg, list[int], int]]
    routes: list[tuple[Leg, RollingState]]
    refused: list[tuple[str, str, int]]
    errors: list[tuple[str, str, int]]


class LatencyBook:
    """The intervals that were counted, and those that were refused.

    now: the books' time in ns. routes: the last durations of each leg, whatever the strategy.
    refused: how many, by operation and reason. errors: requests that failed, by venue and status.
    """

    name = "latency"

    def __init__(self, now: Callable[[], int]) -> None:
        self._now = now
        self.legs: dict[Leg, DurationHistogram] = {}
        self.routes: dict[Leg, Rolling] = {}
        # What a leg and its route were last found to be, under the leg's plain texts.
        self._known: dict[tuple[str, ...], tuple[DurationHistogram, Rolling]] = {}
        self.refused: dict[tuple[Operation, Refused], int] = {}
        self.errors: dict[tuple[str, str], int] = {}

    @property
    def checks(self) -> Checks:
        """It refuses intervals, not events: what else an event says may well be right."""
        return {}

    @property
    def followers(self) -> Followers:
        """It counts what the platform timed itself."""
        return {Latency: self._latency, ApiRequest: self._api_request}

    def observe(
        self,
        operation: Operation,
        duration_ns: int,
        *,
        venue: str = "",
        strategy: str = "",
        stage: str = "",
    ) -> None:
        """Count one interval, begun and ended on one clock; or refuse it, with its reason."""
        kept = self._known.get((operation, venue, strategy, stage, "", ""))
        if kept is not None and type(duration_ns) is int and 0 <= duration_ns < TOO_LONG_NS:
            self._add(kept, duration_ns)
        else:
            self._count(Leg(operation, venue, strategy, stage), duration_ns)

    def refuse(self, operation: Operation, reason: Refused) -> None:
        """Count an interval that can't be counted."""
        self.refused[operation, reason] = self.refused.get((operation, reason), 0) + 1

    def begin(self, now: int) -> None:
        """Nothing: windows move on with what they count, or when they are asked."""

    def dump(self) -> bytes:
        """Return the book as JSON."""
        return msgspec.json.encode(
            LatencyState(
                legs=[(leg, kept.counts, kept.sum_ns) for leg, kept in self.legs.items()],
                routes=[(route, rolling.dump()) for route, rolling in self.routes.items()],
                refused=[(*key, count) for key, count in self.refused.items()],
                errors=[(*key, count) for key, count in self.errors.items()],
            )
        )

    def load(self, state: bytes) -> None:
        """Take up a dumped state."""
        dumped = msgspec.json.decode(state, type=LatencyState)
        for leg, counts, sum_ns in dumped.legs:
            if len(counts) != len(LATENCY_BOUNDS) + 1:
                raise msgspec.ValidationError("other buckets than these")
            self.legs[leg] = DurationHistogram(counts, sum_ns)
        for route, rolling in dumped.routes:
            self.routes[route] = Rolling()
            self.routes[route].load(rolling)
        refused: list[Any] = dumped.refused
        self.refused = {(operation, reason): count for operation, reason, count in refused}
        self.errors = {(venue, status): count for venue, status, count in dumped.errors}

    def _latency(self, timed: Latency) -> None:
        if timed.end_clock not in ("", timed.clock):
            self.refuse(timed.operation, "cross_clock")
            return
        self.observe(
            timed.operation,
            timed.duration_ns,
            venue=timed.venue,
            strategy=timed.strategy,
            stage=timed.stage,
        )

    def _api_request(self, asked: ApiRequest) -> None:
        leg = Leg(
            "api_request",
            venue=asked.venue,
            request=asked.operation,
            transport=asked.transport,
        )
        self._count(leg, asked.duration_ns)
        if not is_success(asked.status):
            key = (asked.venue, asked.status)
            if key not in self.errors and len(self.errors) >= MAX_STATUSES:
                key = (asked.venue, OTHER_STATUS)
                if key not in self.errors and len(self.errors) >= MAX_STATUSES + MAX_LEGS:
                    return  # a venue whose leg was refused, and is counted as that
            self.errors[key] = self.errors.get(key, 0) + 1

    def _count(self, leg: Leg, duration_ns: int) -> None:
        if not isinstance(duration_ns, int):
            self.refuse(leg.operation, "not_a_number")
        elif duration_ns < 0:
            self.refuse(leg.operation, "negative")
        elif duration_ns >= TOO_LONG_NS:
            self.refuse(leg.operation, "too_long")
        elif leg not in self.legs and len(self.legs) >= MAX_LEGS:
            self.refuse(leg.operation, "too_many_legs")
        else:
            self._keep(leg, duration_ns)

    def _keep(self, leg: Leg, duration_ns: int) -> None:
        kept = self.legs.get(leg)
        if kept is None:
            kept = self.legs[leg] = DurationHistogram()
        route = leg._replace(strategy="") if leg.strategy else leg
        rolling = self.routes.get(route)
        if rolling is None:
            if len(self.routes) >= MAX_ROUTES:
                kept.observe(duration_ns)
                self.refuse(leg.operation, "too_many_routes")
                return
            rolling = self.routes[route] = Rolling()
        self._known[leg] = (kept, rolling)
        self._add(self._known[leg], duration_ns)

    def _add(self, known: tuple[DurationHistogram, Rolling], duration_ns: int) -> None:
        kept, rolling = known
        kept.observe(duration_ns)
        rolling.observe(bucket_of(duration_ns), self._now())


def is_success(status: str) -> bool:
    """Return whether a request's status says that it was answered as asked: `ok`, or HTTP 1xx-3xx.

    What is no such status is a failure: `timeout`, `error`, a venue's own code.
    """
    return status == "ok" or _HTTP_SUCCESS.fullmatch(status) is not None

"""How long things took: each leg of the way from a tick to a fill, and requests to venues."""

from collections.abc import Callable
from typing import Any, Final, Literal, NamedTuple, get_args

import msgspec
from msgspec import Struct

from deskwatch.core.book import Checks, Followers
from deskwatch.core.histogram import LATENCY_BOUNDS, DurationHistogram
from deskwatch.core.observation import ApiRequest, Latency

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
#: too_many_legs: the bound on legs is reached.
Refused = Literal["negative", "not_a_number", "cross_clock", "too_long", "too_many_legs"]

#: An interval from here on is too_long.
TOO_LONG_NS: Final = 86_400 * 1_000_000_000

#: Bounds on memory: a leg's histogram is about 300 bytes, and 19 series where it is shown.
MAX_LEGS: Final = 2_000


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
    refused: list[tuple[str, str, int]]


class LatencyBook:
    """The intervals that were counted, and those that were refused.

    now: the books' time in ns. refused: how many, by operation and reason.
    """

    def __init__(self, now: Callable[[], int]) -> None:
        self._now = now
        self.legs: dict[Leg, DurationHistogram] = {}
        self.refused: dict[tuple[Operation, Refused], int] = {}

    @property
    def name(self) -> str:
        """The key of its state in a snapshot."""
        return "latency"

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
        self._count(Leg(operation, venue, strategy, stage), duration_ns)

    def refuse(self, operation: Operation, reason: Refused) -> None:
        """Count an interval that can't be counted."""
        self.refused[operation, reason] = self.refused.get((operation, reason), 0) + 1

    def begin(self, now: int) -> None:
        """Nothing: what is counted stays counted."""

    def dump(self) -> bytes:
        """Return the book as JSON."""
        return msgspec.json.encode(
            LatencyState(
                legs=[(leg, kept.counts, kept.sum_ns) for leg, kept in self.legs.items()],
                refused=[(*key, count) for key, count in self.refused.items()],
            )
        )

    def load(self, state: bytes) -> None:
        """Take up a dumped state."""
        dumped = msgspec.json.decode(state, type=LatencyState)
        for leg, counts, sum_ns in dumped.legs:
            if len(counts) != len(LATENCY_BOUNDS) + 1:
                raise msgspec.ValidationError("other buckets than these")
            self.legs[leg] = DurationHistogram(counts, sum_ns)
        refused: list[Any] = dumped.refused
        self.refused = {(operation, reason): count for operation, reason, count in refused}

    def _latency(self, timed: Latency) -> None:
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

    def _count(self, leg: Leg, duration_ns: int) -> None:
        if not isinstance(duration_ns, int):
            self.refuse(leg.operation, "not_a_number")
        elif duration_ns < 0:
            self.refuse(leg.operation, "negative")
        elif duration_ns >= TOO_LONG_NS:
            self.refuse(leg.operation, "too_long")
        else:
            kept = self.legs.get(leg)
            if kept is None:
                if len(self.legs) >= MAX_LEGS:
                    self.refuse(leg.operation, "too_many_legs")
                    return
                kept = self.legs[leg] = DurationHistogram()
            kept.observe(duration_ns)

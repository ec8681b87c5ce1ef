"""What /api/v1/latency answers: quantiles of each route, refusals, failures, and clocks."""

from msgspec import Struct

from deskwatch.core.event import Nanoseconds
from deskwatch.web.answers.figures import Count


class QuantileRow(Struct, frozen=True, kw_only=True):
    """The durations of one window. A null quantile has too few: 0.99 needs 100 of them."""

    window: str
    count: Count
    p50_ns: int | None
    p90_ns: int | None
    p99_ns: int | None
    p999_ns: int | None


class RouteRow(Struct, frozen=True, kw_only=True):
    """One route, whatever the strategy. What says nothing about its operation is empty.

    request, transport: of an api_request. normal_p99_ns: null while it is not known yet.
    """

    operation: str
    venue: str
    request: str
    transport: str
    stage: str
    normal_p99_ns: int | None
    windows: list[QuantileRow]


class RefusedRow(Struct, frozen=True):
    """Intervals that are in no quantile, and why."""

    operation: str
    reason: str
    count: Count


class ErrorRow(Struct, frozen=True):
    """Requests to a venue that failed, and how."""

    venue: str
    status: str
    count: Count


class SkewRow(Struct, frozen=True):
    """The smallest apparent delay of a feed across two clocks; below zero, ours is behind."""

    venue: str
    skew_ns: int


class ClockRow(Struct, frozen=True, kw_only=True):
    """A host's clock less UTC, by its last report; null when that is too old."""

    host: str
    offset_ns: int | None
    reference: str
    age_s: float


class LatencyAnswer(Struct, frozen=True, kw_only=True):
    """How long things take. most_offset_ns: what RTS 25 allows our clocks, by the preset."""

    as_of: Nanoseconds
    routes: list[RouteRow]
    refused: list[RefusedRow]
    errors: list[ErrorRow]
    skews: list[SkewRow]
    clocks: list[ClockRow]
    clock_preset: str
    most_offset_ns: int

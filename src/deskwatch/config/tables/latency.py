"""The keys about how long things take, and about clocks."""

from typing import Annotated, Final, Self

from pydantic import Field, model_validator

from deskwatch.config.values import Seconds, Table, problem_at
from deskwatch.core.clock import ClockSettings, Preset
from deskwatch.core.latency_limit import DEFAULT_LIMITS
from deskwatch.core.period import SECOND

MICROSECOND: Final = SECOND // 1_000_000
_CLOCK: Final = ClockSettings()

Microseconds = Annotated[int, Field(ge=1, le=3_600_000_000)]


class LatencyLimit(Table):
    """The 99th percentile from which on somebody is told; see deskwatch.core.latency_limit."""

    warning_us: Microseconds | None = None
    page_us: Microseconds | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        warning, page = self.warning_us, self.page_us
        if warning is not None and page is not None and page < warning:
            raise problem_at("page_us", "no less than warning_us")
        return self


def _microseconds(duration_ns: int | None) -> int | None:
    return None if duration_ns is None else duration_ns // MICROSECOND


_ACK: Final = DEFAULT_LIMITS["order_ack"]
_REQUEST: Final = DEFAULT_LIMITS["api_request"]


class AckLimit(LatencyLimit):
    """That of order_ack, which is never without one."""

    warning_us: Microseconds | None = _microseconds(_ACK.warning_ns)
    page_us: Microseconds | None = _microseconds(_ACK.page_ns)


class RequestLimit(LatencyLimit):
    """That of api_request, which is never without one."""

    warning_us: Microseconds | None = _microseconds(_REQUEST.warning_ns)
    page_us: Microseconds | None = _microseconds(_REQUEST.page_ns)


class Latency(Table):
    """Limits by operation."""

    api_request: RequestLimit = RequestLimit()
    order_ack: AckLimit = AckLimit()
    ack_to_fill: LatencyLimit = LatencyLimit()
    cancel_ack: LatencyLimit = LatencyLimit()
    tick_to_order: LatencyLimit = LatencyLimit()
    feed_delay: LatencyLimit = LatencyLimit()
    processing: LatencyLimit = LatencyLimit()


class Clock(Table):
    """What hosts' clocks are judged by; see deskwatch.core.clock.ClockSettings."""

    preset: Preset = _CLOCK.preset
    report_max_age_s: Seconds = _CLOCK.report_max_age_ns // SECOND

"""How slow is too slow: limits on the 99th percentile, by operation."""

from collections.abc import Mapping
from typing import Final, Literal

from msgspec import Struct

from deskwatch.core.latency import Operation
from deskwatch.core.period import SECOND

Severity = Literal["warning", "page"]

MILLISECOND: Final = SECOND // 1_000


class LatencyLimit(Struct, frozen=True, kw_only=True):
    """The 99th percentile, in ns, from which on somebody is warned or paged; None for never."""

    warning_ns: int | None = None
    page_ns: int | None = None


#: Without these two a desk is blind: they have limits before anybody sets one.
DEFAULT_LIMITS: Final[dict[Operation, LatencyLimit]] = {
    "api_request": LatencyLimit(warning_ns=SECOND, page_ns=5 * SECOND),
    "order_ack": LatencyLimit(warning_ns=500 * MILLISECOND, page_ns=5 * SECOND),
}


def set_limits(
    limits: Mapping[Operation, LatencyLimit],
) -> dict[tuple[Operation, Severity], int]:
    """Return each limit that is set, in ns."""
    found: dict[tuple[Operation, Severity], int] = {}
    for operation, limit in limits.items():
        if limit.warning_ns is not None:
            found[operation, "warning"] = limit.warning_ns
        if limit.page_ns is not None:
            found[operation, "page"] = limit.page_ns
    return found

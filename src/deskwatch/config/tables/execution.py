"""The keys about orders and executions."""

from typing import Final

from deskwatch.config.values import Count, Seconds, Share, Table
from deskwatch.core.period import SECOND
from deskwatch.core.settings import ExecutionSettings, ExecutionThresholds

_BOOK: Final = ExecutionSettings()
_RULES: Final = ExecutionThresholds()


class Execution(Table):
    """How orders are followed, and from where on somebody is told."""

    window_s: Seconds = _BOOK.window_ns // SECOND
    arrival_max_age_s: Seconds = _BOOK.arrival_max_age_ns // SECOND
    markout_tolerance_s: Seconds = _BOOK.markout_tolerance_ns // SECOND
    max_open_orders: Count = _BOOK.max_open_orders
    remembered_orders: Count = _BOOK.remembered_orders
    max_waiting_markouts: Count = _BOOK.max_waiting_markouts
    min_fill_ratio: Share | None = _RULES.min_fill_ratio
    max_reject_ratio: Share | None = _RULES.max_reject_ratio
    max_rejects_in_a_row: Count | None = _RULES.max_rejects_in_a_row
    max_unacked_s: Seconds | None = _RULES.max_unacked_s
    min_orders: Count = _RULES.min_orders

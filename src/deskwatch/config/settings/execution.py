"""Handing over how orders are followed, and from where on somebody is told."""

from deskwatch.config.model import Config
from deskwatch.core.period import SECOND
from deskwatch.core.settings import ExecutionSettings, ExecutionThresholds


def execution_settings(config: Config) -> ExecutionSettings:
    """Return what the book of orders is told."""
    execution = config.execution
    max_unacked_s = execution.max_unacked_s
    return ExecutionSettings(
        window_ns=execution.window_s * SECOND,
        max_unacked_ns=None if max_unacked_s is None else max_unacked_s * SECOND,
        arrival_max_age_ns=execution.arrival_max_age_s * SECOND,
        markout_tolerance_ns=execution.markout_tolerance_s * SECOND,
        max_open_orders=execution.max_open_orders,
        remembered_orders=execution.remembered_orders,
        max_waiting_markouts=execution.max_waiting_markouts,
    )


def execution_thresholds(config: Config) -> ExecutionThresholds:
    """Return what the rules compare with."""
    execution = config.execution
    return ExecutionThresholds(
        min_fill_ratio=execution.min_fill_ratio,
        max_reject_ratio=execution.max_reject_ratio,
        max_rejects_in_a_row=execution.max_rejects_in_a_row,
        max_unacked_s=execution.max_unacked_s,
        min_orders=execution.min_orders,
    )

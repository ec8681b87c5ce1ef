"""Grafana's dashboards as Python. `python -m deskwatch.dashboards` writes grafana/dashboards.

For who works on deskwatch: it needs grafana-foundation-sdk, which an installed deskwatch lacks.
"""

from typing import Final

from deskwatch.dashboards import (
    alert,
    drills,
    exposure,
    health,
    latency,
    log,
    monitor,
    order,
    pnl,
)
from deskwatch.dashboards.board import Board

#: The boards, by the name of their file; those that operators look for come first.
BOARDS: Final[dict[str, Board]] = {
    "pnl": pnl.BOARD,
    "latency": latency.BOARD,
    "exposure": exposure.BOARD,
    "health": health.BOARD,
    "order": order.BOARD,
    "drills": drills.BOARD,
    "alert": alert.BOARD,
    "monitor": monitor.BOARD,
    "log": log.BOARD,
}

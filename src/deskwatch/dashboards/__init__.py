"""Grafana's dashboards as Python. `python -m deskwatch.dashboards` writes grafana/dashboards.

For who works on deskwatch: it needs grafana-foundation-sdk, which an installed deskwatch lacks.
"""

from typing import Final

from deskwatch.dashboards import exposure, health, latency, pnl
from deskwatch.dashboards.board import Board

#: The boards, by the name of their file; those that operators look for come first.
BOARDS: Final[dict[str, Board]] = {
    "pnl": pnl.BOARD,
    "latency": latency.BOARD,
    "exposure": exposure.BOARD,
    "health": health.BOARD,
}

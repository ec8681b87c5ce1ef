"""The books as the API shows them: a file for each, and the one place that names them all."""

from collections.abc import Callable
from typing import Final

from msgspec import Struct

from deskwatch.core.books import Books
from deskwatch.engine.views import (
    anomalies,
    breakers,
    drills,
    feeds,
    latency,
    order,
    pnl,
    reconciliation,
    risk,
    var,
)

#: What the books say as of now (ns), in the shape that the API answers.
View = Callable[[Books, int], Struct]

#: Each is at /api/v1/ and its name.
VIEWS: Final[dict[str, View]] = {
    "anomalies": anomalies.anomalies,
    "positions": pnl.positions,
    "pnl": pnl.pnl,
    "exposure": risk.exposure,
    "limits": risk.limits,
    "var": var.var,
    "breakers": breakers.breakers,
    "reconciliation": reconciliation.reconciliation,
    "latency": latency.latency,
    "feeds": feeds.feeds,
    "services": feeds.services,
    "execution": order.execution,
    "orders": order.orders,
    "drills": drills.drills,
}

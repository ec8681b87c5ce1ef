"""Synthetic tests: each tries, on a simulated account, what the desk relies on. docs/drills.md."""

from collections.abc import Callable
from typing import Any, Final

from deskwatch.drills.breaker import BreakerDrill
from deskwatch.drills.drill import Drill

#: Every drill by its name: makes it from a gateway, a monitor, and its own settings.
DRILLS: Final[dict[str, Callable[[Any, Any, Any], Drill]]] = {
    "breaker": BreakerDrill,
}

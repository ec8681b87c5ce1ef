"""What is told of accounts that trade nothing real: docs/decisions/013."""

from typing import Final

from deskwatch.core.notification import Notification

#: Begins what is told of a simulated account.
DRILL: Final = "DRILL "


def is_drill(one: Notification, simulated: frozenset[str]) -> bool:
    """Return whether all that is told is about one simulated account."""
    return one.common_labels.get("account") in simulated

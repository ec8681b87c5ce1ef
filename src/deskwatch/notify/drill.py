"""What is told of accounts that trade nothing real: docs/decisions/013."""

from typing import Final

from deskwatch.core.alert import Alert
from deskwatch.core.notification import Notification

#: Begins what is told of a simulated account.
DRILL: Final = "DRILL "


def marked(text: str, alert: Alert, simulated: frozenset[str]) -> str:
    """Return a line about one alert among others; what is of a simulated account says so."""
    return f"{DRILL}{text}" if alert.labels.get("account") in simulated else text


def is_drill(one: Notification, simulated: frozenset[str]) -> bool:
    """Return whether all that is told is about one simulated account."""
    return one.common_labels.get("account") in simulated

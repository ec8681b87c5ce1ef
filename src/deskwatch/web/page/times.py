"""Times as HTML shows them: UTC until the page's script knows better."""

from datetime import UTC, datetime

from deskwatch.core.period import SECOND


def clock_time(time_ns: int) -> str:
    """Return the time of day, such as 14:00 UTC."""
    return _moment(time_ns).strftime("%H:%M UTC")


def full_time(time_ns: int) -> str:
    """Return date and time; what is below a second is cut."""
    return _moment(time_ns).strftime("%Y-%m-%d %H:%M:%S UTC")


def machine_time(time_ns: int) -> str:
    """Return date and time as HTML's `datetime` takes them."""
    return _moment(time_ns).strftime("%Y-%m-%dT%H:%M:%SZ")


def _moment(time_ns: int) -> datetime:
    return datetime.fromtimestamp(time_ns // SECOND, UTC)

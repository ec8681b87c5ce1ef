"""Who is on call, as a page says it."""

from collections.abc import Sequence

from deskwatch.core.notification import PAGE, Notification


def on_call(one: Notification, contacts: Sequence[str]) -> str:
    """Return the line for a page that fires; nothing for what asks nobody to get up."""
    if not contacts or one.severity != PAGE or one.status == "resolved":
        return ""
    return f"On call: {'; '.join(contacts)}"

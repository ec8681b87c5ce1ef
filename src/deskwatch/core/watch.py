"""Since when we listen: what came while nobody did can't be known."""

from typing import NamedTuple


class Watch(NamedTuple):
    """When events are taken as they come.

    since: from when on (ns), 0 in a replay. until: until when, at least, the run before did (ns).
    """

    since: int = 0
    until: int = 0

    def counted_from(self, heard_at: int, promised_ns: int | None) -> int:
        """Return from when on (ns) something has been waited for in vain.

        That is when it was heard of, or else when we began to listen. But what had not come in the
        time that was promised when the run before ended, was missing then, and is still.
        """
        if promised_ns is not None and self.until - heard_at > promised_ns:
            return heard_at
        return max(heard_at, self.since)

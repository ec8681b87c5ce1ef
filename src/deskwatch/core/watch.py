"""Since when we listen: what came while nobody did can't be known."""

from typing import Final, NamedTuple

#: How many watches before this one are remembered: more follow each other in a restart loop alone.
_REMEMBERED: Final = 10


class Watch(NamedTuple):
    """When events are taken as they come.

    since: from when on (ns), 0 in a replay. until: until when, at least, the watch before did (ns).
    before: that watch, where it is known.
    """

    since: int = 0
    until: int = 0
    before: "Watch | None" = None

    def followed(self, until: int, since: int) -> "Watch":
        """Return the watch that begins `since`, after this one ended at `until`."""
        return Watch(since, until, self.newest(_REMEMBERED))

    def newest(self, most: int) -> "Watch | None":
        """Return the last of the watches up to this one, at most so many."""
        if most == 0:
            return None
        before = None if self.before is None else self.before.newest(most - 1)
        return self._replace(before=before)

    def counted_from(self, heard_at: int, promised_ns: int | None) -> int:
        """Return from when on (ns) something has been waited for in vain.

        That is when it was heard of, or else when we began to listen. But what had not come in the
        time that was promised when the watch before ended, was missing then, and is still.
        """
        waited_from = heard_at
        if self.before is not None:
            waited_from = self.before.counted_from(heard_at, promised_ns)
        if promised_ns is not None and self.until - waited_from > promised_ns:
            return waited_from
        return max(heard_at, self.since)

"""What is told of one thing by several senders, each by a clock of its own: which is the newer."""

from deskwatch.core.event import UNNAMED, Event
from deskwatch.core.period import counted_from


def told_at(told: Event, came: int, newest: Event | None, newest_at: int) -> int:
    """Return what time (ns UTC) something that `came` then counts as told at.

    That is when it happened, but no later than it came: a clock that is ahead of ours must not
    outlast what a right one says after it. newest: what was told last of the same thing, None where
    nobody knows any more; newest_at: what this returned for it. What is less than that is late.
    """
    if newest is None or not _is_no_newer(told, newest):
        return counted_from(told.event_time, came)
    # By the same clock, so it lies as far before the newest as that clock says, whenever it came:
    # a copy that is sent again by a clock ahead of ours would be the newest otherwise.
    return newest_at - (newest.event_time - told.event_time)


def _is_no_newer(told: Event, newest: Event) -> bool:
    """Return whether one run of one producer says itself that `told` is no newer.

    Who gives no name may be anybody. A higher number was said later, whatever its time: the clock
    was set back since.
    """
    if told.source == UNNAMED or (told.source, told.epoch) != (newest.source, newest.epoch):
        return False
    later = (told.sequence or 0) > (newest.sequence or 0)
    return told.event_time <= newest.event_time and not later

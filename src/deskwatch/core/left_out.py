"""Events that somebody left out of the books, because a bug of ours ended every start at them.

The journal keeps such an event and no book has it, but its sequence number counts as come, as that
of a refused one does. Its producer got no receipt and sends it again: that is a duplicate then, and
doesn't end the engine anew.
"""

from collections.abc import Collection

from deskwatch.core.codec import Decoded, UnknownKind, decode_event, split
from deskwatch.core.event import Event
from deskwatch.core.rejection import EventRejected


def numbers(block: bytes) -> list[int]:
    """Return which of a block's JSON values, from 1, each event is that `decode` finds in it."""
    return [number for number, value in enumerate(split(block), start=1) if _is_event(value)]


def leave_out(decoded: Decoded, block: bytes, left: Collection[int]) -> Decoded:
    """Return what `block` holds, with events that no book knows in the place of those numbered."""
    events = [
        _known_to_none(happened) if number in left else happened
        for number, happened in zip(numbers(block), decoded.events, strict=True)
    ]
    return decoded._replace(events=events)


def _is_event(value: bytes) -> bool:
    try:
        decode_event(value)
    except EventRejected:
        return False
    return True


def _known_to_none(happened: Event) -> Event:
    return UnknownKind(
        event_time=happened.event_time,
        source=happened.source,
        epoch=happened.epoch,
        sequence=happened.sequence,
    )

"""The buttons under a message: what they say, and what comes back when one is pressed."""

from typing import Final, Literal, get_args

from deskwatch.notify.store import row_id
from deskwatch.notify.telegram.bot import Button

Deed = Literal["ack", "1h", "8h"]

#: How long a button silences, in hours.
HOURS: Final[dict[str, int]] = {"1h": 1, "8h": 8}

_DEEDS: Final = {deed: deed for deed in get_args(Deed)}


def keyboard(key: int, *, silences: bool, acknowledged: bool = False) -> list[list[Button]]:
    """Return the rows of buttons that act on what is kept under `key`."""
    acknowledge = [] if acknowledged else [("Acknowledge", f"ack:{key}")]
    silence = [("Silence 1 h", f"1h:{key}"), ("Silence 8 h", f"8h:{key}")] if silences else []
    return [row for row in (acknowledge, silence) if row]


def pressed(data: str) -> tuple[Deed, int] | None:
    """Return what a button means, or None if it isn't one of ours."""
    deed, _, number = data.partition(":")
    key = row_id(number)
    return None if deed not in _DEEDS or key is None else (_DEEDS[deed], key)

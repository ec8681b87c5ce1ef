"""What the notifications tell of themselves."""

from collections import Counter
from collections.abc import Mapping
from typing import Literal

#: What became of a notification at a channel. "passed_on": another channel got it as well.
Result = Literal["sent", "retried", "failed", "passed_on"]


class NotifyFigures:
    """Plain counters for the exposition to read.

    notifications: by channel and result. queue: how many wait, by channel; oldest_at: since when
    the oldest of them waits, ns UTC of the dispatcher's clock. trouble: why a channel's last try
    failed, while that is so. folded: how many lost a message of their own because too many waited.
    alerts_overflowed: how often an alert was not taken for want of room. firing: the severity of
    what people should take as firing, by fingerprint.
    """

    def __init__(self) -> None:
        self.notifications: Counter[tuple[str, Result]] = Counter()
        self.queue: dict[str, int] = {}
        self.oldest_at: dict[str, int] = {}
        self.trouble: dict[str, str] = {}
        self.folded = 0
        self.alerts_overflowed = 0
        self.firing: Mapping[str, str] = {}

"""A figure of ours and how it moved lately, so that a report is held against its own moment.

A report and a fill cross on the wire: what the venue says is true of the report's time, and we may
know of a later fill already, or not yet of an earlier one.
"""

from bisect import bisect_right, insort
from operator import itemgetter
from typing import Final

#: Moves that are kept; a report from before the oldest of them can't be compared.
MAX_MOVES: Final = 512

#: Fills that are looked through for those that may have crossed a figure's first report.
LOOKED_THROUGH: Final = 2048

#: Moves of one moment stay in the order in which they came.
_TIME: Final = itemgetter(0)


class Moves:
    """A figure as it is now, and its latest moves as (time, change), oldest first.

    forgotten_until: the time (ns) up to which moves are no longer told apart.
    """

    def __init__(self, amount: int) -> None:
        self.amount = amount
        self.recent: list[tuple[int, int]] = []
        self.forgotten_until = 0

    def move(self, to: int, time: int) -> bool:
        """Take the figure to `to` by something that happened at `time`; say whether it moved."""
        change = to - self.amount
        if change == 0:
            return False
        self.amount = to
        insort(self.recent, (time, change), key=_TIME)
        if len(self.recent) > MAX_MOVES:
            self.forgotten_until = max(self.forgotten_until, self.recent.pop(0)[0])
        return True

    def recall(self, change: int, time: int) -> None:
        """Take down a move that is in the figure already."""
        insort(self.recent, (time, change), key=_TIME)

    def restart(self, amount: int, time: int) -> None:
        """Begin at `amount` anew: what was before `time` is another count."""
        self.amount = amount
        self.recent.clear()
        self.forgotten_until = max(self.forgotten_until, time)

    def forget(self, until: int) -> None:
        """Forget the moves up to `until`: no report from before it is taken any more."""
        gone = bisect_right(self.recent, until, key=_TIME)
        if gone:
            del self.recent[:gone]

    def moved_since(self, time: int) -> bool:
        """Whether the figure has moved by anything after `time`."""
        return bool(self.recent) and self.recent[-1][0] > time

    def apart(self, said: int, time: int, window: int, within: int) -> int | None:
        """Return how far `said` lies from what the figure was at `time`.

        0 where it was as much, give or take `within`, at any moment from `window` before `time` to
        `window` after it. None where the moves of that time are forgotten.
        """
        if time - window < self.forgotten_until:
            return None
        figure = at_time = self.amount
        for moved, change in reversed(self.recent):
            if moved <= time + window and abs(said - figure) <= within:
                return 0
            if moved <= time - window:
                return said - at_time
            figure -= change
            if moved > time:
                at_time = figure
        return 0 if abs(said - figure) <= within else said - at_time

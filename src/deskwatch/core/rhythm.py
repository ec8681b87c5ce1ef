"""How often something usually comes, told from when it came: what a silence is measured against."""

from typing import Final

from msgspec import Struct, field

from deskwatch.core.period import MINUTE

#: A block of time has one longest gap; that many blocks are looked back on.
BLOCK_NS: Final = MINUTE
BLOCKS: Final = 15

#: Until this many gaps have been seen, in this many blocks that are over, nothing is expected.
BELIEVED_GAPS: Final = 20
BELIEVED_BLOCKS: Final = 2


class Rhythm(Struct):
    """The longest gaps between messages, minute by minute.

    What is expected is the upper end of the longest gaps of the last minutes that had any: at most
    a fifth of them are longer. A mean would be small after a burst, and call the quiet after it a
    death; a market that calms down for good is followed within minutes, step by step. Of the first
    few minutes the upper end is the longest of all: there an outage would hide the next one, were
    it not bounded what a gap counts as. (The median called 34 of 12,456 gaps of a thin pair dead,
    this 2 of them: in the recording that it was chosen on, so that it is no promise for another.)
    block: the number of the open minute; longest: its longest gap so far (ns). maxima: those of the
    minutes before, oldest first; usual: their upper end. gaps: how many were ever seen.
    """

    block: int = 0
    longest: int = 0
    maxima: list[int] = field(default_factory=list)
    usual: int = 0
    gaps: int = 0

    def take(self, gap: int, now: int, at_most: int) -> None:
        """Take a gap (ns) that ended at `now`; as `at_most`, once it can be compared with any."""
        if self.maxima and self.gaps >= BELIEVED_GAPS:
            gap = min(gap, at_most)
        block = now // BLOCK_NS
        if block != self.block:
            if self.longest:
                self.maxima.append(self.longest)
                del self.maxima[:-BLOCKS]
                self.usual = sorted(self.maxima)[len(self.maxima) * 4 // 5]
            self.block, self.longest = block, 0
        self.gaps += 1
        self.longest = max(self.longest, gap)

    def expected(self) -> int | None:
        """Return the gap (ns) to expect at the longest; None while too little was seen."""
        if self.gaps < BELIEVED_GAPS or len(self.maxima) < BELIEVED_BLOCKS:
            return None
        return self.usual

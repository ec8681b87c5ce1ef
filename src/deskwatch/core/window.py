"""Counts over a rolling window: in slices, so that what leaves it is taken off whole."""

from typing import Final

from msgspec import Struct, field

#: A window is this many slices long; it is exact to one of them.
SLICES: Final = 30


class Window(Struct, array_like=True):
    """Sums of some counts over the last SLICES slices of time, the present one included.

    slices: [number, count, count, …], oldest first; only those in which something was counted.
    """

    width: int
    slices: list[list[int]] = field(default_factory=list)
    total: list[int] = field(default_factory=list)

    def add(self, number: int, what: int, amount: int) -> None:
        """Add to count `what` in slice `number`, which is never below one before it."""
        slices = self.slices
        if not slices or slices[-1][0] != number:
            self.expire(number)
            self.slices.append([number, *[0] * self.width])
            slices = self.slices
        if not self.total:
            self.total = [0] * self.width
        slices[-1][what + 1] += amount
        self.total[what] += amount

    def take_back(self, number: int, what: int) -> None:
        """Count one less, in the newest slice that has any as of slice `number`."""
        self.expire(number)
        for each in reversed(self.slices):
            if each[what + 1]:
                each[what + 1] -= 1
                self.total[what] -= 1
                return

    def sums(self, number: int) -> list[int]:
        """Return the counts as of slice `number`; changes nothing."""
        sums = list(self.total) or [0] * self.width
        for gone in self.slices:
            if gone[0] > number - SLICES:
                break
            for what in range(self.width):
                sums[what] -= gone[what + 1]
        return sums

    def cut_anew(self, before_ns: int, slice_ns: int) -> None:
        """Make slices that were `before_ns` long those that are `slice_ns` long."""
        cut: dict[int, list[int]] = {}
        for number, *counts in self.slices:
            start = number * before_ns // slice_ns
            cut[start] = [
                a + b for a, b in zip(cut.get(start, [0] * self.width), counts, strict=True)
            ]
        self.slices = [[number, *counts] for number, counts in cut.items()]

    def expire(self, number: int) -> None:
        """Forget the slices that are over as of slice `number`."""
        gone = 0
        for each in self.slices:
            if each[0] > number - SLICES:
                break
            for what in range(self.width):
                self.total[what] -= each[what + 1]
            gone += 1
        del self.slices[:gone]

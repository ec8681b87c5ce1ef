"""What was seen before: sequences of producers, and the fills whose ids are remembered."""

from bisect import bisect_left
from collections.abc import Iterator
from itertools import chain, islice
from typing import Final, Generic, TypeVar

#: Holes that are kept open for late events, a producer; the oldest is given up for lost.
MAX_HOLES: Final = 1024

#: Runs (epochs) of producers that are remembered; the one longest silent is forgotten.
MAX_RUNS: Final = 4096

Key = TypeVar("Key")
Value = TypeVar("Value")


class Run:
    """One run of one producer: which of its sequence numbers have come."""

    def __init__(self) -> None:
        self.high = 0
        # Sorted, disjoint, inclusive ranges below `high` that have not come.
        self.holes: list[tuple[int, int]] = []
        self.given_up = 0

    @property
    def missing(self) -> int:
        """How many events below the highest have not come, those given up for lost included."""
        return self.given_up + sum(last - first + 1 for first, last in self.holes)

    def arrive(self, sequence: int) -> bool:
        """Take a number; say whether it is new."""
        if sequence == self.high + 1:
            self.high = sequence
            return True
        if sequence > self.high:
            self.holes.append((self.high + 1, sequence - 1))
            self.high = sequence
        elif not self._fill(sequence):
            return False
        # More than one too many only in a state that an older version wrote.
        while len(self.holes) > MAX_HOLES:
            first, last = self.holes.pop(0)
            self.given_up += last - first + 1
        return True

    def _fill(self, sequence: int) -> bool:
        """Take a number out of the hole that it is in; say whether there is one."""
        # The last hole that begins at the number, or before.
        index = bisect_left(self.holes, (sequence + 1, 0)) - 1
        if index < 0 or self.holes[index][1] < sequence:
            return False
        first, last = self.holes[index]
        left = [(first, sequence - 1), (sequence + 1, last)]
        self.holes[index : index + 1] = [hole for hole in left if hole[0] <= hole[1]]
        return True


class Sequences:
    """The runs of all producers, each (source, epoch) on its own."""

    def __init__(self) -> None:
        # In order of last use, so that the first one is the longest silent.
        self.runs: dict[tuple[str, int], Run] = {}
        self._source = ""
        self._epoch = 0
        self._run = Run()

    def arrive(self, source: str, epoch: int, sequence: int) -> bool:
        """Take an event's number; say whether it is new."""
        if epoch != self._epoch or source != self._source:
            self._switch(source, epoch)
        run = self._run
        if sequence == run.high + 1:
            run.high = sequence
            return True
        return run.arrive(sequence)

    def missing(self) -> dict[str, int]:
        """Return how many events of each producer have not come, over all runs remembered."""
        missing: dict[str, int] = {}
        for (source, _), run in self.runs.items():
            missing[source] = missing.get(source, 0) + run.missing
        return missing

    def _switch(self, source: str, epoch: int) -> None:
        """Make a run the last one used."""
        key = (source, epoch)
        run = self.runs.pop(key, None)
        if run is None:
            run = Run()
            if len(self.runs) >= MAX_RUNS:
                del self.runs[next(iter(self.runs))]
        self.runs[key] = run
        self._source, self._epoch, self._run = source, epoch, run


class Remembered(Generic[Key, Value]):
    """A bounded memory of the newest entries: between half of `bound` and `bound` of them."""

    def __init__(self, bound: int) -> None:
        self._half = max(1, bound // 2)
        self.young: dict[Key, Value] = {}
        self.old: dict[Key, Value] = {}
        # The newest event time among what was forgotten: nothing newer can have been.
        self.forgotten_until = 0
        self.young_until = 0
        self.old_until = 0

    def __len__(self) -> int:
        """Return how many entries are remembered."""
        return len(self.young) + len(self.old)

    @property
    def times(self) -> tuple[int, int, int]:
        """The newest event times: of what was forgotten, of the old half, of the young one."""
        return (self.forgotten_until, self.old_until, self.young_until)

    @times.setter
    def times(self, times: tuple[int, int, int]) -> None:
        self.forgotten_until, self.old_until, self.young_until = times

    def get(self, key: Key) -> Value | None:
        """Return what is remembered under `key`, or None."""
        found = self.young.get(key)
        # Most are new, and to look for one costs a hash: not in what is empty.
        return self.old.get(key) if found is None and self.old else found

    def put(self, key: Key, value: Value, time: int) -> None:
        """Remember `value`, whose event happened at `time`."""
        young = self.young
        young[key] = value
        if time > self.young_until:  # noqa: PLR1730 - max() takes a tenth of this
            self.young_until = time
        if len(young) >= self._half:
            self.forgotten_until = max(self.forgotten_until, self.old_until)
            self.old, self.old_until = young, self.young_until
            self.young, self.young_until = {}, 0

    def latest(self, most: int) -> Iterator[Value]:
        """Yield what was put last, at most so many, the newest first."""
        return islice(chain(reversed(self.young.values()), reversed(self.old.values())), most)

    def replace(self, key: Key, value: Value) -> None:
        """Put another value under a key that is remembered."""
        (self.young if key in self.young else self.old)[key] = value

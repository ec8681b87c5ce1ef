"""Exact quantiles of durations: HdrHistogram's scheme, kept sparsely and in integers.

A duration below 2,048 ns keeps its own bucket; above, a bucket is less than a thousandth of its
durations wide. Source: https://hdrhistogram.github.io/HdrHistogram/ (three significant digits).
Why not its Python library: docs/decisions/014-quantiles.md.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate
from typing import Final

#: A bucket has a number below 2 ** this, times a power of two.
_SUB_BITS: Final = 11
_SUB_MASK: Final = (1 << _SUB_BITS) - 1

#: In a packed slice a bucket and its count are one number; the count has this many bits.
_COUNT_BITS: Final = 40
_COUNT_MASK: Final = (1 << _COUNT_BITS) - 1

#: The quantiles that are shown, in thousandths.
QUANTILES: Final = (500, 900, 990, 999)


def bucket_of(duration_ns: int) -> int:
    """Return the number of the bucket that a duration of zero or more belongs to."""
    shift = duration_ns.bit_length() - _SUB_BITS
    return duration_ns if shift <= 0 else shift << _SUB_BITS | duration_ns >> shift


def highest_of(bucket: int) -> int:
    """Return the longest duration (ns) that belongs to a bucket."""
    shift = bucket >> _SUB_BITS
    return ((bucket & _SUB_MASK) + 1 << shift) - 1


def fewest_samples(thousandths: int) -> int:
    """Return how many durations a quantile needs, so that one of them lies beyond it.

    100 for the 99th percentile: of fewer, it would be the maximum under another name.
    """
    return -(-1000 // (1000 - thousandths))


def rank_of(thousandths: int, total: int) -> int:
    """Return which one of `total` durations, from the shortest, a quantile is: the nearest.

    Source: HdrHistogram's getValueAtPercentile.
    """
    return max((2 * total * thousandths + 1000) // 2000, 1)


class Ranks:
    """Durations in order. reached: how many there are before each bucket, and at last in all."""

    def __init__(self, counts: Mapping[int, int]) -> None:
        self.buckets = sorted(counts)
        self.reached = list(accumulate(map(counts.__getitem__, self.buckets), initial=0))


def quantiles(many: Ranks, few: Ranks, shares: Iterable[int]) -> list[int | None]:
    """Return the duration (ns) that each share, in thousandths, of both together is at most.

    None of too few. The bucket's longest duration is returned, as HdrHistogram does, so that a
    figure is never below the true one. It costs little where the few are few.
    """
    buckets, reached = many.buckets, many.reached
    others, others_reached = few.buckets, few.reached
    total = reached[-1] + others_reached[-1]
    # How many of both there are up to each bucket of the few.
    up_to = [
        reached[bisect_right(buckets, bucket)] + others_reached[place]
        for place, bucket in enumerate(others, 1)
    ]
    found: list[int | None] = []
    for share in shares:
        if total < fewest_samples(share):
            found.append(None)
            continue
        rank = rank_of(share, total)
        # It is the few's bucket here, or one of the many's between this and the one before.
        others_place = bisect_left(up_to, rank)
        place = bisect_left(reached, rank - others_reached[others_place]) - 1
        if others_place == len(others):
            bucket = buckets[place]
        elif place == len(buckets):
            bucket = others[others_place]
        else:
            bucket = min(buckets[place], others[others_place])
        found.append(highest_of(bucket))
    return found


def quantile(counts: Mapping[int, int], thousandths: int) -> int | None:
    """Return one of the quantiles. counts: by bucket."""
    return quantiles(Ranks(counts), Ranks({}), (thousandths,))[0]


def packed(counts: Mapping[int, int]) -> "array[int]":
    """Return counts by bucket in 8 bytes each, for those that don't change any more."""
    return array("Q", (bucket << _COUNT_BITS | count for bucket, count in counts.items()))


def unpacked(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Yield each bucket and its count."""
    for number in numbers:
        yield number >> _COUNT_BITS, number & _COUNT_MASK

"""Quantiles of durations: HdrHistogram's figures, and its authors' own log of real latencies."""

import base64
import json
import struct
import zlib
from collections import Counter
from collections.abc import Iterator
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskwatch.core.quantile import (
    QUANTILES,
    Ranks,
    bucket_of,
    fewest_samples,
    highest_of,
    packed,
    quantile,
    quantiles,
    rank_of,
    unpacked,
)
from tests.conformance.case import FOLDER

LOG = FOLDER.parent / "09_latency" / "jHiccup-2.0.6.logV1.hlog"
HOUR_NS = 3600 * 10**9

durations = st.integers(0, HOUR_NS)


def counted(found: list[int]) -> Counter[int]:
    return Counter(map(bucket_of, found))


def drawn(seed: int, size: int) -> list[int]:
    """Durations of some milliseconds, with a long tail."""
    chance = Random(seed)
    return [min(int(chance.lognormvariate(15, 2)), HOUR_NS) for _ in range(size)]


@given(durations)
def test_a_bucket_is_less_than_a_thousandth_wide(duration):
    highest = highest_of(bucket_of(duration))
    assert duration <= highest < duration * 1.001 + 1
    assert bucket_of(highest) == bucket_of(duration)
    assert bucket_of(highest + 1) > bucket_of(duration)


@given(st.integers(0), st.integers(1000, 1200), st.sampled_from([500, 900, 990, 999]))
def test_a_quantile_is_at_most_a_thousandth_above_the_exact_one(seed, size, thousandths):
    found = drawn(seed, size)
    exact = sorted(found)[rank_of(thousandths, len(found)) - 1]
    measured = quantile(counted(found), thousandths)
    assert measured is not None
    assert exact <= measured < exact * 1.001 + 1


@given(st.integers(0), st.integers(1000, 1100))
def test_the_figures_are_those_of_hdrhistogram(seed, size):
    found = drawn(seed, size)
    peer = pytest.importorskip("hdrh.histogram").HdrHistogram(1, HOUR_NS, 3)
    for duration in found:
        peer.record_value(duration)
    for thousandths in (500, 900, 990, 999):
        theirs = peer.get_value_at_percentile(thousandths / 10)
        assert quantile(counted(found), thousandths) == theirs


@given(st.integers(0), st.integers(0, 1200), st.integers(0, 1200))
def test_quantiles_of_two_parts_are_those_of_both_together(seed, size, other_size):
    one, other = counted(drawn(seed, size)), counted(drawn(seed + 1, other_size))
    found = quantiles(Ranks(one), Ranks(other), QUANTILES)
    assert found == [quantile(one + other, thousandths) for thousandths in QUANTILES]


@pytest.mark.parametrize(("thousandths", "fewest"), [(500, 2), (900, 10), (990, 100), (999, 1000)])
def test_of_too_few_durations_there_is_no_quantile(thousandths, fewest):
    assert fewest_samples(thousandths) == fewest
    assert quantile(counted([5] * (fewest - 1)), thousandths) is None
    assert quantile(counted([5] * fewest), thousandths) == 5


@given(st.lists(durations))
def test_a_packed_slice_is_what_it_was(found):
    assert dict(unpacked(packed(counted(found)))) == counted(found)


@pytest.mark.skipif(not LOG.exists(), reason=f"{LOG} is missing")
def test_a_real_log_gives_its_published_quantile_maximum_and_count():
    expected = json.loads(LOG.with_name("expected.json").read_text())[LOG.name]
    intervals = [
        line.split(",")[-1] for line in LOG.read_text().splitlines() if line[0] not in '#"'
    ]
    counts: Counter[int] = Counter()
    for interval in intervals:
        counts.update(dict(recorded(base64.b64decode(interval))))
    assert (len(intervals), counts.total()) == (expected["histograms"], expected["total_count"])
    assert quantile(counts, 999) == expected["p99.9_ns"]
    assert highest_of(max(counts)) == expected["max_ns"]


def recorded(interval: bytes) -> Iterator[tuple[int, int]]:
    """Yield our bucket and the count of each slot of a histogram in HdrHistogram's V1 encoding.

    The Python library reads V2 only. Slots are two bytes wide, and stand for their shortest duration.
    """
    cookie, length = struct.unpack(">ii", interval[:8])
    assert cookie == 0x1C849322
    payload = zlib.decompress(interval[8 : 8 + length])
    _, size, shifted, digits, lowest, _, _ = struct.unpack(">iiiiqqd", payload[:40])
    assert (shifted, digits) == (0, 2)
    unit, half_bits = lowest.bit_length() - 1, 7  # 2 digits: 256 slots, the upper half of each new
    for slot, (count,) in enumerate(struct.iter_unpack(">h", payload[40 : 40 + size])):
        if count:
            double, within = max((slot >> half_bits) - 1, 0), slot
            if slot >> half_bits:
                within = slot % (1 << half_bits) + (1 << half_bits)
            yield bucket_of(within << double + unit), count

"""Frames come back as they were written, and nothing else is taken for one."""

import io
import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskwatch.journal.frame import (
    HEAD,
    MAX_PAYLOAD_BYTES,
    Damage,
    Frame,
    FrameDamaged,
    encode,
    read_frames,
)
from tests.journal.blotter import frame, frames, no_damage

any_frame = st.builds(
    Frame, receive_time=st.integers(-(2**63), 2**63 - 1), block=st.binary(max_size=60)
)
some_frames = st.lists(any_frame, min_size=1, max_size=6)


class Trickle(io.BytesIO):
    """A source that gives a few bytes at a time, as a decompressor may."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(min(size or 0, 7))


def whole_frames(data: bytes) -> tuple[list[Frame], FrameDamaged | None]:
    """Return the frames before the first damage, and what it is."""
    found = []

    def ends(damage: Damage) -> None:
        raise FrameDamaged(damage.why, cut=False)

    try:
        for _, frame in read_frames(io.BytesIO(data), 0, ends):
            found.append(frame)
    except FrameDamaged as damage:
        return found, damage
    return found, None


@given(st.lists(any_frame, max_size=6))
def test_frames_come_back_as_they_were_written(frames):
    assert whole_frames(encode(frames)) == (frames, None)


@given(some_frames)
def test_a_source_that_trickles_gives_the_same_frames(frames):
    found = [frame for _, frame in read_frames(Trickle(encode(frames)), 0, no_damage)]
    assert found == frames


@given(some_frames)
def test_the_offset_after_a_frame_is_where_the_next_one_can_be_read(frames):
    data = encode(frames)
    offsets = [40, *(offset for offset, _ in read_frames(io.BytesIO(data), 40, no_damage))]
    assert offsets[-1] == 40 + len(data)
    for index, (start, end) in enumerate(pairwise(offsets)):
        piece = io.BytesIO(data[start - 40 : end - 40])
        assert list(read_frames(piece, start, no_damage)) == [(end, frames[index])]


@given(some_frames)
def test_at_every_cut_the_whole_frames_are_found_and_the_rest_is_called_cut(frames):
    data = encode(frames)
    ends = [offset for offset, _ in read_frames(io.BytesIO(data), 0, no_damage)]
    for size in range(len(data)):
        whole = sum(end <= size for end in ends)
        found, damage = whole_frames(data[:size])
        assert found == frames[:whole]
        if size in (0, *ends):
            assert damage is None
        else:
            assert damage is not None
            assert damage.cut


@given(some_frames, st.data())
def test_a_flipped_bit_is_caught_in_its_frame(frames, data):
    good = bytearray(encode(frames))
    bit = data.draw(st.integers(0, len(good) * 8 - 1))
    ends = [offset for offset, _ in read_frames(io.BytesIO(good), 0, no_damage)]
    good[bit // 8] ^= 1 << bit % 8
    found, damage = whole_frames(bytes(good))
    assert found == frames[: sum(end <= bit // 8 for end in ends)]
    assert damage is not None


@given(st.binary(max_size=200))
def test_noise_is_no_frame(noise):
    found, damage = whole_frames(noise)
    assert found == []
    assert (damage is None) == (noise == b"")


@given(st.data(), st.integers(1, 5), st.integers(0, 5000))
def test_what_a_loss_of_power_left_as_zeros_at_the_end_was_never_kept(data, count, more):
    """The file has its length, and more that it was given; the disk had not written all of it."""
    written = frames(count)
    good = encode(written)
    ends = [0, *(offset for offset, _ in read_frames(io.BytesIO(good), 0, no_damage))]
    kept = data.draw(st.integers(0, len(good) - 1))
    lost = good[:kept] + bytes(len(good) - kept + more)
    found, damage = whole_frames(lost)
    assert damage is not None
    assert damage.cut
    assert found == written[: sum(end <= kept for end in ends) - 1]


def test_zeros_behind_a_damaged_frame_do_not_make_it_one_that_was_never_kept():
    damaged = bytearray(encode([frame(1)]))
    damaged[-2] ^= 1
    _, damage = whole_frames(bytes(damaged) + bytes(4096))
    assert damage is not None
    assert not damage.cut


def test_a_length_beyond_the_bound_is_not_believed():
    _, damage = whole_frames(HEAD.pack(0, MAX_PAYLOAD_BYTES + 1, 0))
    assert damage is not None
    assert not damage.cut


def test_a_block_longer_than_the_reader_would_believe_is_not_written():
    with pytest.raises(AssertionError):
        encode([Frame(0, bytes(MAX_PAYLOAD_BYTES))])


def test_a_frame_longer_than_a_chunk_comes_back():
    frames = [Frame(1, b"x" * 3_000_000), Frame(2, b"y")]
    assert whole_frames(encode(frames)) == (frames, None)


@given(some_frames, st.data())
def test_a_flipped_bit_costs_its_frame_alone(blocks, data):
    """The frames are of one day, and their blocks end in no zero, as in a journal."""
    written = [Frame(frame(n).receive_time, one.block + b"\n") for n, one in enumerate(blocks)]
    good = bytearray(encode(written))
    bit = data.draw(st.integers(0, len(good) * 8 - 1))
    ends = [0, *(offset for offset, _ in read_frames(io.BytesIO(good), 0, no_damage))]
    hit = sum(end <= bit // 8 for end in ends) - 1
    good[bit // 8] ^= 1 << bit % 8
    damages: list[Damage] = []
    found, torn = [], None
    try:
        for _, one in read_frames(Trickle(good), 0, damages.append):
            found.append(one)
    except FrameDamaged as damage:
        torn = damage
    if torn is not None:
        assert (hit, torn.cut) == (len(written) - 1, False)
    else:
        assert [(one.offset, one.size) for one in damages] == [
            (ends[hit], ends[hit + 1] - ends[hit])
        ]
    assert found == written[:hit] + written[hit + 1 :]


@pytest.mark.parametrize("size", [1, 15, 16, 4096, 1024 * 1024 - 7, 3_000_000])
def test_a_frame_is_found_behind_any_noise(size):
    noise = random.Random(size).randbytes(size)
    damages: list[Damage] = []
    data = encode([frame(1)]) + noise + encode(frames(2, start=2))
    found = [one for _, one in read_frames(io.BytesIO(data), 28, damages.append)]
    assert found == frames(3, start=1)
    assert [(one.offset, one.size) for one in damages] == [(28 + len(encode([frame(1)])), size)]


def test_zeros_in_the_middle_hide_nothing_behind_them():
    damages: list[Damage] = []
    data = encode([frame(1)]) + bytes(2_000_000) + encode([frame(2)])
    found = [one for _, one in read_frames(Trickle(data), 0, damages.append)]
    assert found == frames(2, start=1)


def test_what_looks_like_frames_without_end_is_given_up_and_not_called_torn():
    """Each of these heads claims all that follows it: they can't be summed up one by one."""
    size = 24_000_000
    data = bytearray(HEAD.pack(0, 8, 0) + HEAD.pack(0, size, 0) * (size // HEAD.size) + bytes(size))
    with pytest.raises(FrameDamaged, match="too much looks like a frame") as damage:
        list(read_frames(io.BytesIO(data), 0, no_damage))
    assert not damage.value.cut

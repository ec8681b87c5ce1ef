"""Segments: what is sealed reads as what was not, and a crash while sealing loses nothing."""

from pathlib import Path

import pytest

from deskwatch.journal.disk import Disk, remove_staged
from deskwatch.journal.frame import Frame, FrameDamaged
from deskwatch.journal.segment import (
    HEADER_BYTES,
    Header,
    JournalUnavailable,
    decode_header,
    encode_header,
    open_segment,
    plain_path,
    seal,
    sealed_path,
    segment_numbers,
)
from tests.journal.blotter import Crash, CrashingDisk, flip, no_damage, write_segments


def read_all(folder: Path, number: int, offset: int = HEADER_BYTES) -> list[tuple[int, Frame]]:
    with open_segment(folder, number) as segment:
        return list(segment.frames(offset, no_damage))


def test_a_header_comes_back_and_one_with_a_flipped_bit_does_not():
    data = encode_header(Header(7, 4711))
    assert decode_header(data) == Header(7, 4711)
    for bit in range(len(data) * 8):
        wrong = bytearray(data)
        wrong[bit // 8] ^= 1 << bit % 8
        assert decode_header(bytes(wrong)) is None


def test_a_segment_of_a_newer_deskwatch_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("deskwatch.journal.segment.VERSION", 2)
    newer = encode_header(Header(1, 0))
    monkeypatch.undo()
    plain_path(tmp_path, 1).write_bytes(newer)
    with pytest.raises(JournalUnavailable, match="format 2, of a newer deskwatch"):
        read_all(tmp_path, 1)


def test_a_sealed_segment_reads_as_before_from_every_frame_on(tmp_path):
    write_segments(tmp_path, 1)
    plain = read_all(tmp_path, 1)
    offsets = [HEADER_BYTES, *(offset for offset, _ in plain)]
    seal(Disk(), tmp_path, 1)
    assert not plain_path(tmp_path, 1).exists()
    for index, offset in enumerate(offsets):
        assert read_all(tmp_path, 1, offset) == plain[index:]


def test_a_sealed_segment_knows_its_plain_size(tmp_path):
    write_segments(tmp_path, 1)
    size = plain_path(tmp_path, 1).stat().st_size
    seal(Disk(), tmp_path, 1)
    with open_segment(tmp_path, 1) as segment:
        assert (segment.sealed, segment.size) == (True, size)
        assert segment.header == Header(1, 0)


def test_a_crash_at_any_step_of_sealing_leaves_the_segment_readable(tmp_path):
    step = 0
    while True:
        folder = tmp_path / str(step)
        written = write_segments(folder, 2)
        try:
            seal(CrashingDisk(step), folder, 1)
        except Crash:
            assert [frame for _, frame in read_all(folder, 1)] == written[:1]
            remove_staged(Disk(), folder)
            assert segment_numbers(folder) == [1, 2]
            if plain_path(folder, 1).exists():
                seal(Disk(), folder, 1)
            assert [frame for _, frame in read_all(folder, 1)] == written[:1]
            step += 1
        else:
            break
    # write, sync, rename, sync the folder, unlink, sync the folder: at the least
    assert step >= 6


def test_while_both_files_are_there_the_plain_one_counts(tmp_path):
    written = write_segments(tmp_path, 2)
    sealed_path(tmp_path, 1).write_bytes(b"half a sealed file")
    assert [frame for _, frame in read_all(tmp_path, 1)] == written[:1]
    seal(Disk(), tmp_path, 1)
    assert [frame for _, frame in read_all(tmp_path, 1)] == written[:1]


def test_the_plain_file_stays_if_its_compressed_copy_differs(tmp_path):
    class LyingDisk(Disk):
        def write(self, fd: int, data: bytes | memoryview, offset: int) -> int:
            return super().write(fd, bytes(len(data)), offset)

    written = write_segments(tmp_path, 1)
    with pytest.raises(OSError, match="differs"):
        seal(LyingDisk(), tmp_path, 1)
    assert [path.name for path in tmp_path.glob("*.zst*")] == []
    assert [frame for _, frame in read_all(tmp_path, 1)] == written


def test_a_sealed_file_cut_short_anywhere_is_damaged_and_not_just_shorter(tmp_path):
    write_segments(tmp_path, 1)
    seal(Disk(), tmp_path, 1)
    whole = sealed_path(tmp_path, 1).read_bytes()
    for size in range(len(whole) - 4):  # the last four bytes are zstd's own checksum
        sealed_path(tmp_path, 1).write_bytes(whole[:size])
        with pytest.raises(FrameDamaged):
            read_all(tmp_path, 1)


def test_a_flipped_byte_in_a_sealed_file_never_gives_other_frames(tmp_path):
    written = write_segments(tmp_path, 1)
    seal(Disk(), tmp_path, 1)
    path = sealed_path(tmp_path, 1)
    for offset in range(path.stat().st_size):
        flip(path, offset)
        try:
            found = [frame for _, frame in read_all(tmp_path, 1)]
        except FrameDamaged:
            found = []
        assert found in (written, [])
        flip(path, offset)

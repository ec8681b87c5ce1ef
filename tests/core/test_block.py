"""Lines that are too long, taken out of a block."""

from hypothesis import given
from hypothesis import strategies as st

from deskwatch.core.block import empty_long_lines
from deskwatch.core.receipt import Refusal

few_bytes = st.lists(st.sampled_from([b"\n", b"a", b"bcd"]), max_size=60).map(b"".join)


def cut_line_by_line(lines: bytes, limit: int) -> tuple[bytes, list[int]]:
    """What `empty_long_lines` does, without its leaps."""
    split = lines.split(b"\n")[:-1]
    long = [number for number, line in enumerate(split, start=1) if len(line) > limit]
    kept = b"".join(b"\n" if len(line) > limit else line + b"\n" for line in split)
    return kept, long


@given(few_bytes.map(lambda text: text + b"\n"), st.integers(1, 12))
def test_long_lines_are_cut_as_if_each_were_looked_at(lines: bytes, limit: int) -> None:
    kept, refused = empty_long_lines(lines, limit)
    assert (kept, [refusal.line for refusal in refused]) == cut_line_by_line(lines, limit)


def test_a_line_of_exactly_the_limit_stays() -> None:
    lines = b"12345\n" * 3
    assert empty_long_lines(lines, 5) == (lines, [])
    _, refused = empty_long_lines(lines, 4)
    assert refused == [
        Refusal(number, "line_too_long", "more than 4 bytes", "a line of at most 4 bytes")
        for number in (1, 2, 3)
    ]

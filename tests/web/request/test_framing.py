import msgspec
from hypothesis import given
from hypothesis import strategies as st

from deskwatch.core.receipt import Refusal
from deskwatch.web.request.framing import cut_long_lines, frame
from deskwatch.web.settings import WebSettings

few_bytes = st.lists(st.sampled_from([b"\n", b"a", b"bcd"]), max_size=60).map(b"".join)


def cut_line_by_line(lines: bytes, limit: int) -> tuple[bytes, list[int]]:
    """What `cut_long_lines` does, without its leaps."""
    split = lines.split(b"\n")[:-1]
    long = [number for number, line in enumerate(split, start=1) if len(line) > limit]
    kept = b"".join(b"\n" if len(line) > limit else line + b"\n" for line in split)
    return kept, long


@given(few_bytes.map(lambda text: text + b"\n"), st.integers(1, 12))
def test_long_lines_are_cut_as_if_each_were_looked_at(lines: bytes, limit: int) -> None:
    block = cut_long_lines(lines, limit)
    assert (block.lines, [refusal.line for refusal in block.refused]) == cut_line_by_line(
        lines, limit
    )


def test_a_line_of_exactly_the_limit_stays() -> None:
    lines = b"12345\n" * 3
    assert cut_long_lines(lines, 5).lines == lines
    assert cut_long_lines(lines, 4).refused == [
        Refusal(number, "line_too_long", "5 bytes", "a line of at most 4 bytes")
        for number in (1, 2, 3)
    ]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(st.lists(json_values, max_size=8), st.integers(0, 3))
def test_element_n_is_line_n(elements: list[object], indent: int) -> None:
    body = msgspec.json.format(msgspec.json.encode(elements), indent=indent)
    block = frame(body, WebSettings(), document=True)
    assert [msgspec.json.decode(line) for line in block.lines.split(b"\n")[:-1]] == elements
    assert block.refused == []

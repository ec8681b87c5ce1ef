import tracemalloc

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskwatch.web.request.framing import frame
from deskwatch.web.respond import Refused
from deskwatch.web.settings import WebSettings

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


def test_an_array_that_is_too_long_is_refused_before_its_elements_are_copied() -> None:
    body = b"[" + b",".join([b"1"] * 100_000) + b"]"
    tracemalloc.start()
    try:
        with pytest.raises(Refused, match="found 100000; expected at most 50000 events"):
            frame(body, WebSettings(), document=True)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < 80 * 100_000  # 64 bytes each; their copies were more than twice as much

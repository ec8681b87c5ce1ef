"""What changed between two answers: applied to the old one, it gives the new one."""

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskwatch.web.stream.delta import apply, compose, delta

# No member of an answer is true or false at one time and 1 or 0 at another.
scalars = st.none() | st.booleans() | st.integers(2, 5) | st.sampled_from([0.5, 2.5, "a", "b", ""])
names = st.sampled_from(["a", "b", "c", "as_of", "0", "=", "~", "-"])
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4),
    max_leaves=12,
)
objects = st.dictionaries(names, values, max_size=5)


def written(value: object) -> str:
    """Return a value as text: for Python, true is 1, for a page it isn't."""
    return json.dumps(value, sort_keys=True)


@pytest.mark.parametrize(
    ("old", "new", "change"),
    [
        pytest.param({"net": "1"}, {"net": "1"}, {}, id="nothing"),
        pytest.param({"net": "1"}, {"net": "2"}, {"=": {"net": "2"}}, id="a figure"),
        pytest.param({"net": "1"}, {"net": None}, {"=": {"net": None}}, id="no longer known"),
        pytest.param({"ok": False}, {"ok": True}, {"=": {"ok": True}}, id="a flag"),
        pytest.param({"row": {}}, {"row": []}, {"=": {"row": []}}, id="another kind, so whole"),
        pytest.param({"a": 1, "b": 2}, {"b": 2}, {"-": ["a"]}, id="gone"),
        pytest.param(
            {"rows": [{"net": "1", "day": "3"}, {"net": "2"}]},
            {"rows": [{"net": "1", "day": "4"}, {"net": "2"}]},
            {"~": {"rows": {"~": {"0": {"=": {"day": "4"}}}}}},
            id="a figure of a row",
        ),
        pytest.param(
            {"rows": [1, 2]}, {"rows": [1, 3]}, {"~": {"rows": {"=": {"1": 3}}}}, id="an element"
        ),
        pytest.param(
            {"rows": [1, 2]}, {"rows": [1]}, {"=": {"rows": [1]}}, id="another length, so whole"
        ),
    ],
)
def test_delta(old, new, change):
    assert delta(old, new) == change
    assert apply(old, change) == new


@given(objects, objects)
def test_applied_to_the_old_it_gives_the_new(old, new):
    before = written(old)
    assert written(apply(old, delta(old, new))) == written(new)
    assert written(old) == before


@given(objects)
def test_equal_values_have_none(value):
    assert delta(value, json.loads(json.dumps(value))) == {}


@given(st.lists(objects, min_size=2, max_size=5))
def test_what_was_missed_is_one_delta(lives):
    changes = [delta(old, new) for old, new in pairwise(lives)]
    missed = changes[0]
    for change in changes[1:]:
        missed = compose(missed, change)
    assert written(apply(lives[0], missed)) == written(lives[-1])

"""Names that become labels are few, and never none."""

import pytest

from deskwatch.core.names import OTHER, UNRECORDED, Names


@pytest.mark.parametrize(
    ("name", "label"),
    [("j.ferro", "j.ferro"), (" auto ", "auto"), ("", UNRECORDED), ("  ", UNRECORDED)],
)
def test_a_label_is_the_name_or_says_that_there_is_none(name, label):
    assert Names(3).label(name) == label


def test_what_is_over_the_bound_is_other_and_the_first_stay():
    names = Names(2)
    assert [names.label(name) for name in "abcab"] == ["a", "b", OTHER, "a", "b"]

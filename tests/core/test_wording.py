"""Counts in words."""

import pytest

from deskwatch.core.wording import counted


@pytest.mark.parametrize(
    ("count", "noun", "plural", "words"),
    [
        (1, "event", "", "1 event"),
        (0, "event", "", "0 events"),
        (2000, "event", "", "2,000 events"),
        (1, "entry", "entries", "1 entry"),
        (2, "entry", "entries", "2 entries"),
    ],
)
def test_one_of_a_thing_is_not_several(count, noun, plural, words):
    assert counted(count, noun, plural) == words

"""Counts and amounts as they are read."""

import pytest

from deskwatch.core.wording import counted, money


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


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        ("1234567.891", "USD", "+1,234,567.89"),
        ("-0.01", "USD", "-0.01"),
        pytest.param("-0.004", "USD", "0.00", id="what shows as zero has no sign"),
        ("0", "USD", "0.00"),
        ("-0.0000014", "XBT", "-0.000001"),
        ("123456789012345678901234567890.12", "USD", "+123,456,789,012,345,678,901,234,567,890.12"),
    ],
)
def test_money(amount, currency, text):
    assert money(amount, currency) == text

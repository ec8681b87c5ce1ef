"""Counts and amounts as they are read."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskwatch.core.wording import (
    counted,
    figure,
    latency,
    moment,
    money,
    rounded,
    share,
    whole_share,
)


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
        pytest.param("-0.004", "USD", "-0.004", id="what is not zero does not read as zero"),
        pytest.param("0.00002", "USDT", "+0.00002", id="two digits of it, and no zeros behind"),
        pytest.param("0.0149", "SOL", "+0.015", id="a small amount is not shown a third smaller"),
        pytest.param("-0.0099999", "USD", "-0.01", id="rounded up to what needs less"),
        ("0", "USD", "0.00"),
        ("-0", "BTC", "0.000000"),
        ("-0.00004012", "BTC", "-0.000040"),
        ("-0.0000014", "XBT", "-0.0000014"),
        ("0.000000007", "BTC", "+0.000000007"),
        ("15000000000", "KRW", "+15,000,000,000.00"),
        ("123456789012345678901234567890.12", "USD", "+123,456,789,012,345,678,901,234,567,890.12"),
    ],
)
def test_money(amount, currency, text):
    assert money(amount, currency) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (12345.678, "12,345.7"),
        (0.1234567, "0.123457"),
        (29976245.01476, "29,976,245"),
        (15e9, "15,000,000,000"),
        (-1e-8, "-0.00000001"),
        (0.00004, "0.00004"),
        (-0.0, "0"),
        (1e300, "1e+300"),
        (float("nan"), "nan"),
        (float("-inf"), "-inf"),
    ],
)
def test_the_value_of_a_rule_is_told_in_plain_digits(value, text):
    assert figure(value) == text


@pytest.mark.parametrize(
    ("ratio", "text"),
    [(0.25, "25.0%"), (0.0, "0.0%"), (0.0000666, "0.0067%"), (0.0004, "0.04%"), (12.5, "1,250.0%")],
)
def test_a_small_share_does_not_read_as_none(ratio, text):
    assert share(ratio, 1) == text


@given(st.floats(0, 9))
def test_a_limit_that_is_not_reached_is_never_shown_as_reached(ratio):
    assert (int(whole_share(ratio)[:-1]) >= 100) == (ratio >= 1)


def test_a_whole_percentage_is_shown_as_it_is():
    """0.29 × 100 is 28.999 as a float."""
    assert [whole_share(each / 100) for each in range(200)] == [f"{each}%" for each in range(200)]
    assert whole_share(66733333.5) == "6,673,333,350%"


@given(st.decimals(allow_nan=False, allow_infinity=False, places=18), st.integers(1, 9))
def test_nothing_but_zero_reads_as_zero_and_no_figure_is_a_twentieth_off(number, decimals):
    read = Decimal(rounded(number, decimals).replace(",", ""))
    assert abs(read - number) * 20 <= abs(number)
    assert abs(read - number) * 2 * 10**decimals <= 1


@pytest.mark.parametrize(
    ("ns", "text"),
    [
        (0, "0 ns"),
        (-1_500, "-1.5 µs"),
        (999, "999 ns"),
        (1_500, "1.5 µs"),
        (14_200_000, "14.2 ms"),
        (999_700_000, "1 s"),
        (1_460_666_367, "1.46 s"),
        (9_999_000_000, "10 s"),
        (100_000_000_000, "100 s"),
        (1_234_567_000_000, "1,235 s"),
    ],
)
def test_a_latency_has_three_digits_and_its_unit(ns, text):
    assert latency(ns) == text


def test_a_moment_is_told_in_utc_to_the_second_that_has_begun():
    assert moment(1_767_261_599_999_999_999) == "2026-01-01 09:59:59 UTC"
    assert moment(1_767_261_599_999_999_999, "%H:%M") == "09:59"

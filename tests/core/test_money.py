from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskwatch.core.money import (
    decimals_of,
    divide_half_even,
    format_decimal,
    parse_decimal,
    read_figure,
    rescale,
)
from deskwatch.core.rejection import EventRejected


@pytest.mark.parametrize(
    ("text", "decimals", "amount"),
    [
        ("189.32", 2, 18932),
        ("-0.5", 2, -50),
        ("+3", 0, 3),
        ("1.500", 1, 15),
        ("1E-8", 8, 1),
        ("2.5e3", 0, 2500),
        (".5", 1, 5),
        ("5.", 1, 50),
        ("0e-30", 0, 0),
        ("999999999999999999", 0, 10**18 - 1),
    ],
)
def test_a_decimal_string_is_read_exactly(text, decimals, amount):
    assert parse_decimal(text, decimals) == amount


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not_a_decimal"),
        (".", "not_a_decimal"),
        ("-", "not_a_decimal"),
        ("1_000", "not_a_decimal"),
        ("1,000", "not_a_decimal"),
        (" 1", "not_a_decimal"),
        ("NaN", "not_a_decimal"),
        ("Infinity", "not_a_decimal"),
        ("0x10", "not_a_decimal"),
        ("١٢", "not_a_decimal"),
        ("1.5.2", "not_a_decimal"),
        ("1e999", "not_a_decimal"),
        ("1.234", "too_fine"),
        ("1e-3", "too_fine"),
        ("1000000000000000000", "too_large"),
        ("-1e18", "too_large"),
        ("1e99", "too_large"),
    ],
)
def test_anything_else_is_refused_with_its_reason(text, reason):
    with pytest.raises(EventRejected) as refused:
        parse_decimal(text, 2)
    assert refused.value.reason == reason


amounts = st.integers(-(10**30), 10**30)


@given(st.integers(-(10**20), 10**20), st.integers(0, 18))
def test_what_is_written_is_read_back(amount, decimals):
    text = format_decimal(amount, decimals)
    assert Decimal(text) == Decimal(amount).scaleb(-decimals)
    if abs(amount) < 10 ** (18 + decimals):
        assert parse_decimal(text, decimals) == amount
        assert decimals_of(text) <= decimals


@given(amounts, amounts.filter(bool))
def test_division_rounds_half_to_even(numerator, denominator):
    assert divide_half_even(numerator, denominator) == round(Fraction(numerator, denominator))


@given(amounts, st.integers(0, 18), st.integers(0, 18))
def test_rescaling_up_is_exact_and_down_rounds(amount, decimals, to):
    exact = Fraction(amount) * Fraction(10) ** (to - decimals)
    assert rescale(amount, decimals, to) == round(exact)


@given(amounts, st.integers(0, 36))
def test_our_own_figures_are_read_back_whatever_their_size(amount, decimals):
    assert read_figure(format_decimal(amount, decimals), decimals) == amount

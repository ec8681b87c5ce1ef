"""Numbers are written as Go writes them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskwatch.rules.promql.numbers import parse_float, shown, shown_openmetrics, shown_plain


@pytest.mark.parametrize(
    ("value", "as_v", "plain"),
    [
        (0.0, "0", "0"),
        (-0.0, "-0", "-0"),
        (1.0, "1", "1"),
        (-120.5, "-120.5", "-120.5"),
        (0.1 + 0.2, "0.30000000000000004", "0.30000000000000004"),
        (999999.0, "999999", "999999"),
        (1e6, "1e+06", "1000000"),
        (12345678.0, "1.2345678e+07", "12345678"),
        (0.0001, "0.0001", "0.0001"),
        (0.00001, "1e-05", "0.00001"),
        (1e100, "1e+100", "1" + "0" * 100),
        (math.inf, "+Inf", "+Inf"),
        (-math.inf, "-Inf", "-Inf"),
        (math.nan, "NaN", "NaN"),
    ],
)
def test_shown(value, as_v, plain):
    assert shown(value) == as_v
    assert shown_plain(value) == plain


@given(st.floats(allow_nan=False))
def test_what_is_shown_reads_back(value):
    for text in (shown(value), shown_plain(value), shown_openmetrics(value)):
        assert parse_float(text) == value


@pytest.mark.parametrize("text", ["", "Hello World", "1_0", " 1", "0x10", "1e"])
def test_what_is_no_number(text):
    assert parse_float(text) is None

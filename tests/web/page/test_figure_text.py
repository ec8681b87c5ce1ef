from decimal import Decimal

import pytest

from deskwatch.web.page import figure_text


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        pytest.param("1234.56", "USD", "+$1,235", id="a gain has its sign"),
        pytest.param("-227.4", "USD", "−$227", id="a loss has a minus, not a hyphen"),
        pytest.param("0.00", "EUR", "€0", id="a zero has none"),
        pytest.param("0.3", "EUR", "+€0.30", id="what is less than one is not nothing"),
        pytest.param("-0.0049", "USD", "−$0.0049", id="nor is what is less than a cent"),
        pytest.param("-99.996", "USD", "−$100.00", id="cents below a hundred"),
        pytest.param("100", "USD", "+$100", id="and none from there on"),
        pytest.param("1.25", "BTC", "+1.2500 BTC", id="of a coin a hundredth is much"),
        pytest.param("-0.00004", "BTC", "−0.00004 BTC", id="and less than that is something"),
        pytest.param("50", "CHF", "+50.00 CHF", id="a currency without a sign of its own"),
    ],
)
def test_a_gain(amount: str, currency: str, text: str) -> None:
    assert figure_text.gain(Decimal(amount), currency) == text


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("18412345", "$18.4m"),
        ("412000", "$412k"),
        ("1000", "$1.00k"),
        ("999.4", "$999"),
        ("999.6", "$1.00k"),
        ("12.5", "$12.5"),
        ("0", "$0.00"),
        ("0.5", "$0.50"),
        ("0.00004", "$0.00004"),
        ("-2500000000", "−$2.50bn"),
        ("123456789012345", "$123,457bn"),
    ],
)
def test_a_size(amount: str, text: str) -> None:
    assert figure_text.size(Decimal(amount), "USD") == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(3600, "1 h"), (86_400, "1 d"), (5400, "90 min"), (61, "61 s")]
)
def test_a_span(seconds: int, text: str) -> None:
    assert figure_text.span(seconds) == text

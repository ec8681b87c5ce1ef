"""What an expression asks for and isn't done is named before it is ever evaluated."""

import pytest

from deskwatch.rules.promql.build import UnsupportedPromql, parse
from deskwatch.rules.promql.vector import PromqlError


@pytest.mark.parametrize(
    ("expression", "constructs"),
    [
        ("x @ 10", ("the @ modifier",)),
        ("rate(x[5m] @ end())", ("the @ modifier",)),
        ("max_over_time(x[5m:1m] @ 10)", ("the @ modifier",)),
        ("limitk(2, x) > histogram_sum(y)", ("aggregation limitk()", "function histogram_sum()")),
        ('x{a="b" or a="c"}', ("alternative matchers ('or' inside braces)",)),
        (r'x{a=~"\\pL+"}', (r"regular expression '\\pL+'",)),
        ("a + fill(0) b", ("fill modifiers",)),
        ("info(x) + info(y)", ("function info()",)),
    ],
)
def test_unsupported(expression, constructs):
    with pytest.raises(UnsupportedPromql) as caught:
        parse(expression)
    assert caught.value.constructs == constructs


@pytest.mark.parametrize(
    "expression", ["x >", "nonsense(x)", "rate(x)", "sum(1)", 'x{a=~"("}', 'x{a=~"(?=b)c"}', ""]
)
def test_mistakes(expression):
    with pytest.raises(PromqlError):
        parse(expression)

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


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("max by (a, b) (x)", "max by (b, a) (x)", True),
        ('sum(x{a=~"1|2"})', '(sum((x{a=~"1|2"})))', True),
        ("max by (a) (x)", "max by (b) (x)", False),
        ("max by (a) (x)", "max without (a) (x)", False),
        ("max by (a) (x)", "min by (a) (x)", False),
        ('max(x{a="1"})', 'max(x{a="2"})', False),
        ('max(x{a="1"})', 'max(x{a!="1"})', False),
        ('max(x{a="1"})', 'max(x{a=~"1"})', False),
        ("max(x offset 1m)", "max(x offset 2m)", False),
        ("max(rate(x[1m]))", "max(rate(x[2m]))", False),
        ("max(rate(x[1m:]))", "max(rate(x[1m:10s]))", False),
        ("max(x * on (a) y)", "max(x * ignoring (a) y)", False),
        ("max(x > y)", "max(x > bool y)", False),
        ("topk(1, x)", "topk(2, x)", False),
    ],
)
def test_what_asks_for_the_same_is_equal(one, other, same):
    assert (parse(one) == parse(other)) is same

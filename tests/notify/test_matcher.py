"""Matchers as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskwatch.notify.matcher import BadMatcher, Matcher, all_match, parse_matchers


@pytest.mark.parametrize(
    ("text", "labels", "fits"),
    [
        ('account="A1"', {"account": "A1"}, True),
        ("account=A1", {"account": "A2"}, False),
        ('{account!="A1"}', {"account": "A2"}, True),
        ('account!="A1"', {}, True),
        ('venue=~"bin.*", account=A1', {"venue": "binance", "account": "A1"}, True),
        ('venue=~"bin"', {"venue": "binance"}, False),  # the whole value
        ('venue!~"bin.*"', {"venue": "binance"}, False),
        ('venue=""', {}, True),
        (r'why="a \"b\" \\ c"', {"why": 'a "b" \\ c'}, True),
        (r'symbol=~"ES\d+"', {"symbol": "ES26"}, True),  # as Alertmanager reads it
        (r'symbol=~"ES\\d+"', {"symbol": "ES26"}, True),
        (r"symbol=~“BTC\.P”", {"symbol": "BTCxP"}, False),
        ("account=A1 venue=x", {"account": "A1", "venue": "x"}, True),
        ("account=“A1”, venue=~„bin.*“", {"account": "A1", "venue": "binance"}, True),
        (
            "account=«\N{NO-BREAK SPACE}A 1\N{NO-BREAK SPACE}» venue=”x”",
            {"account": "A 1", "venue": "x"},
            True,
        ),
        ('account="“A1”"', {"account": "“A1”"}, True),
    ],
)
def test_matchers(text, labels, fits):
    assert all_match(parse_matchers(text), labels) is fits


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "A1",
        "=A1",
        "a==b",
        "a!==b",
        "a b=c",
        'a="b',
        "a=“b",
        "a=b”",
        "a=“b” c",
        "{a=bc",
        'a=~"("',
        "a=~" + "x" * 300,
    ],
)
def test_what_is_no_matcher_is_refused(text):
    with pytest.raises(BadMatcher):
        parse_matchers(text)


def test_what_is_no_label_has_no_matcher():
    with pytest.raises(BadMatcher, match="found the label 'a b'; expected letters, digits and _"):
        Matcher("a b", "=", "c")


def test_no_pattern_holds_the_engine_up():
    # Read by trying all ways, this takes longer than the world is old.
    slow = Matcher("account", "=~", "(x+)+")
    assert not slow.matches({"account": "x" * 5000 + "!"})


def test_a_value_that_is_no_text_is_matched_all_the_same():
    assert Matcher("file", "=~", "oms-.*").matches({"file": "oms-\udcff.log"})
    assert not Matcher("file", "=~", "gw-.*").matches({"file": "oms-\udcff.log"})
    with pytest.raises(BadMatcher, match="expected text"):
        Matcher("file", "=~", "\udcff")


def test_a_pattern_that_only_python_knows_is_refused():
    with pytest.raises(BadMatcher, match=r"expected one of RE2's: invalid perl operator: \(\?="):
        Matcher("account", "=~", "(?=A).*")


@given(
    st.lists(
        st.builds(
            Matcher,
            st.from_regex(r"[a-z_]{1,9}", fullmatch=True),
            st.sampled_from(["=", "!="]),
            st.text(),
        ),
        min_size=1,
        max_size=5,
    )
)
def test_what_is_written_is_read_again(matchers):
    assert parse_matchers(", ".join(str(one) for one in matchers)) == matchers

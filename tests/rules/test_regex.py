"""Regular expressions mean in Python what they mean in Prometheus."""

import re

import pytest

from deskwatch.rules.promql.regex import RegexError, compile_anchored, expand


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("a.c", "a\nc", True),
        ("ab", "abc", False),
        ("a|bc", "bc", True),
        ("(?i:PRO).*", "production", True),
        ("((?i)PRO)d.*", "production", True),
        ("((?i)PRO)D.*", "production", False),
        ("(?i)pro[(?i)D]uction", "PRODUCTION", True),
        (r"a\((?i)b", "a(B", True),
        ("[[:alpha:]]+", "abc", True),
        ("[[:digit:]]+", "abc", False),
        (r"\d+", "٣", False),
        (r"a\z", "a", True),
        ("[*+]+", "*+*", True),
        (r"a\++", "a++", True),
        (r"[\]*+]", "]", True),
        (r"\\1", r"\1", True),
    ],
)
def test_matches(pattern, text, matches):
    assert (compile_anchored(pattern).fullmatch(text) is not None) == matches


@pytest.mark.parametrize(
    "pattern", ["(", "a(?=b)", "(?!a)b", r"(a)\1", "a++", "(?>a)", "[[:x:]]", "(?i)a|b"]
)
def test_what_re2_would_not_take_is_refused(pattern):
    with pytest.raises(RegexError):
        compile_anchored(pattern)


@pytest.mark.parametrize(
    ("template", "text"),
    [("$1-$2", "a-b"), ("${1}x", "ax"), ("$1x", ""), ("$$1", "$1"), ("$name", "b"), ("$9", "")],
)
def test_expand(template, text):
    found = re.fullmatch("(.)(?P<name>.)", "ab")
    assert found is not None
    assert expand(template, found) == text

"""Each key's line is found, however TOML spells the key and whatever stands around it."""

import json
import tomllib
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskwatch.config.lines import KeyPath, key_lines


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", {}, id="an empty file"),
        pytest.param("# a = 1\n\n", {}, id="only a comment"),
        pytest.param("a = 1\nb = 2", {("a",): 1, ("b",): 2}, id="no newline at the end"),
        pytest.param("a = 1\r\nb = 2\r\n", {("a",): 1, ("b",): 2}, id="Windows line ends"),
        pytest.param("[t]\n\n a=1", {("t",): 1, ("t", "a"): 3}, id="a table"),
        pytest.param("[ t . u ]\na=1", {("t",): 1, ("t", "u"): 1, ("t", "u", "a"): 2}, id="space"),
        pytest.param("a.b = 1\na.c = 2", {("a",): 1, ("a", "b"): 1, ("a", "c"): 2}, id="dotted"),
        pytest.param('"a.b" = 1', {("a.b",): 1}, id="a quoted key with a dot"),
        pytest.param("'#' = 1\n'\"' = 2", {("#",): 1, ('"',): 2}, id="literal keys"),
        pytest.param('"\\u0041\\t" = 1', {("A\t",): 1}, id="escapes in a key"),
        pytest.param('["x]#"]\na = 1', {("x]#",): 1, ("x]#", "a"): 2}, id="a bracket in a header"),
        pytest.param('a = "# b = 1"\nc = 2', {("a",): 1, ("c",): 2}, id="# in a string"),
        pytest.param('a = "\\"" # b\nc = 2', {("a",): 1, ("c",): 2}, id="an escaped quote"),
        pytest.param("a = '\\'\nc = 2", {("a",): 1, ("c",): 2}, id="a literal backslash"),
        pytest.param('a = ""\nc = 2', {("a",): 1, ("c",): 2}, id="an empty string"),
        pytest.param('a = """\nb = 1\n"""\nc = 2', {("a",): 1, ("c",): 4}, id="many lines"),
        pytest.param('a = """x"""""\nc = 2', {("a",): 1, ("c",): 2}, id="quotes before the end"),
        pytest.param('a = """\\""" \n"""\nc=2', {("a",): 1, ("c",): 3}, id="escaped, many lines"),
        pytest.param("a = '''\n[b]\n'''\nc = 2", {("a",): 1, ("c",): 4}, id="many literal lines"),
        pytest.param("a = 1979-05-27 07:32:00\nb = 1", {("a",): 1, ("b",): 2}, id="a date, a time"),
        pytest.param(
            "a = [ # one\n  1, ']',\n  2,\n]\nb = 1",
            {("a",): 1, ("a", 0): 2, ("a", 1): 2, ("a", 2): 3, ("b",): 5},
            id="an array over lines",
        ),
        pytest.param("a = []\nb = {}", {("a",): 1, ("b",): 2}, id="an empty array and table"),
        pytest.param(
            "a = {b = 1, c.d = [{e = 1}]}",
            dict.fromkeys(
                [
                    ("a",),
                    ("a", "b"),
                    ("a", "c"),
                    ("a", "c", "d"),
                    ("a", "c", "d", 0),
                    ("a", "c", "d", 0, "e"),
                ],
                1,
            ),
            id="inline tables",
        ),
        pytest.param(
            "[[a]]\nb = 1\n[[a]]\nb = 2\n[a.c]\nd = 3\n[[a.e]]\n[[a.e]]",
            {("a",): 1, ("a", 0): 1, ("a", 0, "b"): 2, ("a", 1): 3, ("a", 1, "b"): 4}
            | {("a", 1, "c"): 5, ("a", 1, "c", "d"): 6}
            | {("a", 1, "e"): 7, ("a", 1, "e", 0): 7, ("a", 1, "e", 1): 8},
            id="arrays of tables",
        ),
        pytest.param("[a.b]\n[a]\nc = 1", {("a",): 1, ("a", "b"): 1, ("a", "c"): 3}, id="later"),
    ],
)
def test_key_lines(text, expected):
    tomllib.loads(text)
    assert key_lines(text) == expected


keys = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=5)
scalars = st.one_of(
    st.integers(-9, 9).map(str),
    st.sampled_from(["true", "1.5e3", "07:32:00", "'#'", '"""\n#"\n"""', "'''\n[x]\n'''"]),
    st.text(st.characters(exclude_categories=["Cs", "Cc"])).map(
        lambda text: json.dumps(text, ensure_ascii=False)
    ),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: "[ # [\n" + ",\n".join(items) + "]"),
        st.dictionaries(keys, inner, max_size=3).map(
            lambda table: "{" + ", ".join(f"{quoted(k)} = {v}" for k, v in table.items()) + "}"
        ),
    ),
    max_leaves=5,
)


def quoted(key: str) -> str:
    return json.dumps(key, ensure_ascii=False)


@given(st.dictionaries(keys, st.dictionaries(keys, values, max_size=3), max_size=3))
def test_every_key_of_any_file_is_found(tables):
    lines = ["# a comment"]
    expected: dict[KeyPath, int] = {}
    for name, table in tables.items():
        expected[name,] = len(lines) + 1
        lines.append(f"[{quoted(name)}] # = 1")
        for key, value in table.items():
            expected[name, key] = len(lines) + 1
            lines += f"{quoted(key)} = {value}".split("\n")
    text = "\n".join(lines)

    found = key_lines(text)

    assert found | expected == found
    assert set(paths(tomllib.loads(text))) == set(found)


def paths(value: object, path: KeyPath = ()) -> Iterator[KeyPath]:
    """Yield the path of each key and element that tomllib read."""
    if path:
        yield path
    children = value.items() if isinstance(value, dict) else ()
    for name, child in enumerate(value) if isinstance(value, list) else children:
        yield from paths(child, (*path, name))

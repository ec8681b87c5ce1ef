"""How tables find room: names whole, figures whole, and nothing cut in a narrow terminal."""

import contextlib
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.text import Text

from deskwatch.cli import ink

ROWS = [
    ("crypto", "market_making", "BINANCE", "1,234", "26.4%"),
    ("equity-us", "pairs", "XNAS", "0", "100.0%"),
]


def drawn(rows, width, *, why=False):
    table = ink.table("Execution", ("account", "strategy", "venue"), ("open", "fill"),
                      wide=False, why=why)  # fmt: skip
    for row in rows:
        table.add_row(*map(Text, row))
    with contextlib.redirect_stdout(io.StringIO()) as paper:
        ink.show(ink.console(width=width), table)
    return [line.rstrip() for line in paper.getvalue().splitlines()]


def test_a_row_is_a_line_where_there_is_room():
    assert drawn(ROWS, 60) == [
        "Execution",
        "account   strategy      venue    open   fill",
        "crypto    market_making BINANCE 1,234  26.4%",
        "equity-us pairs         XNAS        0 100.0%",
    ]


def test_names_stand_above_their_figures_where_they_would_be_broken():
    assert drawn(ROWS, 30) == [
        "Execution",
        "account strategy venue",
        "   open   fill",
        "crypto market_making BINANCE",
        "  1,234  26.4%",
        "equity-us pairs XNAS",
        "      0 100.0%",
    ]


def test_the_reason_for_an_unknown_figure_breaks_no_name():
    row = (*ROWS[0], "no_opening_mark")
    assert drawn([row], 50, why=True)[-2:] == [
        "crypto market_making BINANCE",
        "  1,234 26.4% no_opening_mark",
    ]


def test_a_sentence_is_folded_between_its_words():
    told = [("crypto", "market_making", "owes an answer for 2s", "1,234", "26.4%")]
    assert drawn(told, 48) == [
        "Execution",
        "account strategy      venue           open  fill",
        "crypto  market_making owes an answer 1,234 26.4%",
        "                      for 2s",
    ]


@pytest.mark.parametrize("column", [0, 1, 2, 3, 4])
@given(st.integers(1, 200), st.lists(st.text("abc-_", min_size=1, max_size=40), max_size=6))
def test_no_name_and_no_figure_is_broken_at_any_width(column, width, names):
    rows = [tuple(name if at == column else "x" for at in range(5)) for name in names]
    words = " ".join(drawn(rows, width)).split()
    for name in names:
        assert name in words

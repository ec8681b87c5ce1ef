"""How a table finds room in a terminal: no name and no figure is ever broken or cut.

Where all does not fit, sentences are folded between their words. Where that is not enough, names
get a line of their own, above their figures. What even then has no room goes past the edge.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.style import StyleType
from rich.table import Column, Table
from rich.text import Text

_INDENT: Final = 2


def fit(table: Table, width: int) -> tuple[RenderableType, int]:
    """Return what to print for a table, and the columns of a terminal that it needs.

    table: with figures in columns that do not wrap, and names and sentences in those that do.
    """
    names = [column for column in table.columns if not column.no_wrap]
    figures = [column for column in table.columns if column.no_wrap]
    gaps = table.padding[1] * (len(table.columns) - 1)
    room = width - gaps - sum(map(_width, figures))
    if sum(map(_width, names)) <= room:
        return table, width
    shortest = sum(map(_longest_word, names))
    if shortest > room and names and figures:
        lines = list(_names_above(table, names, figures))
        return Group(*lines), max(line.cell_len for line in lines)
    _fold(names, max(room, shortest))
    return table, max(width, width - room + shortest)


def _texts(column: Column) -> list[Text]:
    """Return the heading and each cell, in the style that it is shown in."""
    return [
        _text(column.header, "dim"),
        *(_text(cell, column.style) for cell in column.cells),
    ]


def _text(cell: RenderableType, style: StyleType) -> Text:
    return cell if isinstance(cell, Text) else Text(str(cell), style)


def _width(column: Column) -> int:
    return max(text.cell_len for text in _texts(column))


def _longest_word(column: Column) -> int:
    return max(cell_len(word) for text in _texts(column) for word in text.plain.split() or [""])


def _fold(columns: Sequence[Column], room: int) -> None:
    """Narrow the widest columns, but none below its longest word, until all have room."""
    widths = [_width(column) for column in columns]
    least = [_longest_word(column) for column in columns]
    while sum(widths) > room:
        slack = [width if width > low else 0 for width, low in zip(widths, least, strict=True)]
        widths[slack.index(max(slack))] -= 1
    for column, width in zip(columns, widths, strict=True):
        column.width = width


def _names_above(
    table: Table, names: Sequence[Column], figures: Sequence[Column]
) -> Iterator[Text]:
    if isinstance(table.title, Text):
        yield table.title
    gap = " " * table.padding[1]
    widths = [_width(column) for column in figures]
    for named, figured in zip(
        zip(*map(_texts, names), strict=True), zip(*map(_texts, figures), strict=True), strict=True
    ):
        yield Text(" ").join(name for name in named if name)
        line = Text(" " * _INDENT)
        for at, (column, text, width) in enumerate(zip(figures, figured, widths, strict=True)):
            cell = text.copy()
            cell.align("right" if column.justify == "right" else "left", width)
            line.append(gap if at else "").append_text(cell)
        line.rstrip()
        yield line

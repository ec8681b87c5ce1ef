"""The table, on the terminal and in docs/performance.md."""

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from bench.row import Row
from bench.turns import ROOT

HEADS: Final = ("case", "figure", "peer", "ratio", "gate", "")
PAGE: Final = ROOT / "docs" / "performance.md"
BEGIN: Final = "<!-- python -m bench --write: begin -->\n"
END: Final = "<!-- python -m bench --write: end -->\n"


def machine() -> str:
    """Return what the figures depend on, and nothing that names the machine."""
    today = datetime.now(UTC).date()
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{os.cpu_count()} cores, {platform.system()}, {python}, {today}"


def print_table(rows: Sequence[Row]) -> None:
    lines = [HEADS, *(row.cells for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for cells in lines:
        padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
        print("  ".join(padded).rstrip())
    print(machine())


def write_table(rows: Sequence[Row]) -> None:
    """Put rows in place of those of the same case and peer in the page's table, or after its kin.

    The others stay as they were measured: each says when that was.
    """
    page = PAGE.read_text()
    before, rest = page.split(BEGIN)
    table, after = rest.split(END)
    today = datetime.now(UTC).date().isoformat()
    merged = [_cells(line) for line in table.splitlines() if line.startswith("| ")][2:]
    for row in rows:
        _put(merged, (*row.cells, today))
    lines = [(*HEADS, "measured"), ("---",) * (len(HEADS) + 1), *merged]
    text = "".join("| " + " | ".join(cells) + " |\n" for cells in lines)
    PAGE.write_text(f"{before}{BEGIN}\n{machine()}\n\n{text}\n{END}{after}")


def _cells(line: str) -> tuple[str, ...]:
    return tuple(cell.strip() for cell in line.strip("|\n ").split(" | "))


def _put(table: list[tuple[str, ...]], cells: tuple[str, ...]) -> None:
    kin = [place for place, each in enumerate(table) if _group(each) == _group(cells)]
    for place in kin:
        if _key(table[place]) == _key(cells):
            table[place] = cells
            return
    table.insert(kin[-1] + 1 if kin else len(table), cells)


def _group(cells: tuple[str, ...]) -> str:
    return cells[0].partition(":")[0].partition(",")[0]


def _key(cells: tuple[str, ...]) -> tuple[str, str]:
    return cells[0], cells[2].partition(":")[0]

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
    """Put the table between the page's markers."""
    page = PAGE.read_text()
    before, rest = page.split(BEGIN)
    _, after = rest.split(END)
    lines = [HEADS, ("---",) * len(HEADS), *(row.cells for row in rows)]
    table = "".join("| " + " | ".join(cells) + " |\n" for cells in lines)
    PAGE.write_text(f"{before}{BEGIN}\n{machine()}\n\n{table}\n{END}{after}")

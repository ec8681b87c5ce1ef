"""How figures are written in the commands' tables.

A sign is always written, but for zero; colour only repeats it. What can't be known is the word,
never a number.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from deskwatch.cli.fitting import fit
from deskwatch.core.wording import money, printable

#: Columns from which on a terminal has room for more than what matters most.
_WIDE: Final = 120


def console(*, stderr: bool = False, width: int | None = None) -> Console:
    """Return a console that takes text as it is: a name in brackets is no markup.

    width: in place of the terminal's.
    """
    return Console(stderr=stderr, width=width, markup=False, highlight=False, emoji=False)


def show(out: Console, table: Table) -> None:
    """Print a table. Half a figure would lie, so what has no room goes past the edge."""
    shown, needed = fit(table, out.width)
    (out if needed <= out.width else console(width=needed)).print(shown)


def show_all(out: Console, tables: Iterable[Table], nothing: str) -> None:
    """Print the tables that have a row, or where none has, that there is nothing."""
    shown = [table for table in tables if table.row_count]
    for table in shown:
        show(out, table)
        out.print()
    if not shown:
        out.print(nothing)


def name(text: str) -> Text:
    """Return a name, or what else came from outside, without what would control the terminal."""
    return Text(printable(text))


def is_wide(width: int) -> bool:
    """Return whether `width` columns have room for every figure."""
    return width >= _WIDE


def gain(amount: str | None, currency: str) -> Text:
    """Return a gain or a loss, green or red."""
    return unknown() if amount is None else colored(money(amount, currency))


def size(amount: str | None, currency: str) -> Text:
    """Return an amount that is neither gain nor loss: without colour, and without a plus."""
    return unknown() if amount is None else Text(money(amount, currency, signed=False))


def paid(amount: str | None, currency: str) -> Text:
    """Return a fee as what it does to the P&L: paid is below zero, a rebate above."""
    return gain(None if amount is None else f"{Decimal(amount).copy_negate():f}", currency)


def exact(amount: str | None, *, signed: bool = False) -> Text:
    """Return every digit of a quantity or a price; nothing where there is none.

    signed: with its sign, unless it is zero.
    """
    if amount is None:
        return Text()
    number = Decimal(amount)
    return colored(f"{number:+,f}") if signed and number else Text(f"{number:,f}")


def change(value: float, decimals: int) -> str:
    """Return a value with its sign, unless it is shown as zero."""
    shown = f"{value:z.{decimals}f}"
    return f"+{shown}" if value > 0 and float(shown) else shown


def colored(figure: str) -> Text:
    """Return a figure in the colour of its sign."""
    return Text(figure, {"+": "green", "-": "red"}.get(figure[0], ""))


def unknown() -> Text:
    """Return what stands where a figure can't be known."""
    return Text("unknown", "bold yellow")


def duration(seconds: float) -> str:
    """Return a length of time in its two largest units."""
    minutes, left = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days}d{hours:02d}h"
    return f"{hours}h{minutes:02d}m" if hours else f"{minutes}m{left:02d}s"


def table(
    title: str, names: tuple[str, ...], figures: tuple[str, ...], *, wide: bool, why: bool
) -> Table:
    """Return an empty table: names at the left, figures at the right.

    why: with a last column for the reason that a row's figures can't be known.
    """
    empty = Table(
        title=Text(title, "bold"),
        title_justify="left",
        box=None,
        pad_edge=False,
        padding=(0, 2 if wide else 1, 0, 0),
        header_style="dim",
    )
    for heading in names:
        empty.add_column(heading, overflow="fold")
    for heading in figures:
        empty.add_column(heading, justify="right", no_wrap=True)
    if why:
        empty.add_column("unknown for", no_wrap=True, style="yellow")
    return empty

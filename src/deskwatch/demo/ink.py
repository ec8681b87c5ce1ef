"""How the table writes names and figures.

A sign is always written; colour only repeats it. What can't be known is never a number. Figures
that are not live are grey and carry no colour.
"""

from typing import Final

from rich.table import Table
from rich.text import Text

from deskwatch.core.wording import money

_GREY: Final = "grey50"

#: Columns from which on a terminal is wide.
_WIDE: Final = 120


def name(text: str) -> Text:
    """Return a name; where room is short it gives way before a figure does."""
    return Text(text, no_wrap=True, overflow="ellipsis")


class Ink:
    """Writes figures that are live, or in grey those that no longer are.

    wide: whether there is room for more than what matters most.
    """

    def __init__(self, *, live: bool, width: int) -> None:
        self.live = live
        self.wide = width >= _WIDE

    def style(self, style: str) -> str:
        """Return `style`, or grey."""
        return style if self.live else _GREY

    def table(self, title: str, names: tuple[str, ...], figures: tuple[str, ...]) -> Table:
        """Return an empty table: columns of names at the left, of figures at the right."""
        table = Table(
            title=Text(title, self.style("bold")),
            title_justify="left",
            box=None,
            pad_edge=False,
            padding=(0, 2 if self.wide else 1, 0, 0),
            header_style="dim",
            row_styles=[self.style("")],
        )
        for heading in names:
            table.add_column(heading)
        for heading in figures:
            table.add_column(heading, justify="right", no_wrap=True)
        return table

    def amount(self, amount: str | None, currency: str, because: str | None) -> Text:
        """Return a gain or a loss, green or red; or why it can't be known."""
        if amount is None:
            return self.unknown(because)
        return self.signed(money(amount, currency))

    def size(self, amount: str | None, currency: str, because: str | None) -> Text:
        """Return an amount that is no gain and no loss: without colour, and without a plus."""
        if amount is None:
            return self.unknown(because)
        return Text(money(amount, currency, signed=False))

    def signed(self, text: str) -> Text:
        """Return a figure in the colour of its sign."""
        return Text(text, self.style({"+": "green", "-": "red"}.get(text[0], "")))

    def unknown(self, because: str | None) -> Text:
        """Return what stands where a figure can't be known."""
        return Text(f"? {because or 'unknown'}", self.style("bold yellow"))

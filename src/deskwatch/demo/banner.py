"""Large letters, for what must be seen across a room; ASCII, so that any terminal has them."""

from typing import Final

_ROWS: Final = 5
_LETTERS: Final = {
    "N": ("#   #", "##  #", "# # #", "#  ##", "#   #"),
    "O": (" ### ", "#   #", "#   #", "#   #", " ### "),
    "A": (" ### ", "#   #", "#####", "#   #", "#   #"),
    "S": (" ####", "#    ", " ### ", "    #", "#### "),
    "W": ("#   #", "#   #", "# # #", "## ##", "#   #"),
    "E": ("#####", "#    ", "#### ", "#    ", "#####"),
    "R": ("#### ", "#   #", "#### ", "#  # ", "#   #"),
    " ": ("   ", "   ", "   ", "   ", "   "),
}


def large(text: str) -> str:
    """Return `text` five lines high; it may hold the letters of NO ANSWER."""
    return "\n".join("  ".join(_LETTERS[one][row] for one in text) for row in range(_ROWS))

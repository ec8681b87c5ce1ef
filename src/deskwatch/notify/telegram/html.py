"""Text for Telegram: escaped, cleaned of what breaks a message, and measured as it measures."""

import html
import unicodedata
from collections.abc import Iterable
from typing import Final, NamedTuple

#: After Telegram has taken the tags out. We count UTF-16 code units, which are never fewer than its
#: characters.
MAX_MESSAGE: Final = 4096
MAX_CAPTION: Final = 1024

_ELLIPSIS: Final = "…"

#: Nobody sees it; what comes after it is read from left to right.
_LEFT_TO_RIGHT: Final = "\N{LEFT-TO-RIGHT MARK}"
_RIGHT_TO_LEFT: Final = ("R", "AL")


class Piece(NamedTuple):
    """Some HTML, and how long what is seen of it is."""

    html: str
    units: int

    def then(self, *others: "Piece") -> "Piece":
        """Return this and the others in a row."""
        pieces = (self, *others)
        return Piece("".join(one.html for one in pieces), sum(one.units for one in pieces))


EMPTY: Final = Piece("", 0)


def units(text: str) -> int:
    """Return the length in UTF-16 code units."""
    return len(text) + sum(character > "\uffff" for character in text)


def clean(text: str) -> str:
    """Return one line that no label can break: no control characters, no lone surrogates.

    Invisible formatting goes too: a right-to-left override could make an amount read backwards.
    """
    seen = (" " if one.isspace() else one for one in text)
    kept = "".join(one for one in seen if not unicodedata.category(one).startswith("C"))
    return " ".join(kept.split())


def clip(text: str, limit: int) -> str:
    """Return `text` cut to `limit` units."""
    if units(text) <= limit:
        return text
    used = 0
    for place, character in enumerate(text):
        used += 2 if character > "\uffff" else 1
        if used > limit - 1:
            return text[:place] + _ELLIPSIS if limit > 0 else ""
    return text


def walled(cell: str) -> str:
    """Return a cell of a table that turns no other one round.

    A name in Arabic or Hebrew has the figures behind it shown in the order from right to left: the
    first column last.
    """
    if not any(unicodedata.bidirectional(one) in _RIGHT_TO_LEFT for one in cell):
        return cell
    return f"{_LEFT_TO_RIGHT}{cell}{_LEFT_TO_RIGHT}"


def plain(text: str, limit: int = MAX_MESSAGE) -> Piece:
    """Return one line of any text, escaped and at most `limit` units long."""
    line = clip(clean(text), limit)
    return Piece(html.escape(line, quote=False), units(line))


def bold(text: str, limit: int = MAX_MESSAGE) -> Piece:
    """Return it in bold."""
    piece = plain(text, limit)
    return piece if not piece.units else Piece(f"<b>{piece.html}</b>", piece.units)


def link(text: str, url: str) -> Piece:
    """Return a link, or the text alone where the address is not one of the web's."""
    piece = plain(text)
    of_the_web = url.startswith(("https://", "http://")) and not any(one.isspace() for one in url)
    if not of_the_web or not piece.units:
        return piece
    return Piece(f'<a href="{html.escape(clean(url))}">{piece.html}</a>', piece.units)


def block(text: str, limit: int) -> Piece:
    """Return lines as they are, in a fixed-width font, at most `limit` units long.

    Whole lines are left out at the end, and that is said.
    """
    lines = [
        "".join(one for one in line if one.isprintable() or one == _LEFT_TO_RIGHT)
        for line in text.split("\n")
    ]
    kept: list[str] = []
    room = limit - units(_ELLIPSIS)
    for line in lines:
        room -= units(line) + 1
        if room < 0:
            kept.append(_ELLIPSIS)
            break
        kept.append(line)
    shown = "\n".join(kept)
    return Piece(f"<pre>{html.escape(shown, quote=False)}</pre>", units(shown))


def lines(pieces: Iterable[Piece], limit: int = MAX_MESSAGE) -> Piece:
    """Return pieces under each other, as many from the top as fit; empty ones are left out."""
    whole = EMPTY
    for piece in pieces:
        if not piece.units:
            continue
        more = whole.then(Piece("\n", 1), piece) if whole.units else piece
        if more.units > limit:
            break
        whole = more
    return whole

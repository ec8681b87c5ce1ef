"""What the Bot API makes of HTML: strict where Telegram is, and stricter where it only forgives."""

import html
import re

MAX_ENTITIES = 100

_TAGS = {"b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "code", "pre", "a"}
_TOKEN = re.compile(
    r"<(/?)([a-z]+)((?:\s[^<>]*)?)>|([<>])|(&)(#\d+;|#x[0-9a-fA-F]+;|lt;|gt;|amp;|quot;)?"
)
_HREF = re.compile(r'\shref="[^"<>]*"')


class BadText(Exception):
    """Why Telegram would not take it."""


def parsed(text: str, limit: int) -> str:
    """Return what a reader sees. Raises BadText with Telegram's words."""
    entities = _entities(text)
    if entities > MAX_ENTITIES:
        raise BadText(f"found {entities} entities")
    seen = html.unescape(re.sub(r"<[^>]*>", "", text))
    length = len(seen.encode("utf-16-le")) // 2
    if not seen.strip():
        raise BadText("message text is empty")
    if length > limit:
        raise BadText("message is too long")
    if any(ord(character) < 32 and character != "\n" for character in seen):
        raise BadText("found a control character")
    return seen


def _entities(text: str) -> int:
    """Return how many entities there are."""
    opened: list[str] = []
    entities = 0
    for found in _TOKEN.finditer(text):
        closing, tag, rest, stray, ampersand, reference = found.groups()
        if stray is not None or (ampersand is not None and reference is None):
            raise BadText(f"can't parse entities: unescaped {found[0]} at {found.start()}")
        if ampersand is not None:
            continue
        if tag not in _TAGS or (rest and not (tag == "a" and _HREF.fullmatch(rest))):
            raise BadText(f"can't parse entities: unsupported start tag {tag}")
        if not closing:
            opened.append(tag)
            entities += 1
        elif not opened or opened.pop() != tag:
            raise BadText("can't parse entities: unmatched end tag")
    if opened:
        raise BadText("can't parse entities: can't find end tag")
    return entities

"""Whom to call, as HTML."""

import html
from collections.abc import Iterable


def on_call(contacts: Iterable[str]) -> str:
    """Return whom to call as HTML; nothing where nobody is named."""
    items = "".join(f"<li>{html.escape(contact)}</li>\n" for contact in contacts)
    return f"<h2>On call</h2>\n<ul>\n{items}</ul>\n" if items else ""

"""The list of addresses, for whoever asks the engine without the page."""

import html
from collections.abc import Iterable
from typing import Final, get_args

from deskwatch.web.openapi.operation import Group, Operation
from deskwatch.web.openapi.operations import OPERATIONS
from deskwatch.web.page.on_call import on_call

#: Nothing on it is loaded from anywhere, and nothing may frame it or be run by it.
CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

#: What stands on the page's own place where it was not built.
NOT_BUILT: Final = (
    "<p>The page itself is not in this installation: <code>pip install .</code> in a checkout "
    "builds it.</p>\n"
)

_TOP: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>deskwatch</title>
</head>
<body>
<h1>deskwatch</h1>
"""

_INTRODUCTION: Final = "<p>This engine keeps a trading desk's books. These are its addresses.</p>\n"
_BOTTOM: Final = "</body>\n</html>\n"


def addresses(contacts: Iterable[str], notice: str = "") -> bytes:
    """Return the list. contacts: lines of text, whatever is in them; notice: HTML above it all."""
    listed = "".join(map(_group, get_args(Group)))
    return f"{_TOP}{notice}{on_call(contacts)}{_INTRODUCTION}{listed}{_BOTTOM}".encode()


def _group(group: Group) -> str:
    items = "".join(_item(one) for one in OPERATIONS if one.group == group)
    return f"<h2>{group}</h2>\n<ul>\n{items}</ul>\n"


def _item(one: Operation) -> str:
    path = html.escape(one.path)
    if one.method != "get":
        address = f"<code>{one.method.upper()} {path}</code>"
    elif "{" in path:
        address = f"<code>{path}</code>"
    else:
        address = f'<a href="{path}">{path}</a>'
    return f"<li>{address}: {html.escape(one.about)}</li>\n"

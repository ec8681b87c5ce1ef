"""The page as HTML, before its script runs: where one can go, and whether all is well.

The script takes over `<main id="app">` and draws the same tiles in the same places.
"""

import html
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from msgspec import Struct

from deskwatch.core.wording import moment
from deskwatch.web.page.assets import PREFIX, Assets
from deskwatch.web.page.figure_text import MINUS, NOTHING
from deskwatch.web.page.key_figures import KeyFigure
from deskwatch.web.page.on_call import on_call

#: Scripts, styles and fonts are the page's own, pictures may also be written out in it; nothing is
#: loaded from elsewhere, sent elsewhere, framed, or run that stands in the text.
CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; font-src 'self'; manifest-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)

#: What a person chose, kept in a cookie so that the first picture has it already.
THEMES: Final = ("dark", "light")

#: How gains and losses are coloured, by how they begin.
_SIGNS: Final = {"+": "pos", MINUS: "neg"}

#: A time as HTML's `datetime` takes it.
_MACHINE_TIME: Final = "%Y-%m-%dT%H:%M:%SZ"

#: A word of a figure that long is set smaller.
_LONG: Final = 11

_ICON: Final = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Cpath "
    "d='M2 12l4-6 3 3 5-7' fill='none' stroke='%2334d399' stroke-width='2'/%3E%3C/svg%3E"
)


class Page(Struct, frozen=True):
    """One page. icon: the path of a 24 × 24 drawing."""

    path: str
    title: str
    icon: str


PAGES: Final = (
    Page("/", "Desk", "M4 19V5m0 14h16M8 15l4-5 3 3 5-7"),
    Page("/pnl", "P&L", "M4 20h16M6 16v-5m4 5V6m4 10v-3m4 3V9"),
    Page("/risk", "Risk", "M12 3l8 3v6c0 5-3.5 8-8 9-4.5-1-8-4-8-9V6z"),
    Page("/latency", "Latency", "M12 7v5l3 2M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0z"),
    Page("/execution", "Execution", "M4 8h13m0 0-3-3m3 3-3 3M20 16H7m0 0 3-3m-3 3 3 3"),
    Page("/health", "Health", "M3 12h4l2-6 4 12 2-6h6"),
    Page("/alerts", "Alerts", "M6 16v-5a6 6 0 0 1 12 0v5l1.5 2h-15zM10 21h4"),
    Page("/logs", "Logs", "M5 6h14M5 12h14M5 18h9"),
    Page("/drills", "Drills", "M9 3h6M10 3v6l-5 9a2 2 0 0 0 2 3h10a2 2 0 0 0 2-3l-5-9V3"),
)
_LOGO: Final = "M3 17l5-8 4 4 8-10"
_MORE: Final = "M5 12h.01M12 12h.01M19 12h.01"
#: As high as the buttons that the script puts there.
_ROOM: Final = '<span class="button icon"></span>\n'
#: What a phone's bar has room for; the rest is behind "More".
_ON_PHONE: Final = 4


class Shown(Struct, frozen=True):
    """What a page begins with.

    figures: None for whoever has yet to sign in. theme: one of THEMES, or empty: as the system.
    """

    page: Page
    figures: Sequence[KeyFigure] | None
    as_of_ns: int
    contacts: Iterable[str]
    theme: str


def shell(shown: Shown, assets: Assets) -> bytes:
    """Return a page as HTML."""
    theme = f' data-theme="{shown.theme}"' if shown.theme in THEMES else ""
    title = html.escape(shown.page.title)
    return f"""<!doctype html>
<html lang="en"{theme}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta name="color-scheme" content="dark light">
<meta name="theme-color" content="#0b0f17" media="(prefers-color-scheme: dark)">
<meta name="theme-color" content="#f4f6fa" media="(prefers-color-scheme: light)">
<title>{title} · deskwatch</title>
<link rel="icon" href="{_ICON}">
{_loaded(shown.page, assets)}</head>
<body>
<a class="skip" href="#app">Skip to the figures</a>
{_nav(shown.page)}<div class="frame">
<header class="top">
<h1>{title}</h1>
{_as_of(shown)}<span class="space"></span>
{_ROOM}</header>
<main id="app" tabindex="-1">
{_main(shown)}</main>
</div>
</body>
</html>
""".encode()


def _loaded(page: Page, assets: Assets) -> str:
    font = 'rel="preload" as="font" type="font/woff2" crossorigin'
    source = f"src/pages/{page.path.strip('/') or 'desk'}.tsx"
    lines = [f'<link {font} href="{PREFIX}{name}">\n' for name in assets.fonts]
    lines += [f'<link rel="stylesheet" href="{PREFIX}{name}">\n' for name in assets.styles]
    lines += [
        f'<link rel="modulepreload" href="{PREFIX}{name}">\n' for name in assets.preloads(source)
    ]
    lines += [f'<script type="module" src="{PREFIX}{name}"></script>\n' for name in assets.scripts]
    return "".join(lines)


def _as_of(shown: Shown) -> str:
    if shown.figures is None:
        return ""
    machine, full = moment(shown.as_of_ns, _MACHINE_TIME), moment(shown.as_of_ns)
    return f'<span class="link"><time datetime="{machine}">{full}</time></span>\n'


def _nav(current: Page) -> str:
    more = f'<button class="more" disabled>{_icon(_MORE, weight="3")}<span>More</span></button>\n'
    logo = f'<a class="logo" href="/" aria-label="deskwatch">{_icon(_LOGO, size=22)}</a>\n'
    links = "".join(_links(current))
    return f'<nav class="rail" aria-label="Pages">\n{logo}{links}{more}</nav>\n'


def _links(current: Page) -> Iterator[str]:
    for place, page in enumerate(PAGES):
        second = ' class="second"' if place >= _ON_PHONE else ""
        here = ' aria-current="page"' if page is current else ""
        title = html.escape(page.title)
        yield f'<a{second} href="{page.path}"{here}>{_icon(page.icon)}<span>{title}</span></a>\n'


def _icon(path: str, *, size: int = 20, weight: str = "1.8") -> str:
    return (
        f'<svg viewBox="0 0 24 24" width="{size}" height="{size}" fill="none" '
        f'stroke="currentColor" stroke-width="{weight}" stroke-linecap="round" '
        f'stroke-linejoin="round" aria-hidden="true"><path d="{path}"/></svg>'
    )


def _main(shown: Shown) -> str:
    """Return what stands until the script draws the page.

    Who comes by a link in a chat brings no cookie, and is known only when the script asks: nothing
    is said of signing in before.
    """
    contacts = on_call(shown.contacts)
    called = f'<section class="card oncall">\n{contacts}</section>\n' if contacts else ""
    if shown.figures is None:
        return f"{_note('The figures are for who has signed in, which needs JavaScript.')}{called}"
    tiles = "".join(map(_tile, shown.figures))
    still = "Without JavaScript these figures stand still: reload the page for newer ones."
    row = f'<section class="kpis" aria-label="Key figures">\n{tiles}</section>\n'
    return f"{row}{_note(still)}{called}"


def _note(text: str) -> str:
    return f'<noscript><p class="card">{text}</p></noscript>\n'


def _tile(figure: KeyFigure) -> str:
    label, note = html.escape(figure.label), html.escape(figure.note)
    tag = f'a class="kpi" href="{figure.page}"' if figure.page else 'div class="kpi"'
    inside = f"<span>{label}</span>{_value(figure)}"
    note = f'<small title="{note}">{note}</small>'
    return f"<{tag}>{inside}{note}</{tag.partition(' ')[0]}>\n"


def _value(figure: KeyFigure) -> str:
    """Return a figure; where there is none, a dash, and why for who can't see it."""
    if figure.value is None:
        why = html.escape(figure.note)
        dash = f'<span aria-hidden="true">{NOTHING}</span>'
        figures = f'<span title="{why}">{dash}<span class="aloud">{why}</span></span>'
        return f'<b class="{figure.tone}">{figures}</b>'
    texts = (figure.value,) if isinstance(figure.value, str) else figure.value
    figures = " ".join(
        f'<span class="{_SIGNS.get(text[0], "") if figure.tone == "signed" else ""}">'
        f"{html.escape(text)}</span>"
        for text in texts
    )
    # A figure that is broken reads as another one.
    is_long = any(len(word) >= _LONG for text in texts for word in text.split())
    return f'<b class="{figure.tone}{" long" if is_long else ""}">{figures}</b>'

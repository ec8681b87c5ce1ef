"""Runbooks as HTML: what the alert's `runbook_url` leads to, without leaving the page."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token
from starlette.requests import Request
from starlette.responses import Response

import deskwatch
from deskwatch.core.rejection import shorten
from deskwatch.web.answers.runbooks import RunbookAnswer
from deskwatch.web.request.query import refuse_others
from deskwatch.web.respond import Refused, respond_json

_NAME: Final = Path("runbooks")
_ENDING: Final = ".md"
#: Where the documents are that are not here.
_DOCUMENTS: Final = "https://github.com/deskwatch/deskwatch/blob/main/docs/"
#: Below the page's own headings.
_DEEPER: Final = {f"h{level}": f"h{level + 1}" for level in range(1, 6)}


def default_runbooks() -> Path:
    """Return the folder of the runbooks that come with this deskwatch.

    A wheel carries it inside of the package; a checkout has it among the documents.
    """
    package = Path(deskwatch.__file__).parent
    packed = package / _NAME
    return packed if packed.exists() else package.parents[1] / "docs" / _NAME


class Runbooks:
    """Shows the runbooks of a folder."""

    def __init__(self, folder: Path) -> None:
        found = {path.stem: path for path in sorted(folder.glob(f"*{_ENDING}"))}
        self._paths = {name: path for name, path in found.items() if name.isalnum()}
        self._paths.pop("README", None)

    async def runbook(self, request: Request) -> Response:
        """Answer the runbook of one alert."""
        refuse_others(request.query_params)
        name = request.path_params["name"]
        path = self._paths.get(name)
        if path is None:
            raise Refused(404, "not_found", f"there is no runbook {shorten(name)!r}")
        text = path.read_text(encoding="utf-8")
        return respond_json(RunbookAnswer(name, html(text, self._paths)))


def html(text: str, runbooks: Sequence[str] | dict[str, Path]) -> str:
    """Return Markdown as HTML that is safe to put into a page, its headings a level deeper.

    HTML in the text is shown as text, and a link that would run something is none. A link to one of
    `runbooks` leads to it on our page, one to another document to where documents are.
    """
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = markdown.parse(text)
    for token in _all(tokens):
        token.tag = _DEEPER.get(token.tag, token.tag)
        if token.type == "link_open":
            token.attrs.update(_link(str(token.attrs["href"]), runbooks))
        elif token.type == "image":
            token.attrs.pop("src")  # nothing is loaded from outside
    return str(markdown.renderer.render(tokens, markdown.options, {}))


def _all(tokens: Sequence[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _all(token.children or ())


def _link(target: str, runbooks: Sequence[str] | dict[str, Path]) -> dict[str, str | int | float]:
    """Return a link's attributes on our page."""
    name = target.partition("#")[0].removesuffix(_ENDING)
    if name in runbooks:
        return {"href": f"/alerts?runbook={name}"}
    if "://" not in target:
        target = _DOCUMENTS + target.removeprefix("../")
    return {"href": target, "rel": "noreferrer", "target": "_blank"}

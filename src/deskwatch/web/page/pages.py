"""The addresses that people open: the pages, what they are built of, and the list of addresses."""

from collections.abc import Awaitable, Callable
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from deskwatch.core.rejection import shorten
from deskwatch.web.access.access import asker
from deskwatch.web.answers.runbooks import OncallAnswer
from deskwatch.web.desks.figures import Desk
from deskwatch.web.openapi.document import document
from deskwatch.web.packing import accepted, packed
from deskwatch.web.page import addresses, shell
from deskwatch.web.page.assets import Asset, Assets
from deskwatch.web.page.key_figures import key_figures
from deskwatch.web.request.query import refuse_others
from deskwatch.web.respond import JSON, Refused, respond, respond_json
from deskwatch.web.settings import WebSettings

HTML: Final = "text/html; charset=utf-8"

_THEME_COOKIE: Final = "deskwatch_theme"
_FOR_GOOD: Final = "public, max-age=31536000, immutable"


class Pages:
    """Shows the pages. `clock` returns now in ns since 1970 UTC."""

    def __init__(self, desk: Desk, settings: WebSettings, clock: Callable[[], int]) -> None:
        self._desk = desk
        self._contacts = settings.contacts
        self._clock = clock
        self._assets = Assets.load(settings.static)
        self._not_built = addresses.addresses(settings.contacts, addresses.NOT_BUILT)
        self._addresses = addresses.addresses(settings.contacts)

    def page(self, page: shell.Page) -> Callable[[Request], Awaitable[Response]]:
        """Return what answers one page; where none is built, the list of addresses."""

        async def show(request: Request) -> Response:
            if not self._assets.scripts:
                return _html(self._not_built, addresses.CONTENT_SECURITY_POLICY)
            shown = shell.Shown(
                page=page,
                figures=key_figures(self._desk) if asker(request).role else None,
                as_of_ns=self._clock(),
                contacts=self._contacts,
                theme=request.cookies.get(_THEME_COOKIE, ""),
            )
            body = shell.shell(shown, self._assets)
            return packed(request, _html(body, shell.CONTENT_SECURITY_POLICY))

        return show

    async def addresses(self, _: Request) -> Response:
        """Answer the list of addresses."""
        return _html(self._addresses, addresses.CONTENT_SECURITY_POLICY)

    async def oncall(self, request: Request) -> Response:
        """Answer whom to call."""
        refuse_others(request.query_params)
        return respond_json(OncallAnswer(list(self._contacts)))

    async def openapi(self, request: Request) -> Response:
        """Answer the OpenAPI document of all addresses."""
        refuse_others(request.query_params)
        return respond(document(), JSON)

    async def asset(self, request: Request) -> Response:
        """Answer a file of the built page, compressed where it is there so and taken so."""
        name = request.path_params["name"]
        found = self._assets.files.get(name)
        if found is None:
            raise Refused(404, "not_found", f"there is no {shorten(name)!r}")
        return _asset(found, request)


def _html(body: bytes, policy: str) -> Response:
    return respond(body, HTML, headers={"Content-Security-Policy": policy})


def _asset(asset: Asset, request: Request) -> Response:
    headers = {"Cache-Control": _FOR_GOOD, "Vary": "Accept-Encoding"}
    if asset.tag is not None:
        headers |= {"Cache-Control": "no-cache", "ETag": asset.tag}
        if _has(request, asset.tag):
            return respond(b"", asset.content_type, 304, headers)
    taken = accepted(request)
    for encoding, content in asset.packed.items():
        if encoding in taken:
            headers["Content-Encoding"] = encoding
            return respond(content, asset.content_type, headers=headers)
    return respond(asset.content, asset.content_type, headers=headers)


def _has(request: Request, tag: str) -> bool:
    """Return whether the caller says that it has this content already."""
    tags = request.headers.get("if-none-match", "").split(",")
    return tag in {one.strip().removeprefix("W/") for one in tags}

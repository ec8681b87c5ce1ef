"""The address of the page's stream: which topics are asked for, and from where on."""

import re
from collections.abc import Callable, Iterable
from typing import Final

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response

from deskwatch.core.rejection import shorten
from deskwatch.web.request.query import bad_parameter, refuse_others
from deskwatch.web.stream.event_stream import EventStreams, Reader
from deskwatch.web.stream.hub import Hub, Place

_PLACE: Final = re.compile("([0-9a-f]{16})-([0-9]{1,15})", re.ASCII)


class Stream:
    """Streams the topics of a hub. reader: who sent a request."""

    def __init__(
        self, hub: Hub, streams: EventStreams, reader: Callable[[Request], Reader]
    ) -> None:
        self._hub = hub
        self._streams = streams
        self._reader = reader

    async def stream(self, request: Request) -> Response:
        """Answer what the topics say now, and then what changes in them, until the reader goes.

        `Last-Event-ID` is what a browser that lost the connection sends by itself, with the address
        of its first try: it is the newer one.
        """
        params = request.query_params
        refuse_others(params, ("topics", "after"))
        names = _topics(params, self._hub.names)
        after = _after(params)
        if (last := _PLACE.fullmatch(request.headers.get("last-event-id", ""))) is not None:
            after = _place(last)
        return self._streams.answer(self._hub.messages(names, after), self._reader(request))


def _topics(params: QueryParams, known: Iterable[str]) -> tuple[str, ...]:
    """Return the topics that are asked for, each once and sorted. Raises Refused (400)."""
    wanted = {*params.get("topics", "").split(",")}
    others = wanted.difference(known)
    if others:
        found, expected = shorten(min(others)), ", ".join(sorted(known))
        raise bad_parameter(f"found the topic {found!r}; expected some of {expected}")
    return tuple(sorted(wanted))


def _after(params: QueryParams) -> Place | None:
    text = params.get("after")
    if text is None:
        return None
    found = _PLACE.fullmatch(text)
    if found is None:
        raise bad_parameter(f"found after={shorten(text)!r}; expected the id of a message")
    return _place(found)


def _place(found: re.Match[str]) -> Place:
    return Place(found[1], int(found[2]))

"""What is said of an address."""

from typing import Final, Literal

from msgspec import Struct

from deskwatch.web.respond import JSON

Method = Literal["get", "post", "delete"]
#: Under which heading an address is listed.
Group = Literal["Figures", "Alerts", "Drills", "Logs", "People", "Pages", "For machines"]

HTML: Final = "text/html"
STREAM: Final = "text/event-stream"
TEXT: Final = "text/plain"


class Parameter(Struct, frozen=True):
    """A part of the query or the path. kind: its type in JSON Schema."""

    name: str
    about: str
    kind: Literal["string", "integer"] = "string"
    where: Literal["query", "path", "header"] = "query"


class Operation(Struct, frozen=True, kw_only=True):
    """What one method does at one address.

    answer: of what is JSON; other media are described by their name alone. is_open: whether nobody
    has to sign in. also: other statuses that have the same answer.
    """

    path: str
    group: Group
    about: str
    method: Method = "get"
    answer: type[Struct] | None = None
    media: str = JSON
    status: int = 200
    also: tuple[int, ...] = ()
    takes: type[Struct] | None = None
    takes_media: tuple[str, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    is_open: bool = False

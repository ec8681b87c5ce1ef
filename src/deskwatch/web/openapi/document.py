"""The OpenAPI document of every address, made from the structs that are answered."""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, Final, get_args

import msgspec

import deskwatch
from deskwatch.core.schema import dedent_descriptions
from deskwatch.web.access.access import SESSION_COOKIE
from deskwatch.web.access.gate import CSRF_HEADER, SESSION_PATH
from deskwatch.web.answers.figures import ErrorAnswer
from deskwatch.web.openapi.operation import STREAM, Group, Operation, Parameter
from deskwatch.web.openapi.operations import OPERATIONS
from deskwatch.web.respond import JSON, ErrorReason

_TEMPLATE: Final = "#/components/schemas/{name}"
_ABOUT: Final = (
    "Amounts are exact decimal text, times integer nanoseconds since 1970 UTC. Where a figure "
    "can't be known it is null, and a field beside it says why. What changes something needs an "
    "operator."
)
#: Either of them; which one lets one do what is in docs/security.md.
_SECURITY: Final[list[dict[str, list[str]]]] = [{"token": []}, {"session": []}]
_SCHEMES: Final = {
    "token": {"type": "http", "scheme": "bearer"},
    "session": {"type": "apiKey", "in": "cookie", "name": SESSION_COOKIE},
}
_CSRF: Final = Parameter(
    CSRF_HEADER, f"As GET {SESSION_PATH} answers it; a page's alone.", where="header"
)

Described = dict[str, Any]


@cache
def document() -> bytes:
    """Return the document as JSON, indented, with its names in a fixed order."""
    made = msgspec.json.encode(openapi(OPERATIONS), order="deterministic")
    return msgspec.json.format(made, indent=2) + b"\n"


def openapi(operations: Iterable[Operation]) -> Described:
    """Return the document of `operations`."""
    listed = list(operations)
    structs = [kind for one in listed for kind in (one.answer, one.takes) if kind is not None]
    _, schemas = msgspec.json.schema_components([*structs, ErrorAnswer], ref_template=_TEMPLATE)
    dedent_descriptions(schemas)
    # Which words `reason` may be is said where errors are made.
    schemas["Error"]["properties"]["reason"]["enum"] = sorted(get_args(ErrorReason))
    paths: dict[str, Described] = {}
    for one in listed:
        paths.setdefault(one.path, {})[one.method] = _operation(one)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "deskwatch",
            "version": deskwatch.__version__,
            "description": _ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": group} for group in get_args(Group)],
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": _SCHEMES},
    }


def _operation(one: Operation) -> Described:
    answer = _response(one)
    described: Described = {
        "operationId": _name(one),
        "summary": one.about[:1].upper() + one.about[1:],
        "tags": [one.group],
        "security": [] if one.is_open else _SECURITY,
        "responses": {
            **{str(status): answer for status in (one.status, *one.also)},
            "default": {
                "description": "Why not",
                "content": {JSON: {"schema": _ref(ErrorAnswer)}},
            },
        },
    }
    parameters = [*one.parameters, *([_CSRF] if one.method != "get" else [])]
    if parameters:
        described["parameters"] = [_parameter(parameter) for parameter in parameters]
    if one.takes is not None:
        described["requestBody"] = _body({JSON: _ref(one.takes)})
    elif one.takes_media:
        described["requestBody"] = _body(
            {media: {} if media == JSON else {"type": "string"} for media in one.takes_media}
        )
    return described


def _name(one: Operation) -> str:
    """Return the operation's id: its method and the words of its path."""
    return "_".join((one.method, *_words(one.path))) or one.method


def _words(path: str) -> Iterator[str]:
    for part in path.removeprefix("/api").strip("/").split("/"):
        word = "".join(letter if letter.isalnum() else "_" for letter in part.strip("{}"))
        yield word.strip("_") or "root"


def _response(one: Operation) -> Described:
    described: Described = {"description": "The answer"}
    if one.answer is not None:
        described["content"] = {JSON: {"schema": _ref(one.answer)}}
    elif one.media:
        described["content"] = {one.media: {"schema": _other(one.media)}}
    return described


def _other(media: str) -> Described:
    """Return the schema of what isn't one of our structs."""
    if media.endswith("json"):
        return {"type": "object"}
    return {"type": "string", **({"description": "id, event, data"} if media == STREAM else {})}


def _parameter(parameter: Parameter) -> Described:
    return {
        "name": parameter.name,
        "in": parameter.where,
        "required": parameter.where == "path",
        "description": parameter.about,
        "schema": {"type": parameter.kind},
    }


def _body(schemas: dict[str, Described]) -> Described:
    content = {media: {"schema": schema} for media, schema in schemas.items()}
    return {"required": True, "content": content}


def _ref(kind: type[msgspec.Struct]) -> Described:
    return {"$ref": _TEMPLATE.format(name=kind.__name__)}

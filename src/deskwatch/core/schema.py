"""The JSON Schema of an event, made from the classes."""

from inspect import cleandoc
from typing import Any

import msgspec

from deskwatch.core.codec import TIMES, AnyEvent
from deskwatch.core.event import SCHEMA_VERSION


def json_schema() -> bytes:
    """Return the schema (2020-12), its keys sorted."""
    (schema,), components = msgspec.json.schema_components(
        [AnyEvent], ref_template="#/$defs/{name}"
    )
    dedent_descriptions(components)
    for definition in components.values():
        fields = definition["properties"]
        for name in fields.keys() & TIMES:
            fields[name] = _or_text(fields[name])
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"deskwatch event, version {SCHEMA_VERSION}",
        **schema,
        "$defs": components,
    }
    return msgspec.json.format(msgspec.json.encode(document, order="sorted"), indent=2) + b"\n"


def _or_text(time: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a field that holds a time, of which RFC 3339 text is one, too."""
    text = {"type": "string", "format": "date-time"}
    if "anyOf" in time:
        return time | {"anyOf": [*time["anyOf"], text]}
    return {"anyOf": [time, text]}


def dedent_descriptions(schemas: dict[str, Any]) -> None:
    """Have schemas of classes tell their docstrings as Python 3.13 does, whichever serves them."""
    for schema in schemas.values():
        if "description" in schema:  # `python -OO` has none
            schema["description"] = cleandoc(schema["description"])

"""The answers of the API as TypeScript, for the page. `python -m tests.documentation` writes it."""

import importlib
import inspect
import json
import pkgutil
from pathlib import Path
from typing import Any

import msgspec

import deskwatch.web.answers

FILE = Path(__file__).parents[2] / "ui" / "src" / "answers.ts"
_HEAD = """// Made from the structs of src/deskwatch/web/answers by `python -m tests.documentation`: change those.

/** An exact decimal number as text. */
export type Amount = string;

/** Since 1970 UTC; a number in JavaScript holds it to the microsecond. */
export type Nanoseconds = number;

"""
_ALIASES = {"An exact decimal number": "Amount", "Nanoseconds": "Nanoseconds"}
_PRIMITIVES = {
    "string": "string",
    "integer": "number",
    "number": "number",
    "boolean": "boolean",
    "null": "null",
}


def answers() -> str:
    """Return an interface for each struct that the API answers or takes, by name."""
    modules = [
        importlib.import_module(f"deskwatch.web.answers.{module.name}")
        for module in pkgutil.iter_modules(deskwatch.web.answers.__path__)
    ]
    structs = {
        struct.__name__: struct
        for module in modules
        for _, struct in inspect.getmembers(module, inspect.isclass)
        if issubclass(struct, msgspec.Struct) and struct.__module__ == module.__name__
    }
    _, components = msgspec.json.schema_components(structs.values(), ref_template="{name}")
    return _HEAD + "\n".join(_interface(name, components[name]) for name in sorted(components))


def _interface(name: str, schema: dict[str, Any]) -> str:
    required = schema["required"]
    fields = [
        f"  {field}{'' if field in required else '?'}: {_type(kind)};"
        for field, kind in schema["properties"].items()
    ]
    return "\n".join([f"export interface {name} {{", *fields, "}", ""])


def _type(schema: dict[str, Any]) -> str:
    described = schema.get("description", "")
    alias = next((name for start, name in _ALIASES.items() if described.startswith(start)), None)
    match schema:
        case {"$ref": str(name)}:
            kind = name
        case {"anyOf": options}:
            kind = " | ".join(_type(option) for option in options)
        case {"enum": words}:
            kind = " | ".join(json.dumps(word) for word in words)
        case {"const": word}:
            kind = json.dumps(word)
        case {"type": "array", "items": items}:
            kind = f"Array<{_type(items)}>"
        case {"type": "object", "additionalProperties": values}:
            kind = f"Record<string, {_type(values)}>"
        case _:
            kind = alias or _PRIMITIVES[schema["type"]]
    return kind

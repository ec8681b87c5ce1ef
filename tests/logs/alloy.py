"""alloy/config.alloy, read into blocks, and its stages said in Promtail's words."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

CONFIG: Final = Path(__file__).parents[2] / "alloy" / "config.alloy"

_TOKEN: Final = re.compile(
    r"\s+|//[^\n]*|(?P<raw>`[^`]*`)|(?P<string>\"(?:[^\"\\]|\\.)*\")"
    r"|(?P<number>\d+)|(?P<word>[A-Za-z_][\w.]*)|(?P<sign>[{}\[\]()=,])"
)


class Call(Struct, frozen=True):
    """A function, or with no arguments the name of what another component exports."""

    name: str
    arguments: tuple[Any, ...] = ()


class Block(Struct, frozen=True):
    name: str
    label: str
    attributes: dict[str, Any]
    blocks: list["Block"]

    def the(self, name: str) -> "Block":
        (found,) = (block for block in self.blocks if block.name == name)
        return found


def config() -> Block:
    """Return the whole file as one block."""
    tokens = [*_tokens(CONFIG.read_text()), ("end", "")]
    block, rest = _body("", "", tokens)
    assert rest == [("end", "")], rest[:3]
    return block


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    position = 0
    while position < len(text):
        found = _TOKEN.match(text, position)
        assert found, text[position : position + 40]
        position = found.end()
        if found.lastgroup:
            yield found.lastgroup, found[0]


Tokens = list[tuple[str, str]]


def _body(name: str, label: str, tokens: Tokens) -> tuple[Block, Tokens]:
    block = Block(name, label, {}, [])
    while tokens[0][0] == "word":
        word, tokens = tokens[0][1], tokens[1:]
        if tokens[0] == ("sign", "="):
            assert word not in block.attributes, f"{word} twice"
            block.attributes[word], tokens = _value(tokens[1:])
            continue
        inner = ""
        if tokens[0][0] == "string":
            inner, tokens = json.loads(tokens[0][1]), tokens[1:]
        assert tokens[0] == ("sign", "{"), tokens[0]
        child, tokens = _body(word, inner, tokens[1:])
        assert tokens[0] == ("sign", "}"), tokens[0]
        block.blocks.append(child)
        tokens = tokens[1:]
    return block, tokens


def _value(tokens: Tokens) -> tuple[Any, Tokens]:
    (kind, text), rest = tokens[0], tokens[1:]
    match kind, text:
        case "raw", _:
            return text[1:-1], rest
        case "string" | "number", _:
            return json.loads(text), rest
        case "word", _ if rest[0] == ("sign", "("):
            arguments, rest = _values(rest[1:], ")")
            return Call(text, tuple(arguments)), rest
        case "word", _:
            return Call(text), rest
        case _, "[":
            return _values(rest, "]")
        case _, "{":
            return _object(rest)
    raise AssertionError(text)


def _values(tokens: Tokens, end: str) -> tuple[list[Any], Tokens]:
    values: list[Any] = []
    while tokens[0] != ("sign", end):
        value, tokens = _value(tokens)
        values.append(value)
        tokens = tokens[1:] if tokens[0] == ("sign", ",") else tokens
    return values, tokens[1:]


def _object(tokens: Tokens) -> tuple[dict[str, Any], Tokens]:
    fields: dict[str, Any] = {}
    while tokens[0] != ("sign", "}"):
        (kind, key), tokens = tokens[0], tokens[1:]
        assert tokens[0] == ("sign", "="), tokens[0]
        value, tokens = _value(tokens[1:])
        fields[json.loads(key) if kind == "string" else key] = value
        tokens = tokens[1:] if tokens[0] == ("sign", ",") else tokens
    return fields, tokens[1:]


def resolved(value: Any, environment: Mapping[str, str]) -> Any:
    """Return a value with its functions called: the two that the file uses."""
    if isinstance(value, Call):
        arguments = [resolved(one, environment) for one in value.arguments]
        if value.name == "sys.env":
            return environment.get(arguments[0], "")
        assert value.name == "coalesce", value.name
        return next(filter(None, arguments), arguments[-1])
    return value


def stages(block: Block, **environment: str) -> list[dict[str, Any]]:
    """Return a block's stages as Promtail's YAML would have them."""
    return [_stage(one, environment) for one in block.blocks]


def _stage(block: Block, environment: Mapping[str, str]) -> dict[str, Any]:
    name = block.name.removeprefix("stage.")
    attributes = {key: resolved(value, environment) for key, value in block.attributes.items()}
    if name == "label_drop":
        return {"labeldrop": attributes["values"]}
    if name in {"labels", "static_labels", "structured_metadata"}:
        return {name: attributes["values"]}
    if name == "match":
        return {name: attributes | {"stages": stages(block, **environment)}}
    if name == "metrics":
        return {name: dict(map(_metric, block.blocks))}
    assert not block.blocks, name
    return {name: attributes}


def _metric(block: Block) -> tuple[str, dict[str, Any]]:
    rest = dict(block.attributes)
    name, action = rest.pop("name"), rest.pop("action")
    kind = block.name.removeprefix("metric.").capitalize()
    return name, {**rest, "type": kind, "config": {"action": action}}

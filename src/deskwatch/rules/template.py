"""Templates of labels and annotations: the part of Go's templates that alerts use.

Done: text, `{{ $labels.x }}`, `{{ $value }}`, `$externalLabels`, pipelines, the functions of
`template_functions`, `if`, `else if`, `else`, `end`, comments and trimming (`{{-`, `-}}`).
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from msgspec import Struct

from deskwatch.rules.template_functions import (
    FUNCTIONS,
    UNSUPPORTED,
    TemplateFailed,
    TemplateValue,
    is_true,
    text_of,
)

_ACTION: Final = re.compile(
    r"""(?P<text>.*?)(?:(?P<trim_before>\s*)\{\{(?P<dash>-\s)?
        (?P<body>(?:"(?:[^"\\]|\\.)*"|`[^`]*`|/\*.*?\*/|(?!\}\}).)*?)
        (?P<dash_after>\s-)?\}\}|\Z)""",
    re.VERBOSE | re.DOTALL,
)
_TOKEN: Final = re.compile(
    r"""\s*(?:(?P<string>"(?:[^"\\]|\\.)*")|(?P<raw>`[^`]*`)|(?P<number>[+-]?\d[\w.+-]*)
        |(?P<path>[$.][\w.]*)|(?P<word>\w+)|(?P<mark>:=|[|()=,]))""",
    re.VERBOSE,
)
_UNSUPPORTED_ACTIONS: Final = frozenset(
    {"range", "with", "define", "template", "block", "break", "continue"}
)
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\", "'": "'"}


class TemplateInvalid(Exception):
    """A template that Go would not parse either; the text says why."""


class TemplateUnsupported(Exception):
    """A template with a construct that Go has and we haven't; the text names it."""


class _Literal(Struct, frozen=True):
    value: TemplateValue


class _Path(Struct, frozen=True):
    """`$labels.x` as ("$labels", "x"), `.Value` as ("", "Value")."""

    names: tuple[str, ...]


class _Command(Struct, frozen=True):
    """A function and its arguments; function: None for a lone operand."""

    function: str | None
    arguments: "tuple[_Operand, ...]"


class _Pipeline(Struct, frozen=True):
    commands: tuple[_Command, ...]


_Operand = _Literal | _Path | _Pipeline


class _If(Struct, frozen=True):
    condition: _Pipeline
    then: "tuple[_Part, ...]"
    otherwise: "tuple[_Part, ...]"


_Part = str | _Pipeline | _If


class Template(Struct, frozen=True):
    """A parsed template. source: its text."""

    source: str
    parts: tuple[_Part, ...]

    def expand(self, labels: Mapping[str, str], value: float, external: Mapping[str, str]) -> str:
        """Return the text for an alert. Raises TemplateFailed."""
        roots: dict[str, TemplateValue] = {
            "Labels": dict(labels),
            "Value": value,
            "ExternalLabels": dict(external),
        }
        return "".join(_expanded(self.parts, roots))


def parse(source: str) -> Template:
    """Return the template. Raises TemplateInvalid, TemplateUnsupported."""
    items = list(_items(source))
    parts, rest = _parts(items, 0)
    if rest != len(items):
        raise TemplateInvalid(f"found {{{{ {items[rest][1]} }}}} without an if before it")
    return Template(source, parts)


def _items(source: str) -> Iterator[tuple[bool, str]]:
    """Yield texts and actions, (is an action, text), with white space trimmed as marked."""
    trim = False
    for found in _ACTION.finditer(source):
        body = found["body"]
        kept = "" if found["dash"] else found["trim_before"] or ""
        text = (found["text"] or "") + kept
        text = text.lstrip() if trim else text
        if body is None and "{{" in text:
            raise TemplateInvalid(f"an action is not closed: {text!r}")
        if text:
            yield False, text
        if body is not None:
            if not (body.strip().startswith("/*") and body.strip().endswith("*/")):
                yield True, body.strip()
            trim = found["dash_after"] is not None


def _parts(items: list[tuple[bool, str]], at: int) -> tuple[tuple[_Part, ...], int]:
    """Return the parts from `at` up to the `else` or `end` that isn't theirs, and where it is."""
    parts: list[_Part] = []
    while at < len(items):
        is_action, text = items[at]
        word = text.split(maxsplit=1)[0] if is_action and text else ""
        if not is_action:
            parts.append(text)
        elif word in {"else", "end"}:
            break
        elif word == "if":
            part, at = _if(items, at, text.removeprefix("if"))
            parts.append(part)
        elif word in _UNSUPPORTED_ACTIONS:
            raise TemplateUnsupported(f"template action {word}")
        else:
            parts.append(_pipeline_of(text))
        at += 1
    return tuple(parts), at


def _if(items: list[tuple[bool, str]], at: int, condition: str) -> tuple[_If, int]:
    """Return a condition and where its `end` is."""
    test = _pipeline_of(condition)
    then, at = _parts(items, at + 1)
    otherwise: tuple[_Part, ...] = ()
    if at < len(items) and items[at][1].startswith("else"):
        more = items[at][1].removeprefix("else").strip()
        if more:
            if more.split(maxsplit=1)[0] != "if":
                raise TemplateInvalid(f"found {{{{ else {more} }}}}; expected else or else if")
            nested, at = _if(items, at, more.removeprefix("if"))
            return _If(test, then, (nested,)), at
        otherwise, at = _parts(items, at + 1)
    if at == len(items) or items[at][1] != "end":
        raise TemplateInvalid("an if has no end")
    return _If(test, then, otherwise), at


def _pipeline_of(text: str) -> _Pipeline:
    tokens = list(_tokens(text))
    pipeline, rest = _pipeline(tokens, 0)
    if rest != len(tokens):
        raise TemplateInvalid(f"found {tokens[rest][1]!r} in {text!r}; expected an operand")
    return pipeline


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    position, end = 0, len(text.rstrip())
    while position < end:
        found = _TOKEN.match(text, position)
        if found is None:
            raise TemplateInvalid(f"found {text[position:]!r}; expected an operand")
        if found["mark"] in {":=", "=", ","}:
            raise TemplateUnsupported("template variables")
        assert found.lastgroup is not None
        yield found.lastgroup, found[found.lastgroup]
        position = found.end()


def _pipeline(tokens: list[tuple[str, str]], at: int) -> tuple[_Pipeline, int]:
    commands: list[_Command] = []
    while True:
        command, at = _command(tokens, at, is_first=not commands)
        commands.append(command)
        if at == len(tokens) or tokens[at][1] != "|" or tokens[at][0] != "mark":
            return _Pipeline(tuple(commands)), at
        at += 1


def _command(tokens: list[tuple[str, str]], at: int, *, is_first: bool) -> tuple[_Command, int]:
    function = None
    if at < len(tokens) and tokens[at][0] == "word" and not _constant(tokens[at][1]):
        function = _function(tokens[at][1])
        at += 1
    operands: list[_Operand] = []
    while at < len(tokens) and tokens[at] not in {("mark", "|"), ("mark", ")")}:
        operand, at = _operand(tokens, at)
        operands.append(operand)
    if function is None and (len(operands) != 1 or not is_first):
        raise TemplateInvalid("expected one operand or a function")
    return _Command(function, tuple(operands)), at


def _function(name: str) -> str:
    if name in UNSUPPORTED:
        raise TemplateUnsupported(f"template function {name}")
    if name not in FUNCTIONS:
        raise TemplateInvalid(f"function {name!r} not defined")
    return name


def _constant(word: str) -> bool:
    return word in {"true", "false", "nil"}


def _operand(tokens: list[tuple[str, str]], at: int) -> tuple[_Operand, int]:
    kind, text = tokens[at]
    operand: _Operand
    if text == "(" and kind == "mark":
        operand, at = _pipeline(tokens, at + 1)
        if at == len(tokens) or tokens[at] != ("mark", ")"):
            raise TemplateInvalid("a parenthesis is not closed")
    elif kind == "path":
        operand = _path(text)
    elif kind == "word" and not _constant(text):
        operand = _Pipeline((_Command(_function(text), ()),))
    else:
        operand = _Literal(_literal(kind, text))
    return operand, at + 1


def _literal(kind: str, text: str) -> TemplateValue:
    if kind == "string":
        return re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[0]), text[1:-1])
    if kind == "raw":
        return text[1:-1]
    if kind == "word":
        return {"true": True, "false": False, "nil": None}[text]
    for read in (int, float):
        try:
            return read(text)
        except ValueError:
            continue
    raise TemplateInvalid(f"found {text!r}; expected a number")


_ROOTS: Final = {"$labels": "Labels", "$value": "Value", "$externalLabels": "ExternalLabels"}


def _path(text: str) -> _Path:
    root, *names = text.split(".")
    if root in _ROOTS:
        return _Path((_ROOTS[root], *names))
    if root == "$externalURL" or text.startswith((".ExternalURL", "$.ExternalURL")):
        raise TemplateUnsupported("template variable $externalURL")
    if root not in {"", "$"}:
        raise TemplateInvalid(f"undefined variable {root!r}")
    if not names or names[0] not in _ROOTS.values():
        raise TemplateInvalid(f"found {text!r}; expected .Labels, .Value or .ExternalLabels")
    return _Path(tuple(names))


def _expanded(parts: tuple[_Part, ...], roots: Mapping[str, TemplateValue]) -> Iterator[str]:
    for part in parts:
        match part:
            case str():
                yield part
            case _Pipeline():
                yield text_of(_value(part, roots))
            case _If():
                holds = is_true(_value(part.condition, roots))
                yield from _expanded(part.then if holds else part.otherwise, roots)


def _value(operand: _Operand, roots: Mapping[str, TemplateValue]) -> TemplateValue:
    match operand:
        case _Literal():
            return operand.value
        case _Path():
            return _reached(operand, roots)
        case _Pipeline():
            piped: tuple[TemplateValue, ...] = ()
            for command in operand.commands:
                values = (*(_value(own, roots) for own in command.arguments), *piped)
                piped = (
                    values[0] if command.function is None else _called(command.function, values),
                )
            return piped[0]


def _reached(path: _Path, roots: Mapping[str, TemplateValue]) -> TemplateValue:
    value = roots[path.names[0]]
    for name in path.names[1:]:
        if not isinstance(value, dict):
            raise TemplateFailed(f"can't evaluate field {name} of {text_of(value)!r}")
        value = value.get(name, "")
    return value


def _called(function: str, values: tuple[TemplateValue, ...]) -> TemplateValue:
    try:
        return FUNCTIONS[function](*values)
    except TypeError:
        raise TemplateFailed(f"wrong number or type of arguments for {function}") from None

"""The syntax of labels' and annotations' templates: Go's, without variables and definitions."""

import re
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from deskwatch.rules.template_functions import FUNCTIONS, QUERY, UNSUPPORTED, TemplateValue

_ACTION: Final = re.compile(
    r"""(?P<text>.*?)(?:(?P<trim_before>\s*)\{\{(?P<dash>-\s)?
        (?P<body>(?:"(?:[^"\\]|\\.)*"|`[^`]*`|/\*.*?\*/|(?!\}\}).)*?)
        (?P<dash_after>\s-)?\}\}|\Z)""",
    re.VERBOSE | re.DOTALL,
)
_TOKEN: Final = re.compile(
    r"""\s*(?:(?P<string>"(?:[^"\\]|\\.)*")|(?P<raw>`[^`]*`)|(?P<number>[+-]?\d[\w.+-]*)
        |(?P<path>[$.][\w.]*)|(?P<word>\w+)
        |(?P<close>\)(?:\.\w+)*)|(?P<mark>:=|[|(=,]))""",
    re.VERBOSE,
)
_UNSUPPORTED_ACTIONS: Final = frozenset({"define", "template", "block", "break", "continue"})
_BLOCKS: Final = frozenset({"if", "with", "range"})
_ESCAPES: Final = {
    "n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\",
    "a": "\a", "b": "\b", "f": "\f", "v": "\v",
}  # fmt: skip
_ESCAPE: Final = re.compile(
    r"\\(?:(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|x([0-9a-fA-F]{2}))|([0-7]{3})|(.))", re.DOTALL
)


class TemplateInvalid(Exception):
    """A template that Go would not parse either; the text says why."""


class TemplateUnsupported(Exception):
    """A template with a construct that Go has and we haven't; the text names it."""


class Constant(Struct, frozen=True):
    """A text, a number, true, false or nil."""

    value: TemplateValue


class Reach(Struct, frozen=True):
    """What is reached from a root by names: `$labels.x` as ("$", ("Labels", "x")).

    root: "$" for what the template is given, "." for what the innermost block is about, or what
    a parenthesis gives.
    """

    root: "str | Pipeline"
    names: tuple[str, ...]


class Command(Struct, frozen=True):
    """A function and its arguments; function: None for a lone operand."""

    function: str | None
    arguments: "tuple[Operand, ...]"


class Pipeline(Struct, frozen=True):
    """Commands, each of which gets what the one before it gave as its last argument."""

    commands: tuple[Command, ...]


Operand = Constant | Reach | Pipeline


class Block(Struct, frozen=True):
    """`if`, `with` or `range`, up to its `end`."""

    kind: str
    of: Pipeline
    then: "tuple[Part, ...]"
    otherwise: "tuple[Part, ...]"


Part = str | Pipeline | Block


def parts_of(source: str) -> tuple[Part, ...]:
    """Return the parts of a template. Raises TemplateInvalid, TemplateUnsupported."""
    blocks = _Blocks(list(_items(source)))
    parts = blocks.parts()
    if blocks.action is not None:
        raise TemplateInvalid(f"found {{{{ {blocks.action} }}}} without an if before it")
    return parts


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


class _Blocks:
    """Texts and actions put together to parts."""

    def __init__(self, items: list[tuple[bool, str]]) -> None:
        self._items = items
        self._at = 0
        #: Within how many blocks `.` is another than the root.
        self._depth = 0

    @property
    def action(self) -> str | None:
        """The action that comes next; None where all have been read."""
        return self._items[self._at][1] if self._at < len(self._items) else None

    def parts(self) -> tuple[Part, ...]:
        """Return what comes up to the `else` or `end` that isn't its own."""
        parts: list[Part] = []
        while self._at < len(self._items):
            is_action, text = self._items[self._at]
            word = text.split(maxsplit=1)[0] if is_action and text else ""
            if word in {"else", "end"}:
                break
            self._at += 1
            if not is_action:
                parts.append(text)
            elif word in _BLOCKS:
                parts.append(self._block(word, text.removeprefix(word)))
            elif word in _UNSUPPORTED_ACTIONS:
                raise TemplateUnsupported(f"template action {word}")
            else:
                parts.append(self._pipeline(text))
        return tuple(parts)

    def _block(self, kind: str, of: str) -> Block:
        about = self._pipeline(of)
        changes_dot = kind != "if"
        self._depth += changes_dot
        then = self.parts()
        self._depth -= changes_dot
        otherwise: tuple[Part, ...] = ()
        action = self.action or ""
        if action.startswith("else"):
            self._at += 1
            more = action.removeprefix("else").strip()
            if more:
                if kind != "if" or more.split(maxsplit=1)[0] != "if":
                    raise TemplateInvalid(f"found {{{{ else {more} }}}}; expected else or else if")
                return Block(kind, about, then, (self._block("if", more.removeprefix("if")),))
            otherwise = self.parts()
        if self.action != "end":
            raise TemplateInvalid(f"{'an' if kind == 'if' else 'a'} {kind} has no end")
        self._at += 1
        return Block(kind, about, then, otherwise)

    def _pipeline(self, text: str) -> Pipeline:
        pipeline = _pipeline_of(text)
        for reach in _reaches(pipeline):
            is_root = reach.root == "$" or not self._depth
            if is_root and (not reach.names or reach.names[0] not in _VARIABLES.values()):
                raise TemplateInvalid(
                    f"found {'.'.join(('', *reach.names)) or '.'!r}; "
                    "expected .Labels, .Value or .ExternalLabels"
                )
        return pipeline


def _reaches(operand: Operand) -> Iterator[Reach]:
    match operand:
        case Reach(root=str()):
            yield operand
        case Reach(root=Pipeline() as inner):
            yield from _reaches(inner)
        case Pipeline():
            for command in operand.commands:
                for argument in command.arguments:
                    yield from _reaches(argument)


def _pipeline_of(text: str) -> Pipeline:
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


def _pipeline(tokens: list[tuple[str, str]], at: int) -> tuple[Pipeline, int]:
    commands: list[Command] = []
    while True:
        command, at = _command(tokens, at, is_first=not commands)
        commands.append(command)
        if at == len(tokens) or tokens[at][1] != "|" or tokens[at][0] != "mark":
            return Pipeline(tuple(commands)), at
        at += 1


def _command(tokens: list[tuple[str, str]], at: int, *, is_first: bool) -> tuple[Command, int]:
    function = None
    if at < len(tokens) and tokens[at][0] == "word" and not _is_constant(tokens[at][1]):
        function = _function(tokens[at][1])
        at += 1
    operands: list[Operand] = []
    while at < len(tokens) and tokens[at] != ("mark", "|") and tokens[at][0] != "close":
        operand, at = _operand(tokens, at)
        operands.append(operand)
    if function is None and (len(operands) != 1 or not is_first):
        raise TemplateInvalid("expected one operand or a function")
    return Command(function, tuple(operands)), at


def _function(name: str) -> str:
    if name in UNSUPPORTED:
        raise TemplateUnsupported(f"template function {name}")
    if name not in FUNCTIONS and name != QUERY:
        raise TemplateInvalid(f"function {name!r} not defined")
    return name


def _is_constant(word: str) -> bool:
    return word in {"true", "false", "nil"}


def _operand(tokens: list[tuple[str, str]], at: int) -> tuple[Operand, int]:
    kind, text = tokens[at]
    operand: Operand
    if text == "(" and kind == "mark":
        inner, at = _pipeline(tokens, at + 1)
        if at == len(tokens) or tokens[at][0] != "close":
            raise TemplateInvalid("a parenthesis is not closed")
        _, *names = tokens[at][1].split(".")
        operand = Reach(inner, tuple(names)) if names else inner
    elif kind == "path":
        operand = _reach(text)
    elif kind == "word" and not _is_constant(text):
        operand = Pipeline((Command(_function(text), ()),))
    else:
        operand = Constant(_constant_of(kind, text))
    return operand, at + 1


def _constant_of(kind: str, text: str) -> TemplateValue:
    if kind == "string":
        return _ESCAPE.sub(_unescaped, text[1:-1])
    if kind == "raw":
        return text[1:-1]
    if kind == "word":
        return {"true": True, "false": False, "nil": None}[text]
    for read in (_whole, float):
        try:
            return read(text)
        except ValueError:
            continue
    raise TemplateInvalid(f"found {text!r}; expected a number")


def _whole(text: str) -> int:
    """Return a whole number as Go reads it: 0x1F, 1_000, and 017 by eights."""
    digits = text.lstrip("+-")
    return int(text, 8 if len(digits) > 1 and digits.isdecimal() and digits[0] == "0" else 0)


def _unescaped(found: re.Match[str]) -> str:
    """Return what an escape stands for; Go refuses those that it doesn't know."""
    if found[5] is None:
        point = found[1] or found[2] or found[3]
        return chr(int(found[4], 8) if point is None else int(point, 16))
    if found[5] not in _ESCAPES:
        raise TemplateInvalid(f"found the escape {found[0]!r} in a text")
    return _ESCAPES[found[5]]


_VARIABLES: Final = {
    "$labels": "Labels",
    "$value": "Value",
    "$externalLabels": "ExternalLabels",
}


def _reach(text: str) -> Reach:
    root, *names = text.split(".")
    if root in _VARIABLES:
        return Reach("$", (_VARIABLES[root], *names))
    if root == "$externalURL" or text.startswith((".ExternalURL", "$.ExternalURL")):
        raise TemplateUnsupported("template variable $externalURL")
    if root not in {"", "$"}:
        raise TemplateInvalid(f"undefined variable {root!r}")
    return Reach(root or ".", tuple(name for name in names if name))

"""YAML nodes read with their lines, so that a mistake can be pointed at."""

from collections.abc import Callable, Collection, Iterator
from typing import Final, NoReturn, TypeVar

import yaml

#: libyaml's, which takes a tenth of the time, where PyYAML was built with it.
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NULL: Final = "tag:yaml.org,2002:null"

T = TypeVar("T")


class Mistake(Exception):
    """A node that is not what it should be. line: counted from 1."""

    def __init__(self, line: int, found: str, expected: str) -> None:
        super().__init__(line, found, expected)
        self.line = line
        self.found = found
        self.expected = expected


def compose(text: str) -> yaml.Node | None:
    """Return the document's root; None where there is none. Raises Mistake."""
    try:
        return yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = 0 if mark is None else mark.line + 1
        raise Mistake(line, error.problem or "no YAML", "YAML") from None
    except yaml.YAMLError as error:
        raise Mistake(0, str(error), "YAML") from None


def line_of(node: yaml.Node) -> int:
    """Return the line a node begins on."""
    return int(node.start_mark.line) + 1


def fail(node: yaml.Node, found: str, expected: str) -> NoReturn:
    """Raise a Mistake at a node."""
    raise Mistake(line_of(node), found, expected)


def _kind(node: yaml.Node) -> str:
    if isinstance(node, yaml.MappingNode):
        return "mapping"
    return "sequence" if isinstance(node, yaml.SequenceNode) else "text"


class Fields:
    """A mapping whose keys are known beforehand. line: where it begins. Raises Mistake."""

    def __init__(self, node: yaml.Node, known: Collection[str]) -> None:
        self.node = node
        self.line = line_of(node)
        self._fields: dict[str, yaml.Node] = {}
        for key, value in pairs(node):
            if key.value not in known:
                fail(key, f"the field {key.value!r}", f"one of {', '.join(sorted(known))}")
            self._fields[key.value] = value

    def __contains__(self, name: str) -> bool:
        return name in self._fields

    def get(self, name: str) -> yaml.Node | None:
        """Return a field's node; None where it is not there or null."""
        node = self._fields.get(name)
        return None if node is None or node.tag == _NULL else node

    def text(self, name: str) -> str:
        """Return a field's text; empty where it is not there."""
        node = self.get(name)
        return "" if node is None else text(node)

    def read(self, name: str, read: Callable[[str], T], default: T) -> T:
        """Return a field's value; a ValueError says what was expected."""
        node = self.get(name)
        if node is None:
            return default
        try:
            return read(text(node))
        except ValueError as error:
            raise Mistake(line_of(node), repr(text(node)), str(error)) from None


def pairs(node: yaml.Node) -> Iterator[tuple[yaml.ScalarNode, yaml.Node]]:
    """Yield a mapping's keys and values. Raises Mistake for anything else, or a key given twice."""
    if not isinstance(node, yaml.MappingNode):
        fail(node, f"a {_kind(node)}", "a mapping")
    seen: set[str] = set()
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            fail(key, f"a {_kind(key)} as a key", "a text")
        if key.value in seen:
            fail(key, f"{key.value!r} for the second time", "each key once")
        seen.add(key.value)
        yield key, value


def entries(node: yaml.Node | None) -> list[yaml.Node]:
    """Return a sequence's nodes; none where there is no sequence. Raises Mistake."""
    if node is None:
        return []
    if not isinstance(node, yaml.SequenceNode):
        fail(node, f"a {_kind(node)}", "a sequence")
    return list(node.value)


def text(node: yaml.Node) -> str:
    """Return a scalar's text, whatever its type. Raises Mistake."""
    if not isinstance(node, yaml.ScalarNode):
        fail(node, f"a {_kind(node)}", "a text")
    return str(node.value)

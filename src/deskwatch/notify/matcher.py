"""Label matchers, written as Prometheus and Alertmanager write them."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Final, Literal

import re2
from msgspec import Struct

Operator = Literal["=", "!=", "=~", "!~"]

_OPERATORS: Final[dict[str, Operator]] = {"=": "=", "!=": "!=", "=~": "=~", "!~": "!~"}
_MAX_PATTERN: Final = 256
_NAME: Final = r"[a-zA-Z_][a-zA-Z0-9_]*"
#: What a phone's keyboard makes of a typed quotation mark, by its language.
_TYPED: Final = "“”„«»"
_MATCHER: Final = re.compile(
    rf'\s*(?P<name>{_NAME})\s*(?P<operator>=~|!~|!=|=)\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"'
    rf'|[{_TYPED}]\s?(?P<typed>(?:[^"\\{_TYPED}]|\\.)*?)\s?[{_TYPED}]'
    rf'|(?P<plain>[^\s",{{}}={_TYPED}][^\s",{{}}{_TYPED}]*))\s*(?:,|\Z|(?=\s))'
)
_ESCAPED: Final = re.compile(r"\\(.)")
_ESCAPES: Final = {"n": "\n"} | {mark: mark for mark in f'"\\{_TYPED}'}


class BadMatcher(ValueError):
    """A matcher that can't be read; the text says what was found and expected."""


class Condition(Struct, frozen=True):
    """One condition on one label; its pattern may be one that only Alertmanager can match."""

    name: str
    operator: Operator
    value: str

    def __str__(self) -> str:
        """Return it as it is written."""
        escaped = self.value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'{self.name}{self.operator}"{escaped}"'


class Matcher(Condition, frozen=True):
    """A condition that can be matched; a label that isn't there counts as empty.

    Patterns match the whole value. They are RE2's, of at most 256 characters, as Alertmanager's
    are: no pattern that a person may write takes longer than its text is long.
    """

    def __post_init__(self) -> None:
        """Refuse what can't be matched. Raises BadMatcher."""
        if re.fullmatch(_NAME, self.name) is None:
            raise BadMatcher(f"found the label {self.name!r}; expected letters, digits and _")
        if self.operator in ("=~", "!~"):
            _whole(self.value)

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Return whether a set of labels fits."""
        value = labels.get(self.name, "")
        if self.operator == "=":
            return value == self.value
        if self.operator == "!=":
            return value != self.value
        # RE2 reads UTF-8, and a file's or a process' name may be none.
        text = value.encode("utf-8", "replace").decode("utf-8")
        return (_whole(self.value)(text) is not None) == (self.operator == "=~")


def parse_matchers(text: str) -> list[Matcher]:
    """Return the matchers of `account="A1", venue=~"bin.*"`; quotes, commas and {} may be left out.

    Quotes may also be what a phone makes of them. Raises BadMatcher, also where there is none.
    """
    rest = text.strip()
    if rest.startswith("{") and rest.endswith("}"):
        rest = rest[1:-1].strip()
    matchers = []
    while rest:
        found = _MATCHER.match(rest)
        if found is None:
            raise BadMatcher(
                f'found {rest[:80]!r}; expected a matcher such as account="A1", by =, !=, =~ or !~'
            )
        operator = _OPERATORS[found["operator"]]
        quoted = found["typed"] if found["quoted"] is None else found["quoted"]
        value = found["plain"] if quoted is None else _unescaped(quoted)
        matchers.append(Matcher(found["name"], operator, value))
        rest = rest[found.end() :].strip()
    if not matchers:
        raise BadMatcher('found none; expected a matcher such as account="A1"')
    return matchers


def all_match(matchers: Sequence[Matcher], labels: Mapping[str, str]) -> bool:
    """Return whether every matcher fits."""
    return all(matcher.matches(labels) for matcher in matchers)


def _unescaped(text: str) -> str:
    """Return what a quoted text says: a backslash that escapes nothing is one, as in a pattern."""
    return _ESCAPED.sub(lambda found: _ESCAPES.get(found[1], found[0]), text)


def _quiet() -> re2.Options:
    """Return how patterns are read: a dot is any character, and RE2 itself logs nothing."""
    options = re2.Options()
    options.dot_nl = True
    options.log_errors = False
    return options


@lru_cache(maxsize=1024)
def _whole(pattern: str) -> Callable[[str], object]:
    """Return what finds the pattern in the whole of a text, or None. Raises BadMatcher."""
    if len(pattern) > _MAX_PATTERN:
        raise BadMatcher(f"found a pattern of {len(pattern)} characters; expected {_MAX_PATTERN}")
    try:
        found: Callable[[str], object] = re2.compile(pattern, _quiet()).fullmatch
    except UnicodeEncodeError as error:
        raise BadMatcher(f"found {pattern!r}; expected text: {error.reason}") from error
    except re2.error as error:
        why = error.args[0].decode("utf-8", "replace")
        raise BadMatcher(f"found the pattern {pattern!r}; expected one of RE2's: {why}") from error
    return found

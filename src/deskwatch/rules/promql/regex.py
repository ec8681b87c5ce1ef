"""Regular expressions as Prometheus means them (RE2's), given to Python's `re`."""

import re
from typing import Final

#: What Python's `re` would take and RE2 refuses: a rule with it fails in Prometheus. Lookaround,
#: atomic groups, conditions and references to groups; then possessive quantifiers.
_NOT_RE2: Final = re.compile(r"\(\?(?:[=!>(]|<[=!]|P[=>])|[*+?}]\+")
#: An escaped character or a class, in which nothing of that can be.
_OPAQUE: Final = re.compile(r"\\.|\[\^?\]?(?:\\.|\[:\w+:\]|[^\]\\])*\]", re.DOTALL)
_REFERENCE: Final = re.compile(r"\\[1-9]")
_FLAGS: Final = re.compile(r"\(\?([imsU]+)\)")
_CLASSES: Final = {
    "alnum": "0-9A-Za-z", "alpha": "A-Za-z", "digit": "0-9", "lower": "a-z", "upper": "A-Z",
    "space": r"\t\n\v\f\r ", "word": "0-9A-Za-z_", "xdigit": "0-9A-Fa-f", "blank": r"\t ",
}  # fmt: skip
_POSIX: Final = re.compile(r"\[:(\w+):\]")
_GROUP: Final = re.compile(r"\$(?:(\w+)|\{(\w+)\}|(\$))")


class RegexError(ValueError):
    """A regular expression that RE2, or we, can't take; the text says which and why."""


def compile_anchored(pattern: str) -> re.Pattern[str]:
    """Return the expression for `fullmatch`; a dot matches line ends too. Raises RegexError."""
    return compile_re2(pattern, re.DOTALL)


def compile_re2(pattern: str, flags: re.RegexFlag = re.NOFLAG) -> re.Pattern[str]:
    """Return the expression, with ASCII's classes. Raises RegexError."""
    opaque = _OPAQUE.findall(pattern)
    if _NOT_RE2.search(_OPAQUE.sub("x", pattern)) or any(map(_REFERENCE.match, opaque)):
        raise RegexError(f"invalid regular expression {pattern!r}: RE2 has no such construct")
    try:
        return re.compile(_scoped(_translated(pattern)), re.ASCII | flags)
    except (re.error, KeyError, OverflowError) as error:
        raise RegexError(f"invalid regular expression {pattern!r}: {error}") from None


def _translated(pattern: str) -> str:
    """Return it with RE2's own spellings replaced by Python's."""
    return _POSIX.sub(lambda found: _CLASSES[found[1]], pattern).replace(r"\z", r"\Z")


def _scoped(pattern: str) -> str:
    """Return it with each `(?i)` holding to its group's end, which Python wants spelled out."""
    if not _FLAGS.search(pattern):
        return pattern
    out: list[str] = []
    opened = [0]  # for each open group, how many flag groups end with it
    position, in_class = 0, False
    while position < len(pattern):
        flags = None if in_class else _FLAGS.match(pattern, position)
        char = pattern[position]
        if flags:
            out.append(f"(?{flags[1]}:")
            opened[-1] += 1
            position = flags.end()
            continue
        if char == "\\":
            out.append(pattern[position : position + 2])
            position += 2
            continue
        if char == "|" and not in_class and opened[-1]:
            raise RegexError(f"{pattern!r}: flags before an alternative are not done; group them")
        if not in_class and char == "(":
            opened.append(0)
        elif not in_class and char == ")" and len(opened) > 1:
            out.append(")" * opened.pop())
        in_class = (char == "[" or in_class) and char != "]"
        out.append(char)
        position += 1
    return "".join(out) + ")" * opened[0]


def expand(template: str, found: re.Match[str]) -> str:
    """Return a Go replacement text with `$1`, `${name}` and `$$` filled in; unknown ones empty."""

    def text_of(reference: re.Match[str]) -> str:
        if reference[3]:
            return "$"
        name = reference[1] or reference[2]
        try:
            return found[int(name) if name.isdigit() else name] or ""
        except IndexError:
            return ""

    return _GROUP.sub(text_of, template)

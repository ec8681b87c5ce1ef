"""Where each key of a TOML text stands.

tomllib gives values without positions, and tomlkit keeps the layout but no line numbers either.
"""

import bisect
import re
import tomllib
from typing import Final

#: A key's way from the top of the file; an element of an array is its index.
KeyPath = tuple[str | int, ...]

_SPACE: Final = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")
_STRING: Final = re.compile(
    r'"""(?:\\.|[^\\])*?"""(?:"{0,2})'  # up to two quotes may touch the closing three
    r"|'''.*?'''(?:'{0,2})"
    r'|"(?:\\.|[^"\\])*"'
    r"|'[^']*'",
    re.DOTALL,
)
_SCALAR: Final = re.compile(r"[^,\]}#\r\n]+")


def key_lines(text: str) -> dict[KeyPath, int]:
    """Return the line (from 1) where each key and array element of `text` first stands.

    `text` must have been read by tomllib without an error: it is not checked again.
    """
    scanner = _Scanner(text)
    scanner.document()
    return scanner.lines


class _Scanner:
    """One pass over a valid TOML text. `_at` is the next character to read."""

    def __init__(self, text: str) -> None:
        self.lines: dict[KeyPath, int] = {}
        self._text = text
        self._at = 0
        self._line_ends = [match.start() for match in re.finditer("\n", text)]
        self._tables_seen: dict[KeyPath, int] = {}  # arrays of tables, and their length so far

    def document(self) -> None:
        table: KeyPath = ()
        self._skip(_SPACE)
        while self._at < len(self._text):
            if self._text[self._at] == "[":
                table = self._header()
            else:
                self._pair(table)
            self._skip(_SPACE)

    def _header(self) -> KeyPath:
        """Read [table] or [[table]] and return the path that the keys below it start with."""
        at = self._at
        is_element = self._text.startswith("[[", at)
        self._at += 2 if is_element else 1
        path: KeyPath = ()
        for part in self._key():
            path = (*self._last_element(path), part)
        self._at += 2 if is_element else 1
        if is_element:
            self._record(path, at)
            count = self._tables_seen.get(path, 0)
            self._tables_seen[path] = count + 1
            path = (*path, count)
        else:
            path = self._last_element(path)
        self._record(path, at)
        return path

    def _last_element(self, path: KeyPath) -> KeyPath:
        count = self._tables_seen.get(path)
        return path if count is None else (*path, count - 1)

    def _pair(self, table: KeyPath) -> None:
        at = self._at
        path = (*table, *self._key())
        self._record(path, at)
        self._at += 1  # the equals sign
        self._value(path)

    def _key(self) -> list[str]:
        """Read a key, dotted or not, and the space around it."""
        parts = []
        while True:
            self._skip(_SPACE)
            if self._text[self._at] in "\"'":
                quoted = self._skip(_STRING)
                parts.append(next(iter(tomllib.loads(f"{quoted} = 0"))))
            else:
                parts.append(self._skip(_BARE_KEY))
            self._skip(_SPACE)
            if self._text[self._at] != ".":
                return parts
            self._at += 1

    def _value(self, path: KeyPath) -> None:
        self._skip(_SPACE)
        opening = self._text[self._at]
        if opening == "[":
            self._array(path)
        elif opening == "{":
            self._inline_table(path)
        elif opening in "\"'":
            self._skip(_STRING)
        else:
            self._skip(_SCALAR)

    def _array(self, path: KeyPath) -> None:
        index = 0
        while not self._closes("]"):
            element = (*path, index)
            self._record(element, self._at)
            self._value(element)
            index += 1

    def _inline_table(self, path: KeyPath) -> None:
        while not self._closes("}"):
            self._pair(path)

    def _closes(self, bracket: str) -> bool:
        """Pass the opening bracket or a comma; say whether `bracket` follows, and pass it too."""
        self._skip(_SPACE)
        if self._text[self._at] in "[{,":
            self._at += 1
            self._skip(_SPACE)
        if self._text[self._at] != bracket:
            return False
        self._at += 1
        return True

    def _skip(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self._text, self._at)
        assert match is not None, (pattern.pattern, self._at)
        self._at = match.end()
        return match[0]

    def _record(self, path: KeyPath, at: int) -> None:
        line = bisect.bisect_left(self._line_ends, at) + 1
        for length in range(1, len(path) + 1):
            self.lines.setdefault(path[:length], line)

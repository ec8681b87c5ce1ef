"""What is wrong with a configuration, in words for a terminal."""

import json
import re
from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Final, NamedTuple

from deskwatch.config.lines import KeyPath
from deskwatch.core.rejection import shorten

#: A user and a password in a URL.
_LOGIN: Final = re.compile(r"(?<=://)\S*@")
_PLAIN: Final = re.compile(r"[A-Za-z0-9_-]+|<name>")


class Problem(NamedTuple):
    """One thing that is wrong.

    file: the file, or the environment variable, that says so; empty when nothing does.
    line: from 1, where there is one. key: the full key path; empty for a file as a whole.
    """

    file: str
    line: int | None
    key: str
    found: str
    expected: str

    def __str__(self) -> str:
        """Return `file:line: key: found …; expected …`, without the parts that are not known."""
        place = f"{self.file}:{self.line}" if self.line else self.file
        where = ": ".join(part for part in (place, self.key) if part)
        return f"{where}: found {self.found}; expected {self.expected}"


class ConfigError(Exception):
    """The configuration can't be used. Its text has one line for each problem."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = list(problems)
        super().__init__("\n".join(map(str, problems)))


def written_key(path: KeyPath) -> str:
    """Return `path` as TOML writes a dotted key, with an array's elements by index from 0."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += "." * bool(text) + (part if _PLAIN.fullmatch(part) else _quoted(part))
    return text


def written_value(value: object) -> str:
    """Return `value` as a person would say what stands there, shortened; no URL's password."""
    match value:
        case str():
            return _quoted(shorten(_LOGIN.sub("…@", value)))
        case bool():
            return str(value).lower()
        case dict():
            return "a table"
        case list():
            return "an array"
        case datetime() | date() | time():
            return f"the date or time {value}"
        case _:
            return shorten(str(value))


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)

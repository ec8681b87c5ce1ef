"""What the file and the environment say together, before it is checked, and who said it."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Never

from pydantic import SecretStr

from deskwatch.config.environment import read_environment
from deskwatch.config.lines import KeyPath, key_lines
from deskwatch.config.problem import ConfigError, Problem, written_key, written_value
from deskwatch.config.schema import ROOT, Shape, is_secret

_TOKEN: Final[KeyPath] = ("server", "token")
_TOKEN_FILE: Final[KeyPath] = ("server", "token_file")
_MAX_TOKEN_FILE_BYTES: Final = 4096
_DEFAULT_DATA: Final = "~/.local/state/deskwatch"

Values = dict[str, object]


class Draft:
    """Merged values, with the line or the variable that each comes from.

    problems: what is wrong already. Raises ConfigError when the file can't be read at all.
    """

    def __init__(self, path: Path | None, environ: Mapping[str, str]) -> None:
        self.problems: list[Problem] = []
        self._file = str(path or "")
        self._lines: dict[KeyPath, int] = {}
        self._others: dict[KeyPath, str] = {}
        self.values: Values = {}
        if path is not None:
            self._take_file(path)
        self._take_environment(environ)
        self._take_token_file()
        if "data" not in self.values:
            self.values["data"] = self._default_data(environ)

    def origin(self, path: KeyPath) -> tuple[str, int | None]:
        """Return who said the value at `path`: a file and its line, or a variable and None.

        ("", None) when nobody did. For a key that is missing it is where its table is begun.
        """
        if path in self._others:
            return self._others[path], None
        for known in (path, path[:-1]):
            if known in self._lines:
                return self._file, self._lines[known]
        beside = (self._others[key] for key in self._others if key[:-1] == path[:-1])
        return next(beside, ""), None

    def found(self, path: KeyPath) -> str:
        """Return in words what stands at `path`; never a secret."""
        value: object = self.values
        for name in path:
            if not isinstance(value, dict) or name not in value:
                return "nothing"
            value = value[name]
        return "a value that is not shown" if is_secret(path) else written_value(value)

    def report(self, path: KeyPath, key: str, found: str, expected: str) -> None:
        """Take down a problem with what was said at `path`."""
        self.problems.append(Problem(*self.origin(path), key, found, expected))

    def _take_file(self, path: Path) -> None:
        text = _text(path)
        try:
            values = tomllib.loads(text)
        except ValueError as error:  # TOMLDecodeError, or int() about a number of 5000 digits
            _refuse_syntax(str(path), text, str(error))
        self._lines = key_lines(text)
        self.values = values
        self._check_token_pair(values)
        self._anchor(values, ROOT, path.parent)

    def _take_environment(self, environ: Mapping[str, str]) -> None:
        environment = read_environment(environ)
        self.problems += environment.problems
        server = environment.values.get("server")
        if isinstance(server, dict) and {"token", "token_file"} & server.keys():
            # The environment's way to give the token replaces the file's, whichever that was.
            self._forget(_TOKEN)
            self._forget(_TOKEN_FILE)
        self._others.update(environment.variables)
        self._anchor(environment.values, ROOT, Path())
        _merge(self.values, environment.values)
        self._check_token_pair(environment.values)

    def _forget(self, path: KeyPath) -> None:
        server = self.values.get("server")
        if isinstance(server, dict):
            server.pop(path[-1], None)
        self._lines.pop(path, None)

    def _check_token_pair(self, values: Values) -> None:
        server = values.get("server")
        if isinstance(server, dict) and {"token", "token_file"} <= server.keys():
            self.report(_TOKEN_FILE, "server.token_file", "token as well", "only one of the two")

    def _take_token_file(self) -> None:
        server = self.values.get("server")
        if not isinstance(server, dict) or "token" in server:
            return
        name = server.get("token_file")
        if not isinstance(name, str) or not name or "\0" in name:
            return
        expected = f"a readable file of at most {_MAX_TOKEN_FILE_BYTES} bytes with the token"
        try:
            with Path(name).open("rb") as file:
                content = file.read(_MAX_TOKEN_FILE_BYTES + 1)
        except OSError as error:
            found = f"{written_value(name)} ({error.strerror})"
            self.report(_TOKEN_FILE, "server.token_file", found, expected)
            return
        if len(content) > _MAX_TOKEN_FILE_BYTES:
            self.report(_TOKEN_FILE, "server.token_file", "a longer file", expected)
            return
        server["token"] = SecretStr(content.decode("utf-8", "replace").strip())
        self._others[_TOKEN] = name

    def _anchor(self, values: Values, shape: Shape, folder: Path, at: KeyPath = ()) -> None:
        """Make each path in `values` start at `folder` unless it is absolute; `~` is the home."""
        for name, value in values.items():
            child = shape.child(name)
            if child is not None and isinstance(value, dict):
                self._anchor(value, child, folder, (*at, name))
            elif (
                child is not None and child.kind is Path and isinstance(value, str | Path) and value
            ):
                try:
                    values[name] = str(folder / Path(value).expanduser())
                except RuntimeError:
                    key = (*at, name)
                    found = f"{written_value(str(value))}, whose home folder is not known"
                    self.report(key, written_key(key), found, "a path as text")

    def _default_data(self, environ: Mapping[str, str]) -> Path:
        state = environ.get("XDG_STATE_HOME", "")
        if Path(state).is_absolute():  # the XDG base directory specification: ignore others
            return Path(state) / "deskwatch"
        try:
            return Path(_DEFAULT_DATA).expanduser()
        except RuntimeError:
            self.report(("data",), "data", "no home folder", "data, or XDG_STATE_HOME, to be set")
            return Path(_DEFAULT_DATA)


def _text(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except OSError as error:
        problem = Problem(
            str(path), None, "", f"no readable file ({error.strerror})", "a TOML file"
        )
        raise ConfigError([problem]) from None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        found = f"the byte 0x{raw[error.start]:02x}"
        raise ConfigError([Problem(str(path), line, "", found, "UTF-8 text")]) from None


def _refuse_syntax(file: str, text: str, message: str) -> Never:
    """Raise ConfigError with the line that tomllib's `message` ends in."""
    place = re.search(r" \(at (?:line (\d+), column \d+|end of document)\)", message)
    lines = text.count("\n") + (not text.endswith("\n"))
    line = None if place is None else int(place[1] or lines)
    found = message[: place.start()] if place else message
    found = f"broken syntax ({found[:1].lower()}{found[1:]})"
    raise ConfigError([Problem(file, line, "", found, "TOML")]) from None


def _merge(below: Values, above: Values) -> None:
    for name, value in above.items():
        under = below.get(name)
        if isinstance(value, dict) and isinstance(under, dict):
            _merge(under, value)
        elif name not in below or not isinstance(value, dict):
            below[name] = value

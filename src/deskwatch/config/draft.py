"""What the file and the environment say together, before it is checked, and who said it."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Never, TypeGuard

from pydantic import SecretStr

from deskwatch.config.dotenv_file import read_dotenv
from deskwatch.config.environment import Environment, read_environment
from deskwatch.config.lines import KeyPath, key_lines
from deskwatch.config.problem import ConfigError, Problem, written_key, written_value
from deskwatch.config.schema import ROOT, Shape, is_secret, secrets, shape_at

_MAX_SECRET_FILE_BYTES: Final = 4096
_DEFAULT_DATA: Final = "~/.local/state/deskwatch"

Values = dict[str, object]


class Draft:
    """Merged values, with the line or the variable that each comes from.

    dotenv: a file of variables under those of `environ`. problems: what is wrong already. Raises
    ConfigError when the file can't be read at all.
    """

    def __init__(
        self, path: Path | None, environ: Mapping[str, str], dotenv: Path | None = None
    ) -> None:
        self.problems: list[Problem] = []
        self._file = str(path or "")
        self._lines: dict[KeyPath, int] = {}
        self._others: dict[KeyPath, tuple[str, int | None]] = {}
        self.values: Values = {}
        if path is not None:
            self._take_file(path)
        if dotenv is not None:
            self._take_dotenv(dotenv)
        self._take_environment(environ)
        for key, file_key in secrets():
            self._take_secret_file(key, file_key)
        if "data" not in self.values:
            self.values["data"] = self._default_data(environ)

    def origin(self, path: KeyPath) -> tuple[str, int | None]:
        """Return who said the value at `path`: a file and its line, or a variable and None.

        ("", None) when nobody did. For a key that is missing it is where its table is begun.
        """
        for known in (path, path[:-1]):
            if known in self._others:
                return self._others[known]
        for known in (path, path[:-1]):
            if known in self._lines:
                return self._file, self._lines[known]
        beside = (self._others[key] for key in self._others if key[:-1] == path[:-1])
        return next(beside, ("", None))

    def found(self, path: KeyPath) -> str:
        """Return in words what stands at `path`; never a secret."""
        value: object = self.values
        for name in path:
            if isinstance(value, list) and isinstance(name, int):
                value = value[name]
                continue
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
        self._check_secrets(values)
        self._anchor(values, ROOT, path.parent)

    def _take_dotenv(self, path: Path) -> None:
        found = read_dotenv(path)
        environment = read_environment(found.variables)
        self.problems += found.problems
        self.problems += (
            problem._replace(file=str(path), line=found.lines[problem.file])
            for problem in environment.problems
        )
        places = {variable: (str(path), line) for variable, line in found.lines.items()}
        self._take_variables(environment, places, path.parent)

    def _take_environment(self, environ: Mapping[str, str]) -> None:
        environment = read_environment(environ)
        self.problems += environment.problems
        places = {variable: (variable, None) for variable in environment.variables.values()}
        self._take_variables(environment, places, Path())

    def _take_variables(
        self, environment: Environment, places: Mapping[str, tuple[str, int | None]], folder: Path
    ) -> None:
        for pair in secrets():
            if not environment.variables.keys().isdisjoint(pair):
                # This way to give the secret replaces the one below, whichever that was.
                for key in pair:
                    self._forget(key)
        self._others.update((key, places[name]) for key, name in environment.variables.items())
        self._anchor(environment.values, ROOT, folder)
        _merge(self.values, environment.values)
        self._check_secrets(environment.values)

    def _forget(self, path: KeyPath) -> None:
        _table(self.values, path).pop(str(path[-1]), None)
        self._lines.pop(path, None)
        self._others.pop(path, None)

    def _check_secrets(self, values: Values) -> None:
        for key, file_key in secrets():
            if {key[-1], file_key[-1]} <= _table(values, key).keys():
                found = f"{key[-1]} as well"
                self.report(file_key, written_key(file_key), found, "only one of the two")

    def _take_secret_file(self, key: KeyPath, file_key: KeyPath) -> None:
        """Put what is in the named file in the place of the secret, if that is not given itself."""
        table = _table(self.values, key)
        name = table.get(str(file_key[-1]))
        if key[-1] in table or not isinstance(name, str) or not name or "\0" in name:
            return
        shape = shape_at(key)
        is_array = shape is not None and shape.element is not None
        expected = f"a readable file of at most {_MAX_SECRET_FILE_BYTES} bytes with the {key[-1]}"
        expected += ", one a line" * is_array
        try:
            with Path(name).open("rb") as file:
                content = file.read(_MAX_SECRET_FILE_BYTES + 1)
        except OSError as error:
            found = f"{written_value(name)} ({error.strerror})"
            self.report(file_key, written_key(file_key), found, expected)
            return
        if len(content) > _MAX_SECRET_FILE_BYTES:
            self.report(file_key, written_key(file_key), "a longer file", expected)
            return
        text = content.decode("utf-8", "replace")
        self._others[key] = name, None
        if is_array:
            table[str(key[-1])] = self._secret_lines(key, name, text)
        else:
            table[str(key[-1])] = SecretStr(text.strip())

    def _secret_lines(self, key: KeyPath, name: str, text: str) -> list[SecretStr]:
        """Return the lines of a file of secrets, without empty ones and comments."""
        found: list[SecretStr] = []
        for number, line in enumerate(text.splitlines(), start=1):
            if line.strip() and not line.lstrip().startswith("#"):
                self._others[*key, len(found)] = name, number
                found.append(SecretStr(line.strip()))
        return found

    def _anchor(self, values: Values, shape: Shape, folder: Path, at: KeyPath = ()) -> None:
        """Make each path in `values` start at `folder` unless it is absolute; `~` is the home."""
        for name, value in values.items():
            child, key = shape.child(name), (*at, name)
            if child is None:
                continue
            if isinstance(value, dict):
                self._anchor(value, child, folder, key)
            elif child.kind is Path:
                values[name] = self._anchored(value, folder, key)
            elif child.element is not None and child.element.kind is Path and _is_array(value):
                values[name] = [
                    self._anchored(one, folder, (*key, index)) for index, one in enumerate(value)
                ]

    def _anchored(self, value: object, folder: Path, key: KeyPath) -> object:
        if not isinstance(value, str | Path) or not value:
            return value
        try:
            return str(folder / Path(value).expanduser())
        except RuntimeError:
            found = f"{written_value(str(value))}, whose home folder is not known"
            self.report(key, written_key(key), found, "a path as text")
            return value

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


_KEY: Final = re.compile("'([^']*)'")


def _refuse_syntax(file: str, text: str, message: str) -> Never:
    """Raise ConfigError with the line that tomllib's `message` ends in."""
    place = re.search(r" \(at (?:line (\d+), column \d+|end of document)\)", message)
    lines = text.count("\n") + (not text.endswith("\n"))
    line = None if place is None else int(place[1] or lines)
    found = message[: place.start()] if place else message
    # tomllib names a table by the tuple of its keys.
    found = re.sub(r"\(('[^()]*'),?\)", lambda keys: f"[{'.'.join(_KEY.findall(keys[1]))}]", found)
    found = f"broken syntax ({found[:1].lower()}{found[1:]})"
    raise ConfigError([Problem(file, line, "", found, "TOML")]) from None


def _is_array(value: object) -> TypeGuard[list[object]]:
    return isinstance(value, list)


def _table(values: Values, path: KeyPath) -> Values:
    """Return the table that `path`'s last key stands in; an empty one if there is none."""
    table: object = values
    for name in path[:-1]:
        table = table.get(str(name)) if isinstance(table, dict) else None
    return table if isinstance(table, dict) else {}


def _merge(below: Values, above: Values) -> None:
    for name, value in above.items():
        under = below.get(name)
        if isinstance(value, dict) and isinstance(under, dict):
            _merge(under, value)
        elif name not in below or not isinstance(value, dict):
            below[name] = value

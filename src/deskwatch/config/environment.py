"""What the environment says: `DESKWATCH_SERVER__PORT=9000` is `server.port`."""

import difflib
import json
from collections.abc import Mapping
from typing import Final, NamedTuple, cast

from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsConfigDict

from deskwatch.config.lines import KeyPath
from deskwatch.config.model import Config
from deskwatch.config.problem import Problem, written_key
from deskwatch.config.schema import ANY_NAME, ROOT, Shape, keys, nearest, secrets, shape_at

PREFIX: Final = "DESKWATCH_"
TELEGRAM_PREFIX: Final = "TELEGRAM_"
#: Names that bots' users know. A DESKWATCH_ variable for the same key wins.
WELL_KNOWN: Final[dict[str, tuple[str, ...]]] = {
    f"{TELEGRAM_PREFIX}BOT_TOKEN": ("telegram", "token"),
    f"{TELEGRAM_PREFIX}CHAT_ID": ("telegram", "chat_id"),
}
#: Names the file itself, so it is no key of the file.
CONFIG_VARIABLE: Final = "DESKWATCH_CONFIG"
_LEVEL: Final = "__"
_ALIKE: Final = 0.8


class _Settings(Config, BaseSettings):
    """The same keys, as pydantic-settings wants them. Config itself stays apart from it.

    BaseSettings takes `_env_file` and the like as arguments, so that a key of that name in the
    file would pass unnoticed.
    """

    model_config = SettingsConfigDict(case_sensitive=True, env_nested_delimiter=_LEVEL)


class Environment(NamedTuple):
    """Values as nested tables, the variable that gave each, and what was wrong with the rest."""

    values: dict[str, object]
    variables: dict[KeyPath, str]
    problems: list[Problem]


def read_environment(environ: Mapping[str, str]) -> Environment:
    """Return what `environ` says. An empty variable says nothing.

    Names that the user chose (of accounts, venues, files, pairs) count as they are written;
    everything else may be in either case. A variable with our prefix that is not like any key is
    left alone: Kubernetes, for one, gives each container a DESKWATCH_PORT and more of a service
    called deskwatch. An array is written as JSON.
    """
    variables: dict[KeyPath, str] = {}
    problems = []
    for variable, text in sorted(environ.items()):
        if not text or not variable.startswith(PREFIX) or variable == CONFIG_VARIABLE:
            continue
        path = _path(variable)
        shape = shape_at(path)
        if path in variables:
            found = f"{variables[path]} as well"
            problems.append(
                Problem(variable, None, written_key(path), found, "only one of the two")
            )
        elif shape is not None and shape.is_value:
            variables[path] = variable
        elif shape is not None or _meant_for_us(path):
            problems.append(_problem(variable, path, shape))
    _add_well_known(variables, environ)
    return Environment(_values(variables, environ), variables, problems)


def _add_well_known(variables: dict[KeyPath, str], environ: Mapping[str, str]) -> None:
    files = dict(secrets())
    for variable, path in WELL_KNOWN.items():
        if environ.get(variable) and not {path, files.get(path)} & variables.keys():
            variables[path] = variable


def _values(variables: Mapping[KeyPath, str], environ: Mapping[str, str]) -> dict[str, object]:
    """Return the variables' values as nested tables."""
    arrays = [path for path in variables if _is_array(path)]
    source = EnvSettingsSource(_Settings)
    source.env_vars = {
        _LEVEL.join(map(str, path)): environ[variable]
        for path, variable in variables.items()
        if path not in arrays
    }
    values: dict[str, object] = source()
    for path in arrays:
        table = values
        for name in path[:-1]:
            table = cast("dict[str, object]", table.setdefault(str(name), {}))
        table[str(path[-1])] = _array(environ[variables[path]])
    return values


def _is_array(path: KeyPath) -> bool:
    shape = shape_at(path)
    return shape is not None and shape.element is not None


def _array(text: str) -> object:
    """Return the array that `text` is in JSON; `text` itself, which no key takes, if it is none.

    EnvSettingsSource would raise on it, and then nothing could be said of the other variables.
    """
    try:
        array = json.loads(text)
    except ValueError:
        return text
    return array if isinstance(array, list) else text


def _path(variable: str) -> tuple[str, ...]:
    path: tuple[str, ...] = ()
    shape: Shape | None = ROOT
    for part in variable.removeprefix(PREFIX).split(_LEVEL):
        name = part if shape and shape.is_named else part.lower()
        path = (*path, name)
        shape = shape.child(name) if shape else None
    return path


def _meant_for_us(path: tuple[str, ...]) -> bool:
    """Return whether an unknown path is a key misspelled rather than a stranger's variable."""
    if len(path) > 1 or path[0] in _flattened():
        return True
    return bool(difflib.get_close_matches(path[0], ROOT.names(), 1, _ALIKE))


def _flattened() -> dict[str, KeyPath]:
    """Return each key by its path with single underscores, the likeliest slip."""
    return {"_".join(key): key for key in keys() if len(key) > 1}


def _problem(variable: str, path: tuple[str, ...], shape: Shape | None) -> Problem:
    if shape is not None:
        under = (*path, ANY_NAME) if shape.is_named else (*path, shape.names()[0])
        found, expected = "one value for a table", f"one of its keys, as in {_variable(under)}"
    else:
        meant = [_flattened()[path[0]]] if path[0] in _flattened() else nearest(path)
        found = "an unknown key"
        expected = " or ".join(map(_variable, meant)) or "a key of docs/configuration.md"
    return Problem(variable, None, written_key(path), found, expected)


def _variable(path: KeyPath) -> str:
    """Return the variable that sets `path`."""
    names = []
    shape: Shape | None = ROOT
    for name in map(str, path):
        names.append(name if shape and shape.is_named else name.upper())
        shape = shape.child(name) if shape else None
    return PREFIX + _LEVEL.join(names)

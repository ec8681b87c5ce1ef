"""Reading the configuration, and explaining it."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from pydantic import BaseModel, ValidationError

from deskwatch.config.conflicts import conflicts
from deskwatch.config.draft import Draft
from deskwatch.config.environment import CONFIG_VARIABLE
from deskwatch.config.lines import KeyPath
from deskwatch.config.model import Config
from deskwatch.config.problem import ConfigError, written_key, written_value
from deskwatch.config.schema import Shape, is_secret, nearest, shape_at

DEFAULT_FILE = "deskwatch.toml"

#: What `settings_of` says of a secret in place of its value.
HIDDEN: Final = "set"


def find_config(explicit: Path | None, environ: Mapping[str, str]) -> Path | None:
    """Return the file to load: `explicit`, $DESKWATCH_CONFIG, ./deskwatch.toml, or none.

    One that was named is returned even if it doesn't exist, so that `load` can say so.
    """
    if explicit is not None:
        return explicit
    if named := environ.get(CONFIG_VARIABLE):
        return Path(named)
    default = Path(DEFAULT_FILE)
    return default if default.exists() else None


def load(path: Path | None, environ: Mapping[str, str], dotenv: Path | None = None) -> Config:
    """Return the configuration: defaults, under the file's values, under the environment's.

    dotenv: a file of variables for the environment; those of `environ` win. Side effect: reads the
    files, and those that are named to hold secrets. Raises ConfigError.
    """
    return _checked(Draft(path, environ, dotenv))


class Setting(NamedTuple):
    """One key's value in words, and who said it: "default", file:line, or a variable."""

    key: str
    value: str
    origin: str


def settings_of(
    path: Path | None, environ: Mapping[str, str], dotenv: Path | None = None
) -> list[Setting]:
    """Return each key with its value and origin, as `load` would read it. Raises ConfigError."""
    draft = Draft(path, environ, dotenv)
    settings = []
    for key, value in _values(_checked(draft)):
        file, line = draft.origin(key) if draft.found(key) != "nothing" else ("", None)
        origin = f"{file}:{line}" if line else file or "default"
        shown = HIDDEN if is_secret(key) and value is not None else _shown(value)
        settings.append(Setting(written_key(key), shown, origin))
    return settings


def _checked(draft: Draft) -> Config:
    broken: set[str | int] = set()
    try:
        config = Config.model_validate(draft.values)
    except ValidationError as error:
        for one in error.errors(include_url=False, include_input=False):
            _report(draft, one["type"], one["loc"], one.get("ctx", {}))
            broken.add(one["loc"][0])
        # Only for the conflicts of what is left; the folder is in none.
        sound = {name: table for name, table in draft.values.items() if name not in broken}
        config = Config.model_validate({"data": ".", **sound})
    for path, expected in conflicts(config, broken):
        draft.report(path, written_key(path), draft.found(path), expected)
    if draft.problems:
        # Not chained: pydantic's error quotes what it found, a secret too.
        raise ConfigError(sorted(draft.problems, key=lambda one: (one.file, one.line or 0)))
    return config


def _report(draft: Draft, kind: str, path: KeyPath, context: Mapping[str, str]) -> None:
    """Put one of pydantic's findings in our words: the shape at its path says what it takes."""
    if kind == "unfit":
        path = (*path, context["key"])
        found, expected = _found_or_default(draft, path), context["expected"]
    elif kind == "extra_forbidden":
        found, expected = "an unknown key", _known_keys(path)
    elif path[-1] == "[key]":
        path = path[:-1]
        found, expected = written_value(path[-1]), _shape(path[:-1]).name_expected()
    else:
        found, expected = draft.found(path), _shape(path).expected()
    draft.report(path, written_key(path), found, expected)


def _found_or_default(draft: Draft, path: KeyPath) -> str:
    """Return in words what a key is that doesn't go with another: nobody need have said it."""
    found = draft.found(path)
    table = _shape(path[:-1]).table
    if found != "nothing" or table is None:
        return found
    default = table.model_fields[str(path[-1])].get_default(call_default_factory=True)
    return found if default is None else f"{written_value(default)}, its default"


def _shape(path: KeyPath) -> Shape:
    shape = shape_at(path)
    assert shape is not None, path
    return shape


def _known_keys(path: KeyPath) -> str:
    """Return in words what could stand where the unknown key `path` does."""
    meant = nearest(path)
    if not meant:
        return f"one of {', '.join(_shape(path[:-1]).names())}"
    words = " or ".join(map(written_key, meant))
    # In TOML a key belongs to the table above it, which is how a top key gets lost.
    return f"{words}, above the first [table]" if meant == [("data",)] and path[1:] else words


def _values(
    table: BaseModel | dict[str, object], path: KeyPath = ()
) -> Iterator[tuple[KeyPath, object]]:
    for name, value in table.items() if isinstance(table, dict) else table:
        if isinstance(value, BaseModel | dict):
            yield from _values(value, (*path, name))
        else:
            yield (*path, name), value


def _shown(value: object) -> str:
    match value:
        case None:
            return "not set"
        case list():
            return f"[{', '.join(map(_shown, value))}]"
        case Path():
            return written_value(str(value))
        case _:
            return written_value(value)

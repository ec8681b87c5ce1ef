"""The `.env` file: variables for the environment that stand under the real ones."""

from io import StringIO
from pathlib import Path
from typing import Final, NamedTuple

from dotenv.parser import Binding, parse_stream

from deskwatch.config.environment import PREFIX, TELEGRAM_PREFIX
from deskwatch.config.problem import Problem

_NAME: Final = Path(".env")
_OURS: Final = (PREFIX, TELEGRAM_PREFIX)
_MAX_BYTES: Final = 65_536


class DotEnv(NamedTuple):
    """The variables of a `.env` that are ours, the line (from 1) of each, and what is wrong."""

    variables: dict[str, str]
    lines: dict[str, int]
    problems: list[Problem]


def find_dotenv(config_file: Path | None) -> Path | None:
    """Return the `.env` beside the configuration file, or the working directory's without a file.

    A command that names its file takes nothing from wherever it is called: a `.env` there could
    have it send the file's token elsewhere.
    """
    path = _NAME if config_file is None else config_file.parent / _NAME
    return path if path.is_file() else None


def read_dotenv(path: Path) -> DotEnv:
    """Return what is in a `.env`. Nothing in a value is expanded; of two lines the later counts."""
    found = DotEnv({}, {}, [])
    try:
        with path.open("rb") as file:
            raw = file.read(_MAX_BYTES + 1)
        text = raw.decode("utf-8-sig")
    except OSError as error:
        return _unreadable(path, f"no readable file ({error.strerror})")
    except UnicodeDecodeError:
        return _unreadable(path, "bytes that are no UTF-8")
    if len(raw) > _MAX_BYTES:
        return _unreadable(path, "a longer file")
    for binding in parse_stream(StringIO(text)):
        line = _line(binding)
        if binding.error:
            # What stands there may be half a secret.
            problem = Problem(str(path), line, "", "a line that is not shown", "KEY=VALUE")
            found.problems.append(problem)
        elif binding.key is not None and binding.key.startswith(_OURS):
            found.variables[binding.key] = binding.value or ""
            found.lines[binding.key] = line
    return found


def _unreadable(path: Path, why: str) -> DotEnv:
    expected = f"at most {_MAX_BYTES} bytes of KEY=VALUE lines in UTF-8"
    return DotEnv({}, {}, [Problem(str(path), None, "", why, expected)])


def _line(binding: Binding) -> int:
    """Return where the binding itself stands; the parser counts blank lines above to it."""
    text = binding.original.string
    return binding.original.line + text[: len(text) - len(text.lstrip())].count("\n")

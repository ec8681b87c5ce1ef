"""Real programs that tests meet: every version at hand, or a skip that says so; ports for them."""

import os
import shutil
import socket
from typing import Final

import pytest

#: A folder with another generation of Prometheus' and Alertmanager's programs, if there is one.
FOLDER: Final = os.environ.get("DESKWATCH_TEST_SERVERS")


def programs(variable: str, *names: str) -> list[str]:
    """Return each version: what `variable` names (several by a colon), on PATH, in the folder."""
    named = [shutil.which(one) for one in os.environ.get(variable, "").split(os.pathsep) if one]
    folders = dict.fromkeys((None, FOLDER))
    found = [shutil.which(name, path=folder) for folder in folders for name in names]
    return list(dict.fromkeys(filter(None, [*named, *found])))


def each(variable: str, *names: str) -> list[object]:
    """Return each version as a parameter of a test; one that is skipped where there is none."""
    missing = f"there is no {names[0]} on PATH or in ${variable}"
    skipped = pytest.param(names[0], id="none", marks=pytest.mark.skip(reason=missing))
    return [pytest.param(path, id=path) for path in programs(variable, *names)] or [skipped]


def free_port() -> int:
    """Return a port that was free a moment ago."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port

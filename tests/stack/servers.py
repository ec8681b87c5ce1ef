"""Where real servers are: on PATH, in a folder of another generation, or named one by one."""

import os
import shutil

from tests.notify.stack import SERVERS


def programs(variable: str, *names: str) -> list[str]:
    """Return every version of a program: where `variable` says, on PATH, in the other folder."""
    named = os.environ.get(variable)
    found = [shutil.which(named)] if named else []
    folders = dict.fromkeys((None, SERVERS))
    found += [shutil.which(name, path=folder) for folder in folders for name in names]
    return list(dict.fromkeys(filter(None, found)))

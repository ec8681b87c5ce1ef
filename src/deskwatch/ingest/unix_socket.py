"""Unix sockets that only this user can open."""

import os
import socket
import stat
from pathlib import Path


def bind_unix(path: Path) -> tuple[socket.socket, int]:
    """Return a socket bound to `path` for this user only, and its file's inode.

    A socket file that nobody listens on is replaced. Raises OSError when somebody does, or when the
    file is something else.
    """
    _clear_stale_socket(path)
    bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        bound.bind(os.fspath(path))
        # Nobody can connect before `listen`: there is no moment with wider permissions.
        path.chmod(0o600)
        return bound, path.stat().st_ino
    except BaseException:
        bound.close()
        raise


def _clear_stale_socket(path: Path) -> None:
    """Remove a socket file that nobody listens on. Raises OSError when it isn't one."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        raise FileExistsError(f"{path} exists and is not a socket")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        # A listener with a full backlog would block us: it is alive all the same.
        probe.settimeout(0)
        try:
            probe.connect(os.fspath(path))
        except ConnectionRefusedError:
            path.unlink()
            return
        except BlockingIOError:
            pass
    raise FileExistsError(f"another process listens on {path}")

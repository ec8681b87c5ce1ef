"""The password that Prometheus and Alertmanager ask for, as they and their tools read it."""

import ctypes
import os
import re
from typing import Any, Final

import yaml

USER: Final = "admin"

#: What means itself in a URL, in .env and to Grafana, and is all of it compared: bcrypt reads
#: 72 bytes.
_PASSWORD: Final = re.compile(r"[A-Za-z0-9._~-]{12,72}")

#: 2^10 rounds: some 50 ms for each guess.
_ROUNDS_LOG2: Final = 10


def web_config(password: str | None) -> str:
    """Return a `--web.config.file`; without a password everybody is let in.

    Raises ValueError for a password that won't do, and OSError where there is no libcrypt.
    """
    if password is None:
        return _text({})
    if not _PASSWORD.fullmatch(password):
        # It is not shown: whoever reads the log would know most of it.
        raise ValueError(
            "PROMETHEUS_PASSWORD: expected 12 to 72 letters, digits, or any of . _ ~ -"
        )
    return _text({"basic_auth_users": {USER: _bcrypt(password)}})


def client_config(password: str | None) -> str:
    """Return a `--http.config.file` of promtool and amtool, who then say the password."""
    if password is None:
        return _text({})
    return _text({"basic_auth": {"username": USER, "password": password}})


def _text(config: dict[str, Any]) -> str:
    return yaml.safe_dump(config)


def _bcrypt(password: str) -> str:
    """Return the only kind of hash that Prometheus and Alertmanager take.

    By the library that hashes Linux's own passwords, which our image has: Python's `crypt` went
    with 3.13, and a package for one line of one container would be installed by everybody.
    """
    library = ctypes.CDLL("libcrypt.so.1")
    library.crypt_gensalt.argtypes = (
        ctypes.c_char_p,
        ctypes.c_ulong,
        ctypes.c_char_p,
        ctypes.c_int,
    )
    library.crypt.argtypes = (ctypes.c_char_p, ctypes.c_char_p)
    library.crypt_gensalt.restype = library.crypt.restype = ctypes.c_char_p
    chance = os.urandom(16)
    salt = library.crypt_gensalt(b"$2b$", _ROUNDS_LOG2, chance, len(chance))
    hashed: bytes | None = salt and library.crypt(password.encode(), salt)
    if not hashed or not hashed.startswith(b"$2b$"):
        raise OSError("libcrypt knows no bcrypt")
    return hashed.decode()

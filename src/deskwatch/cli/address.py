"""Where an engine is, as a URL."""

import ipaddress
from typing import Final
from urllib.parse import urlsplit

from deskwatch.cli.failure import MISUSE, fail
from deskwatch.config import Config

#: Where to reach what is bound to every address of this machine.
_LOOPBACK_OF: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  compared, not bound


def http_url(host: str, port: int) -> str:
    """Return the URL of what is served at an address."""
    host = _LOOPBACK_OF.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def engine_url(given: str | None, config: Config) -> str:
    """Return the engine's URL without a trailing slash: as given, or as it is configured."""
    if given is None:
        if config.server.port == 0:
            fail("server.port is 0, which is any free port: say with --url which it is", MISUSE)
        return http_url(config.server.bind, config.server.port)
    try:
        parts = urlsplit(given)
        _ = parts.port  # a property that may raise
    except ValueError as error:
        fail(f"found the URL {given!r} ({error}); expected http://HOST:PORT", MISUSE)
    if parts.username or parts.password:
        fail("found a user or a password in the URL; the token is configured instead", MISUSE)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        fail(f"found the URL {given!r}; expected http://HOST:PORT or https://HOST:PORT", MISUSE)
    return given.rstrip("/")


def on_this_machine(url: str) -> bool:
    """Return whether `url` is on the loopback interface, where no proxy stands between."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False

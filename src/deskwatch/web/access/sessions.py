"""Who is signed in to the page, until when; in memory, so a restart signs everybody out."""

import hashlib
import secrets
from collections.abc import Callable
from typing import Final, Literal

from msgspec import Struct

#: A viewer sees everything; an operator also silences, acknowledges, reloads and runs.
Role = Literal["viewer", "operator"]

#: Signed in at once; one more signs out who came first.
MOST: Final = 1000

_BYTES: Final = 32


class Session(Struct, frozen=True):
    """One person's browser. csrf: what its page repeats with whatever it does."""

    role: Role
    name: str
    csrf: str
    ends_at: int


class Sessions:
    """The sessions by their secrets, of which only the hashes are kept. Times: ns."""

    def __init__(self, lasting_ns: int, clock: Callable[[], int]) -> None:
        self._lasting_ns = lasting_ns
        self._clock = clock
        self._open: dict[bytes, Session] = {}

    def open(self, role: Role, name: str) -> str:
        """Return the secret of a new session."""
        if len(self._open) >= MOST:
            del self._open[next(iter(self._open))]
        secret = secrets.token_urlsafe(_BYTES)
        csrf = secrets.token_urlsafe(_BYTES)
        self._open[_key(secret)] = Session(role, name, csrf, self._clock() + self._lasting_ns)
        return secret

    def find(self, secret: str) -> Session | None:
        """Return the session with this secret, if it has not ended."""
        session = self._open.get(_key(secret))
        return session if session is not None and session.ends_at > self._clock() else None

    def close(self, secret: str) -> None:
        """End a session, if there is one."""
        self._open.pop(_key(secret), None)


def _key(secret: str) -> bytes:
    # Looked up by hash: how long that takes tells nothing of a secret.
    return hashlib.sha256(secret.encode()).digest()

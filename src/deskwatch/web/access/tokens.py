"""The token that programs show, and how often one may guess at it."""

import hashlib
import hmac
from collections.abc import Callable
from typing import Final

import structlog

from deskwatch.core.duplicate import Remembered
from deskwatch.web.access.attempts import Attempts
from deskwatch.web.access.peer import is_this_machine, network

#: Wrong tokens, and networks that showed the right one, that are remembered.
_MOST: Final = 1000

log = structlog.get_logger()


class Tokens:
    """Checks tokens. Of who guesses, nothing is looked at for a while, as of wrong passwords.

    Programs share addresses, and none may wait for another's mistake: so one wrong token counts
    once however often it is sent, and the right one passes at any time from this machine and from
    where it was shown before. clock: ns.
    """

    def __init__(self, token: str, clock: Callable[[], int]) -> None:
        self._token = token.encode()
        self._attempts = Attempts(clock)
        self._wrong = Remembered[bytes, bool](_MOST)
        self._homes = Remembered[str, bool](_MOST)

    def wait_s(self, address: str) -> int:
        """Return for how long nothing else from `address` is looked at; 0 is not at all."""
        return self._attempts.wait_s(address)

    def admits(self, given: bytes, address: str) -> bool:
        """Return whether it is the right token, and may be looked at."""
        is_right = hmac.compare_digest(given, self._token)
        home = network(address)
        if is_right and (is_this_machine(address) or self._homes.get(home)):
            return True
        if self._attempts.wait_s(address):
            return False
        if is_right:
            self._homes.put(home, True, 0)
        else:
            self._miss(given, address)
        return is_right

    def _miss(self, given: bytes, address: str) -> None:
        digest = hashlib.sha256(given).digest()
        if self._wrong.get(digest) is None:
            self._wrong.put(digest, True, 0)
            self._attempts.missed(address)
            log.warning("token_refused", address=address)

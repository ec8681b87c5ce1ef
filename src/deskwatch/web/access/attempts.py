"""Wrong passwords, by where they come from: after a few, each costs a wait that doubles."""

import ipaddress
import math
from collections.abc import Callable
from typing import Final

from msgspec import Struct

from deskwatch.core.period import SECOND

#: Wrong passwords that cost nothing: fingers slip.
FREE: Final = 5
#: The longest wait, and how long after its end it is forgotten.
LONGEST_S: Final = 300
FORGOTTEN_AFTER_S: Final = 3600
_FORGOTTEN_AFTER_NS: Final = FORGOTTEN_AFTER_S * SECOND
#: Addresses that are told apart; beyond them, all others share one count.
MOST: Final = 1000
_OTHERS: Final = "others"
#: One customer's network; who has it has all its addresses.
_IPV6_PREFIX: Final = 64


class _Misses(Struct):
    count: int
    until: int


class Attempts:
    """Counts wrong passwords. clock: ns."""

    def __init__(self, clock: Callable[[], int]) -> None:
        self._clock = clock
        self._misses: dict[str, _Misses] = {}

    def wait_s(self, address: str) -> int:
        """Return for how long nothing from `address` is looked at; 0 is not at all."""
        misses = self._misses.get(self._key(address))
        left = 0 if misses is None else misses.until - self._clock()
        return max(0, math.ceil(left / SECOND))

    def missed(self, address: str) -> None:
        """Count a wrong password."""
        now, key = self._clock(), self._key(address)
        misses = self._misses.get(key)
        if misses is None or misses.until <= now - _FORGOTTEN_AFTER_NS:
            misses = self._misses[key] = _Misses(0, now)
        misses.count += 1
        over = misses.count - FREE
        # The count has no end, two to its power must have one.
        wait_s = 0 if over < 0 else min(LONGEST_S, 2 ** min(over, 16))
        misses.until = now + wait_s * SECOND

    def hit(self, address: str) -> None:
        """Forget what was wrong before a right password."""
        self._misses.pop(self._key(address), None)

    def _key(self, address: str) -> str:
        network = _network(address)
        if network in self._misses or len(self._misses) < MOST:
            return network
        oldest = self._clock() - _FORGOTTEN_AFTER_NS
        self._misses = {key: one for key, one in self._misses.items() if one.until > oldest}
        return network if len(self._misses) < MOST else _OTHERS


def _network(address: str) -> str:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if found.version == 4:  # noqa: PLR2004
        return address
    return str(ipaddress.ip_network((int(found), _IPV6_PREFIX), strict=False))

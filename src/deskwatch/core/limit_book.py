"""The limits that a platform tells of: the newest of each, until it says that it was removed."""

from typing import Final

import msgspec
from msgspec import Struct

from deskwatch.core.book import Checks, Followers
from deskwatch.core.holder import Holder
from deskwatch.core.limit import LIMIT_DECIMALS
from deskwatch.core.money import parse_decimal
from deskwatch.core.observation import Limit
from deskwatch.core.rejection import EventRejected

#: A bound on memory.
MOST_LIMITS: Final = 50_000


class ToldLimit(Struct, array_like=True):
    """What was last told of a limit. value: at LIMIT_DECIMALS; None: there is none.

    removed: there was one, and it was taken away.
    """

    time: int
    value: int | None
    removed: bool = False


#: The kind, whom it is about as the event says (what is empty is each), and the currency.
LimitKey = tuple[str, Holder, str]


class LimitBook:
    """Follows `limit` events.

    changes: counts them, so that a reader knows when to look again. removed: how many limits were
    taken away and not set again.
    """

    name = "limits"

    def __init__(self) -> None:
        self.changes = 0
        self.removed = 0
        self.told: dict[LimitKey, ToldLimit] = {}
        self.checks: Checks = {Limit: self._check}
        self.followers: Followers = {Limit: self._follow}

    def _check(self, limit: Limit) -> None:
        if limit.value is not None and parse_decimal(limit.value, LIMIT_DECIMALS) < 0:
            raise EventRejected("not_positive", limit.value, "a limit of zero or above")
        if _key(limit) not in self.told and len(self.told) >= MOST_LIMITS:
            raise EventRejected("too_many_limits", len(self.told), f"at most {MOST_LIMITS}")

    def _follow(self, limit: Limit) -> None:
        key = _key(limit)
        known = self.told.get(key)
        if known is None or known.time <= limit.event_time:
            value = None if limit.value is None else parse_decimal(limit.value, LIMIT_DECIMALS)
            was_set = known is not None and (known.value is not None or known.removed)
            told = ToldLimit(limit.event_time, value, removed=value is None and was_set)
            self.removed += told.removed - (known is not None and known.removed)
            self.told[key] = told
            self.changes += 1

    def begin(self, now: int) -> None:
        """Do nothing: a limit holds until it is removed."""

    def dump(self) -> bytes:
        """Return all limits, the removed ones too: an older event must not bring them back."""
        return msgspec.json.encode(list(self.told.items()))

    def load(self, state: bytes) -> None:
        """Take up dumped limits. Raises msgspec.MsgspecError."""
        self.told = dict(msgspec.json.decode(state, type=list[tuple[LimitKey, ToldLimit]]))
        self.removed = sum(limit.removed for limit in self.told.values())
        self.changes += 1


def _key(limit: Limit) -> LimitKey:
    whom = Holder(limit.account, limit.strategy, limit.venue, limit.symbol)
    return limit.limit, whom, limit.currency

"""The limits that a platform tells of: the newest of each, until it says that it was removed."""

from collections.abc import Callable
from typing import Final

import msgspec
from msgspec import Struct

from deskwatch.core.book import Checks, Followers
from deskwatch.core.holder import Holder
from deskwatch.core.limit import LIMIT_DECIMALS
from deskwatch.core.money import parse_decimal
from deskwatch.core.observation import Limit
from deskwatch.core.period import counted_from
from deskwatch.core.rejection import EventRejected
from deskwatch.core.telling import told_at

#: A bound on memory.
MOST_LIMITS: Final = 50_000


class ToldLimit(Struct, array_like=True):
    """What was last told of a limit. value: at LIMIT_DECIMALS; None: there is none.

    removed: there was one, and it was taken away. time: as `telling.told_at` counts it (ns UTC).
    told: what said it, None where a snapshot from before that was kept has none.
    """

    time: int
    value: int | None
    removed: bool = False
    told: Limit | None = None


#: The kind, whom it is about as the event says (what is empty is each), and the currency.
LimitKey = tuple[str, Holder, str]


class ToldLimits:
    """Follows `limit` events.

    received: when the event that is booked now was received (ns): none is younger than that.
    changes: counts them, so that a reader knows when to look again. removed: how many limits were
    taken away and not set again.
    """

    name = "limits"

    def __init__(self, received: Callable[[], int]) -> None:
        self._received = received
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
        newest, newest_at = (None, 0) if known is None else (known.told, known.time)
        at = told_at(limit, self._received(), newest, newest_at)
        if at >= newest_at:
            value = None if limit.value is None else parse_decimal(limit.value, LIMIT_DECIMALS)
            was_set = known is not None and (known.value is not None or known.removed)
            told = ToldLimit(at, value, removed=value is None and was_set, told=limit)
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
        for limit in self.told.values():
            # Before `told` was kept it was the sender's own time, and so perhaps in the future.
            limit.time = counted_from(limit.time, self._received())
        self.removed = sum(limit.removed for limit in self.told.values())
        self.changes += 1


def _key(limit: Limit) -> LimitKey:
    whom = Holder(limit.account, limit.strategy, limit.venue, limit.symbol)
    return limit.limit, whom, limit.currency

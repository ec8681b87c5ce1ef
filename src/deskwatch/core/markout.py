"""The price an order met when it was sent, and where the price went after each fill.

docs/execution.md, "Slippage" and "Markouts".
"""

from bisect import bisect
from collections import deque
from collections.abc import Callable
from typing import Final, Literal

from deskwatch.core.event import Fill, Mark, Side
from deskwatch.core.money import MAX_DECIMALS, divide_half_even, parse_decimal
from deskwatch.core.order_flow import HORIZONS_S, ONE
from deskwatch.core.orders_state import Executed, QuotedState, Unsampled, Waiting
from deskwatch.core.period import SECOND
from deskwatch.core.settings import ExecutionSettings

#: Marks that say where the middle of the market is; a last trade is at one side of it.
_MIDS: Final = frozenset({"mid", "mark"})

_HORIZONS_NS: Final = tuple(horizon * SECOND for horizon in HORIZONS_S)

#: A mark may reach us this long after it was made, before it is given up for lost.
_ON_THE_WAY_NS: Final = 5 * SECOND

#: Told the flow, the horizon's place in HORIZONS_S, and the markout in billionths.
Sampled = Callable[[int, int, int], None]


class Queue:
    """Fills that wait for a mark, oldest first, and the numbers of their flows.

    They are kept as they came: the books keep them as well, and making something of each would cost
    more than all else that is done with it here. latest: the time of the latest that ever came.
    """

    __slots__ = ("fills", "flows", "latest")

    def __init__(self) -> None:
        self.fills: deque[Fill | Executed] = deque()
        self.flows: deque[int] = deque()
        self.latest = 0

    def put(self, fill: Fill | Executed, flow: int) -> bool:
        """Put a fill into its place; return whether it is the oldest now.

        One that came late stands before those that it came after.
        """
        fills, time = self.fills, fill.event_time
        if time < self.latest:
            place = bisect(fills, time, key=_time)
            fills.insert(place, fill)
            self.flows.insert(place, flow)
            return place == 0
        self.latest = time
        fills.append(fill)
        self.flows.append(flow)
        return len(fills) == 1

    def has_until(self, time: int) -> bool:
        """Whether the oldest is from `time` or before."""
        return bool(self.fills) and self.fills[0].event_time <= time

    def pop(self) -> tuple[Fill | Executed, int]:
        """Take the oldest away."""
        return self.fills.popleft(), self.flows.popleft()

    def state(self) -> list[Waiting]:
        """Return all of it, for `load`."""
        return [
            Waiting(fill.event_time, fill.price, _sign(fill), flow)
            for fill, flow in zip(self.fills, self.flows, strict=True)
        ]

    def load(self, state: list[Waiting]) -> None:
        """Take up what `state` returned."""
        for waiting in state:
            side: Side = "buy" if waiting.sign > 0 else "sell"
            self.put(Executed(waiting.time, waiting.price, side), waiting.flow)


def _time(fill: Fill | Executed) -> int:
    return fill.event_time


def _sign(fill: Fill | Executed) -> int:
    return 1 if fill.side == "buy" else -1


class Quoted:
    """One instrument's last two mids, and its fills that wait for one, by horizon.

    due: the time from which on a mark has somebody waiting for it; None while nobody waits.
    """

    __slots__ = ("before", "due", "last", "place", "waiting")

    def __init__(self, venue: str, symbol: str) -> None:
        self.place = (venue, symbol)
        self.due: int | None = None
        self.last: Mark | None = None
        self.before: Mark | None = None
        self.waiting = [Queue() for _ in _HORIZONS_NS]

    def see_due(self) -> None:
        """Look anew for when the next mark is due."""
        dues = [
            queue.fills[0].event_time + horizon
            for queue, horizon in zip(self.waiting, _HORIZONS_NS, strict=True)
            if queue.fills
        ]
        self.due = min(dues, default=None)


class Markouts:
    """The mids of all instruments, and the fills that wait for theirs."""

    def __init__(self, settings: ExecutionSettings, sampled: Sampled) -> None:
        self._most_waiting = settings.max_waiting_markouts
        self._tolerance_ns = settings.markout_tolerance_ns
        self._arrival_max_age_ns = settings.arrival_max_age_ns
        self._sampled = sampled
        self._quoted: dict[tuple[str, str], Quoted] = {}
        self._busy: dict[tuple[str, str], Quoted] = {}
        self.waiting = 0
        #: How many samples there are not, by (slippage or markout, why).
        self.unsampled: dict[tuple[str, Unsampled], int] = {}

    def without(self, sample: Literal["slippage", "markout", "parent"], why: Unsampled) -> None:
        """Count a sample that there is not."""
        key = (sample, why)
        self.unsampled[key] = self.unsampled.get(key, 0) + 1

    def quoted(self, venue: str, symbol: str) -> Quoted:
        """Return what is known of an instrument's price."""
        key = (venue, symbol)
        quoted = self._quoted.get(key)
        if quoted is None:
            quoted = self._quoted[key] = Quoted(venue, symbol)
        return quoted

    def arrival(self, venue: str, symbol: str, time: int) -> int | None:
        """Return the mid at `time`, at MAX_DECIMALS, as it was known then; count why there is none.

        The last two mids are looked at: one that was made after `time` was not known then.
        """
        quoted = self._quoted.get((venue, symbol))
        mid = None if quoted is None else quoted.last
        if quoted is not None and mid is not None and mid.event_time > time:
            mid = quoted.before
        if mid is None or mid.event_time > time:
            self.without("slippage", "no_mark")
            return None
        if time - mid.event_time > self._arrival_max_age_ns:
            self.without("slippage", "old_mark")
            return None
        return parse_decimal(mid.price, MAX_DECIMALS)

    def mark(self, mark: Mark) -> None:
        """Take a price; one that is older than the last is none of the first after a fill."""
        if mark.mark_source not in _MIDS:
            return
        quoted = self.quoted(mark.venue, mark.symbol)
        time, last = mark.event_time, quoted.last
        if last is not None and time < last.event_time:
            return
        quoted.before, quoted.last = last, mark
        due = quoted.due
        if due is not None and due <= time:
            self._sample(quoted, mark)
            self._look_again(quoted)

    def fill(self, fill: Fill, flow: int, quoted: Quoted) -> None:
        """Let a fill wait for the marks after it, one horizon after the other."""
        time, last, at = fill.event_time, quoted.last, 0
        if last is not None and time + _HORIZONS_NS[0] <= last.event_time:
            at = self._missed(time, last.event_time)
            if at == len(_HORIZONS_NS):
                return
        if self.waiting >= self._most_waiting:
            self.without("markout", "queue_full")
            return
        self.waiting += 1
        if not quoted.waiting[at].put(fill, flow):
            return
        due = time + _HORIZONS_NS[at]
        if quoted.due is None:
            self._busy[quoted.place] = quoted
            quoted.due = due
        elif due < quoted.due:
            quoted.due = due

    def _look_again(self, quoted: Quoted) -> None:
        """Take notice of what is waiting still, after some of it is not."""
        quoted.see_due()
        if quoted.due is None:
            del self._busy[quoted.place]

    def _missed(self, time: int, seen: int) -> int:
        """Count the horizons of a fill of `time` that are over; return the place of the next."""
        at = 0
        while at < len(_HORIZONS_NS) and time + _HORIZONS_NS[at] <= seen:
            self.without("markout", "late_fill")
            at += 1
        return at

    def _sample(self, quoted: Quoted, mark: Mark) -> None:
        """Give the fills whose time has come their markout."""
        time = mark.event_time
        mid = None
        for at, horizon in enumerate(_HORIZONS_NS):
            queue = quoted.waiting[at]
            while queue.has_until(time - horizon):
                fill, flow = queue.pop()
                self._next(quoted, fill, flow, at + 1)
                if time - fill.event_time - horizon > self._tolerance_ns:
                    self.without("markout", "late_mark")
                    continue
                if mid is None:
                    mid = parse_decimal(mark.price, MAX_DECIMALS)
                price = parse_decimal(fill.price, MAX_DECIMALS)
                if price:
                    gain = _sign(fill) * (mid - price) * ONE
                    self._sampled(flow, at, divide_half_even(gain, abs(price)))
                else:
                    self.without("markout", "no_price")

    def _next(self, quoted: Quoted, fill: Fill | Executed, flow: int, at: int) -> None:
        """Let a fill wait for its next horizon, if there is one."""
        if at < len(_HORIZONS_NS):
            quoted.waiting[at].put(fill, flow)
        else:
            self.waiting -= 1

    def expire(self, now: int) -> None:
        """Give up, as of the whole second `now`, on marks that would come too late."""
        patience = self._tolerance_ns + _ON_THE_WAY_NS
        for quoted in list(self._busy.values()):
            if quoted.due is not None and quoted.due + patience >= now:
                continue
            for at, horizon in enumerate(_HORIZONS_NS):
                queue = quoted.waiting[at]
                while queue.has_until(now - horizon - patience - 1):
                    self._next(quoted, *queue.pop(), at + 1)
                    self.without("markout", "no_mark")
            self._look_again(quoted)

    def state(self) -> list[tuple[str, str, QuotedState]]:
        """Return all of it, for `load`."""
        return [
            (
                *key,
                QuotedState(quoted.last, quoted.before, [each.state() for each in quoted.waiting]),
            )
            for key, quoted in self._quoted.items()
        ]

    def load(self, states: list[tuple[str, str, QuotedState]]) -> None:
        """Take up what `state` returned."""
        for venue, symbol, state in states:
            quoted = self.quoted(venue, symbol)
            quoted.last, quoted.before = state.last, state.before
            for queue, waiting in zip(quoted.waiting, state.waiting, strict=True):
                queue.load(waiting)
                self.waiting += len(waiting)
            quoted.see_due()
            if quoted.due is not None:
                self._busy[quoted.place] = quoted

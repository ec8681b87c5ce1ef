"""The simulated desk's own breakers: what trips them, what they refuse, who resets them."""

from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from deskwatch.demo.agenda import SECOND
from deskwatch.demo.figures import MONEY_DECIMALS, decimal_text
from deskwatch.demo.floor import Floor

#: More rejects than this from one venue within the window open its breaker.
REJECT_LIMIT = 8
REJECT_WINDOW_NS = 10 * SECOND

#: A strategy that loses this much from its peak stops, in whole dollars.
LOSS_LIMIT_USD = {"market_making": 500, "momentum": 2_000, "pairs": 700, "funding_carry": 500}

#: The same for synthetic losses of an account that trades nothing.
SYNTHETIC_LIMIT_USD = 500

#: The age of a feed that opens its breaker, in seconds, and the age at which that is noticed. How
#: old it is before, nobody measures.
_STALE_FEED, _NOTICED_FEED = "2", "2.5"

#: How long a breaker stays open before it is tried, and how long it is tried.
_OPEN_NS, _HALF_OPEN_NS = 20 * SECOND, 5 * SECOND

#: Who resets what. A loss needs a person; the rest recovers by itself, and says so.
_RISK_OFFICER, _AUTOMATIC = "j.ferro", "auto"

#: Who works the kill switch.
_DUTY = "ops.duty"


State = Literal["closed", "open", "half_open"]


@dataclass(slots=True)
class _Breaker:
    """One breaker and what it covers; an empty account, strategy or venue covers all.

    watches: what opens it, above limit. actor: who closes it. value: what was found last, empty
    where that isn't measured. held: its cause lasts, so that it stays open.
    """

    name: str
    watches: str
    limit: str
    actor: str
    account: str = ""
    strategy: str = ""
    venue: str = ""
    state: State = "closed"
    since: int = 0
    value: str = ""
    held: bool = False

    def covers(self, account: str, strategy: str, venue: str) -> bool:
        return (
            self.account in ("", account)
            and self.strategy in ("", strategy)
            and self.venue in ("", venue)
        )


class Breakers:
    """Every breaker and the kill switch."""

    def __init__(self, floor: Floor) -> None:
        self._tape, self._market, self._ledger = floor.tape, floor.market, floor.ledger
        self._all: dict[str, _Breaker] = {}
        self._rejects: defaultdict[str, deque[int]] = defaultdict(deque)
        self._peaks: dict[tuple[str, str], float] = {}
        self._synthetic_cents: defaultdict[str, int] = defaultdict(int)
        self._killed = False

    def open(self, venues: Iterable[str], now: int) -> None:
        """Tell how what guards the venues stands as the desk opens."""
        for venue in venues:
            for breaker in (self._rejecting(venue), self._feeding(venue)):
                self._move(breaker, "closed", now, actor=_AUTOMATIC)
            self._count_rejects(venue, now)
        self._switch(now, "start of day")

    def refusal(self, account: str, strategy: str, venue: str) -> str | None:
        """Return why an order may not be sent now, or None."""
        if self._killed:
            return "kill_switch"
        for breaker in self._all.values():
            if breaker.state == "open" and breaker.covers(account, strategy, venue):
                return f"breaker_open: {breaker.name}"
        return None

    def stops_all(self) -> bool:
        """Return whether the kill switch refuses an order, whoever's it is."""
        return self.refusal("", "", "") == "kill_switch"

    def note_reject(self, venue: str, now: int) -> None:
        """Count a venue's reject; too many within the window open the venue's breaker."""
        times = self._rejects[venue]
        times.append(now)
        self._count_rejects(venue, now)
        if len(times) > REJECT_LIMIT:
            self._open(self._rejecting(venue), now)
            times.clear()

    def feed_lost(self, venue: str, now: int) -> None:
        """Open the breaker of a venue whose market data stopped; it holds until `feed_back`."""
        breaker = self._feeding(venue)
        breaker.value = _NOTICED_FEED
        self._open(breaker, now)
        breaker.held = True

    def feed_back(self, venue: str, now: int) -> None:
        """Let that breaker recover."""
        breaker = self._feeding(venue)
        breaker.held, breaker.since = False, now

    def check_losses(self, now: int) -> None:
        """Open the breaker of each strategy that has lost too much since its peak."""
        for (account, strategy), net in self._net_usd().items():
            peak = max(self._peaks.get((account, strategy), net), net)
            self._peaks[account, strategy] = peak
            breaker = self._losing(account, strategy)
            self._lost(breaker, round((peak - net) * 100), LOSS_LIMIT_USD[strategy], now)

    def guard(self, account: str, now: int) -> None:
        """Give a simulated account a breaker of its own, and tell how it stands."""
        self._move(self._drilled(account), "closed", now, actor=_AUTOMATIC)

    def lose(self, account: str, cents: int, now: int) -> None:
        """Count a synthetic loss; too much of them opens the account's own breaker."""
        self._synthetic_cents[account] += cents
        lost_cents = self._synthetic_cents[account]
        self._lost(self._drilled(account), lost_cents, SYNTHETIC_LIMIT_USD, now)

    def standing(self, account: str) -> State:
        """Return how a simulated account's own breaker stands."""
        return self._drilled(account).state

    def reset(self, account: str, actor: str, now: int) -> None:
        """Close a simulated account's own breaker, and forget its synthetic losses."""
        self._synthetic_cents.pop(account, None)
        breaker = self._drilled(account)
        if breaker.state != "closed":
            self._move(breaker, "closed", now, actor=actor)

    def recover(self, now: int) -> None:
        """Move each breaker on: open, half open, closed; a loss is then counted anew."""
        for breaker in self._all.values():
            if breaker.held:
                continue
            if breaker.state == "open" and now - breaker.since >= _OPEN_NS:
                self._move(breaker, "half_open", now, actor=_AUTOMATIC)
                self._peaks.pop((breaker.account, breaker.strategy), None)
                self._synthetic_cents.pop(breaker.account, None)
            elif breaker.state == "half_open" and now - breaker.since >= _HALF_OPEN_NS:
                self._move(breaker, "closed", now, actor=breaker.actor)

    def tell(self, now: int) -> None:
        """Tell how near each closed breaker is to opening, where that is measured."""
        for venue in self._rejects:
            self._count_rejects(venue, now)
        for breaker in self._all.values():
            if breaker.state == "closed" and breaker.value:
                self._tell(breaker, now)

    def engage(self, now: int) -> None:
        """Engage the kill switch: no order leaves any more."""
        self._killed = True
        self._switch(now, "drill")

    def release(self, now: int) -> None:
        """Release the kill switch."""
        self._killed = False
        self._switch(now, "drill over")

    def _switch(self, now: int, cause: str) -> None:
        self._tape.write(
            "kill_switch", now, engaged=self._killed, scope="desk", actor=_DUTY, cause=cause
        )

    def _net_usd(self) -> dict[tuple[str, str], float]:
        """Return each strategy's P&L before fees, roughly: what a risk check can have at once."""
        result: defaultdict[tuple[str, str], float] = defaultdict(float)
        for (account, strategy, _, _), line in self._ledger.lines.items():
            listing = line.listing
            value = line.value_units(self._market.quote(listing).mid)
            dollars = self._market.dollars(listing.settle) / 10**MONEY_DECIMALS
            result[account, strategy] += (value - line.cash_units) * dollars
        return result

    def _drilled(self, account: str) -> _Breaker:
        limit = str(SYNTHETIC_LIMIT_USD)
        return self._known(_Breaker(f"loss-{account}", "drawdown", limit, _AUTOMATIC, account))

    def _losing(self, account: str, strategy: str) -> _Breaker:
        name, limit = f"loss-{strategy}-{account}", str(LOSS_LIMIT_USD[strategy])
        return self._known(_Breaker(name, "drawdown", limit, _RISK_OFFICER, account, strategy))

    def _rejecting(self, venue: str) -> _Breaker:
        name, limit = f"rejects-{venue.lower()}", str(REJECT_LIMIT)
        return self._known(_Breaker(name, "reject_rate", limit, _AUTOMATIC, venue=venue))

    def _feeding(self, venue: str) -> _Breaker:
        name = f"feed-{venue.lower()}"
        return self._known(_Breaker(name, "feed_stale", _STALE_FEED, _AUTOMATIC, venue=venue))

    def _known(self, breaker: _Breaker) -> _Breaker:
        return self._all.setdefault(breaker.name, breaker)

    def _count_rejects(self, venue: str, now: int) -> None:
        times = self._rejects[venue]
        while times and times[0] <= now - REJECT_WINDOW_NS:
            times.popleft()
        self._rejecting(venue).value = str(len(times))

    def _lost(self, breaker: _Breaker, cents: int, limit_usd: int, now: int) -> None:
        if breaker.state != "open":
            breaker.value = decimal_text(cents, 2)
        if cents > limit_usd * 100:
            self._open(breaker, now)

    def _open(self, breaker: _Breaker, now: int) -> None:
        if breaker.state != "open":
            self._move(breaker, "open", now, cause=breaker.watches)

    def _move(self, breaker: _Breaker, state: State, now: int, **who: str) -> None:
        if state != "open":
            breaker.value = ""  # what opened it is over, and counted anew
        breaker.state, breaker.since = state, now
        self._tell(breaker, now, **who)

    def _tell(self, breaker: _Breaker, now: int, **who: str) -> None:
        measured = {"value": breaker.value} if breaker.value else {}
        self._tape.write(
            "breaker", now, breaker=breaker.name, state=breaker.state, account=breaker.account,
            strategy=breaker.strategy, watches=breaker.watches, limit=breaker.limit, **measured,
            **who,
        )  # fmt: skip

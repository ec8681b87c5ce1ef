"""The simulated desk's own breakers: what trips them, what they refuse, who resets them."""

from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from deskwatch.demo.agenda import SECOND
from deskwatch.demo.figures import MONEY_DECIMALS, decimal_text
from deskwatch.demo.ledger import Ledger
from deskwatch.demo.market import Market
from deskwatch.demo.tape import Tape

#: More rejects than this from one venue within the window open its breaker.
REJECT_LIMIT = 8
REJECT_WINDOW_NS = 10 * SECOND

#: A strategy that loses this much from its peak stops, in whole dollars.
LOSS_LIMIT_USD = {"market_making": 500, "momentum": 2_000, "pairs": 700, "funding_carry": 500}

#: The same for synthetic losses of an account that trades nothing.
SYNTHETIC_LIMIT_USD = 500

#: The age of a feed that opens its breaker, in seconds, and the age at which that is noticed.
_STALE_FEED = ("2", "2.5")

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

    actor: who closes it. held: its cause lasts, so that it stays open.
    """

    name: str
    actor: str
    account: str = ""
    strategy: str = ""
    venue: str = ""
    state: State = "closed"
    since: int = 0
    held: bool = False

    def covers(self, account: str, strategy: str, venue: str) -> bool:
        return (
            self.account in ("", account)
            and self.strategy in ("", strategy)
            and self.venue in ("", venue)
        )


class Breakers:
    """Every breaker and the kill switch."""

    def __init__(self, tape: Tape, market: Market, ledger: Ledger) -> None:
        self._tape = tape
        self._market = market
        self._ledger = ledger
        self._all: dict[str, _Breaker] = {}
        self._rejects: defaultdict[str, deque[int]] = defaultdict(deque)
        self._peaks: dict[tuple[str, str], float] = {}
        self._synthetic_cents: defaultdict[str, int] = defaultdict(int)
        self._killed = False

    def open(self, venues: Iterable[str], now: int) -> None:
        """Tell how what guards the venues stands as the desk opens."""
        for venue in venues:
            for name in ("rejects", "feed"):
                breaker = self._breaker(f"{name}-{venue.lower()}", _AUTOMATIC, venue=venue)
                self._move(breaker, "closed", now, actor=_AUTOMATIC)
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
        while times[0] <= now - REJECT_WINDOW_NS:
            times.popleft()
        if len(times) > REJECT_LIMIT:
            breaker = self._breaker(f"rejects-{venue.lower()}", _AUTOMATIC, venue=venue)
            self._open(breaker, now, "reject_rate", str(REJECT_LIMIT), str(len(times)))
            times.clear()

    def feed_lost(self, venue: str, now: int) -> None:
        """Open the breaker of a venue whose market data stopped; it holds until `feed_back`."""
        breaker = self._breaker(f"feed-{venue.lower()}", _AUTOMATIC, venue=venue)
        self._open(breaker, now, "feed_stale", *_STALE_FEED)
        breaker.held = True

    def feed_back(self, venue: str, now: int) -> None:
        """Let that breaker recover."""
        breaker = self._breaker(f"feed-{venue.lower()}", _AUTOMATIC, venue=venue)
        breaker.held, breaker.since = False, now

    def check_losses(self, now: int) -> None:
        """Open the breaker of each strategy that has lost too much since its peak."""
        for (account, strategy), net in self._net_usd().items():
            peak = max(self._peaks.get((account, strategy), net), net)
            self._peaks[account, strategy] = peak
            lost_cents = round((peak - net) * 100)
            limit = LOSS_LIMIT_USD[strategy]
            if lost_cents > limit * 100:
                name = f"loss-{strategy}-{account}"
                breaker = self._breaker(name, _RISK_OFFICER, account, strategy)
                self._open(breaker, now, "drawdown", str(limit), decimal_text(lost_cents, 2))

    def guard(self, account: str, now: int) -> None:
        """Give a simulated account a breaker of its own, and tell how it stands."""
        self._move(self._drilled(account), "closed", now, actor=_AUTOMATIC)

    def lose(self, account: str, cents: int, now: int) -> None:
        """Count a synthetic loss; too much of them opens the account's own breaker."""
        self._synthetic_cents[account] += cents
        lost_cents = self._synthetic_cents[account]
        if lost_cents > SYNTHETIC_LIMIT_USD * 100:
            limit, value = str(SYNTHETIC_LIMIT_USD), decimal_text(lost_cents, 2)
            self._open(self._drilled(account), now, "drawdown", limit, value)

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
        return self._breaker(f"loss-{account}", _AUTOMATIC, account)

    def _breaker(
        self, name: str, actor: str, account: str = "", strategy: str = "", venue: str = ""
    ) -> _Breaker:
        return self._all.setdefault(name, _Breaker(name, actor, account, strategy, venue))

    def _open(self, breaker: _Breaker, now: int, cause: str, limit: str, value: str) -> None:
        if breaker.state != "open":
            self._move(breaker, "open", now, cause=cause, limit=limit, value=value)

    def _move(
        self, breaker: _Breaker, state: State, now: int, **why: str
    ) -> None:  # fmt: skip
        breaker.state, breaker.since = state, now
        self._tape.write(
            "breaker", now, breaker=breaker.name, state=state, account=breaker.account,
            strategy=breaker.strategy, **why,
        )  # fmt: skip

"""The desk's strategies: market making, momentum, pairs and funding carry.

None of them is advice. They are simple enough to read, and lose money often enough to be watched.
"""

from collections.abc import Sequence
from typing import Protocol

from deskwatch.demo.catalog import Listing
from deskwatch.demo.floor import Floor
from deskwatch.demo.gateway import Gateway
from deskwatch.demo.order import Order, Parent


class Strategy(Protocol):
    """A strategy is asked to act, some times a second, and sends orders if it wants to."""

    def act(self, now: int) -> None:
        """Look at the market and at what is held; send or cancel orders."""


class Desk:
    """What every strategy has: an account, a name, the market, its positions and the gateway."""

    def __init__(self, account: str, strategy: str, floor: Floor, gateway: Gateway) -> None:
        self.account = account
        self.strategy = strategy
        self.market, self._ledger = floor.market, floor.ledger
        self._gateway = gateway
        self._parents: dict[Listing, Parent] = {}

    def held(self, listing: Listing) -> int:
        """Return the signed lots that this strategy holds."""
        return self._ledger.line(self.account, self.strategy, listing).lots

    def open_to(self, listing: Listing) -> bool:
        """Return whether `listing` trades now."""
        return self._gateway.open_to(listing)

    def send(
        self, listing: Listing, lots: int, ticks: int | None, now: int, parent: Parent | None
    ) -> Order:
        """Send an order and return it."""
        return self._gateway.send(self.account, self.strategy, listing, lots, ticks, now, parent)

    def cancel(self, order: Order, now: int) -> None:
        """Ask for a cancel."""
        self._gateway.cancel(order, now)

    def move_to(self, listing: Listing, target: int, clip: int, now: int) -> None:
        """Work towards a position by market orders of at most `clip` lots, one at a time.

        They are one parent's until something else is to be traded, or more than is left of it.
        """
        parent = self._parents.get(listing)
        working = None if parent is None else parent.child
        if (working is not None and working.live) or not self.open_to(listing):
            return
        missing = target - self.held(listing)
        if not missing:
            return
        if parent is None or missing * parent.left <= 0 or abs(missing) > abs(parent.left):
            parent = self._parents[listing] = Parent(self._gateway.new_id(), missing)
        lots = max(-clip, min(clip, missing))
        parent.pass_on(self.send(listing, lots, None, now, parent))


class MarketMaking:
    """Quotes both sides around the market, leaning against what it holds.

    sizes: lots a quote, by listing. It holds at most MOST_QUOTES quotes' worth of either side.
    """

    MOST_QUOTES = 6
    #: A quote this many spreads away from where it should be is replaced.
    STALE = 0.4

    def __init__(self, desk: Desk, sizes: dict[Listing, int]) -> None:
        self._desk = desk
        self._sizes = sizes
        self._quotes: dict[tuple[Listing, int], Order] = {}

    def act(self, now: int) -> None:
        """Renew the quotes that stand in the wrong place."""
        for listing, size in self._sizes.items():
            if not self._desk.open_to(listing):
                continue
            quote = self._desk.market.quote(listing)
            lean = self._desk.held(listing) / size
            shift = round(lean * (quote.ask - quote.bid) / (2 * self.MOST_QUOTES))
            tolerance = (quote.ask - quote.bid) * self.STALE + 1
            wanted = {1: quote.bid - shift, -1: quote.ask - shift}
            for side, ticks in wanted.items():
                full = lean * side >= self.MOST_QUOTES
                self._renew(listing, side, 0 if full else size, max(ticks, 1), tolerance, now)

    def _renew(
        self, listing: Listing, side: int, size: int, ticks: int, tolerance: float, now: int
    ) -> None:
        standing = self._quotes.get((listing, side))
        if standing is not None and standing.live:
            assert standing.ticks is not None, "quotes are limit orders"
            if not size or abs(standing.ticks - ticks) > tolerance:
                self._desk.cancel(standing, now)
        elif size:
            self._quotes[listing, side] = self._desk.send(listing, side * size, ticks, now, None)


class Momentum:
    """Follows the difference of a fast and a slow average of the log price."""

    FAST, SLOW, ENTER = 0.05, 0.01, 1.2e-4

    def __init__(self, desk: Desk, sizes: dict[Listing, int]) -> None:
        self._desk = desk
        self._sizes = sizes
        self._fast = dict.fromkeys(sizes, 0.0)
        self._slow = dict.fromkeys(sizes, 0.0)

    def act(self, now: int) -> None:
        """Hold the full size in the direction of a clear trend; otherwise keep what is held."""
        for listing, size in self._sizes.items():
            level = self._desk.market.level(listing)
            self._fast[listing] += self.FAST * (level - self._fast[listing])
            self._slow[listing] += self.SLOW * (level - self._slow[listing])
            trend = self._fast[listing] - self._slow[listing]
            if abs(trend) > self.ENTER:
                target = size if trend > 0 else -size
                self._desk.move_to(listing, target, max(size // 3, 1), now)


class Pairs:
    """Sells the dearer of two alike and buys the cheaper, when they are far apart."""

    MEMORY, ENTER, LEAVE = 0.01, 1.8, 0.3

    def __init__(self, desk: Desk, one: Listing, other: Listing, sizes: tuple[int, int]) -> None:
        self._desk = desk
        self._one = one
        self._other = other
        self._sizes = sizes
        self._mean = 0.0
        self._variance = 1e-8

    def act(self, now: int) -> None:
        """Enter when the spread is wide, leave when it has closed."""
        market = self._desk.market
        spread = market.level(self._one) - market.level(self._other)
        gap = spread - self._mean
        self._mean += self.MEMORY * gap
        self._variance += self.MEMORY * (gap * gap - self._variance)
        score = gap / max(self._variance, 1e-12) ** 0.5
        if abs(score) > self.ENTER:
            sign = -1 if score > 0 else 1
        elif abs(score) < self.LEAVE:
            sign = 0
        else:
            return
        targets = (sign * self._sizes[0], -sign * self._sizes[1])
        for listing, target in zip((self._one, self._other), targets, strict=True):
            self._desk.move_to(listing, target, max(abs(target) // 2, self._sizes[0] // 2), now)


class FundingCarry:
    """Holds a coin and sells the perpetual that pays for it; the other way round if it costs.

    legs: the listing and the lots of each, for the direction in which the premium is positive.
    """

    ENTER = 3e-4

    def __init__(
        self, desk: Desk, premium_of: Listing, legs: Sequence[tuple[Listing, int]]
    ) -> None:
        self._desk = desk
        self._premium_of = premium_of
        self._legs = legs
        self._sign = 1

    def act(self, now: int) -> None:
        """Turn when the premium has clearly changed its sign; otherwise complete both legs."""
        premium = self._desk.market.basis(self._premium_of)
        if premium * self._sign < -self.ENTER:
            self._sign = -self._sign
        for listing, lots in self._legs:
            self._desk.move_to(listing, self._sign * lots, max(abs(lots) // 4, 1), now)

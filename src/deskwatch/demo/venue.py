"""A venue: takes orders, refuses some, fills others in part or whole, charges, answers late."""

from collections import deque
from fractions import Fraction
from random import Random
from typing import Literal, Protocol

from deskwatch.demo.agenda import MILLISECOND
from deskwatch.demo.catalog import RATE_DECIMALS, Listing, Route
from deskwatch.demo.chance import delay_ns
from deskwatch.demo.figures import money_text, money_units
from deskwatch.demo.floor import Floor
from deskwatch.demo.ledger import Execution
from deskwatch.demo.market import STEPS_A_SECOND
from deskwatch.demo.order import Order

Liquidity = Literal["maker", "taker"]

_STEP_NS = 1_000_000_000 // STEPS_A_SECOND

#: Chance that a venue refuses an order: usually, and while it has trouble.
_REFUSED, _REFUSED_IN_TROUBLE = 0.008, 0.55

#: Chance in one market step that an order at the best price trades, or one that was crossed.
_FILLED_AT_TOUCH, _FILLED_WHEN_CROSSED = 0.05, 0.7

#: Chance that an execution takes all that is left, that a market order runs out of book, and that
#: the gateway reports an execution twice.
_WHOLE, _EXPIRED, _REPORTED_TWICE = 0.45, 0.02, 0.004

#: Executions that may still be busted or corrected.
_REMEMBERED = 64


class Risk(Protocol):
    """Who is told of what the venue refuses."""

    def note_reject(self, venue: str, now: int) -> None:
        """Count one refused order."""


class Venue:
    """One venue as the desk sees it, from its side of the wire.

    up: whether its feed and session stand. trouble: whether it refuses much more than usual.
    """

    def __init__(self, name: str, route: Route, random: Random, floor: Floor, risk: Risk) -> None:
        self.name = name
        self.route = route
        self.up = True
        self.trouble = False
        self.halted: set[Listing] = set()
        self.recent: deque[Execution] = deque(maxlen=_REMEMBERED)
        self._random = random
        self._run, self._agenda, self._tape, self._market, self._ledger = floor
        self._risk = risk
        self._orders: list[Order] = []
        self._order_ids = 0
        self._exec_ids = 0

    def submit(self, order: Order, now: int) -> None:
        """Send an order; its answer comes later."""
        answered = now + self._call("new_order", order.account, now)
        self._agenda.at(answered, lambda then: self._answer(order, then, then - now))

    def cancel(self, order: Order, now: int) -> None:
        """Ask for a cancel; the order may trade until the answer."""
        order.canceling = True
        order.change(self._tape, now, "pending_cancel")
        answered = now + self._call("cancel_order", order.account, now)
        self._agenda.at(answered, lambda then: self._end(order, then, then - now))

    def halt(self, listing: Listing, now: int) -> None:
        """Stop trading in `listing`: what stands in its book is canceled at once."""
        self.halted.add(listing)
        for order in self._orders:
            if order.listing is listing and order.live:
                order.change(self._tape, now, "canceled", "trading halt")
        self._orders = [order for order in self._orders if order.live]

    def resume(self, listing: Listing) -> None:
        """Trade `listing` again."""
        self.halted.discard(listing)

    def match(self, now: int) -> None:
        """Let the market meet what stands in the book; executions spread over the next step."""
        if not self.up:
            return
        self._orders = [order for order in self._orders if order.live]
        for order in self._orders:
            if order.ticks is None or order.listing in self.halted:
                continue
            quote = self._market.quote(order.listing)
            best, opposite = (quote.bid, quote.ask) if order.lots > 0 else (quote.ask, quote.bid)
            sign = 1 if order.lots > 0 else -1
            if (opposite - order.ticks) * sign <= 0:
                chance = _FILLED_WHEN_CROSSED
            elif (best - order.ticks) * sign <= 0:
                chance = _FILLED_AT_TOUCH
            else:
                continue
            if self._random.random() < chance:
                self._trade_later(order, order.ticks, "maker", now, _STEP_NS)

    def new_exec_id(self) -> str:
        """Return an execution id that this venue has not used, in this run or another."""
        self._exec_ids += 1
        return f"{self.name}-{self._run}-{self._exec_ids}"

    def _call(self, operation: str, account: str, now: int) -> int:
        """Return how long a request takes (ns), and report it once it is answered."""
        route = self.route
        took = delay_ns(self._random, route.median_ns * (6 if self.trouble else 1), route.sigma)
        ok = "200" if route.transport == "rest" else "ok"
        status = "503" if self.trouble and self._random.random() < _REFUSED_IN_TROUBLE else ok
        self._agenda.at(
            now + took,
            lambda then: self._tape.write(
                "api_request", then, venue=self.name, operation=operation,
                transport=route.transport, status=status, duration_ns=took, account=account,
            ),
        )  # fmt: skip
        return took

    def _answer(self, order: Order, now: int, took: int) -> None:
        if not order.live:
            return
        self._latency("order_ack", order, now, took)
        if order.listing in self.halted:
            order.change(self._tape, now, "rejected", "trading halt")
        elif self._random.random() < (_REFUSED_IN_TROUBLE if self.trouble else _REFUSED):
            reason = self._random.choice(self.route.reasons)
            order.change(self._tape, now, "rejected", reason)
            self._risk.note_reject(self.name, now)
        else:
            self._order_ids += 1
            order.order_id = f"{self.name}-{self._run}-O{self._order_ids}"
            order.acknowledged_at = now
            order.change(self._tape, now, "acknowledged")
            self._orders.append(order)
            if order.ticks is None:
                self._sweep(order, now)

    def _sweep(self, order: Order, now: int) -> None:
        """Trade a market order against the book, each execution worse than the last."""
        quote = self._market.quote(order.listing)
        if self._random.random() < _EXPIRED:
            order.change(self._tape, now, "expired", "no liquidity")
            return
        price, step = (quote.ask, 1) if order.lots > 0 else (quote.bid, -1)
        levels = self._random.randint(1, 3)
        for level in range(levels):
            worst = max(price + step * level, 1)
            whole = level == levels - 1
            self._trade_later(
                order, worst, "taker", now + level * MILLISECOND, MILLISECOND, whole=whole
            )

    def _trade_later(
        self, order: Order, ticks: int, liquidity: Liquidity, now: int, within: int,
        *, whole: bool = False,
    ) -> None:  # fmt: skip
        time = now + self._random.randrange(1, within)
        self._agenda.at(time, lambda then: self._trade(order, ticks, liquidity, then, whole=whole))

    def _trade(
        self, order: Order, ticks: int, liquidity: Liquidity, now: int, *, whole: bool
    ) -> None:
        if not order.live or order.listing in self.halted:
            return
        left = order.leaves
        if not whole and self._random.random() >= _WHOLE:
            size = self._random.randint(1, abs(left))
            left = size if left > 0 else -size
        order.filled += left
        self._report(self._execute(order, left, ticks, liquidity, now), order, liquidity, now)
        order.change(self._tape, now, "partially_filled" if order.leaves else "filled")
        self._latency("ack_to_fill", order, now, now - order.acknowledged_at)

    def _execute(
        self, order: Order, lots: int, ticks: int, liquidity: Liquidity, now: int
    ) -> Execution:
        fee, currency = self._fee(order.listing, lots, ticks, liquidity)
        wire = delay_ns(self._random, self.route.median_ns // 2, self.route.sigma)
        execution = Execution(
            self.new_exec_id(), order.account, order.strategy, order.listing, lots, ticks, fee,
            currency, max(now - wire, order.acknowledged_at),
        )  # fmt: skip
        self._ledger.book(execution)
        self.recent.append(execution)
        return execution

    def _report(self, done: Execution, order: Order, liquidity: Liquidity, now: int) -> None:
        twice = self._random.random() < _REPORTED_TWICE
        for copy in range(2 if twice else 1):
            self._tape.write(
                "fill",
                done.time,
                receive_time=now + copy,
                account=done.account,
                strategy=done.strategy,
                venue=self.name,
                symbol=done.listing.symbol,
                side="buy" if done.lots > 0 else "sell",
                quantity=done.listing.quantity_text(abs(done.lots)),
                price=done.listing.price_text(done.ticks),
                exec_id=done.exec_id,
                fee=money_text(done.fee),
                fee_currency=done.fee_currency,
                order_id=order.order_id,
                client_order_id=order.client_order_id,
                liquidity=liquidity,
            )

    def _fee(
        self, listing: Listing, lots: int, ticks: int, liquidity: Liquidity
    ) -> tuple[int, str]:
        """Return the fee in units of 10**-8 and its currency."""
        fees = listing.fees
        rate = fees.maker if liquidity == "maker" else fees.taker
        size = abs(listing.quantity(lots))
        if fees.per == "unit":
            return money_units(rate * size, fees.decimals), listing.settle
        value = abs(listing.cash(lots, ticks))
        if fees.paid_in == "received":
            amount, currency = (size, listing.base) if lots > 0 else (value, listing.quote)
            return money_units(rate * amount, fees.decimals), currency
        if fees.paid_in == "BNB":
            price = Fraction(self._market.rate_units("BNB"), 10**RATE_DECIMALS)
            return money_units(rate * value / price, fees.decimals), "BNB"
        return money_units(rate * value, fees.decimals), listing.settle

    def _end(self, order: Order, now: int, took: int) -> None:
        self._latency("cancel_ack", order, now, took)
        if order.live:
            order.change(self._tape, now, "canceled")
        else:
            order.change(self._tape, now, "cancel_rejected", "too late to cancel")

    def _latency(self, operation: str, order: Order, now: int, took: int) -> None:
        self._tape.write(
            "latency", now, operation=operation, duration_ns=took, venue=self.name,
            strategy=order.strategy, clock="oms-1",
        )  # fmt: skip

"""A small desk on which all is well, second by second; a story takes one part of it away."""

from collections.abc import Iterator
from typing import Any

from deskwatch.core.period import SECOND

Event = dict[str, Any]

VENUE = "XNAS"
ACCOUNT, STRATEGY = "A1", "mm"
PRICES = {"AAPL": "200.00", "MSFT": "400.00", "NVDA": "150.00"}
SERVICES = {"gateway": "h1", "oms": "h1", "risk": "h2"}
WHO = {"account": ACCOUNT, "strategy": STRATEGY}
MILLISECOND = SECOND // 1000


class HealthyDesk:
    """Says what happens in each second. parts: what the desk consists of; take away or replace.

    skew_ns: how far its clock is ahead of the monitor's.
    """

    def __init__(self) -> None:
        self.parts = {
            "marks": self.marks,
            "market_data": self.market_data,
            "user_stream": self.user_stream,
            "trading": self.trading,
            "requests": self.requests,
            "services": self.services,
            "clocks": self.clocks,
            "reports": self.reports,
        }
        self.skew_ns = 0
        self.held = dict.fromkeys(PRICES, 0)
        self._sequence = 0
        self._orders = 0

    def opening(self, now: int) -> Iterator[Event]:
        """Yield what a platform says when it starts."""
        for symbol in PRICES:
            yield {
                "kind": "instrument", "venue": VENUE, "symbol": symbol, "base": symbol,
                "quote": "USD", "instrument_type": "equity",
            }  # fmt: skip
        yield {"kind": "cash", "account": ACCOUNT, "amount": "1000000", "currency": "USD"}
        yield {"kind": "session", "venue": VENUE, "session": "FIX1", "state": "logged_on"}
        for channel in ("quotes", "user"):
            yield {"kind": "feed", "venue": VENUE, "channel": channel, "status": "connected"}
        yield {"kind": "breaker", "breaker": "loss", **WHO, "state": "closed", "actor": "start"}
        yield {"kind": "kill_switch", "engaged": False, "actor": "start"}
        yield from self.second(now, 0)

    def second(self, now: int, number: int) -> Iterator[Event]:
        """Yield what happens in the second that ends at `now`, stamped and numbered."""
        for part in self.parts.values():
            yield from part(now, number)

    def stamped(self, events: Iterator[Event], now: int) -> list[Event]:
        """Return events as the platform sends them."""
        sent = []
        for happened in events:
            self._sequence += 1
            stamp = {"event_time": now + self.skew_ns, "source": "desk", "epoch": 1}
            sent.append(stamp | {"sequence": self._sequence} | happened)
        return sent

    def marks(self, _now: int, _number: int) -> Iterator[Event]:
        for symbol, price in PRICES.items():
            yield {
                "kind": "mark", "venue": VENUE, "symbol": symbol, "price": price,
                "mark_source": "mid",
            }  # fmt: skip

    def market_data(self, _now: int, number: int) -> Iterator[Event]:
        for symbol in PRICES:
            yield {
                "kind": "feed", "venue": VENUE, "channel": "quotes", "symbol": symbol,
                "status": "message", "feed_sequence": number,
            }  # fmt: skip

    def user_stream(self, _now: int, number: int) -> Iterator[Event]:
        yield {
            "kind": "feed", "venue": VENUE, "channel": "user", "status": "message",
            "feed_sequence": number,
        }  # fmt: skip

    def trading(self, now: int, number: int) -> Iterator[Event]:
        """Buy and sell in turn, so that what is held stays small."""
        side = "buy" if number % 2 == 0 else "sell"
        for symbol in PRICES:
            yield from self.order(now, symbol, side)

    def order(self, now: int, symbol: str, side: str) -> Iterator[Event]:
        """Yield an order that is acknowledged, then filled."""
        order = self.new_order(symbol, side)
        yield order | {"status": "new", "event_time": now + self.skew_ns - 20 * MILLISECOND}
        yield order | {
            "status": "acknowledged", "event_time": now + self.skew_ns - 15 * MILLISECOND,
        }  # fmt: skip
        self.held[symbol] += 10 if side == "buy" else -10
        yield {
            "kind": "fill", **WHO, "venue": VENUE, "symbol": symbol, "side": side,
            "quantity": "10", "price": PRICES[symbol], "exec_id": f"E{self._orders}",
            "client_order_id": order["client_order_id"],
        }  # fmt: skip
        yield order | {"status": "filled", "cumulative_quantity": "10", "leaves_quantity": "0"}

    def new_order(self, symbol: str, side: str, quantity: str = "10") -> Event:
        """Return an order's fields, with an id of its own."""
        self._orders += 1
        return {
            "kind": "order", **WHO, "venue": VENUE, "symbol": symbol, "side": side,
            "quantity": quantity, "price": PRICES[symbol], "client_order_id": f"C{self._orders}",
        }  # fmt: skip

    def requests(
        self, _now: int, _number: int, duration_ns: int = 15 * MILLISECOND
    ) -> Iterator[Event]:
        for operation in ("place_order", "place_order", "place_order", "query"):
            yield {
                "kind": "api_request", "venue": VENUE, "operation": operation, "transport": "rest",
                "status": "200", "duration_ns": duration_ns,
            }  # fmt: skip

    def services(self, _now: int, number: int) -> Iterator[Event]:
        if number % 5 == 0:
            for service, host in SERVICES.items():
                yield {
                    "kind": "heartbeat", "service": service, "host": host,
                    "interval_ns": 10 * SECOND,
                }  # fmt: skip

    def clocks(self, _now: int, number: int) -> Iterator[Event]:
        if number % 10 == 0:
            for host in dict.fromkeys(SERVICES.values()):
                yield {"kind": "clock", "host": host, "offset_ns": 20_000, "reference": "ptp"}

    def reports(self, _now: int, number: int) -> Iterator[Event]:
        if number % 10 == 0:
            for symbol, held in self.held.items():
                yield {
                    "kind": "position_report", "account": ACCOUNT, "venue": VENUE,
                    "symbol": symbol, "quantity": str(held),
                }  # fmt: skip

"""The monitor one would write by hand: orjson, a book in floats, and prometheus_client."""

import orjson
from prometheus_client import CollectorRegistry, Counter, Gauge

LABELS = ("account", "strategy", "venue", "symbol")


class FloatMonitor:
    """Books fills at average cost and sets six labelled metrics for each."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._positions: dict[tuple[str, str, str, str], list[float]] = {}
        self._fills = Counter("desk_fills", "Fills.", LABELS, registry=self.registry)
        self._traded = Counter("desk_traded", "Value traded.", LABELS, registry=self.registry)
        self._quantity = Gauge("desk_quantity", "Held.", LABELS, registry=self.registry)
        self._average = Gauge("desk_average", "Average cost.", LABELS, registry=self.registry)
        self._realized = Gauge("desk_realized", "Realized.", LABELS, registry=self.registry)
        self._price = Gauge("desk_price", "Last price.", LABELS, registry=self.registry)

    def take(self, block: bytes) -> int:
        """Book a block of NDJSON fills; return how many."""
        lines = block.splitlines()
        for line in lines:
            self._book(orjson.loads(line))
        return len(lines)

    def _book(self, fill: dict[str, str]) -> None:
        key = (fill["account"], fill["strategy"], fill["venue"], fill["symbol"])
        position = self._positions.get(key)
        if position is None:
            position = self._positions[key] = [0.0, 0.0, 0.0]
        held, average, realized = position
        price = float(fill["price"])
        size = float(fill["quantity"])
        moved = size if fill["side"] == "buy" else -size
        total = held + moved
        if held == 0 or (held > 0) == (moved > 0):
            average = (average * held + price * moved) / total
        else:
            closed = min(size, abs(held))
            realized += closed * (price - average) * (1 if held > 0 else -1)
            if total and (total > 0) != (held > 0):
                average = price
        position[:] = total, average, realized
        self._fills.labels(*key).inc()
        self._traded.labels(*key).inc(size * price)
        self._quantity.labels(*key).set(total)
        self._average.labels(*key).set(average)
        self._realized.labels(*key).set(realized)
        self._price.labels(*key).set(price)

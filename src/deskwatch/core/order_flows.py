"""All order flows of the desk, and the second and slice of time that they count in."""

from deskwatch.core.holder import WHOLE_ACCOUNT
from deskwatch.core.order import Order, OrderStanding
from deskwatch.core.order_flow import COUNTS, OrderFlow, OrderLine, Rates
from deskwatch.core.orders_state import OrderKey
from deskwatch.core.period import SECOND
from deskwatch.core.window import SLICES, Window


class OrderFlows:
    """Flows and lines by their numbers, made when they are first seen.

    slice_ns: how long a slice of the windows is. opened: how many of a flow's orders are open.
    unacknowledged: by a flow's number, those of them that have no answer. messages, trades: the
    sums of its lines'. working: the lines in which something is open.
    """

    def __init__(self, window_ns: int, bound: int) -> None:
        self.slice_ns = max(window_ns // SLICES, 1)
        self._bound = bound
        self.flows: list[OrderFlow] = []
        self.lines: list[OrderLine] = []
        self.opened: list[int] = []
        self.unacknowledged: dict[int, dict[OrderKey, Order]] = {}
        self.messages: list[int] = []
        self.trades: list[int] = []
        self.working: set[int] = set()
        self._flows: dict[tuple[str, str, str], int] = {}
        self._lines: dict[tuple[str, str, str, str], int] = {}
        self._readers: list[set[int]] = []
        self.second = 0
        self.slice = 0

    def subscribe(self) -> set[int]:
        """Return a set that takes in the lines whose day's counts change; the reader clears it.

        All that there are already are in it from the start.
        """
        changed = set(range(len(self.lines)))
        self._readers.append(changed)
        return changed

    def begin(self, now: int) -> None:
        """Count in the second of `now` from here on."""
        self.second = now // SECOND
        self.slice = self.slice_at(now)

    def slice_at(self, now: int) -> int:
        """Return the number of the slice that the second of `now` is in."""
        return now // SECOND * SECOND // self.slice_ns

    def line(self, account: str, strategy: str, venue: str, symbol: str) -> int | None:
        """Return the number of a line; None when there is no room for another one."""
        place = (account, strategy, venue, symbol)
        number = self._lines.get(place)
        if number is None and len(self.lines) < self._bound:
            number = self._lines[place] = len(self.lines)
            self.lines.append(OrderLine(self._flow(account, strategy, venue), symbol))
        return number

    def _flow(self, account: str, strategy: str, venue: str) -> int:
        key = (account, strategy, venue)
        number = self._flows.get(key)
        if number is None:
            number = self._flows[key] = len(self.flows)
            self.flows.append(OrderFlow(account, strategy, venue, Window(COUNTS)))
            for sums in (self.opened, self.messages, self.trades):
                sums.append(0)
        return number

    def of(self, line: int) -> OrderFlow:
        """Return the flow that a line is part of."""
        return self.flows[self.lines[line].flow]

    def count(self, flow: OrderFlow, what: int, amount: int = 1) -> None:
        """Add to a count of a flow's window and day."""
        flow.count(self.slice, what, amount)

    def take_back(self, flow: OrderFlow, what: int) -> None:
        """Count one less in a flow's window and day; what has left them counts no more."""
        flow.window.take_back(self.slice, what)
        flow.day[what] -= flow.day[what] > 0

    def window(self, flow: OrderFlow, now: int) -> list[int]:
        """Return a flow's counts of the window that ends at `now`; changes nothing."""
        return flow.window.sums(self.slice_at(now))

    def send(self, line: int, quantity: int, orders: int) -> None:
        """Count a message to the venue; orders: 1 where it is a new order."""
        sent = self.lines[line]
        sent.messages += 1
        sent.volume += quantity
        self.messages[sent.flow] += 1
        self.flows[sent.flow].send(self.second, orders)
        self._tell(line)

    def unsend(self, line: int, quantity: int) -> None:
        """Take back an order of the day that went to no venue; one of yesterday counts no more."""
        sent = self.lines[line]
        if sent.messages and sent.volume >= quantity:
            sent.messages -= 1
            sent.volume -= quantity
            self.messages[sent.flow] -= 1
            self._tell(line)

    def trade(self, line: int, quantity: int, trades: int) -> None:
        """Count what was executed of an order; trades: 1 where nothing of it was before."""
        traded = self.lines[line]
        traded.traded += quantity
        traded.trades += trades
        self.trades[traded.flow] += trades
        self._tell(line)

    def restand(self, order: Order, stood: OrderStanding | None) -> None:
        """Let an order's line know how it stands now, and no more as it `stood`."""
        stands = order.standing
        if stands == stood:
            return
        number = order.line
        works = self.lines[number]
        if stood is not None:
            works.work(order.sign, stood[0], stood[1], -1)
        if stands is not None:
            works.work(order.sign, stands[0], stands[1], 1)
        if works.buying or works.selling:
            self.working.add(number)
        else:
            self.working.discard(number)
        self.enroll(order, stood, stands)

    def enroll(
        self, order: Order, stood: OrderStanding | None, stands: OrderStanding | None
    ) -> None:
        """Count an order among its flow's open ones, and those without an answer, or don't."""
        flow = self.lines[order.line].flow
        if (stood is None) is not (stands is None):
            self.opened[flow] += 1 if stood is None else -1
        waits = stands is not None and stands[2]
        if waits is not (stood is not None and stood[2]):
            if waits:
                self.unacknowledged.setdefault(flow, {})[order.key] = order
            else:
                del self.unacknowledged[flow][order.key]

    def _tell(self, line: int) -> None:
        for changed in self._readers:
            changed.add(line)

    def rates(self, now: int) -> dict[tuple[str, str], Rates]:
        """Return how much each (account, strategy) sends a second, and each account as a whole."""
        sums: dict[tuple[str, str], list[int]] = {}
        for flow in self.flows:
            sent = flow.rates(now // SECOND)
            for strategy in (WHOLE_ACCOUNT, flow.strategy):
                total = sums.setdefault((flow.account, strategy), [0] * len(sent))
                for at, amount in enumerate(sent):
                    total[at] += amount
        return {
            key: Rates(max(before[0], before[2]), max(before[1], before[3]))
            for key, before in sums.items()
        }

    def turn_day(self) -> None:
        """Begin the counts of a new day."""
        for flow in self.flows:
            flow.turn_day()
        for line in self.lines:
            line.turn_day()
        self.messages = [0] * len(self.flows)
        self.trades = [0] * len(self.flows)
        for changed in self._readers:
            changed.update(range(len(self.lines)))

    def expire(self) -> None:
        """Forget what has left the windows."""
        for flow in self.flows:
            flow.window.expire(self.slice)

    def load(self, flows: list[OrderFlow], lines: list[OrderLine], slice_ns: int) -> None:
        """Take up dumped flows and lines; what is open is added by its orders.

        slice_ns: what the slices of their windows were; 0 is what they are.
        """
        for flow in flows:
            if slice_ns not in (0, self.slice_ns):
                flow.window.cut_anew(slice_ns, self.slice_ns)
            self.flows[self._flow(flow.account, flow.strategy, flow.venue)] = flow
        for line in lines:
            flow = self.flows[line.flow]
            number = len(self.lines)
            # What there is stays, though the bound be lower now.
            self._lines[flow.account, flow.strategy, flow.venue, line.symbol] = number
            self.lines.append(line)
            self.messages[line.flow] += line.messages
            self.trades[line.flow] += line.trades
            if line.buying or line.selling:
                self.working.add(number)

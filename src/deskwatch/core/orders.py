"""The book of orders: events in, the blotter and the markouts moved.

docs/execution.md says what is counted and why.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import msgspec

from deskwatch.core import event
from deskwatch.core.blotter import Blotter, amount
from deskwatch.core.book import Checks, Followers
from deskwatch.core.booking import Booking
from deskwatch.core.closing import Closing
from deskwatch.core.latency import MAX_LEGS, LatencyBook, Operation
from deskwatch.core.line import Line
from deskwatch.core.markout import Markouts, Quoted
from deskwatch.core.money import divide_half_even
from deskwatch.core.observation import Latency
from deskwatch.core.observation import Order as OrderReport
from deskwatch.core.order import Order
from deskwatch.core.order_flow import MARKOUT_SUMS, MARKOUTS, ONE, OrderFlow, Rates
from deskwatch.core.order_flows import OrderFlows
from deskwatch.core.orders_state import NameKey, OrdersState
from deskwatch.core.period import SECOND, age_ns
from deskwatch.core.rejection import EventRejected
from deskwatch.core.roster import DESK
from deskwatch.core.settings import BooksSettings
from deskwatch.core.watch import Watch


class Working(NamedTuple):
    """What is open in one line: quantities at QUANTITY_DECIMALS, zero or above on both sides.

    Values are quantity × the order's own price, at twice as many decimals. unpriced: what of the
    quantity has no price, as that of market orders.
    """

    account: str
    strategy: str
    venue: str
    symbol: str
    buying: int
    selling: int
    buying_value: int
    selling_value: int
    buying_unpriced: int
    selling_unpriced: int


class Traded:
    """Where the fills of one line of the P&L are counted.

    number, flow: of their flow; None when there was no room for it. quoted: what they wait for.
    """

    __slots__ = ("flow", "number", "quoted")

    def __init__(self, number: int | None, flow: OrderFlow | None, quoted: Quoted) -> None:
        self.number = number
        self.flow = flow
        self.quoted = quoted


class Orders:
    """The book of orders; see core.book.Book. now: the books' time in ns."""

    name = "orders"

    def __init__(
        self,
        settings: BooksSettings,
        booking: Booking,
        closing: Closing,
        latency: LatencyBook,
        now: Callable[[], int],
    ) -> None:
        own = settings.execution
        self._booking = booking
        self._closing = closing
        self._latency = latency
        self._now = now
        self._grace_ns = settings.reconciliation.grace_ns
        self._max_unacked_ns = own.max_unacked_ns
        self.flows = OrderFlows(own.window_ns, settings.max_positions)
        self.markouts = Markouts(own, self._sampled)
        self.blotter = Blotter(
            self.flows, own.remembered_orders, own.max_open_orders, self.markouts, self._time
        )
        # By the number of the line of the P&L, which every fill has found already.
        self._traded: list[Traded | None] = []
        self._busted: event.Fill | None = None
        # What the platform times itself, by (operation, venue, strategy).
        self._timed: set[tuple[str, str, str]] = set()

    @property
    def checks(self) -> Checks:
        """Orders of less than nothing are refused; a fill is looked up before it is taken back."""
        return {
            OrderReport: self._check,
            event.Bust: self._find_busted,
            event.Correction: self._find_busted,
        }

    @property
    def followers(self) -> Followers:
        """Reports, fills and what becomes of them, and prices."""
        return {
            OrderReport: self._report,
            event.Fill: self._fill,
            event.Mark: self.markouts.mark,
            event.Bust: self._bust,
            event.Correction: self._correct,
            Latency: self._note_timed,
        }

    def begin(self, now: int) -> None:
        """Turn the day, and give up on marks that would come too late."""
        if 0 < self._closing.day_end <= now:
            self.flows.turn_day()
            self.blotter.overfills.turn_day()
            self.blotter.missing_fills.turn_day()
        self.flows.begin(now)
        if self.markouts.waiting:
            self.markouts.expire(self.flows.second * SECOND)

    def working(self) -> Iterator[Working]:
        """Yield the lines in which something is open."""
        for number in sorted(self.flows.working):
            line = self.flows.lines[number]
            flow = self.flows.flows[line.flow]
            yield Working(
                flow.account, flow.strategy, flow.venue, line.symbol,
                line.buying, line.selling, line.buying_value, line.selling_value,
                line.buying_unpriced, line.selling_unpriced,
            )  # fmt: skip

    def places(self, since: int) -> list[tuple[str, str, str, str]]:
        """Return where there were ever orders, from the line of number `since` on."""
        return [
            (flow.account, flow.strategy, flow.venue, line.symbol)
            for line in self.flows.lines[since:]
            for flow in (self.flows.flows[line.flow],)
        ]

    def rates(self, now: int) -> dict[tuple[str, str], Rates]:
        """Return how much each (account, strategy) sends a second; "" is the account as a whole."""
        return self.flows.rates(now)

    def unacked_ns(self, flow: int, now: int, watch: Watch) -> int | None:
        """Return for how long the oldest order of a flow that has no answer was waited for.

        None where each has one. flow: its number. An answer that came while nobody listened is
        still to be told: only an order that was over its time by then is waited for since before.
        """
        waiting = self.flows.unacknowledged.get(flow, {})
        oldest = min((order.known_time for order in waiting.values()), default=None)
        if oldest is None:
            return None
        return age_ns(watch.counted_from(oldest, self._max_unacked_ns), now)

    def short_of_fills(self, now: int) -> list[Order]:
        """Return the orders whose reports say more than their fills, the longest first."""
        return list(self.blotter.missing_fills.short(now, self._grace_ns))

    def executed_over_ordered(self) -> Iterator[tuple[OrderFlow, int | None]]:
        """Yield each flow with the most of today's executed over ordered in it, in billionths."""
        worst: dict[int, int] = {}
        for over in self.blotter.overfills.over.values():
            ratio = over.executed * ONE // over.ordered
            worst[over.flow] = max(ratio, worst.get(over.flow, 0))
        for number, flow in enumerate(self.flows.flows):
            yield flow, worst.get(number, flow.fullest)

    def dump(self) -> bytes:
        """Return the book as JSON."""
        self.flows.expire()
        blotter = self.blotter
        known = blotter.parents.known
        return msgspec.json.encode(
            OrdersState(
                second=self.flows.second,
                flows=self.flows.flows,
                lines=self.flows.lines,
                roster=blotter.roster.state(),
                parents=(list(known.old.items()), list(known.young.items())),
                parent_times=known.times,
                over=list(blotter.overfills.over.items()),
                quoted=self.markouts.state(),
                unsampled=[(*key, count) for key, count in self.markouts.unsampled.items()],
                rejected_in_a_row=blotter.rejected_in_a_row,
                ignored=blotter.ignored,
                timed=sorted(self._timed),
                slice_ns=self.flows.slice_ns,
            )
        )

    def load(self, state: bytes) -> None:
        """Take up a dumped state."""
        dumped = msgspec.json.decode(state, type=OrdersState)
        self.flows.load(dumped.flows, dumped.lines, dumped.slice_ns)
        self.flows.begin(dumped.second * SECOND)
        known = self.blotter.parents.known
        known.old, known.young = map(dict, dumped.parents)
        known.times = dumped.parent_times
        self.blotter.overfills.over = dict(dumped.over)
        self.markouts.load(dumped.quoted)
        self.markouts.unsampled = {(of, why): count for of, why, count in dumped.unsampled}
        self.blotter.load(dumped.roster)
        self.blotter.rejected_in_a_row = dumped.rejected_in_a_row
        self.blotter.ignored = dumped.ignored
        self._timed = set(dumped.timed)

    def _check(self, report: OrderReport) -> None:
        for text in (report.quantity, report.cumulative_quantity, report.parent_quantity):
            if text is not None and text[:1] == "-" and amount(text) < 0:
                raise EventRejected("negative_quantity", text, "a quantity of zero or more")

    def _report(self, report: OrderReport) -> None:
        self.blotter.report(report, self._now())

    def _fill(self, fill: event.Fill) -> None:
        line = self._booking.booked
        assert line is not None, "a fill is booked before this book is told of it"
        place = line.number
        traded = self._traded[place] if place < len(self._traded) else None
        if traded is None:
            traded = self._trade(line)
        number, flow = traded.number, traded.flow
        order = None
        if fill.client_order_id or fill.order_id:
            order = self._order_of(fill)
            if order is None:
                self._note_early(fill, amount(fill.quantity))
            elif not self._is_own(order, fill):
                order = None
            else:
                learned = fill.event_time if fill.receive_time is None else fill.receive_time
                self.blotter.execute(order, amount(fill.quantity), fill.event_time, learned)
                number = self.flows.lines[order.line].flow
                flow = self.flows.flows[number]
        if number is None or flow is None:
            self.blotter.ignore("too_many_lines")
            return
        flow.fills += 1
        self.markouts.fill(fill, number, traded.quoted)
        if order is not None and order.arrival is not None:
            self._slip(flow, order, order.arrival, fill.price)

    def _trade(self, line: Line) -> Traded:
        """Find where the fills of a line are counted, at the first of them."""
        venue, symbol = line.instrument.venue, line.instrument.symbol
        number = self.flows.line(line.account, line.strategy, venue, symbol)
        of = None if number is None else self.flows.lines[number].flow
        flow = None if of is None else self.flows.flows[of]
        traded = Traded(of, flow, self.markouts.quoted(venue, symbol))
        self._traded += [None] * (line.number + 1 - len(self._traded))
        self._traded[line.number] = traded
        return traded

    def _slip(self, flow: OrderFlow, order: Order, arrival: int, price: str) -> None:
        """Set a fill's price against the mid that its order met."""
        if not arrival:
            self.markouts.without("slippage", "no_price")
            return
        cost = order.sign * (amount(price) - arrival) * ONE
        flow.slip(divide_half_even(cost, abs(arrival)))

    def _sampled(self, flow: int, horizon: int, ratio: int) -> None:
        """Count a markout."""
        of = self.flows.flows[flow]
        self.flows.count(of, MARKOUTS + horizon)
        self.flows.count(of, MARKOUT_SUMS + horizon, ratio)

    def _order_of(self, fill: event.Fill) -> Order | None:
        if fill.client_order_id:
            return self.blotter.roster.find(fill.account, fill.client_order_id)
        if fill.order_id:
            return self.blotter.roster.find_at(fill.account, fill.venue, fill.order_id)
        return None

    def _note_early(self, fill: event.Fill, quantity: int) -> None:
        """Keep a fill's quantity for its order, if that is reported yet."""
        if fill.client_order_id:
            name: NameKey = (fill.account, DESK, fill.client_order_id)
        elif fill.order_id:
            name = (fill.account, fill.venue, fill.order_id)
        else:
            return
        self.blotter.roster.note_early(name, quantity, fill.event_time)

    def _find_busted(self, bust: event.Bust | event.Correction) -> None:
        """Keep the fill that is taken back: afterwards nobody knows it."""
        self._busted = self._booking.original(bust)

    def _bust(self, bust: event.Bust) -> None:
        if self._busted is not None:
            self._restate(self._busted, -amount(self._busted.quantity), bust.event_time)

    def _correct(self, correction: event.Correction) -> None:
        if self._busted is not None:
            change = amount(correction.quantity) - amount(self._busted.quantity)
            self._restate(self._busted, change, correction.event_time)

    def _restate(self, fill: event.Fill, change: int, time: int) -> None:
        order = self._order_of(fill)
        if order is None:
            self._note_early(fill, change)
        elif self._is_own(order, fill):
            self.blotter.execute(order, change, time, time)

    def _is_own(self, order: Order, fill: event.Fill) -> bool:
        """Whether a fill is one of the order that it names; that of a spread's leg is not."""
        return self.flows.lines[order.line].symbol == fill.symbol

    def _note_timed(self, timed: Latency) -> None:
        """Leave to the platform what it times itself; of more than these no leg is counted."""
        if len(self._timed) < MAX_LEGS:
            self._timed.add((timed.operation, timed.venue, timed.strategy))

    def _time(self, operation: Operation, flow: OrderFlow, begin: int, end: int) -> None:
        """Time a leg of an order by its reports, where the platform doesn't."""
        if begin and (operation, flow.venue, flow.strategy) not in self._timed:
            self._latency.observe(operation, end - begin, venue=flow.venue, strategy=flow.strategy)

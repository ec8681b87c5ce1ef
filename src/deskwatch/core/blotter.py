"""The blotter: what each report and each execution changes, and what is counted for it.

docs/execution.md says what is counted and why.
"""

from collections.abc import Callable
from typing import Final

from deskwatch.core.latency import Operation
from deskwatch.core.markout import Markouts
from deskwatch.core.missing_fills import MissingFills
from deskwatch.core.money import parse_decimal
from deskwatch.core.observation import Order as OrderReport
from deskwatch.core.order import QUANTITY_DECIMALS, TERMINAL, Order, Status
from deskwatch.core.order_flow import (
    ANSWERED,
    CANCELED,
    ENDED,
    ONE,
    REJECTED,
    SHARE_FILLED,
    OrderFlow,
)
from deskwatch.core.order_flows import OrderFlows
from deskwatch.core.orders_state import Ignored, RosterState
from deskwatch.core.overfill import Overfills
from deskwatch.core.parent import Parents
from deskwatch.core.reject_reason import reject_reason
from deskwatch.core.roster import DESK, Roster

#: Told of a leg of an order: the operation, its flow, when it began (0: nobody knows) and ended.
Timed = Callable[[Operation, OrderFlow, int, int], None]

#: The ends at which a venue leaves an order that it took.
_TAKEN: Final = frozenset({"filled", "canceled", "expired"})

#: Answers to a cancel, which FIX and Binance call by a name of the cancel's own: the order that it
#: is about is then the original one.
_OF_A_CANCEL: Final = frozenset({"pending_cancel", "canceled", "cancel_rejected"})


class Blotter:
    """The desk's orders.

    rejected_in_a_row: by venue, refusals since it last took an order. ignored: reports that moved
    nothing, by why.
    """

    def __init__(
        self, flows: OrderFlows, remembered: int, max_open: int, markouts: Markouts, timed: Timed
    ) -> None:
        self._flows = flows
        self._max_open = max_open
        self._markouts = markouts
        self._timed = timed
        self.roster = Roster(remembered)
        self.parents = Parents(remembered)
        self.overfills = Overfills(self.parents, flows, markouts)
        self.missing_fills = MissingFills(flows)
        self.rejected_in_a_row: dict[str, int] = {}
        self.ignored: dict[Ignored, int] = {}

    def report(self, report: OrderReport, now: int) -> None:
        """Take what is said of an order, received at `now`."""
        order = self._reported(report, now)
        if order is None:
            return
        before, stood = order.executed, order.standing
        traded, answered = order.traded, order.answered_time
        self._name(order, report, before)
        changed = order.agree(report.quantity, report.price, report.event_time)
        self._follow(order, report, changed=changed)
        if report.event_time >= order.taken_back_time:  # else it counts what was taken back since
            self._learn_executed(order, report, now)
        if order.short_since:
            self.missing_fills.settle(order)
        self._settle(order, report.event_time)
        self._flows.restand(order, stood)
        self.overfills.judge(order, before, report.event_time, changed=changed)
        if order.traded and not traded:
            self._time_fill(order, answered, _learned(report))
        if report.parent_quantity is not None or order.is_parent:
            self.overfills.size_parent(order, report)

    def _learn_executed(self, order: Order, report: OrderReport, now: int) -> None:
        """Take what a report says was executed."""
        cumulative = report.cumulative_quantity
        if cumulative is not None:
            reported = 0 if cumulative == "0" else amount(cumulative)
            order.reported = max(order.reported or 0, reported)
            if report.event_time == order.terms_time:  # else a later one has spoken
                self.missing_fills.hold(order, reported, now)
        elif report.status == order.status == "filled":
            order.reported = max(order.reported or 0, order.quantity)

    def execute(self, order: Order, quantity: int, time: int, learned: int) -> None:
        """Add to what an order's fills come to; less than zero takes back. learned: when we did."""
        reported = order.reported
        if reported is not None and quantity > 0 and order.filled + quantity <= reported:
            order.filled += quantity
            if order.short_since:
                self.missing_fills.settle(order)
            return
        before, stood = order.executed, order.standing
        traded, answered = order.traded, order.answered_time
        order.filled += quantity
        if quantity < 0:
            order.taken_back_time = max(order.taken_back_time, time)
            if reported is not None:
                order.reported = max(reported + quantity, 0)
        if order.short_since:
            self.missing_fills.settle(order, taken_back=max(-quantity, 0))
        self._settle(order, time)
        self._flows.restand(order, stood)
        self.overfills.judge(order, before, time)
        if order.traded and not traded:
            self._time_fill(order, answered, learned)

    def load(self, state: RosterState) -> None:
        """Take up the orders of a dumped state, in fresh flows that have none."""
        flows = self._flows
        venues = {number: flows.of(number).venue for number in range(len(flows.lines))}
        self.roster.load(state, venues)
        self.missing_fills.load(self.roster.known())
        for order in self.roster.open.values():
            flows.enroll(order, None, order.standing)

    def _reported(self, report: OrderReport, now: int) -> Order | None:
        """Return the order that a report is about, made where it is new."""
        called = report.client_order_id
        order = self.roster.find(report.account, called)
        if report.original_client_order_id not in ("", called):
            if report.status == "replaced":
                return self._replaced(order, report, now)
            if order is None and report.status in _OF_A_CANCEL:
                return self._to_be_canceled(report, now)
        return self._open(report, now) if order is None else order

    def _to_be_canceled(self, report: OrderReport, now: int) -> Order | None:
        """Return the order that a cancel by a name of its own is about; that finds it, too."""
        original = report.original_client_order_id
        order = self.roster.find(report.account, original) or self._open(report, now, original)
        if order is not None:
            self.roster.alias(order, report.client_order_id, report.event_time)
        return order

    def _replaced(self, order: Order | None, report: OrderReport, now: int) -> Order | None:
        """Return the order that goes on by a new name; `order` is the one that has it already."""
        original, time = report.original_client_order_id, report.event_time
        replaced = self.roster.find(report.account, original)
        if order is not None:
            if replaced is None:
                self.roster.alias(order, original, time)
            elif replaced.live and replaced is not order:
                self._give_way(replaced, report)
            return order
        if replaced is None:
            opened = self._open(report, now)
            if opened is not None:
                self.roster.alias(opened, original, time)
            return opened
        if replaced.live:
            self._rename(replaced, report)
        elif replaced.status == "filled":  # by fills of what it had become, told of before this
            self.roster.alias(replaced, report.client_order_id, time)
        else:
            return self._open(report, now)
        return replaced

    def _give_way(self, order: Order, report: OrderReport) -> None:
        """End an order whose place is taken by another that is known."""
        stood = order.standing
        order.advance("replaced")
        self._answer(order, report.event_time)
        self._flows.of(order.line).enter("replaced")
        self._settle(order, report.event_time)
        self._flows.restand(order, stood)

    def _rename(self, order: Order, report: OrderReport) -> None:
        stands = order.standing
        self._flows.enroll(order, stands, None)
        self.overfills.clear((order.account, "", order.client_order_id))
        venue = self._flows.of(order.line).venue
        self.roster.rename(order, venue, report.client_order_id, report.event_time)
        self._flows.enroll(order, None, stands)

    def _open(self, report: OrderReport, now: int, called: str = "") -> Order | None:
        """Return a new order; None where there is no room, or it may have been forgotten.

        called: where that is another name than the report's own.
        """
        roster, time = self.roster, report.event_time
        if time <= roster.ended.forgotten_until:
            self.ignore("forgotten")
            return None
        if len(roster.open) >= self._max_open:
            self.ignore("too_many_open")
            return None
        line = self._flows.line(report.account, report.strategy, report.venue, report.symbol)
        if line is None:
            self.ignore("too_many_lines")
            return None
        order = Order(
            line=line,
            account=report.account,
            client_order_id=called or report.client_order_id,
            parent_order_id="",
            sign=1 if report.side == "buy" else -1,
            known_time=min(time, now),
        )
        own = (order.account, report.symbol, order.client_order_id)
        order.is_parent = self.parents.known.get(own) is not None
        self._flows.of(line).enter("new")
        self._send(order, amount(report.quantity), 1)
        early = roster.add(order)
        cumulative = report.cumulative_quantity
        order.begun = cumulative is not None and amount(cumulative) > early
        self._flows.restand(order, None)
        if early:
            self.execute(order, early, time, time)
        return order

    def ignore(self, why: Ignored) -> None:
        """Count a report that moved nothing."""
        self.ignored[why] = self.ignored.get(why, 0) + 1

    def _name(self, order: Order, report: OrderReport, executed: int) -> None:
        """Take an order's new names, and its parent's. executed: of the order so far."""
        if report.status == "replaced" or report.status in _OF_A_CANCEL:
            for called in (report.client_order_id, report.original_client_order_id):
                order.filled += self.roster.take_early((order.account, DESK, called))
        order_id = report.order_id
        if order_id and order_id != order.order_id:
            venue = self._flows.of(order.line).venue
            order.filled += self.roster.name(order, venue, order_id)
        parent_order_id = report.parent_order_id
        if parent_order_id and not order.parent_order_id:
            order.parent_order_id = parent_order_id
            parent = self.parents.of(self.overfills.parent_key(order), report.event_time)
            parent.executed += executed
            named = self.roster.find(order.account, parent_order_id)
            if named is None or named.is_parent:
                return
            if self._flows.lines[named.line].symbol == report.symbol:
                stood = named.standing
                named.is_parent = True
                self._flows.unsend(named.line, named.quantity)
                if named.answered_time and named.status != "rejected":
                    self._flows.take_back(self._flows.of(named.line), ANSWERED)
                if named is not order:
                    self._flows.restand(named, stood)
                parent.agree(named.quantity, named.terms_time)

    def _follow(self, order: Order, report: OrderReport, *, changed: bool) -> None:
        """Do what a report's status says."""
        status, time, line = report.status, report.event_time, order.line
        flow = self._flows.of(line)
        match status:
            case "new":
                if not order.sent_time:
                    order.sent_time = time
                    order.arrival = self._markouts.arrival(flow.venue, report.symbol, time)
            case "acknowledged" | "partially_filled":
                self._answer(order, time, report)
                if order.advance(status):
                    flow.enter(status)
            case "replaced":
                self._replace(order, report, changed=changed)
            case "pending_cancel":
                if order.ask_cancel(time):
                    flow.enter(status)
                    self._send(order, 0, 0)
            case "cancel_rejected":
                asked = order.cancel_time if order.canceling else 0
                if order.refuse_cancel(time):
                    flow.enter(status)
                    self._timed("cancel_ack", flow, asked, _learned(report))
            case _:
                self._end(order, status, report)

    def _replace(self, order: Order, report: OrderReport, *, changed: bool) -> None:
        """Take that a venue changed an order, or put another one in its place."""
        flow = self._flows.of(order.line)
        self._answer(order, report.event_time, report)
        if report.leaves_quantity is not None and not amount(report.leaves_quantity):
            self._end(order, "replaced", report)
            return
        order.advance("acknowledged")
        if changed:
            flow.enter("replaced")
            self._send(order, order.quantity, 0)

    def _end(self, order: Order, status: Status, report: OrderReport) -> None:
        """Take that an order is over."""
        flow, time = self._flows.of(order.line), report.event_time
        asked, canceling = order.cancel_time, order.canceling
        if not order.advance(status):
            if order.status != status:
                self.ignore("ended")
            return
        flow.enter(status)
        if status == "rejected":
            self._refused(order, flow, report)
            return
        self._answer(order, time, report)
        if status == "canceled":
            if canceling:
                self._timed("cancel_ack", flow, asked, _learned(report))
            else:
                self._send(order, 0, 0)

    def _refused(self, order: Order, flow: OrderFlow, report: OrderReport) -> None:
        """Count a refusal; what the desk's own breakers refuse is no answer of the venue."""
        taken = order.answered_time > 0
        order.answered_time = order.answered_time or _learned(report)
        reason = reject_reason(report.reason)
        flow.rejects[reason] = flow.rejects.get(reason, 0) + 1
        if reason == "breaker":
            if not (taken or order.is_parent):
                self._flows.unsend(order.line, order.quantity)
            return
        if not taken:
            self._count(order, ANSWERED)
        self._count(order, REJECTED)
        if not order.is_parent:
            in_a_row = self.rejected_in_a_row
            in_a_row[flow.venue] = in_a_row.get(flow.venue, 0) + 1

    def _answer(self, order: Order, time: int, report: OrderReport | None = None) -> None:
        """Take that the venue knows of an order."""
        if order.answered_time:
            return
        order.answered_time = time if report is None else _learned(report)
        flow = self._flows.of(order.line)
        self._count(order, ANSWERED)
        if order.is_parent:
            return
        if self.rejected_in_a_row.get(flow.venue):
            self.rejected_in_a_row[flow.venue] = 0
        if report is not None:
            self._timed("order_ack", flow, order.sent_time, _learned(report))

    def _settle(self, order: Order, time: int) -> None:
        """Let fills move an order that no report says the executions of; put it away if over."""
        if order.traded:
            self._answer(order, time)
        if order.reported is None and order.filled > 0 and order.quantity:
            moved: Status = "filled" if order.filled >= order.quantity else "partially_filled"
            if order.advance(moved):
                self._flows.of(order.line).enter(moved)
        if order.status not in TERMINAL or order.key not in self.roster.open:
            return
        flow = self._flows.of(order.line)
        self.roster.end(order, flow.venue, time)
        if order.status in _TAKEN:
            self._count(order, ENDED)
            if order.status == "canceled":
                self._count(order, CANCELED)
            share = ONE if order.status == "filled" else _share(order)
            self._count(order, SHARE_FILLED, share)

    def _send(self, order: Order, quantity: int, orders: int) -> None:
        """Count a message to the venue; what is said of a parent went to none."""
        if not order.is_parent:
            self._flows.send(order.line, quantity, orders)

    def _count(self, order: Order, what: int, amount: int = 1) -> None:
        """Add to what became of orders at the venue, of which a parent is none."""
        if not order.is_parent:
            self._flows.count(self._flows.of(order.line), what, amount)

    def _time_fill(self, order: Order, answered: int, learned: int) -> None:
        """Time the first execution; where it is the first answer itself, `answered` is 0."""
        self._timed("ack_to_fill", self._flows.of(order.line), answered, learned)


def amount(text: str) -> int:
    """Return a quantity or a price at QUANTITY_DECIMALS."""
    return parse_decimal(text, QUANTITY_DECIMALS)


def _learned(report: OrderReport) -> int:
    """Return when the desk learned of a report, by its own clock if it says so."""
    return report.event_time if report.receive_time is None else report.receive_time


def _share(order: Order) -> int:
    """Return how much of an order was executed, in billionths; at most all of it."""
    if not order.quantity:
        return 0
    return min(order.executed * ONE // order.quantity, ONE)

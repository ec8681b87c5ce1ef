"""The order book put away and taken up again, anywhere: what follows finds the same orders."""

from random import Random
from typing import Any, NamedTuple, get_args

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from deskwatch.core import event
from deskwatch.core.books import Books
from deskwatch.core.fill_key import FillKey
from deskwatch.core.observation import Order
from deskwatch.core.period import SECOND
from deskwatch.core.settings import BooksSettings, ExecutionSettings
from deskwatch.core.state import dump, load
from tests.core.blotter import EQUITY, FUTURE, HOUR, TEN, Desk

VENUES = ["XNAS", "XNYS"]
SYMBOLS = ["AAPL", "MSFT"]
STATUSES = get_args(Order.__annotations__["status"])

#: So small that names, orders and parents are forgotten all the time.
BOUNDS = [
    BooksSettings(
        execution=ExecutionSettings(
            window_ns=HOUR, remembered_orders=remembered, max_open_orders=4, max_waiting_markouts=5
        )
    )
    for remembered in (2, 5, 12)
]


class Followed:
    """The order book of a desk where nothing else is at work, and the fills that busts are of."""

    def __init__(self, bounds: BooksSettings) -> None:
        self.books = Books(bounds)
        for venue in VENUES:
            for symbol in SYMBOLS:
                self.books.instruments.describe(replace(EQUITY, venue=venue, symbol=symbol))
        self.orders = self.books.orders

    def take(self, now: int, happened: Any) -> None:
        self.books.now = now
        self.orders.begin(now)
        kind = type(happened)
        if kind in self.orders.checks:
            self.orders.checks[kind](happened)
        if kind is event.Fill:
            booking = self.books.booking
            instrument = self.books.instruments.of(happened.venue, happened.symbol)
            booking.booked = booking.line(happened.account, happened.strategy, instrument)
            key = FillKey(happened.exec_id, happened.account, instrument.number, happened.side)
            booking.fills.put(key, happened, happened.event_time)
        self.orders.followers[kind](happened)


class Told(NamedTuple):
    """What happened, and when it was received."""

    now: int
    happened: Any


def happened(chance: Random, now: int) -> Any:
    """Few names for many orders, at two venues: each name is given again and again."""
    pick: Any = chance.choice
    time = now + pick([0, 0, 0, 1, -HOUR, -8 * HOUR])
    place: Any = {
        "account": "A1",
        "venue": pick(VENUES),
        "symbol": pick(SYMBOLS),
    }
    side = pick(["buy", "sell"])
    exec_id, other = pick(["E1", "E2", "E3"]), pick(["E1", "E2", "E3"])
    match pick(["order"] * 6 + ["fill"] * 2 + ["bust", "correction"]):
        case "fill":
            return event.Fill(
                event_time=time, **place, side=side, exec_id=exec_id, quantity=pick(["1", "2.5"]),
                price="100", client_order_id=pick(["", "", "O1", "O2", "O3"]),
                order_id=pick(["", "V1", "V2"]),
            )  # fmt: skip
        case "bust":
            return event.Bust(
                event_time=time, **place, side=side, exec_id="B", ref_exec_id=exec_id
            )  # fmt: skip
        case "correction":
            return event.Correction(
                event_time=time, **place, side=side, exec_id=other, ref_exec_id=exec_id,
                quantity=pick(["1", "4"]), price="100",
            )  # fmt: skip
    few = [None, None, "0", "1", "2.5"]
    return Order(
        event_time=time, **place, side=side, status=pick(STATUSES), quantity=pick(["1", "2.5", "10"]),
        client_order_id=pick(["O1", "O2", "O3", "O4"]), order_id=pick(["", "V1", "V2"]),
        original_client_order_id=pick(["", "O1", "O2", "O3"]),
        parent_order_id=pick(["", "P1", "P2", "O1", "O4"]), price=pick([None, "100"]),
        cumulative_quantity=pick(few), leaves_quantity=pick(few), parent_quantity=pick(few),
    )  # fmt: skip


def journal(chance: Random) -> list[Told]:
    now, told = TEN, []
    for _ in range(chance.randint(1, 25)):
        now += chance.choice([0, 1, SECOND, HOUR])
        told.append(Told(now, happened(chance, now)))
    return told


@settings(max_examples=1000)
@given(st.integers(0, 2**64), st.sampled_from(BOUNDS))
def test_orders_taken_up_from_a_snapshot_are_found_as_they_would_be(seed, bounds):
    """Drawn from a seed: thousands of journals in the time that drawing a few would take."""
    chance = Random(seed)
    told = journal(chance)
    cut = chance.randint(0, len(told))
    whole, resumed = Followed(bounds), Followed(bounds)
    for each in told[:cut]:
        whole.take(*each)
    resumed.orders.load(whole.orders.dump())
    resumed.books.booking.fills.young = dict(whole.books.booking.fills.young)
    for each in told[cut:]:
        whole.take(*each)
        resumed.take(*each)
        assert found(resumed) == found(whole), each
    assert resumed.orders.dump() == whole.orders.dump()


def found(at: Followed) -> Any:
    """What each name of the venues leads to, and what is open, waiting and answered."""
    orders = at.orders
    roster = orders.blotter.roster
    return (
        [
            roster.find_at("A1", venue, name)
            for venue in VENUES
            for name in ("V1", "V2")
        ],
        {flow: waiting for flow, waiting in orders.flows.unacknowledged.items() if waiting},
        orders.flows.opened,
        list(orders.working()),
        orders.markouts.waiting,
    )  # fmt: skip


def test_a_venue_that_gives_a_name_again_means_the_new_order_before_and_after_a_restart():
    """A fill, and a bust of it, by the venue's name alone."""
    at = Desk()
    at.order("O1 +10@100", order_id="V1").order("O2 +10@100", order_id="V1")
    at.order("O2 +10@100", "acknowledged")
    resumed = Desk()
    resumed.books.orders.load(at.books.orders.dump())
    for desk in (at, resumed):
        desk.fill("+4@100", order_id="V1")
        executed = {
            order.client_order_id: order.executed // 10**18
            for order in desk.books.orders.blotter.roster.open.values()
        }
        assert executed == {"O1": 0, "O2": 4}


def test_what_was_ordered_is_taken_up_whole_though_the_bound_be_lower_now():
    whole = Desk(EQUITY, FUTURE).order("O1 +10@100")
    whole.order("O2 -3@50", venue="XCME", symbol="ESZ6")
    lower = Books(replace(whole.books.settings, max_positions=1))
    load(lower, dump(whole.books))
    assert list(lower.orders.working()) == list(whole.books.orders.working())

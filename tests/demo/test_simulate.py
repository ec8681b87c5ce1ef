from collections import Counter, defaultdict
from fractions import Fraction

import msgspec
import pytest

from deskwatch.core import event, observation
from deskwatch.core.codec import KINDS, decode, decode_event
from deskwatch.core.rejection import EventRejected
from deskwatch.demo.agenda import SECOND
from deskwatch.demo.catalog import LISTINGS
from deskwatch.demo.ledger import Key
from deskwatch.demo.simulate import START_NS, Simulation, events
from deskwatch.demo.tape import Event

#: Eight simulated minutes: by then every kind has occurred.
ENOUGH = 50_000
SEED = 7


@pytest.fixture(scope="module")
def stream() -> list[bytes]:
    return list(events(SEED, ENOUGH))


@pytest.fixture(scope="module")
def happened() -> list[event.Event]:
    return [decode_event(line) for line in events(SEED, ENOUGH, bad_events=False)]


def test_one_seed_makes_the_same_bytes(stream):
    assert list(events(SEED, ENOUGH)) == stream


def test_another_seed_makes_other_bytes(stream):
    assert list(events(SEED + 1, 2_000)) != stream[:2_000]


def test_how_time_is_cut_into_steps_changes_nothing():
    whole, cut = Simulation(SEED, START_NS), Simulation(SEED, START_NS)
    moment = START_NS + 40 * SECOND
    at_once = whole.step(moment)
    in_steps = [one for time in range(START_NS, moment + 1, SECOND // 40) for one in cut.step(time)]
    assert in_steps == at_once
    assert cut.truth() == whole.truth()


def test_lines_are_numbered_by_one_producer(stream):
    envelopes = [decode_event(line) for line in stream[:1_000]]
    assert [one.sequence for one in envelopes] == list(range(1, 1_001))
    assert {(one.source, one.epoch) for one in envelopes} == {("demo-desk", 1)}


def test_every_kind_occurs(happened):
    assert {type(one) for one in happened} == set(KINDS.values())


def test_without_bad_events_none_is_refused_by_decode():
    decoded = decode(b"".join(events(SEED, ENOUGH, bad_events=False)))
    assert decoded.refused == []
    assert len(decoded.events) == ENOUGH


def test_good_events_name_no_unknown_field():
    for line in events(SEED, ENOUGH, bad_events=False):
        fields = msgspec.json.decode(line)
        kind = KINDS[fields.pop("kind")]
        assert fields.keys() <= set(kind.__struct_fields__), line


def time_of(one: Event) -> int:
    assert isinstance(one["event_time"], int)
    return one["event_time"]


def test_nothing_arrives_before_it_happened():
    simulation = Simulation(SEED, START_NS, bad_events=False)
    for second in range(1, 120):
        now = START_NS + second * SECOND
        assert all(START_NS <= time_of(one) <= now for one in simulation.step(now))


def test_two_runs_share_no_exec_id():
    def exec_ids(start_ns: int) -> set[object]:
        simulation = Simulation(SEED, start_ns)
        return {
            one["exec_id"]
            for one in simulation.step(start_ns + 60 * SECOND)
            if one["kind"] == "fill"
        }

    first, second = exec_ids(START_NS), exec_ids(START_NS + SECOND)
    assert first
    assert not first & second


def test_order_lives_end_once_and_add_up(happened):
    lives: defaultdict[str, list[observation.Order]] = defaultdict(list)
    for one in happened:
        if isinstance(one, observation.Order):
            lives[one.client_order_id].append(one)
    endings: Counter[str] = Counter()
    for life in lives.values():
        assert life[0].status == "new"
        dead = [one for one in life if one.status in {"filled", "canceled", "rejected", "expired"}]
        assert len(dead) <= 1
        for change in life:
            assert change.leaves_quantity is not None
            assert change.cumulative_quantity is not None
            left = Fraction(change.leaves_quantity) + Fraction(change.cumulative_quantity)
            assert (
                left == Fraction(change.quantity)
                or change in dead
                or change.status == "cancel_rejected"
            )
        endings.update(one.status for one in dead)
    assert endings.keys() == {"filled", "canceled", "rejected", "expired"}


def test_no_order_leaves_while_a_breaker_is_open_for_it(happened):
    names = {one.breaker for one in happened if isinstance(one, observation.Breaker)}
    refused = {
        one.reason
        for one in happened
        if isinstance(one, observation.Order) and one.reason.startswith("breaker_open")
    }
    assert refused
    assert {reason.removeprefix("breaker_open: ") for reason in refused} <= names


def test_breakers_say_what_was_exceeded_and_who_reset_them(happened):
    told = [one for one in happened if isinstance(one, observation.Breaker)]
    trips = [one for one in told if one.state == "open"]
    assert {one.cause for one in trips} >= {"feed_stale", "reject_rate"}
    assert all(Fraction(one.value or 0) > Fraction(one.limit or 0) for one in trips)
    state: dict[str, str] = {}
    for one in told:
        was, state[one.breaker] = state.get(one.breaker, "closed"), one.state
        assert one.actor or one.state in ("open", was), one


def test_closed_breakers_say_how_near_they_are(happened):
    told = [
        one
        for one in happened
        if isinstance(one, observation.Breaker) and one.state == "closed" and one.value
    ]
    assert {one.watches for one in told} == {"drawdown", "reject_rate"}
    assert all(0 <= Fraction(one.value or 0) <= Fraction(one.limit or 0) for one in told)
    assert any(Fraction(one.value or 0) > 0 for one in told)


def test_liquidity_and_fees_are_of_every_sort(happened):
    fills = [one for one in happened if isinstance(one, event.Fill)]
    assert {one.liquidity for one in fills} == {"maker", "taker"}
    assert any((one.fee or "").startswith("-") for one in fills), "rebates"
    assert {one.fee_currency for one in fills} >= {"USD", "EUR", "USDT", "BTC", "BNB", "XBT"}
    assert {(one.venue, one.symbol) for one in fills} == {
        (listing.venue, listing.symbol) for listing in LISTINGS
    }
    assert len({one.exec_id for one in fills}) < len(fills), "a fill reported twice"


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_truth_is_the_sum_of_what_was_sent(seed):
    simulation = Simulation(seed, START_NS, bad_events=False)
    sent = simulation.step(START_NS + 300 * SECOND)
    books = _Sums()
    for one in sent:
        books.add(decode_event(msgspec.json.encode(one)))
    truth = simulation.truth()
    assert truth
    for key, true in truth.items():
        assert books.quantity[key] == true.quantity
        assert books.cash[key] == true.cash_paid
        assert books.funding[key] == true.funding
        for currency, paid in true.fees.items():
            assert books.fees[key, currency] == paid


class _Sums:
    """Adds up a stream the slow and plain way: exact fractions, every fill once."""

    def __init__(self) -> None:
        self.quantity: defaultdict[Key, Fraction] = defaultdict(Fraction)
        self.cash: defaultdict[Key, Fraction] = defaultdict(Fraction)
        self.fees: defaultdict[tuple[Key, str], Fraction] = defaultdict(Fraction)
        self.funding: defaultdict[Key, Fraction] = defaultdict(Fraction)
        self._fills: dict[str, tuple[Key, event.Fill]] = {}
        self._listings = {(one.venue, one.symbol): one for one in LISTINGS}

    def add(self, one: event.Event) -> None:
        if isinstance(one, event.Fill) and one.exec_id not in self._fills:
            key = (one.account, one.strategy, one.venue, one.symbol)
            self._fills[one.exec_id] = (key, one)
            self._book(key, one, 1)
        elif isinstance(one, event.Bust | event.Correction):
            key, fill = self._fills[one.ref_exec_id]
            self._book(key, fill, -1)
            if isinstance(one, event.Correction):
                self._book(key, one, 1)
        elif isinstance(one, event.Funding):
            self.funding[one.account, one.strategy, one.venue, one.symbol] += Fraction(one.amount)
        elif isinstance(one, event.Fee):
            key = (one.account, one.strategy, one.venue, one.symbol)
            self.fees[key, one.currency] += Fraction(one.amount)
        elif isinstance(one, event.Split):
            for key in self.quantity:
                if key[2:] == (one.venue, one.symbol):
                    self.quantity[key] *= Fraction(one.numerator, one.denominator)

    def _book(self, key: Key, one: event.Fill | event.Correction, sign: int) -> None:
        listing = self._listings[key[2:]]
        signed = Fraction(one.quantity) * (1 if one.side == "buy" else -1) * sign
        worth = Fraction(one.price)
        if listing.contract == "inverse":
            worth = -1 / worth
        assert one.fee is not None
        assert one.fee_currency is not None
        fee = Fraction(one.fee) * sign
        self.quantity[key] += signed
        self.cash[key] += signed * worth * Fraction(listing.multiplier)
        self.fees[key, one.fee_currency] += fee
        if listing.instrument_type == "spot" and one.fee_currency == listing.base:
            self.quantity[key] -= fee


def test_bad_events_are_refused_and_all_else_is_decoded(stream):
    refused = decode(b"".join(stream)).refused
    assert {one.reason for one in refused} <= {"bad_length"}
    with pytest.raises(EventRejected, match="bad_length"):
        decode_event(stream[refused[0].line - 1])

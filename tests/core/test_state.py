"""The books put away and taken up again: nothing is different."""

from typing import get_args

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from deskwatch.core import event, observation
from deskwatch.core.books import Books
from deskwatch.core.observation import Order
from deskwatch.core.rejection import EventRejected
from deskwatch.core.settings import BooksSettings, ExecutionSettings
from deskwatch.core.state import dump, load
from tests.core.blotter import EQUITY, FUTURE, HOUR, INVERSE, MINUTE, QUANTO, SPOT, TEN, Desk
from tests.core.play import assert_comes_back, play

INSTRUMENTS = [EQUITY, FUTURE, INVERSE, QUANTO, SPOT]
PAID_IN = event.Cash(event_time=TEN, account="A1", amount="10", currency="USD", reference="R1")
SETTINGS = BooksSettings(
    remembered_fills=8,
    mark_max_age_ns=3 * HOUR,
    day_start_minute=12 * 60 + 21,
    execution=ExecutionSettings(
        window_ns=HOUR,
        arrival_max_age_ns=HOUR,
        markout_tolerance_ns=HOUR,
        remembered_orders=2,
        max_open_orders=3,
        max_waiting_markouts=5,
    ),
)

accounts = st.sampled_from(["A1", "A2"])
strategies = st.sampled_from(["mm", "pairs"])
amounts = st.integers(1, 10**6).map(lambda cents: f"{cents / 100:.2f}")
#: Mostly late; and stamped by a clock that is ahead, by no more than is tolerated.
offsets = st.integers(-8 * HOUR, 10**9) | st.integers(1, MINUTE)


@st.composite
def reports(draw, now: int) -> Order:
    instrument = draw(st.sampled_from(INSTRUMENTS))
    status = draw(st.sampled_from(get_args(Order.__annotations__["status"])))
    few = st.none() | st.sampled_from(["0", "1", "2.50"])
    return Order(
        event_time=now + draw(offsets), account=draw(accounts), strategy=draw(strategies),
        venue=instrument.venue, symbol=instrument.symbol, status=status,
        side=draw(st.sampled_from(["buy", "sell"])),
        client_order_id=draw(st.sampled_from(["O1", "O2", "O3", "O4"])),
        order_id=draw(st.sampled_from(["", "V1", "V2"])),
        parent_order_id=draw(st.sampled_from(["", "P1", "O4"])),
        original_client_order_id=draw(st.sampled_from(["", "O1", "O2"])),
        quantity=draw(st.sampled_from(["1", "2.50", "10"])),
        price=draw(st.none() | amounts),
        cumulative_quantity=draw(few), leaves_quantity=draw(few), parent_quantity=draw(few),
        reason=draw(st.sampled_from(["", "breaker", "Insufficient margin"])),
    )  # fmt: skip


@st.composite
def told(draw, now: int) -> event.Event:
    """A limit, or what a venue reports; an amount of nothing is a failed query."""
    instrument = draw(st.sampled_from(INSTRUMENTS))
    said = {"event_time": now + draw(offsets), "account": draw(accounts)}
    amount, other = draw(st.none() | amounts), draw(st.none() | amounts)
    match draw(st.sampled_from(["limit", "position", "balance"])):
        case "limit":
            kind = draw(st.sampled_from(["gross", "daily_loss", "fat_finger"]))
            said["account"] = draw(st.sampled_from(["", said["account"]]))
            return observation.Limit(**said, limit=kind, value=amount)
        case "position":
            return observation.PositionReport(
                **said, venue=instrument.venue, symbol=instrument.symbol, quantity=amount,
                liquidation_price=other,
            )  # fmt: skip
    return observation.BalanceReport(
        **said, venue=instrument.venue, currency="USDT", total=amount, equity=amount,
        maintenance_margin=other,
    )  # fmt: skip


@st.composite
def events(draw, now: int) -> event.Event:
    instrument = draw(st.sampled_from(INSTRUMENTS))
    time = now + draw(offsets)
    place = {"venue": instrument.venue, "symbol": instrument.symbol}
    who = {"account": draw(accounts), "strategy": draw(strategies)}
    numbered = {"source": "bot", "sequence": draw(st.none() | st.integers(1, 40))}
    kind = draw(st.sampled_from(["fill", "fill", "fill", "mark", "bust", "fx", "flow", "split"]))
    side = draw(st.sampled_from(["buy", "sell"]))
    exec_id = f"E{draw(st.integers(1, 20))}"
    match kind:
        case "fill":
            return event.Fill(
                event_time=time, **who, **place, **numbered, side=side, quantity=draw(amounts),
                price=draw(amounts), exec_id=exec_id, fee=draw(st.none() | amounts),
                fee_currency=draw(st.sampled_from([None, "BNB", instrument.base])),
                client_order_id=draw(st.sampled_from(["", "O1", "O2", "O3"])),
                order_id=draw(st.sampled_from(["", "V1", "V2"])),
            )  # fmt: skip
        case "mark":
            return event.Mark(event_time=time, **place, price=draw(amounts))
        case "bust":
            return event.Bust(
                event_time=time, account=who["account"], **place, side=side,
                exec_id="B", ref_exec_id=exec_id,
            )  # fmt: skip
        case "fx":
            base = draw(st.sampled_from(["USDT", "XBT", "BNB"]))
            return event.Fx(event_time=time, base=base, quote="USD", rate=draw(amounts))
        case "split":
            return event.Split(event_time=time, **place, numerator=3, denominator=2)
    return event.Funding(event_time=time, **who, **place, amount=draw(amounts), reference=exec_id)


@st.composite
def journals(draw):
    """Receive times and events, as a journal holds them."""
    now = TEN
    happened = [(now, instrument) for instrument in INSTRUMENTS]
    for _ in range(draw(st.integers(0, 30))):
        now += draw(st.integers(0, 2 * HOUR))
        happened.append((now, draw(events(now) | events(now) | reports(now) | told(now))))
    return happened


@settings(max_examples=200)
@given(journals(), st.data())
def test_books_taken_up_from_a_snapshot_go_on_as_they_would(journal, data):
    assert_comes_back(journal, data.draw(st.integers(0, len(journal))), SETTINGS)


def test_a_bust_that_was_put_away_without_what_it_took_back_makes_any_copy_a_duplicate():
    desk = Desk()
    desk.fill("+10@100", exec_id="X")
    desk.books.apply(
        event.Bust(
            event_time=TEN, account="A1", venue="XNAS", symbol="AAPL", side="buy", exec_id="B",
            ref_exec_id="X",
        )
    )  # fmt: skip
    state = msgspec.json.decode(dump(desk.books))
    ((_, busted),) = state["fills"][1]
    del busted["quantity"], busted["price"]
    busted["kind"] = "bust"
    desk.books = Books(BooksSettings())
    load(desk.books, msgspec.json.encode(state))
    assert not desk.at(TEN).fill("+10@101", exec_id="X")


def test_a_reference_comes_back_with_its_amount():
    desk = Desk()
    desk.books.apply(PAID_IN)
    state = dump(desk.books)
    desk.books = Books(BooksSettings())
    load(desk.books, state)
    assert not desk.at(TEN).books.apply(PAID_IN)
    with pytest.raises(EventRejected, match="found 'R1: 11 USD'; expected 10 USD again"):
        desk.books.apply(replace(PAID_IN, amount="11"))


def test_a_reference_that_was_put_away_without_its_amount_makes_any_copy_a_duplicate():
    desk = Desk()
    desk.books.apply(PAID_IN)
    state = msgspec.json.decode(dump(desk.books))
    state["references"][1][0][1] = TEN
    desk.books = Books(BooksSettings())
    load(desk.books, msgspec.json.encode(state))
    assert not desk.at(TEN).books.apply(replace(PAID_IN, amount="11"))


@given(journals())
def test_a_replay_of_everything_changes_nothing_but_what_has_no_name(journal):
    """What carries an id is known the second time: fills, and whatever has a sequence."""
    named = [(now, happened) for now, happened in journal if isinstance(happened, event.Fill)]
    setup = [(TEN, instrument) for instrument in INSTRUMENTS]
    roomy = BooksSettings(remembered_fills=1000)
    books = play(Books(roomy), setup + named)
    positions = [(line.position.quantity, line.position.cash, line.fees) for line in books.lines]
    play(books, [(books.now, happened) for _, happened in named])
    assert positions == [
        (line.position.quantity, line.position.cash, line.fees) for line in books.lines
    ]


@given(journals(), st.data())
def test_time_that_passes_without_events_changes_nothing(journal, data):
    """The live engine's ticks are in no journal: a replay without them gives the same books."""
    ticking = Books(SETTINGS)
    for index, (now, happened) in enumerate(journal):
        before = journal[index - 1][0] if index else now
        if before < now:
            for tick in sorted(data.draw(st.lists(st.integers(before, now - 1), max_size=3))):
                ticking.begin(tick)
        play(ticking, [(now, happened)])
    assert dump(ticking) == dump(play(Books(SETTINGS), journal))


def figures(books: Books) -> object:
    """Return what every line is worth, and the sums of every strategy."""

    def amounts_of(sums):
        return {
            currency: (each.realized, each.unrealized, each.fees, each.funding, each.hour, each.day)
            for currency, each in sums.items()
        }

    lines = [
        (
            amounts_of(line.figures.sums),
            line.figures.unpriced,
            line.figures.hour_unpriced,
            line.figures.day_unpriced,
        )
        for line in books.lines
    ]
    return lines, [(amounts_of(group.sums), group.unpriced) for group in books.valuation.groups]


@given(journals(), st.data())
def test_when_and_how_many_lines_were_valued_makes_no_difference(journal, data):
    """Looked at now and then, a line at a time, also as of before: the figures are those of books
    that are taken up afresh and value everything at once."""
    looks = st.none() | st.tuples(st.integers(-HOUR, 4 * HOUR), st.integers(0, 3))
    watched = Books(SETTINGS)
    for now, happened in journal:
        play(watched, [(now, happened)])
        look = data.draw(looks)
        if look is not None:
            later, most = look
            if watched.advance(now + later, most) == 0:
                assert figures(watched) == figures(afresh(watched, now + later))
    now = watched.now + data.draw(st.integers(-HOUR, 4 * HOUR))
    watched.refresh(now)
    assert figures(watched) == figures(afresh(watched, now))


def afresh(books: Books, now: int) -> Books:
    fresh = Books(SETTINGS)
    load(fresh, dump(books))
    fresh.refresh(now)
    return fresh


@given(journals())
def test_strategies_add_up_to_their_account_and_lines_to_their_strategy(journal):
    books = play(Books(SETTINGS), journal)
    books.refresh(books.now)
    for account in books.valuation.accounts.values():
        reports = books.valuation.reports(account, books.now)
        whole = account.as_a_whole(reports.values(), books.fx, books.now)
        nets = [report.net for report in reports.values()]
        assert whole.report.net == (None if None in nets else sum(nets))
        for name, group in account.groups.items():
            for currency, sums in group.sums.items():
                parts = [
                    line.figures.sums[currency]
                    for line in books.lines
                    if (line.account, line.strategy) == (account.name, name)
                    and currency in line.figures.sums
                ]
                assert sums.net == sum(part.net for part in parts)
                assert sums.hour == sum(part.hour for part in parts)


@given(journals())
def test_the_order_of_independent_instruments_changes_nothing(journal):
    """All of one instrument's events of a moment before another's, or after: the same lines."""
    now = TEN + HOUR
    moved = [
        (now, happened)
        for _, happened in journal
        if isinstance(happened, (event.Fill, event.Mark)) and happened.sequence is None
    ]
    setup = [(TEN, instrument) for instrument in INSTRUMENTS]
    roomy = BooksSettings(remembered_fills=1000)
    by_symbol = sorted(moved, key=lambda each: each[1].symbol)

    def lines(order):
        books = play(Books(roomy), setup + order)
        books.refresh(now)
        return {
            (line.account, line.strategy, line.instrument.symbol): (
                line.position.quantity,
                line.position.cash,
                line.position.average_cost(),
                list(line.position.lots),
                {name: (sums.net, sums.hour) for name, sums in line.figures.sums.items()},
            )
            for line in books.lines
        }

    assert lines(moved) == lines(by_symbol)

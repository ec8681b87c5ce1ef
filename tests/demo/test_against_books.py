"""deskwatch's books beside the platform's own, which knows nothing of them."""

from collections import Counter
from fractions import Fraction

import msgspec
import pytest

from deskwatch.core.books import Books
from deskwatch.core.clock import MOST_NS
from deskwatch.core.codec import decode_event
from deskwatch.core.holder import Holder
from deskwatch.core.latency import OPERATIONS
from deskwatch.core.limit import LIMIT_DECIMALS
from deskwatch.core.limit_measures import Look
from deskwatch.core.money import MONEY_DECIMALS
from deskwatch.core.rejection import EventRejected
from deskwatch.core.settings import BooksSettings
from deskwatch.demo.agenda import SECOND
from deskwatch.demo.catalog import LISTINGS
from deskwatch.demo.simulate import START_NS, Simulation
from deskwatch.demo.spoil import SPOILED

SECONDS = 600

Watched = tuple[Books, Counter[str]]


def watch(simulation: Simulation, seconds: int) -> Watched:
    """Let a desk run and return its books, and the reasons of what they refused."""
    books = Books(BooksSettings())
    refused: Counter[str] = Counter()
    for second in range(seconds + 1):
        now = START_NS + second * SECOND
        books.begin(now)
        for happened in simulation.step(now):
            try:
                books.apply(decode_event(msgspec.json.encode(happened)))
            except EventRejected as rejected:
                refused[rejected.reason] += 1
    return books, refused


@pytest.fixture(scope="module", params=[11, 12], ids="seed {}".format)
def watched(request: pytest.FixtureRequest) -> tuple[Simulation, Books, Counter[str]]:
    simulation = Simulation(request.param, START_NS)
    books, refused = watch(simulation, SECONDS)
    return simulation, books, refused


def exact(amount: int, decimals: int) -> Fraction:
    return Fraction(amount, 10**decimals)


def test_positions_are_the_platforms_own(watched):
    simulation, books, _ = watched
    truth = simulation.truth()
    lines = {
        (line.account, line.strategy, line.instrument.venue, line.instrument.symbol): line
        for line in books.lines
    }
    assert lines.keys() == truth.keys()
    assert {key[3] for key in truth} == {listing.symbol for listing in LISTINGS}
    for key, line in lines.items():
        held = exact(line.position.quantity, line.instrument.quantity_decimals)
        assert held == truth[key].quantity, key


def test_every_cent_is_accounted_for(watched):
    """What was paid in each currency agrees: for trades and fees together in the settle currency,
    as a spot fee in kind is booked at its value in one and as fewer coins in the other."""
    simulation, books, _ = watched
    fills_of_an_inverse_contract = 20_000
    for line in books.lines:
        instrument = line.instrument
        true = simulation.truth()[line.account, line.strategy, instrument.venue, instrument.symbol]
        fees = {currency: exact(paid, MONEY_DECIMALS) for currency, paid in line.fees.items()}
        true_fees = dict(true.fees)
        if instrument.instrument_type == "spot":
            true_fees.pop(instrument.base, None)
        paid = exact(line.position.cash, instrument.money_decimals)
        paid += fees.pop(instrument.settle, 0)
        truly_paid = true.cash_paid + true_fees.pop(instrument.settle, 0)
        if instrument.inverse:
            # Each fill's price divides its quantity: half a unit of the last digit a fill.
            assert abs(paid - truly_paid) <= fills_of_an_inverse_contract * Fraction(1, 2 * 10**18)
        else:
            assert paid == truly_paid
        assert fees == true_fees
        funding = {name: exact(sum_, MONEY_DECIMALS) for name, sum_ in line.funding.items()}
        assert funding.get(instrument.settle, 0) == true.funding
        assert funding.keys() <= {instrument.settle}


def test_only_the_bad_events_are_refused_each_for_its_reason(watched):
    _, _, refused = watched
    assert refused.keys() == {reason for reason, *_ in SPOILED}
    assert refused.total() == 1 + (SECONDS - 20) // 15


def test_without_bad_events_the_books_refuse_nothing():
    _, refused = watch(Simulation(5, START_NS, bad_events=False), 200)
    assert not refused


def test_bad_events_move_nothing():
    def figures(*, bad_events: bool) -> list[object]:
        books, _ = watch(Simulation(5, START_NS, bad_events=bad_events), 120)
        return [
            (line.account, line.strategy, line.position.quantity, line.position.cash, line.fees)
            for line in books.lines
        ]

    assert figures(bad_events=True) == figures(bad_events=False)


def test_what_the_platform_limits_is_known_and_has_room(watched):
    _, books, _ = watched
    uses = books.limits.uses(books.now)
    assert {use.kind for use in uses} == {"gross", "position"}
    assert {use.holder.account for use in uses if use.kind == "gross"} == {
        "crypto", "equity-eu", "equity-us", "futures",
    }  # fmt: skip
    held = {use.holder.symbol for use in uses if use.kind == "position"}
    assert held == {listing.symbol for listing in LISTINGS}
    assert {use.state(books.limits.thresholds) for use in uses} == {"ok"}


def test_venues_that_margin_report_it(watched):
    _, books, _ = watched
    assert {key[1:] for key in books.margin.margins} == {
        ("BINANCE", "USDT"), ("BITMEX", "XBT"), ("XCME", "USD"),
    }  # fmt: skip
    for key in books.margin.margins:
        used, maintenance = books.margin.ratios(key, books.now)
        if not books.margin.margins[key].failed:
            assert 0 < maintenance < used < 10**LIMIT_DECIMALS // 2
    at_risk = [key for key in books.margin.liquidations if books.margin.at_risk(key)]
    assert at_risk
    for account, venue, symbol in at_risk:
        distance = Look(books, books.now).distance(Holder(account, "", venue, symbol))
        assert distance is None or distance > 10**LIMIT_DECIMALS // 10


def test_every_operation_is_timed_and_no_interval_is_refused(watched):
    _, books, _ = watched
    assert {leg.operation for leg in books.latency.legs} == set(OPERATIONS)
    assert books.latency.refused == {}


def test_the_hosts_clocks_are_well_within_what_rts_25_allows(watched):
    _, books, _ = watched
    offsets = [abs(report.offset_ns) for report in books.clock.reports.values()]
    assert len(offsets) > 1
    assert max(offsets) < MOST_NS["high_frequency"]

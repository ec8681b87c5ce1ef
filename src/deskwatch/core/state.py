"""The whole of the books as bytes, and back: what a snapshot holds."""

from typing import Final

import msgspec
from msgspec import Struct

from deskwatch.core.books import Books
from deskwatch.core.busted import Busted
from deskwatch.core.closing import Closing
from deskwatch.core.duplicate import Run
from deskwatch.core.event import Bust, Fill
from deskwatch.core.event import Instrument as Described
from deskwatch.core.fill_key import FillKey
from deskwatch.core.fx import FOREVER, Rate
from deskwatch.core.instrument import Instrument, Price
from deskwatch.core.line import Baseline, Line
from deskwatch.core.pnl_row import Period, PnlRow

#: Another number, another layout: a snapshot of another version is left alone.
STATE_VERSION: Final = 2

Amounts = dict[str, int]
BaselineState = tuple[int, int, int, int, Amounts, Amounts]


class StateUnreadable(Exception):
    """A snapshot that these books can't take up; a replay of the whole journal can."""


class _Version(Struct):
    """What every layout begins with."""

    version: int


class PriceState(Struct, array_like=True):
    """A mark. since: None in a snapshot of an engine that did not keep it."""

    amount: int
    decimals: int
    time: int
    source: str
    since: int | None = None


class RateState(Struct, array_like=True):
    """An exchange rate. since: as of a mark."""

    amount: int
    decimals: int
    time: int
    since: int | None = None


class InstrumentState(Struct, array_like=True):
    """One instrument, in the order of their numbers."""

    described: Described
    price_decimals: int
    quantity_decimals: int
    marks: tuple[PriceState | None, PriceState | None, PriceState | None]
    split_time: int


class LineState(Struct, array_like=True):
    """One line, in the order of their numbers.

    rests_from, unvalued: 0, and none, in a snapshot of an engine that did not keep them.
    """

    account: str
    strategy: str
    instrument: int
    quantity: int
    cash: int
    basis: tuple[int, int]
    lots: list[tuple[int, int]]
    lots_taken: int
    fees: Amounts
    funding: Amounts
    hour: BaselineState
    day: BaselineState
    rests_from: int = 0
    unvalued: list[tuple[Period, int, BaselineState]] = []


class AccountState(Struct, array_like=True):
    """One account's capital and peaks; the peaks count in `currency`."""

    name: str
    currency: str
    cash: Amounts
    peak: int
    strategy_peaks: dict[str, int]


class RunState(Struct, array_like=True):
    """What came of one run of one producer."""

    source: str
    epoch: int
    high: int
    holes: list[tuple[int, int]]
    given_up: int


#: A fill as it came, or what took it back, under the key that it is known by. A Bust alone: in a
#: snapshot of an engine that did not keep more.
FillState = tuple[FillKey, Fill | Busted | Bust]
ReferenceState = tuple[tuple[str, ...], str | int]


class ClosingState(Struct, array_like=True):
    """The open periods, and rows that were not taken yet.

    given_up: none in a snapshot of an engine that did not keep them.
    """

    hour: tuple[int, int]
    day: tuple[int, int]
    closed: list[PnlRow]
    late: list[PnlRow]
    given_up: list[PnlRow] = []


class State(Struct):
    """Everything."""

    version: int
    now: int
    unobserved: bool
    instruments: list[InstrumentState]
    lines: list[LineState]
    accounts: list[AccountState]
    rates: list[tuple[str, str, RateState]]
    runs: list[RunState]
    fills: tuple[list[FillState], list[FillState]]
    fill_times: tuple[int, int, int]
    references: tuple[list[ReferenceState], list[ReferenceState]]
    reference_times: tuple[int, int, int]
    closing: ClosingState
    beside: dict[str, msgspec.Raw]


def dump(books: Books) -> bytes:
    """Return the books as bytes: everything that `load` needs to go on as they would."""
    booking = books.booking
    state = State(
        version=STATE_VERSION,
        now=books.now,
        unobserved=books.unobserved,
        instruments=[_instrument_state(instrument) for instrument in books.instruments],
        lines=[_line_state(line) for line in books.lines],
        accounts=[
            AccountState(
                account.name,
                account.currency,
                account.cash,
                account.peak,
                {name: group.peak for name, group in account.groups.items()},
            )
            for account in books.valuation.accounts.values()
        ],
        rates=[
            (*pair, RateState(*rate))
            for pair, rate in books.fx.rates.items()
            if rate.time != FOREVER
        ],
        runs=[
            RunState(source, epoch, run.high, run.holes, run.given_up)
            for (source, epoch), run in books.sequences.runs.items()
        ],
        fills=(list(booking.fills.old.items()), list(booking.fills.young.items())),
        fill_times=booking.fills.times,
        references=(
            list(booking.references.old.items()),
            list(booking.references.young.items()),
        ),
        reference_times=booking.references.times,
        closing=_closing_state(books.closing),
        beside={name: msgspec.Raw(book.dump()) for name, book in books.beside.items()},
    )
    return msgspec.json.encode(state)


def load(books: Books, payload: bytes) -> None:
    """Put a dumped state into fresh books. Raises StateUnreadable."""
    assert not books.lines, "only fresh books take up a state"
    try:
        state = msgspec.json.decode(payload, type=State)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise StateUnreadable(_another_version(payload) or str(error)) from error
    if state.version != STATE_VERSION:
        raise StateUnreadable(_another_version(payload))
    if state.beside.keys() != books.beside.keys():
        raise StateUnreadable(f"books {sorted(state.beside)}; expected {sorted(books.beside)}")
    books.now = state.now
    books.unobserved = state.unobserved
    for base, quote, rate in state.rates:
        books.fx.put(base, quote, _load_rate(rate), came=state.now)
    instruments = [_load_instrument(books, each) for each in state.instruments]
    for account in state.accounts:
        # Before the lines, so that they come in the order in which they were opened.
        currency = books.settings.account(account.name).reporting_currency
        books.valuation.account(account.name, currency)
    for line_state in state.lines:
        _load_line(books, line_state, instruments)
    _load_accounts(books, state.accounts)
    for run_state in state.runs:
        run = books.sequences.runs[run_state.source, run_state.epoch] = Run()
        run.high, run.holes, run.given_up = run_state.high, run_state.holes, run_state.given_up
    booking = books.booking
    booking.fills.old, booking.fills.young = map(dict, state.fills)
    booking.references.old, booking.references.young = map(dict, state.references)
    booking.fills.times = state.fill_times
    booking.references.times = state.reference_times
    _load_closing(books.closing, state.closing)
    try:
        for name, book in books.beside.items():
            book.load(bytes(state.beside[name]))
    except msgspec.MsgspecError as error:
        raise StateUnreadable(str(error)) from error


def _another_version(payload: bytes) -> str:
    """Return that a state is of another version; empty if that isn't known of it."""
    try:
        version = msgspec.json.decode(payload, type=_Version).version
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return ""
    return "" if version == STATE_VERSION else f"version {version}; expected {STATE_VERSION}"


def _instrument_state(instrument: Instrument) -> InstrumentState:
    marks = (instrument.mark, instrument.hour_mark, instrument.day_mark)
    first, second, third = map(_price_state, marks)
    return InstrumentState(
        instrument.described,
        instrument.price_decimals,
        instrument.quantity_decimals,
        (first, second, third),
        instrument.split_time,
    )


def _load_instrument(books: Books, state: InstrumentState) -> Instrument:
    books.instruments.describe(state.described)
    instrument = books.instruments.of(state.described.venue, state.described.symbol)
    instrument.scale(state.price_decimals, state.quantity_decimals)
    instrument.mark, instrument.hour_mark, instrument.day_mark = (
        None if price is None else _load_price(price) for price in state.marks
    )
    instrument.split_time = state.split_time
    books.valuation.dirty_instruments.add(instrument.number)
    return instrument


def _price_state(price: Price | None) -> PriceState | None:
    if price is None:
        return None
    return PriceState(price.amount, price.decimals, price.time, price.source, price.since)


def _load_price(state: PriceState) -> Price:
    since = state.time if state.since is None else state.since
    return Price(state.amount, state.decimals, state.time, state.source, since)


def _load_rate(state: RateState) -> Rate:
    since = state.time if state.since is None else state.since
    return Rate(state.amount, state.decimals, state.time, since)


def _line_state(line: Line) -> LineState:
    position = line.position
    return LineState(
        line.account,
        line.strategy,
        line.instrument.number,
        position.quantity,
        position.cash,
        (position.basis_quantity, position.basis_cost),
        list(position.lots),
        position.lots_taken,
        line.fees,
        line.funding,
        _baseline_state(line.hour),
        _baseline_state(line.day),
        line.rests_from,
        [(*of, _baseline_state(late)) for of, late in line.unvalued.items()],
    )


def _load_line(books: Books, state: LineState, instruments: list[Instrument]) -> None:
    line = books.booking.line(state.account, state.strategy, instruments[state.instrument])
    position = line.position
    position.quantity, position.cash = state.quantity, state.cash
    position.basis_quantity, position.basis_cost = state.basis
    position.put_lots(state.lots, state.lots_taken)
    line.fees, line.funding = state.fees, state.funding
    line.hour, line.day = Baseline(*state.hour), Baseline(*state.day)
    line.rests_from = state.rests_from
    line.unvalued = {(period, at): Baseline(*late) for period, at, late in state.unvalued}


def _baseline_state(at: Baseline) -> BaselineState:
    return (at.quantity, at.cash, at.average_cost, at.fifo_cost, at.fees, at.funding)


def _load_accounts(books: Books, states: list[AccountState]) -> None:
    for state in states:
        currency = books.settings.account(state.name).reporting_currency
        account = books.valuation.account(state.name, currency)
        account.cash = state.cash
        if currency != state.currency:
            # Peaks of another currency say nothing; they begin anew, as the setting did.
            continue
        account.peak = state.peak
        for name, peak in state.strategy_peaks.items():
            account.groups[name].peak = peak


def _closing_state(closing: Closing) -> ClosingState:
    return ClosingState(
        (closing.hour_start, closing.hour_end),
        (closing.day_start, closing.day_end),
        closing.closed,
        closing.late,
        closing.given_up,
    )


def _load_closing(closing: Closing, state: ClosingState) -> None:
    closing.open(state.hour, state.day)
    closing.closed, closing.late, closing.given_up = state.closed, state.late, state.given_up

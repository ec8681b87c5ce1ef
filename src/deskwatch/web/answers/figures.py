"""What the JSON API answers. A JSON Schema can be made from these classes.

Amounts are exact decimal text, never a float. A null amount can't be known; `unpriced` says why.
Times are integer nanoseconds since 1970 UTC. `net` is realized + unrealized - fees + funding;
`hour` and `day` are the change of `net` since the clock hour and the desk's day began.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from deskwatch.core.event import Nanoseconds

Amount = Annotated[
    str, Meta(description='An exact decimal number as text, such as "-12.50"; no exponent.')
]
Count = Annotated[int, Meta(ge=0)]
#: No mark at all, a mark too old, no exchange rate at all, a rate too old.
Unpriced = Literal["no_mark", "mark_stale", "no_fx", "fx_stale", "no_opening_mark"]


class EventCounts(Struct, frozen=True):
    """Events booked since the start. per_second: over the last seconds."""

    total: Count
    per_second: float
    by_kind: dict[str, int]


class RefusedCounts(Struct, frozen=True):
    """Events refused since the start. by_reason: keys of `core.rejection.REASONS`."""

    total: Count
    by_reason: dict[str, int]


class JournalStatus(Struct, frozen=True):
    """Whether events can be kept. detail: why not, else empty. bytes: of all segments on disk."""

    state: Literal["ok", "replaying", "unwritable"]
    detail: str
    segments: Count
    bytes: Count


class SourceStatus(Struct, frozen=True):
    """One numbered producer. epoch: its latest run; sequence: the highest seen in it.

    missing: numbers that have not come, of all its runs.
    """

    source: str
    epoch: int
    sequence: int
    missing: Count


class StatusAnswer(Struct, frozen=True):
    """How the monitor itself is.

    ready: as /readyz. duplicates: events that came again since the start and changed nothing.
    unpriced_positions: the sum of `desk_unpriced_positions`, so open positions without a fresh mark
    and currencies without a fresh rate. firing: alerts, by severity, one that flaps among them;
    null where no rules are evaluated.
    """

    version: str
    now: Nanoseconds
    started_at: Nanoseconds
    uptime_s: float
    ready: bool
    reporting_currency: str
    events: EventCounts
    refused: RefusedCounts
    duplicates: Count
    journal: JournalStatus
    sources: list[SourceStatus]
    unpriced_positions: Count
    firing: dict[str, int] | None = None


class MissingRateRow(Struct, frozen=True, kw_only=True):
    """A rate that figures lack: what one of `base` is in `quote`.

    strategy: whose figures; empty where it is the account's equity. reason: none, or one too old.
    """

    account: str
    strategy: str
    base: str
    quote: str
    reason: Literal["no_fx", "fx_stale"]


class PositionRow(Struct, frozen=True, kw_only=True):
    """One position, in `currency`: the one its instrument settles in.

    quantity: signed, short is negative, in the venue's units. average_price: rounded for show; null
    when flat. mark_age_s: seconds since the mark's event_time, or since it came where that is ahead
    of ours. notional: signed as the quantity. fees and funding: by the currency they were paid in;
    fees above zero were paid, funding above zero was received. net, hour and day need every one of
    them in `currency`.
    """

    account: str
    strategy: str
    venue: str
    symbol: str
    currency: str
    method: Literal["average", "fifo"]
    quantity: Amount
    average_price: Amount | None
    mark: Amount | None
    mark_age_s: float | None
    notional: Amount | None
    realized: Amount
    unrealized: Amount | None
    fees: dict[str, Amount]
    funding: dict[str, Amount]
    net: Amount | None
    hour: Amount | None
    day: Amount | None
    unpriced: Unpriced | None


class PositionsAnswer(Struct, frozen=True):
    """Positions, ordered by account, strategy, venue and symbol.

    missing_rates: from what fees and funding were paid in to what the instrument settles in.
    at_rest: how many are not among them, flat and without any event for `books.flat_days`; they are
    in the P&L of their strategies and accounts.
    """

    as_of: Nanoseconds
    positions: list[PositionRow]
    missing_rates: list[MissingRateRow] = []
    at_rest: Count = 0


class StrategyPnl(Struct, frozen=True, kw_only=True):
    """One strategy in one account, in the account's reporting currency.

    fees: above zero is paid. funding: above zero is received.
    drawdown: how far `net` is below its peak, zero or above.
    """

    account: str
    strategy: str
    currency: str
    realized: Amount | None
    unrealized: Amount | None
    fees: Amount | None
    funding: Amount | None
    net: Amount | None
    hour: Amount | None
    day: Amount | None
    drawdown: Amount | None
    unpriced: Unpriced | None


class AccountPnl(Struct, frozen=True, kw_only=True):
    """One account, the sum of its strategies, in its reporting currency.

    equity: capital paid in plus net. drawdown: how far net is below its peak, zero or above;
    deposits and withdrawals make none.
    drawdown_ratio: drawdown over the equity at that peak; null without capital.
    """

    account: str
    currency: str
    realized: Amount | None
    unrealized: Amount | None
    fees: Amount | None
    funding: Amount | None
    net: Amount | None
    hour: Amount | None
    day: Amount | None
    equity: Amount | None
    drawdown: Amount | None
    drawdown_ratio: float | None
    unpriced: Unpriced | None


class PnlAnswer(Struct, frozen=True):
    """P&L as of now. hour_start and day_start: since when `hour` and `day` count.

    missing_rates: to the account's reporting currency. not_summed: accounts that belong into no sum
    over accounts, for they are simulated; none where all are.
    """

    as_of: Nanoseconds
    hour_start: Nanoseconds
    day_start: Nanoseconds
    strategies: list[StrategyPnl]
    accounts: list[AccountPnl]
    missing_rates: list[MissingRateRow] = []
    not_summed: list[str] = []


class HistoryRow(Struct, frozen=True, kw_only=True):
    """What one position earned in one hour or day, in `currency`.

    That is what its instrument settles in; each other currency that fees or funding were paid in
    has a row of its own. start: when that hour or day began. A null says that its value could not
    be known at its end.
    """

    start: Nanoseconds
    account: str
    strategy: str
    venue: str
    symbol: str
    currency: str
    realized: Amount
    unrealized_change: Amount | None
    fees: Amount | None
    funding: Amount | None
    net: Amount | None


class HistoryAnswer(Struct, frozen=True):
    """Rows with from <= start < to, oldest first; none is left out."""

    rows: list[HistoryRow]


class Health(Struct, frozen=True):
    """The answer of /healthz and, once it is 200, of /readyz."""

    status: Literal["alive", "ready"]


class Error(Struct, frozen=True):
    """reason: one of `respond.ErrorReason`. detail: for people; quotes at most 80 characters."""

    reason: str
    detail: str


class ErrorAnswer(Struct, frozen=True):
    """The body of every answer of 400 and above, but 422."""

    error: Error

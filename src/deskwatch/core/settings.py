"""What the books are told by configuration, with each default beside its meaning."""

from typing import Final, Literal

from msgspec import Struct, field

from deskwatch.core.breaker import BreakerSettings
from deskwatch.core.clock import ClockSettings
from deskwatch.core.drill import DrillSettings
from deskwatch.core.feed import FeedSettings
from deskwatch.core.limit import LimitSettings
from deskwatch.core.period import DAY, HOUR, SECOND
from deskwatch.core.service import HeartbeatSettings

Method = Literal["average", "fifo"]

#: How long an order may be without any answer.
_MAX_UNACKED_S: Final = 5


class AccountSettings(Struct, frozen=True, kw_only=True):
    """How one account is reported. simulated: it trades nothing real."""

    method: Method
    reporting_currency: str
    simulated: bool = False


class ExecutionSettings(Struct, frozen=True, kw_only=True):
    """How orders are followed.

    window_ns: how far back the rolling ratios look.
    max_unacked_ns: how long an order may be without any answer; None is for ever.
    arrival_max_age_ns: how old a mid may be and still say what the market was when an order came.
    markout_tolerance_ns: how late the first mark after a horizon may be and still count for it.
    max_open_orders, remembered_orders, max_waiting_markouts: bounds on memory; of orders that are
    over, between half of `remembered_orders` and all of them are known.
    """

    window_ns: int = 300 * SECOND
    max_unacked_ns: int | None = _MAX_UNACKED_S * SECOND
    arrival_max_age_ns: int = 5 * SECOND
    markout_tolerance_ns: int = 2 * SECOND
    max_open_orders: int = 100_000
    remembered_orders: int = 65_536
    max_waiting_markouts: int = 100_000


class ReconciliationSettings(Struct, frozen=True, kw_only=True):
    """How the venue's reports are held against the books.

    grace_ns: how far a report and a fill may cross on the wire, and how long a difference must last
    until it is a break. max_age_ns: how old the last report of something held may be.
    balance_tolerance_ppm: how much of a balance, in millionths, venues may round away.
    """

    grace_ns: int = 3 * SECOND
    max_age_ns: int = 300 * SECOND
    balance_tolerance_ppm: int = 1


class ExecutionThresholds(Struct, frozen=True, kw_only=True):
    """From where on the rules on orders speak; what is None is never too much, or too little.

    Ratios are decimal strings. min_orders: so many orders make a ratio worth judging.
    """

    min_fill_ratio: str | None = "0.01"
    max_reject_ratio: str | None = "0.25"
    max_rejects_in_a_row: int | None = 20
    max_unacked_s: int | None = _MAX_UNACKED_S
    min_orders: int = 20


class BooksSettings(Struct, frozen=True, kw_only=True):
    """How the books are kept.

    reporting_currency: what totals are translated into.
    timezone: the IANA zone of "hour" and "day"; day_start_minute: when a day begins, in minutes
    after its local midnight.
    method: what a close releases, average cost or the oldest lots.
    mark_max_age_ns, fx_max_age_ns: how old a price or a rate may be and still value a position;
    venue_mark_max_age_ns: the same for the marks of one venue.
    report_max_age_ns: how old a venue's report of margin may be and still say something.
    future_tolerance_ns: how far event_time may be ahead of our clock.
    remembered_fills: how many fills can still be recognised as duplicates, busted or corrected.
    flat_ns: how long a line is shown by itself that is flat, and on which nothing is booked.
    max_positions, max_instruments: bounds on memory; what is over them is refused.
    accounts: accounts that differ from the rest.
    fixed_fx: rates that never age, "BASE/QUOTE" to a decimal string above zero.
    limits: those that configuration sets.
    clock: how far the hosts' clocks may be from UTC.
    execution: how orders are followed.
    reconciliation: how positions and balances are held against the venue's reports.
    order_to_trade_floors: by venue, the least number of trades that orders are divided by.
    breakers, feeds, heartbeats, drills: what is judged of them.
    """

    reporting_currency: str = "USD"
    timezone: str = "UTC"
    day_start_minute: int = 0
    method: Method = "average"
    mark_max_age_ns: int = 300 * SECOND
    fx_max_age_ns: int = HOUR
    report_max_age_ns: int = 300 * SECOND
    future_tolerance_ns: int = 60 * SECOND
    remembered_fills: int = 65_536
    flat_ns: int = 30 * DAY
    max_positions: int = 200_000
    max_instruments: int = 50_000
    accounts: dict[str, AccountSettings] = field(default_factory=dict)
    venue_mark_max_age_ns: dict[str, int] = field(default_factory=dict)
    fixed_fx: dict[str, str] = field(default_factory=dict)
    limits: LimitSettings = LimitSettings()
    clock: ClockSettings = ClockSettings()
    execution: ExecutionSettings = ExecutionSettings()
    breakers: BreakerSettings = BreakerSettings()
    reconciliation: ReconciliationSettings = ReconciliationSettings()
    feeds: FeedSettings = FeedSettings()
    heartbeats: HeartbeatSettings = HeartbeatSettings()
    order_to_trade_floors: dict[str, int] = field(default_factory=dict)
    drills: DrillSettings = DrillSettings()

    def account(self, name: str) -> AccountSettings:
        """Return how account `name` is reported: its own settings, or those of the books."""
        own = self.accounts.get(name)
        if own is not None:
            return own
        return AccountSettings(method=self.method, reporting_currency=self.reporting_currency)

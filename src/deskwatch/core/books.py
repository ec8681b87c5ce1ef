"""The desk's books: every event goes in through `Books.apply`, in the order of the journal."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, TypeVar

from deskwatch.core import event
from deskwatch.core.book import Book
from deskwatch.core.booking import Booking
from deskwatch.core.breaker import Breakers
from deskwatch.core.clock import ClockBook
from deskwatch.core.closing import Closing
from deskwatch.core.dead_man import DeadManTimers
from deskwatch.core.drill import Drills
from deskwatch.core.duplicate import Sequences
from deskwatch.core.event import SCHEMA_VERSION
from deskwatch.core.exposure import Exposures
from deskwatch.core.feed_delay import FeedDelays
from deskwatch.core.feeds import Feeds
from deskwatch.core.fx import FxTable
from deskwatch.core.instruments import Instruments
from deskwatch.core.kill_switch import KillSwitches
from deskwatch.core.latency import LatencyBook
from deskwatch.core.limits import Limits
from deskwatch.core.line import Line
from deskwatch.core.margin import MarginBook
from deskwatch.core.orders import Orders
from deskwatch.core.period import SECOND, Calendar
from deskwatch.core.prices import Prices
from deskwatch.core.reconciliation import Reconciliation
from deskwatch.core.rejection import EventRejected, shorten
from deskwatch.core.service import Services
from deskwatch.core.session import Sessions
from deskwatch.core.settings import BooksSettings
from deskwatch.core.timeline import Timeline
from deskwatch.core.told_limits import ToldLimits
from deskwatch.core.valuation import Valuation
from deskwatch.core.watch import Watch

#: 2000-01-01T00:00:00Z: an event from before it has a broken clock.
EARLIEST: Final = 946_684_800 * SECOND


AnyBook = TypeVar("AnyBook", bound=Book)

#: What one kind of event goes through: those who may refuse it, who books it, who is told of it.
Way = tuple[
    tuple[Callable[[Any], None], ...], Callable[[Any], bool], tuple[Callable[[Any], None], ...]
]


class Books:
    """Exact books of a desk, in memory. Given the time; no clock and no I/O of its own.

    beside: makes further books, each given these; they are kept in `beside` by their names.
    watch: since when events are taken as they come. met_with: the index of the event, in what
    `apply_all` was given, that a bug of ours was met with; None while none was.
    """

    def __init__(
        self, settings: BooksSettings, beside: Iterable[Callable[["Books"], Book]] = ()
    ) -> None:
        def now() -> int:
            return self.now

        self.settings = settings
        self.now = 0
        self._latest = 0
        self.unobserved = False
        self.watch = Watch()
        self.met_with: int | None = None
        self.fx = FxTable(settings.fx_max_age_ns)
        for pair, rate in settings.fixed_fx.items():
            self.fx.fix(pair, rate)
        self.instruments = Instruments(settings.max_instruments)
        self.valuation = Valuation(self.fx, self.instruments, settings)
        self.closing = Closing(Calendar(settings.timezone, settings.day_start_minute))
        self.sequences = Sequences()
        self.booking = Booking(settings, self.instruments, self.valuation, self.closing)
        prices = Prices(self.instruments, self.fx, self.valuation, now)
        self.beside: dict[str, Book] = {}
        self.clock = self._put(ClockBook(settings.clock, now))
        self.latency = self._put(LatencyBook(now))
        self.feed_delays = self._put(FeedDelays(self.clock, self.latency, now))
        self.orders = self._put(Orders(settings, self.booking, self.closing, self.latency, now))
        self.told_limits = self._put(ToldLimits(now))
        self.margin = self._put(MarginBook(settings.report_max_age_ns, settings.max_positions, now))
        self.breakers = self._put(Breakers(now))
        self.kill_switches = self._put(KillSwitches(now))
        self.dead_man_timers = self._put(DeadManTimers(now))
        self.reconciliation = self._put(
            Reconciliation(settings, self.instruments, self.booking, self.valuation, now)
        )
        self.feeds = self._put(Feeds(settings.feeds, now))
        self.sessions = self._put(Sessions(now))
        self.services = self._put(Services(settings.heartbeats, now))
        self.drills = self._put(Drills(now))
        self.exposures = Exposures(self.valuation, self.instruments, settings, self.orders)
        self.timeline = self._put(Timeline(self.valuation, self.exposures, self.latency, now))
        for make in beside:
            self._put(make(self))
        self.limits = Limits(settings.limits, self)
        handlers = self.booking.handlers | prices.handlers
        self._ways = {kind: self._way(kind, handler) for kind, handler in handlers.items()}

    def _put(self, book: AnyBook) -> AnyBook:
        """Put a book beside the money's; it is told of events after those that were put before."""
        self.beside[book.name] = book
        return book

    def _way(self, kind: type[event.Event], handler: Callable[[Any], bool]) -> Way:
        books = self.beside.values()
        checks = tuple(book.checks[kind] for book in books if kind in book.checks)
        followers = tuple(book.followers[kind] for book in books if kind in book.followers)
        return checks, handler, followers

    @property
    def lines(self) -> list[Line]:
        """All lines of the P&L, oldest first; their numbers are their places."""
        return self.booking.lines

    @property
    def not_summed(self) -> frozenset[str]:
        """The accounts that sums over accounts leave out: simulated ones, but where all are."""
        accounts = self.valuation.accounts
        simulated = {name for name in accounts if self.settings.account(name).simulated}
        return frozenset(simulated if len(simulated) < len(accounts) else ())

    def begin(self, now: int) -> None:
        """Let time pass until `now` (ns), before what was received then is applied.

        Peaks are observed, and points drawn, at the end of every second in which something was
        booked; hours and days close when they end. All follows from the receive times in the
        journal alone, so a replay does the same as the live engine did. A `now` before the last
        one changes nothing.
        """
        if now // SECOND > self.now // SECOND:
            if self.unobserved:
                end_of_second = (self.now // SECOND + 1) * SECOND
                self.refresh(end_of_second)
                self.timeline.observe(end_of_second, self.valuation.observe(end_of_second))
                self.unobserved = False
            for book in self.beside.values():
                book.begin(now)
            if self.closing.hour_end == 0:
                self.closing.begin(now)
            while now >= min(self.closing.hour_end, self.closing.day_end):
                begun = self.closing.close(self.lines, self.instruments, self.valuation.mark_at)
                self.valuation.touch_all(begun)
        self.now = max(self.now, now)
        self._latest = self.now + self.settings.future_tolerance_ns

    def refresh(self, now: int) -> None:
        """Bring the figures of all lines up to date, as of `now`."""
        self.valuation.refresh(now)

    def advance(self, now: int, most: int) -> int:
        """Do a part of `refresh`: `most` lines. Return how many are left."""
        return self.valuation.advance(now, most)

    def apply(self, happened: event.Event) -> bool:
        """Book one event, received at the last `begin`; say whether it was new.

        An event that was seen before changes nothing. Raises EventRejected, and then nothing has
        changed but that the event's sequence number counts as come.
        """
        sequence = happened.sequence
        if sequence is not None and not self.sequences.arrive(
            happened.source, happened.epoch, sequence
        ):
            return False
        if not EARLIEST <= happened.event_time <= self._latest or happened.version > SCHEMA_VERSION:
            self._refuse(happened)
        way = self._ways.get(type(happened))
        if way is None:
            return True
        checks, handler, followers = way
        for check in checks:
            check(happened)
        self.unobserved = True
        if not handler(happened):
            return False
        for follow in followers:
            follow(happened)
        return True

    def _refuse(self, happened: event.Event) -> None:
        """Raise the reason why an event's envelope is none that can be booked."""
        if happened.version > SCHEMA_VERSION:
            raise EventRejected(
                "unsupported_version", happened.version, f"version {SCHEMA_VERSION} or less"
            )
        time = happened.event_time
        if time > self._latest:
            raise EventRejected("event_time_in_future", time, f"at most {self._latest}")
        raise EventRejected("event_time_out_of_range", time, "nanoseconds since 1970, after 2000")

    def apply_all(
        self, events: Sequence[event.Event], without: Callable[[int, EventRejected | None], None]
    ) -> int:
        """Apply events in order and return how many were new.

        without: told the index of each event that changed nothing, and why it can't be booked;
        None says that it was a duplicate. A bug of ours is raised with a note of the event, and
        then the books are of no use.
        """
        if events:
            self.closing.tell_given_up()
        new = 0
        for index, happened in enumerate(events):
            try:
                if self.apply(happened):
                    new += 1
                else:
                    without(index, None)
            except EventRejected as rejected:
                without(index, rejected)
            except Exception as error:
                self.met_with = index
                error.add_note(f"deskwatch met this with {shorten(repr(happened), 1_000)}")
                raise
        return new

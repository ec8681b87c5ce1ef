"""The P&L of accounts and strategies against its own history, sampled at fixed boundaries.

A boundary follows from the journal alone: an account is sampled if something of it was booked in
the interval before, whenever somebody next looks at the clock. A night or a weekend without events
is no observation, whoever else trades meanwhile.
"""

from collections import Counter
from typing import NamedTuple

import msgspec
from msgspec import Struct

from deskwatch.anomaly.history import History, HistoryState, Key, Unknown
from deskwatch.anomaly.season import Basis
from deskwatch.anomaly.settings import AnomalySettings
from deskwatch.core import event
from deskwatch.core.book import Checks, Followers
from deskwatch.core.books import Books
from deskwatch.core.holder import WHOLE_ACCOUNT


class Anomaly(NamedTuple):
    """How a P&L stands to its history, as of the last boundary (`at`, ns) that told something.

    change: of net P&L over that interval, at REPORTING_DECIMALS in `currency`; None if not known.
    score, shift: in robust deviations, below zero is a loss; None with the reason in `unknown`.
    needed: intervals to come at least, until anything can be told. frozen_ns: how long net P&L has
    stood still while fills came; 0 while it moves.
    """

    account: str
    strategy: str
    currency: str
    at: int
    change: int | None
    score: float | None
    basis: Basis | None
    shift: float | None
    unknown: Unknown | None
    needed: int
    samples: int
    frozen_ns: int


class AnomalyState(Struct, array_like=True):
    """The book, as a snapshot keeps it. interval_ns: 0 where it was not kept yet."""

    histories: list[tuple[Key, HistoryState]]
    fills: list[Key]
    due: int
    left_out: int
    interval_ns: int = 0


class AnomalyBook:
    """Samples net P&L and judges each change by those before it.

    left_out: how often a P&L was not sampled for want of room.
    """

    name = "anomaly"

    def __init__(self, books: Books, settings: AnomalySettings) -> None:
        self._books = books
        self.settings = settings
        self.histories: dict[Key, History] = {}
        self.left_out = 0
        #: Whose fills came in the open interval.
        self._filled: dict[Key, None] = {}
        #: When the open interval ends (ns); 0 while nothing was booked in it.
        self._due = 0

    @property
    def checks(self) -> Checks:
        """It refuses nothing."""
        return {}

    @property
    def followers(self) -> Followers:
        """It takes notice of what may move P&L."""
        moves = (event.Mark, event.Fx, event.Fee, event.Funding, event.Bust, event.Correction)
        return {event.Fill: self._fill, **dict.fromkeys(moves, self._moved)}

    def _fill(self, fill: event.Fill) -> None:
        key = fill.account, fill.strategy
        if key not in self._filled:
            self._filled[key] = self._filled[fill.account, WHOLE_ACCOUNT] = None
        if not self._due:
            self._open()

    def _moved(self, _: event.Event) -> None:
        if not self._due:
            self._open()

    def _open(self) -> None:
        interval = self.settings.interval_ns
        self._due = (self._books.now // interval + 1) * interval

    def begin(self, now: int) -> None:
        """Sample the boundary that has passed, if anything was booked in the interval before."""
        if self._due and now >= self._due:
            at, self._due = self._due, 0
            self._sample(at)
            self._filled.clear()

    def _sample(self, at: int) -> None:
        books = self._books
        books.refresh(at)
        # The hour in which the interval began: the last one before a close is none of what follows.
        hour = books.closing.calendar.hour_of_week(at - self.settings.interval_ns)
        awake = self._awake(at - self.settings.interval_ns)
        for account in books.valuation.accounts.values():
            reports = books.valuation.reports(account, at)
            nets = {(account.name, WHOLE_ACCOUNT): account.report(reports.values()).net}
            nets |= {(account.name, strategy): report.net for strategy, report in reports.items()}
            if account.name in awake or any(self._has_moved(key, net) for key, net in nets.items()):
                for key, net in nets.items():
                    self._take(key, account.currency, net, at, hour)

    def _awake(self, since: int) -> set[str]:
        """Return the accounts that had a fill, or a mark of what they trade, since then (ns)."""
        marked = (
            line.account
            for line in self._books.lines
            if line.instrument.mark is not None and line.instrument.mark.since >= since
        )
        return {*marked, *(account for account, _ in self._filled)}

    def _has_moved(self, key: Key, net: int | None) -> bool:
        history = self.histories.get(key)
        return history is None or history.net != net

    def _take(self, key: Key, currency: str, net: int | None, at: int, hour: int) -> None:
        history = self.histories.get(key)
        if history is None or history.currency != currency:
            if history is None and len(self.histories) >= self.settings.max_groups:
                self.left_out += 1
                return
            history = self.histories[key] = History(self.settings, currency)
        history.take(net, at, hour, filled=key in self._filled)

    def anomalies(self, now: int) -> list[Anomaly]:
        """Return how each P&L stands to its history; a freeze ends with the fills.

        An account with one strategy is left out: its strategy says the same, and once is enough.
        """
        strategies = Counter(account for account, name in self.histories if name != WHOLE_ACCOUNT)
        return [
            Anomaly(
                account=key[0],
                strategy=key[1],
                currency=history.currency,
                at=history.at,
                change=history.change,
                score=history.judged.score,
                basis=history.judged.basis,
                shift=history.shift,
                unknown=history.unknown,
                needed=history.needed,
                samples=history.samples,
                frozen_ns=history.frozen(now),
            )
            for key, history in self.histories.items()
            if key[1] != WHOLE_ACCOUNT or strategies[key[0]] != 1
        ]

    def dump(self) -> bytes:
        """Return the book as JSON."""
        return msgspec.json.encode(
            AnomalyState(
                [(key, history.state()) for key, history in self.histories.items()],
                list(self._filled),
                self._due,
                self.left_out,
                self.settings.interval_ns,
            )
        )

    def load(self, state: bytes) -> None:
        """Take up a dumped state; with another interval, all begins anew."""
        dumped = msgspec.json.decode(state, type=AnomalyState)
        if dumped.interval_ns not in (0, self.settings.interval_ns):
            return
        for key, kept in dumped.histories:
            history = self.histories[key] = History(self.settings, kept.currency)
            history.resume(kept)
        self._filled = dict.fromkeys(dumped.fills)
        self._due, self.left_out = dumped.due, dumped.left_out

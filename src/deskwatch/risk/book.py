"""The risk book: VaR of what is held now by returns that it keeps itself, and whether it was right.

It stands beside the money's books: told of prices in the journal's order, it samples them at fixed
boundaries, so a replay samples the same. Floats begin here; none flows back into a book.
"""

from collections.abc import Iterator

import msgspec
from msgspec import Struct

from deskwatch.core import event
from deskwatch.core.book import Checks, Followers
from deskwatch.core.books import Books
from deskwatch.core.holder import WHOLE_ACCOUNT
from deskwatch.core.money import POW10, REPORTING_DECIMALS
from deskwatch.core.period import SECOND
from deskwatch.risk.backtest import Backtest
from deskwatch.risk.figures import Figures, Measuring
from deskwatch.risk.judging import Judging, Said
from deskwatch.risk.methods import Measure
from deskwatch.risk.portfolio import Key, portfolios
from deskwatch.risk.returns import Factor, Sample
from deskwatch.risk.sampling import Sampling
from deskwatch.risk.settings import RiskSettings


class _State(Struct):
    """All that goes on. interval_ns: returns of another one say nothing here."""

    interval_ns: int
    at: int
    due: int
    moved: list[Factor]
    samples: list[tuple[Factor, Sample]]
    returns: tuple[list[Factor], list[int], int, int, bytes]
    said: list[tuple[Key, Said]]
    hits: list[tuple[Key, list[tuple[Measure, str]]]]


class RiskBook:
    """Measures accounts and strategies; see core.book.Book."""

    name = "risk"

    def __init__(self, books: Books, settings: RiskSettings, keep_ns: int = SECOND) -> None:
        """keep_ns: how old figures may be, so that many looks cost one measurement."""
        self.settings = settings
        self._books = books
        self._sampling = Sampling(books, settings)
        self._judging = Judging(settings)
        self._measuring = Measuring(settings)
        self._figures: dict[Key, Figures] = {}
        self._measured_at = 0
        self._keep_ns = keep_ns
        self._results: dict[Key, dict[Measure, Backtest]] | None = None

    @property
    def checks(self) -> Checks:
        """It refuses nothing."""
        return {}

    @property
    def followers(self) -> Followers:
        """Prices, and splits, across which a price says nothing of a return."""
        return {event.Mark: self._mark, event.Split: self._split}

    def _mark(self, mark: event.Mark) -> None:
        self._sampling.priced(mark.venue, mark.symbol)

    def _split(self, split: event.Split) -> None:
        self._sampling.split(split.venue, split.symbol)

    def begin(self, now: int) -> None:
        """Sample the boundary that was passed, judge what was said at the last one, and say more.

        A boundary is passed with the interval's prices alone: until the next price no other is due.
        """
        boundary = self._sampling.due
        if not boundary or now < boundary:
            return
        books = self._books
        books.refresh(boundary)
        follows = self._sampling.at == boundary - self.settings.interval_ns
        brought = self._sampling.take()
        returns = self._sampling.returns
        self._judging.judge(returns, brought=brought and follows)
        for account in portfolios(books, returns, self.settings.min_observations, boundary):
            self._judging.say((account.whole, *account.strategies))
        self._results = None

    def figures(self, now: int) -> dict[Key, Figures]:
        """Return the figures of what is held, as of `now` (ns) or a little before."""
        if not 0 <= now - self._measured_at < self._keep_ns:
            for _ in self.measure(now):
                pass
        return self._figures

    def measure(self, now: int) -> Iterator[None]:
        """Make the figures anew, an account at each step; they change at the end, all at once."""
        books, least = self._books, self.settings.min_observations
        books.refresh(now)
        figures: dict[Key, Figures] = {}
        for account in portfolios(books, self._sampling.returns, least, now):
            for one in self._measuring.figures(account):
                figures[one.account, one.strategy] = one
            yield
        self._figures, self._measured_at = figures, now

    def backtests(self) -> dict[Key, dict[Measure, Backtest]]:
        """Return the backtests of what was said so far, where there is enough of it."""
        if self._results is None:
            self._results = self._judging.results()
        return self._results

    def var(self, account: str, strategy: str = WHOLE_ACCOUNT, *, now: int) -> int | None:
        """Return the VaR that a limit is compared with, at REPORTING_DECIMALS; None is unknown.

        A loss above zero, in the account's reporting currency; zero where even the tail earns.
        """
        found = self.figures(now).get((account, strategy))
        if found is None or found.unknown is not None:
            return None
        tail = found.tails.get((self.settings.limit_method, self.settings.limit_confidence))
        return None if tail is None else max(0, to_reporting(tail.value_at_risk))

    def dump(self) -> bytes:
        """Return all that `load` needs, as JSON."""
        sampling, judging = self._sampling, self._judging
        return msgspec.json.encode(
            _State(
                interval_ns=self.settings.interval_ns,
                at=sampling.at,
                due=sampling.due,
                moved=list(sampling.moved),
                samples=list(sampling.samples.items()),
                returns=sampling.returns.dump(),
                said=list(judging.said.items()),
                hits=[(key, list(hits.items())) for key, hits in judging.hits.items()],
            )
        )

    def load(self, state: bytes) -> None:
        """Take up a dumped state; with another interval, all begins anew."""
        loaded = msgspec.json.decode(state, type=_State)
        if loaded.interval_ns != self.settings.interval_ns:
            return
        sampling, judging = self._sampling, self._judging
        sampling.at, sampling.due = loaded.at, loaded.due
        sampling.moved = dict.fromkeys(loaded.moved)
        sampling.samples = dict(loaded.samples)
        sampling.returns.load(*loaded.returns)
        if len(loaded.returns[0]) <= self.settings.max_instruments:
            judging.said = dict(loaded.said)  # else its rows may be gone
        judging.hits = {
            key: {measure: known for measure, known in hits if measure in judging.measures}
            for key, hits in loaded.hits
        }


def to_reporting(amount: float) -> int:
    """Return an amount of money as an integer at REPORTING_DECIMALS."""
    return round(amount * POW10[REPORTING_DECIMALS])

"""A desk whose prices come once in every interval, and the risk book beside its books."""

import random
from itertools import count

from deskwatch.core import event
from deskwatch.core.books import Books
from deskwatch.core.period import SECOND
from deskwatch.core.settings import BooksSettings
from deskwatch.risk.book import RiskBook
from deskwatch.risk.settings import RiskSettings
from tests.core.blotter import EQUITY, FUTURE, INVERSE, SPOT, TEN

MINUTE = 60 * SECOND
RISK = RiskSettings(window=30, min_observations=10, backtest_window=20, horizon_ns=MINUTE)
PRICES = {"AAPL": 100.0, "ESZ6": 5000.0, "XBTUSD": 50_000.0, "BTCUSDT": 50_000.0}
STARTS = {one.symbol: one for one in (EQUITY, FUTURE, INVERSE, SPOT)}


class RiskDesk:
    """Books at ten o'clock with a risk book, and short words for what happens to them."""

    def __init__(self, *, seed: int = 1, risk: RiskSettings = RISK, **settings: object) -> None:
        values: dict[str, object] = {"fixed_fx": {"USDT/USD": "1"}, "mark_max_age_ns": 90 * SECOND}
        self.books = Books(
            BooksSettings(**(values | settings)),  # type: ignore[arg-type]
            [lambda books: RiskBook(books, risk)],
        )
        self.chance = random.Random(seed)
        self.prices = dict(PRICES)
        self.numbers = count(1)
        self.now = TEN
        self.books.begin(TEN)
        for instrument in STARTS.values():
            self.books.apply(instrument)

    @property
    def risk(self) -> RiskBook:
        book = self.books.beside["risk"]
        assert isinstance(book, RiskBook)
        return book

    def at(self, now: int) -> "RiskDesk":
        self.now = now
        self.books.begin(now)
        return self

    def fill(self, amount: float, symbol: str, **fields: object) -> "RiskDesk":
        """Book a trade at the price that the symbol has now."""
        place = STARTS[symbol]
        values: dict[str, object] = {
            "event_time": self.now,
            "account": "A1",
            "strategy": "mm",
            "venue": place.venue,
            "symbol": symbol,
            "side": "buy" if amount > 0 else "sell",
            "quantity": str(abs(amount)),
            "price": f"{self.prices[symbol]:.2f}",
            "exec_id": f"E{next(self.numbers)}",
        }
        self.books.apply(event.Fill(**(values | fields)))  # type: ignore[arg-type]
        return self

    def mark(self, symbol: str, price: float | None = None) -> "RiskDesk":
        if price is not None:
            self.prices[symbol] = price
        self.books.apply(
            event.Mark(
                event_time=self.now,
                venue=STARTS[symbol].venue,
                symbol=symbol,
                price=f"{self.prices[symbol]:.2f}",
            )
        )
        return self

    def fx(self, base: str, rate: float) -> "RiskDesk":
        self.books.apply(event.Fx(event_time=self.now, base=base, quote="USD", rate=f"{rate:.4f}"))
        return self

    def walk(self, minutes: int, *symbols: str, sigma: float = 0.01) -> "RiskDesk":
        """Move prices once in each of so many minutes, 30 s into them, and pass into the next."""
        for _ in range(minutes):
            start = self.now - self.now % MINUTE
            self.at(start + 30 * SECOND)
            for symbol in symbols or ("AAPL",):
                price = self.prices[symbol] * (1 + self.chance.gauss(0, sigma))
                self.mark(symbol, round(price, 2))
            self.at(start + MINUTE)
        return self

    def net(self, account: str = "A1") -> float:
        """What the books say that the account has earned."""
        self.books.refresh(self.now)
        valuation = self.books.valuation
        reports = valuation.reports(valuation.accounts[account], self.now)
        net = valuation.accounts[account].report(reports.values()).net
        assert net is not None
        return net / 1e9

"""A blotter in, books out: how the core's tests write down what happened."""

from fractions import Fraction

from deskwatch.core import event
from deskwatch.core.books import Books
from deskwatch.core.line import SUM_DECIMALS, Line
from deskwatch.core.observation import Order
from deskwatch.core.period import SECOND
from deskwatch.core.settings import BooksSettings
from deskwatch.core.state import load

#: Monday 2026-11-23, 10:00:00 UTC.
TEN = 1_795_428_000 * SECOND
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE

EQUITY = event.Instrument(
    event_time=TEN,
    venue="XNAS",
    symbol="AAPL",
    instrument_type="equity",
    base="AAPL",
    quote="USD",
    price_increment="0.01",
    quantity_increment="1",
)
FUTURE = event.Instrument(
    event_time=TEN,
    venue="XCME",
    symbol="ESZ6",
    instrument_type="future",
    base="ES",
    quote="USD",
    multiplier="50",
    price_increment="0.25",
    quantity_increment="1",
)
INVERSE = event.Instrument(
    event_time=TEN,
    venue="BITMEX",
    symbol="XBTUSD",
    instrument_type="perpetual",
    contract="inverse",
    base="XBT",
    quote="USD",
    price_increment="0.5",
    quantity_increment="1",
)
QUANTO = event.Instrument(
    event_time=TEN,
    venue="BITMEX",
    symbol="ETHUSD",
    instrument_type="perpetual",
    contract="quanto",
    base="ETH",
    quote="USD",
    settle="XBT",
    multiplier="0.000001",
    price_increment="0.05",
    quantity_increment="1",
)
SPOT = event.Instrument(
    event_time=TEN,
    venue="BINANCE",
    symbol="BTCUSDT",
    base="BTC",
    quote="USDT",
    price_increment="0.01",
    quantity_increment="0.00001",
)


class Desk:
    """Books at ten o'clock, and short words for what happens to them."""

    def __init__(self, *instruments: event.Instrument, **settings: object) -> None:
        self.books = Books(BooksSettings(**settings))  # type: ignore[arg-type]
        self.now = TEN
        self.fills = 0
        self.books.begin(TEN)
        for instrument in instruments or (EQUITY,):
            self.books.apply(instrument)
        self.instrument = (instruments or (EQUITY,))[0]

    def at(self, now: int) -> "Desk":
        self.now = now
        self.books.begin(now)
        return self

    def fill(self, text: str, **fields: object) -> bool:
        """Book "+10@189.32" or "-4@190"; keyword arguments are the event's fields."""
        amount, _, price = text.partition("@")
        self.fills += 1
        values: dict[str, object] = {
            "event_time": self.now,
            "account": "A1",
            "strategy": "mm",
            "venue": self.instrument.venue,
            "symbol": self.instrument.symbol,
            "side": "buy" if amount[0] == "+" else "sell",
            "quantity": amount[1:],
            "price": price,
            "exec_id": f"E{self.fills}",
        }
        return self.books.apply(event.Fill(**(values | fields)))  # type: ignore[arg-type]

    def trade(self, blotter: str) -> "Desk":
        """Book a blotter such as "+10@100 -4@110"."""
        for text in blotter.split():
            self.fill(text)
        return self

    def mark(self, price: str, **fields: object) -> "Desk":
        values = {
            "event_time": self.now,
            "venue": self.instrument.venue,
            "symbol": self.instrument.symbol,
            "price": price,
        }
        self.books.apply(event.Mark(**(values | fields)))  # type: ignore[arg-type]
        return self

    def order(self, text: str, status: str = "new", **fields: object) -> "Desk":
        """Report "O1 +10@189.32" (or "O1 +10", a market order) with a status."""
        called, _, terms = text.partition(" ")
        amount, _, price = terms.partition("@")
        values: dict[str, object] = {
            "event_time": self.now,
            "account": "A1",
            "strategy": "mm",
            "venue": self.instrument.venue,
            "symbol": self.instrument.symbol,
            "client_order_id": called,
            "side": "buy" if amount[0] == "+" else "sell",
            "quantity": amount[1:],
            "price": price or None,
            "status": status,
        }
        self.books.apply(Order(**(values | fields)))  # type: ignore[arg-type]
        return self

    def fx(self, base: str, quote: str, rate: str, **fields: object) -> "Desk":
        values = {"event_time": self.now, "base": base, "quote": quote, "rate": rate}
        self.books.apply(event.Fx(**(values | fields)))  # type: ignore[arg-type]
        return self

    @property
    def line(self) -> Line:
        """The first line, valued as of now."""
        self.books.refresh(self.now)
        return self.books.lines[0]

    def sums(self, currency: str | None = None) -> dict[str, Fraction]:
        """The first line's figures in a currency, exactly."""
        line = self.line
        sums = line.figures.sums[currency or line.instrument.settle]
        names = ("realized", "unrealized", "fees", "funding", "hour", "day", "net")
        return {name: Fraction(getattr(sums, name), 10**SUM_DECIMALS) for name in names}


def taken_up(state: bytes) -> Desk:
    """Return a desk whose books were put away as `state`."""
    desk = Desk()
    desk.books = Books(desk.books.settings)
    load(desk.books, state)
    return desk


def quantity_of(line: Line) -> Fraction:
    return Fraction(line.position.quantity, 10**line.instrument.quantity_decimals)


def money_of(line: Line, amount: int) -> Fraction:
    return Fraction(amount, 10**line.instrument.money_decimals)

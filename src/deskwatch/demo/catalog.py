"""What the simulated desk trades and where: listings, fees, venues, accounts.

Every company, index and coin is real in name only; the numbers are invented.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from deskwatch.demo.figures import decimal_text


@dataclass(frozen=True, slots=True)
class Fees:
    """What a venue charges; below zero is a rebate.

    per: `value` charges a share of what was traded, `unit` an amount for each unit of quantity.
    paid_in: the settle currency, what was received (base on a buy, quote on a sale), or BNB.
    decimals: how fine the venue charges.
    """

    maker: Fraction
    taker: Fraction
    per: Literal["value", "unit"] = "value"
    paid_in: Literal["settle", "received", "BNB"] = "settle"
    decimals: int = 8


@dataclass(frozen=True, slots=True, eq=False)
class Listing:
    """A symbol at a venue; two are equal only if they are one.

    tick and lot: the increments, in units of 10**-price_decimals and 10**-quantity_decimals.
    asset: the price path it follows. mark_every: how many market steps lie between two marks.
    spread: the usual distance of bid and ask, in ticks.
    """

    venue: str
    symbol: str
    asset: str
    instrument_type: Literal["spot", "equity", "future", "perpetual"]
    base: str
    quote: str
    settle: str
    price_decimals: int
    tick: int
    quantity_decimals: int
    lot: int
    fees: Fees
    contract: Literal["linear", "inverse", "quanto"] = "linear"
    multiplier: str = "1"
    spread: int = 2
    mark_every: int = 2

    def price_text(self, ticks: int) -> str:
        """Return a price of `ticks` as a decimal string."""
        return decimal_text(ticks * self.tick, self.price_decimals)

    def quantity_text(self, lots: int) -> str:
        """Return a quantity of `lots` as a decimal string."""
        return decimal_text(lots * self.lot, self.quantity_decimals)

    def price(self, ticks: int) -> Fraction:
        """Return a price of `ticks`, exactly."""
        return Fraction(ticks * self.tick, 10**self.price_decimals)

    def quantity(self, lots: int) -> Fraction:
        """Return a quantity of `lots`, exactly."""
        return Fraction(lots * self.lot, 10**self.quantity_decimals)

    def cash(self, lots: int, ticks: int) -> Fraction:
        """Return what buying `lots` at `ticks` costs, in `settle`; a sale (lots < 0) is negative.

        An inverse contract costs minus quantity × multiplier / price: who buys it owes coin.
        """
        size = self.quantity(lots) * Fraction(self.multiplier)
        if self.contract == "inverse":
            return -size / self.price(ticks)
        return size * self.price(ticks)


@dataclass(frozen=True, slots=True)
class Asset:
    """A price path: where it starts, and how far it moves in a second (standard deviation).

    market: the share of its variance that it has in common with its group.
    """

    start: float
    sigma: float
    group: Literal["shares", "coins", "money"]
    market: float = 0.4


@dataclass(frozen=True, slots=True)
class Route:
    """How a venue is reached: the median and spread of its answer time, and what it refuses.

    sigma: of the logarithm of the answer time. session: the name that we log on with.
    """

    transport: Literal["rest", "websocket", "fix"]
    median_ns: int
    sigma: float
    session: str
    reasons: tuple[str, ...]


ASSETS = {
    "AAPL": Asset(231.40, 0.6e-4, "shares"),
    "MSFT": Asset(418.20, 0.6e-4, "shares", 0.6),
    "NVDA": Asset(884.50, 0.8e-4, "shares"),
    "SAP": Asset(178.46, 0.6e-4, "shares", 0.6),
    "SIE": Asset(184.30, 0.7e-4, "shares", 0.6),
    "SPX": Asset(6012.25, 0.5e-4, "shares", 0.9),
    "BTC": Asset(97_240.0, 1.0e-4, "coins", 0.8),
    "ETH": Asset(3_412.0, 1.3e-4, "coins", 0.6),
    "BNB": Asset(648.0, 1.8e-4, "coins", 0.5),
    "EUR": Asset(1.0842, 0.2e-4, "money", 0.0),
    "USDT": Asset(0.9996, 0.02e-4, "money", 0.0),
}

_SHARE_FEES = Fees(Fraction(-2, 1000), Fraction(3, 1000), per="unit", decimals=4)
_XETR_FEES = Fees(Fraction(3, 100_000), Fraction(5, 100_000), decimals=2)
_FUTURE_FEES = Fees(Fraction(225, 100), Fraction(225, 100), per="unit", decimals=2)
_SPOT_FEES = Fees(Fraction(2, 1_000_000), Fraction(15, 100_000), paid_in="received")
_BNB_FEES = Fees(Fraction(2, 1_000_000), Fraction(1, 10_000), paid_in="BNB")
_PERPETUAL_FEES = Fees(Fraction(1, 1_000_000), Fraction(15, 100_000))
_BITMEX_FEES = Fees(Fraction(-1, 100_000), Fraction(15, 100_000))


def _share(venue: str, symbol: str, currency: str, tick: int, spread: int, fees: Fees) -> Listing:
    return Listing(
        venue, symbol, symbol, "equity", symbol, currency, currency, 2, tick, 0, 1, fees,
        spread=spread,
    )  # fmt: skip


AAPL = _share("XNAS", "AAPL", "USD", 1, 3, _SHARE_FEES)
MSFT = _share("XNAS", "MSFT", "USD", 1, 4, _SHARE_FEES)
NVDA = _share("XNAS", "NVDA", "USD", 1, 12, _SHARE_FEES)
SAP = _share("XETR", "SAP", "EUR", 2, 1, _XETR_FEES)
SIE = _share("XETR", "SIE", "EUR", 2, 1, _XETR_FEES)
ES = Listing(
    "XCME", "ESZ6", "SPX", "future", "ES", "USD", "USD", 2, 25, 0, 1, _FUTURE_FEES,
    multiplier="50", spread=1, mark_every=1,
)  # fmt: skip
BTC_SPOT = Listing(
    "BINANCE", "BTCUSDT", "BTC", "spot", "BTC", "USDT", "USDT", 2, 1, 5, 1, _SPOT_FEES,
    spread=1600, mark_every=1,
)  # fmt: skip
ETH_SPOT = Listing(
    "BINANCE", "ETHUSDT", "ETH", "spot", "ETH", "USDT", "USDT", 2, 1, 4, 1, _BNB_FEES, spread=70
)
BTC_PERPETUAL = Listing(
    "BINANCE", "BTCUSDT-PERP", "BTC", "perpetual", "BTC", "USDT", "USDT", 1, 1, 3, 1,
    _PERPETUAL_FEES, spread=160, mark_every=1,
)  # fmt: skip
ETH_PERPETUAL = Listing(
    "BINANCE", "ETHUSDT-PERP", "ETH", "perpetual", "ETH", "USDT", "USDT", 2, 1, 3, 1,
    _PERPETUAL_FEES, spread=40,
)  # fmt: skip
XBT_INVERSE = Listing(
    "BITMEX", "XBTUSD", "BTC", "perpetual", "XBT", "USD", "XBT", 1, 5, 0, 100, _BITMEX_FEES,
    contract="inverse", spread=32, mark_every=1,
)  # fmt: skip
ETH_QUANTO = Listing(
    "BITMEX", "ETHUSD", "ETH", "perpetual", "ETH", "USD", "XBT", 2, 5, 0, 1, _BITMEX_FEES,
    contract="quanto", multiplier="0.000001", spread=8,
)  # fmt: skip

LISTINGS = (
    AAPL, MSFT, NVDA, SAP, SIE, ES, BTC_SPOT, ETH_SPOT, BTC_PERPETUAL, ETH_PERPETUAL, XBT_INVERSE,
    ETH_QUANTO,
)  # fmt: skip

_FIX_REASONS = ("price_outside_band", "too_late_to_enter", "order_exceeds_limit")
_COIN_REASONS = ("insufficient_margin", "post_only_would_take", "rate_limit")
VENUES = {
    "XNAS": Route("fix", 380_000, 0.45, "DESK-XNAS-OE1", _FIX_REASONS),
    "XETR": Route("fix", 1_150_000, 0.4, "DESK-XETR-ETI", _FIX_REASONS),
    "XCME": Route("fix", 620_000, 0.5, "DESK-XCME-ILINK", _FIX_REASONS),
    "BINANCE": Route("rest", 14_000_000, 0.55, "DESK-BINANCE-WS", _COIN_REASONS),
    "BITMEX": Route("rest", 52_000_000, 0.6, "DESK-BITMEX-WS", _COIN_REASONS),
}

#: Capital at the start: account, the venue that holds it, amount in whole units, currency.
DEPOSITS = (
    ("equity-us", "XNAS", 2_000_000, "USD"),
    ("equity-eu", "XETR", 1_500_000, "EUR"),
    ("futures", "XCME", 1_000_000, "USD"),
    ("crypto", "BINANCE", 1_500_000, "USDT"),
    ("crypto", "BINANCE", 500, "BNB"),
    ("crypto", "BITMEX", 20, "XBT"),
)

#: The currencies whose rate against the dollar is reported, and the asset each follows.
RATES = {"EUR": "EUR", "USDT": "USDT", "BTC": "BTC", "XBT": "BTC", "ETH": "ETH", "BNB": "BNB"}
RATE_DECIMALS = 6

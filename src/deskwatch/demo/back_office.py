"""What happens around the trading: capital, limits, rates, marks, funding, fees and reports."""

from collections.abc import Callable
from fractions import Fraction
from functools import partial
from random import Random

from deskwatch.demo.agenda import SECOND
from deskwatch.demo.catalog import (
    AAPL,
    BTC_PERPETUAL,
    BTC_SPOT,
    DEPOSITS,
    ES,
    ETH_PERPETUAL,
    ETH_QUANTO,
    ETH_SPOT,
    LISTINGS,
    MSFT,
    NVDA,
    RATE_DECIMALS,
    RATES,
    SAP,
    SIE,
    XBT_INVERSE,
    Listing,
)
from deskwatch.demo.figures import MONEY_DECIMALS, decimal_text, money_text, money_units
from deskwatch.demo.floor import Floor
from deskwatch.demo.ledger import Line
from deskwatch.demo.market import STEPS_A_SECOND
from deskwatch.demo.venue import Venue

#: A perpetual settles funding this often, where a real one takes eight hours.
FUNDING_NS = 60 * SECOND

_RATES_NS, _BORROW_NS, _CLEARING_NS, _DIVIDEND_NS, _REPORT_NS = (
    SECOND, 90 * SECOND, 75 * SECOND, 400 * SECOND, 30 * SECOND,
)  # fmt: skip

#: The chance that a query for a balance or a position fails, and when it is tried again.
_REPORT_FAILS, _RETRY_NS = 0.02, SECOND

#: Shares of a position's value: one borrowing period, one dividend. Dollars a clearing charge.
_BORROW_PPM, _DIVIDEND_PPM, _CLEARING_CENTS = 8, 900, 125

#: What the platform enforces. The demo's own configuration has limits besides.
_GROSS_LIMITS = (
    ("equity-us", 4_000_000, "USD"),
    ("equity-eu", 2_500_000, "EUR"),
    ("futures", 3_000_000, "USD"),
    ("crypto", 3_500_000, "USDT"),
)
_POSITION_LIMITS = {
    AAPL: 6_000, MSFT: 3_000, NVDA: 1_500, SAP: 6_000, SIE: 6_000, ES: 20, BTC_SPOT: 15,
    ETH_SPOT: 150, BTC_PERPETUAL: 10, ETH_PERPETUAL: 200, XBT_INVERSE: 1_500_000, ETH_QUANTO: 3_000,
}  # fmt: skip

#: Shares of a derivative's value: what a venue holds back for it, what must be left, and how far
#: from the price it would close it.
_MARGIN, _MAINTENANCE, _LIQUIDATION = Fraction(1, 10), Fraction(1, 20), Fraction(1, 5)
_MARGINED = ("future", "perpetual")


class BackOffice:
    """Writes marks and rates, books funding and charges, and tells what the venues report."""

    def __init__(self, random: Random, floor: Floor, venues: dict[str, Venue]) -> None:
        self._random = random
        self._run, self._agenda, self._tape, self._market, self._ledger = floor
        self._venues = venues
        self._references = 0

    def open(self, now: int) -> None:
        """Say what is traded, with what capital and limits, and start the regular work."""
        for listing in LISTINGS:
            self._describe(listing, now)
        self.rates(now)
        for account, _, amount, currency in DEPOSITS:
            self._tape.write(
                "cash", now, account=account, amount=str(amount), currency=currency,
                reference=self._reference("deposit"), reason="capital",
            )  # fmt: skip
        self._limits(now)
        every = self._agenda.every
        every(now + _RATES_NS, _RATES_NS, self.rates)
        every(now + FUNDING_NS // 2, FUNDING_NS, self.funding)
        every(now + _BORROW_NS, _BORROW_NS, self.borrowing)
        every(now + _CLEARING_NS, _CLEARING_NS, self.clearing)
        every(now + _DIVIDEND_NS, _DIVIDEND_NS, self.dividends)
        every(now + _REPORT_NS // 2, _REPORT_NS, self.reports)

    def marks(self, now: int) -> None:
        """Mark every listing whose turn it is and whose venue is heard."""
        step = self._market.steps
        for number, listing in enumerate(LISTINGS):
            if (step + number) % listing.mark_every or not self._venues[listing.venue].up:
                continue
            at = now + self._random.randrange(SECOND // STEPS_A_SECOND // 2)
            source = "mark" if listing.instrument_type == "perpetual" else "mid"
            self._tape.write(
                "mark", now, receive_time=at, venue=listing.venue, symbol=listing.symbol,
                price=listing.price_text(self._market.quote(listing).mid), mark_source=source,
            )  # fmt: skip

    def rates(self, now: int) -> None:
        """Report the dollar rate of every currency."""
        for currency in RATES:
            rate = decimal_text(self._market.rate_units(currency), RATE_DECIMALS)
            self._tape.write(
                "fx", now, base=currency, quote="USD", rate=rate, rate_source="simulated"
            )

    def funding(self, now: int) -> None:
        """Settle funding: who is long pays a positive premium to who is short."""
        rates: dict[Listing, int] = {}
        for key, line in self._ledger.lines.items():
            listing = line.listing
            if listing.instrument_type != "perpetual" or not line.lots:
                continue
            if listing not in rates:
                drift = self._random.randint(-40, 80)
                rates[listing] = round(self._market.basis(listing) * 1e6 / 2) + drift
            self._carry(key[0], key[1], line, now, -rates[listing], "funding")

    def borrowing(self, now: int) -> None:
        """Charge short shares for being borrowed."""
        for key, line in self._ledger.lines.items():
            if line.listing.instrument_type == "equity" and line.lots < 0:
                self._carry(key[0], key[1], line, now, _BORROW_PPM, "borrow")

    def dividends(self, now: int) -> None:
        """Pay a dividend on one share; who is short pays it."""
        chosen = self._random.choice([x for x in LISTINGS if x.instrument_type == "equity"])
        for key, line in self._ledger.lines.items():
            if line.listing is chosen and line.lots:
                self._carry(key[0], key[1], line, now, _DIVIDEND_PPM, "dividend")

    def clearing(self, now: int) -> None:
        """Charge each position in futures a clearing fee outside of its fills."""
        for key, line in self._ledger.lines.items():
            if line.listing.instrument_type != "future":
                continue
            units = _CLEARING_CENTS * 10 ** (MONEY_DECIMALS - 2)
            line.charge(units, line.listing.settle)
            self._tape.write(
                "fee", now, account=key[0], strategy=key[1], venue=key[2], symbol=key[3],
                amount=money_text(units), currency=line.listing.settle,
                reference=self._reference("clearing"), reason="clearing",
            )  # fmt: skip

    def reports(self, now: int) -> None:
        """Ask what the venues say that the accounts hold and have."""
        for account, listing in sorted(
            {(key[0], line.listing) for key, line in self._ledger.lines.items()},
            key=lambda pair: (pair[0], pair[1].venue, pair[1].symbol),
        ):
            self._ask(partial(self._position, account, listing), now)
        for account, venue, amount, currency in DEPOSITS:
            self._ask(partial(self._total, account, venue, amount, currency), now)

    def _ask(self, report: Callable[..., None], now: int) -> None:
        """Report what a query brought; one that failed is tried again."""
        failed = self._random.random() < _REPORT_FAILS
        report(now, failed=failed)
        if failed:
            self._agenda.at(now + _RETRY_NS, partial(report, failed=False))

    def _position(self, account: str, listing: Listing, now: int, *, failed: bool) -> None:
        self._tape.write(
            "position_report", now, account=account, venue=listing.venue, symbol=listing.symbol,
            quantity=None if failed else self._holding(account, listing),
            liquidation_price=None if failed else self._liquidation(account, listing),
            error="query timed out" if failed else "",
        )  # fmt: skip

    def _total(
        self, account: str, venue: str, amount: int, currency: str, now: int, *, failed: bool
    ) -> None:
        total = money_text(self._balance(account, venue, amount, currency))
        margin = {} if failed else self._margin(account, venue, currency, total)
        self._tape.write(
            "balance_report", now, account=account, venue=venue, currency=currency,
            total=None if failed else total, **margin,
            error="query timed out" if failed else "",
        )  # fmt: skip

    def _describe(self, listing: Listing, now: int) -> None:
        self._tape.write(
            "instrument", now, venue=listing.venue, symbol=listing.symbol,
            instrument_type=listing.instrument_type, contract=listing.contract, base=listing.base,
            quote=listing.quote, settle=listing.settle, multiplier=listing.multiplier,
            price_increment=listing.price_text(1), quantity_increment=listing.quantity_text(1),
        )  # fmt: skip

    def _limits(self, now: int) -> None:
        for account, value, currency in _GROSS_LIMITS:
            self._tape.write(
                "limit", now, limit="gross", value=str(value), account=account,
                currency=currency,
            )  # fmt: skip
        for listing, value in _POSITION_LIMITS.items():
            self._tape.write(
                "limit", now, limit="position", value=str(value), venue=listing.venue,
                symbol=listing.symbol,
            )  # fmt: skip

    def _carry(
        self, account: str, strategy: str, line: Line, now: int, ppm: int, reason: str
    ) -> None:
        """Book a share of the position's value, in millionths; who is short gets its opposite."""
        listing = line.listing
        value = listing.cash(line.lots, self._market.quote(listing).mid)
        if listing.contract == "inverse":
            value = -value
        units = money_units(value * ppm / 1_000_000)
        if not units:
            return
        line.fund(units)
        self._tape.write(
            "funding", now, account=account, strategy=strategy, venue=listing.venue,
            symbol=listing.symbol, amount=money_text(units), currency=listing.settle,
            reference=self._reference(reason), reason=reason,
        )  # fmt: skip

    def _holding(self, account: str, listing: Listing) -> str:
        """Return what the venue holds for the account, all strategies together."""
        return money_text(money_units(self._held(account, listing)))

    def _held(self, account: str, listing: Listing) -> Fraction:
        lines = self._ledger.lines.items()
        held = (x.holding() for key, x in lines if key[0] == account and x.listing is listing)
        return sum(held, Fraction(0))

    def _balance(self, account: str, venue: str, deposit: int, currency: str) -> int:
        """Return the balance in units of 10**-8; derivatives are settled to the current price."""
        units: int = deposit * 10**MONEY_DECIMALS
        for key, line in self._ledger.lines.items():
            if (key[0], key[2]) != (account, venue):
                continue
            listing = line.listing
            units -= line.fees[currency]
            if listing.settle != currency:
                continue
            units += line.funding - line.cash_units
            if listing.instrument_type in ("future", "perpetual"):
                units += line.value_units(self._market.quote(listing).mid)
        return units

    def _margin(self, account: str, venue: str, currency: str, equity: str) -> dict[str, str]:
        """Return what the venue says of margin in a currency; nothing where it margins nothing."""
        margined = [
            line
            for key, line in self._ledger.lines.items()
            if (key[0], key[2]) == (account, venue)
            and line.listing.settle == currency
            and line.listing.instrument_type in _MARGINED
        ]
        if not margined:
            return {}
        units = sum(
            abs(line.value_units(self._market.quote(line.listing).mid)) for line in margined
        )
        return {
            "equity": equity,
            "margin_used": money_text(round(units * _MARGIN)),
            "maintenance_margin": money_text(round(units * _MAINTENANCE)),
        }

    def _liquidation(self, account: str, listing: Listing) -> str | None:
        """Return the price at which the venue would close a derivative, None while flat."""
        held = self._held(account, listing)
        if not held or listing.instrument_type not in _MARGINED:
            return None
        away = 1 - _LIQUIDATION if held > 0 else 1 + _LIQUIDATION
        return listing.price_text(round(self._market.quote(listing).mid * away))

    def _reference(self, what: str) -> str:
        self._references += 1
        return f"{what}-{self._run}-{self._references}"

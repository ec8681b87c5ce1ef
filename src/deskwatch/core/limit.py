"""Limits on losses, and how much of each is used."""

from collections.abc import Iterator, Mapping
from typing import Final, Literal, NamedTuple

from msgspec import Struct, field

from deskwatch.core.money import REPORTING_DECIMALS, parse_decimal
from deskwatch.core.settings import BooksSettings
from deskwatch.core.valuation import Account, Report, Valuation

LimitName = Literal["daily_loss", "hourly_loss", "drawdown"]

LIMIT_NAMES: Final[tuple[LimitName, ...]] = ("daily_loss", "hourly_loss", "drawdown")

#: The limit without which no account should trade.
REQUIRED: Final[LimitName] = "daily_loss"

#: Stands for the account as a whole where a strategy's name would.
WHOLE_ACCOUNT: Final = ""


class LossLimits(Struct, frozen=True, kw_only=True):
    """The most that may be lost; None sets no limit.

    Decimal strings above zero with at most REPORTING_DECIMALS decimals, in the account's reporting
    currency. drawdown: measured from the peak of net P&L.
    """

    daily_loss: str | None = None
    hourly_loss: str | None = None
    drawdown: str | None = None


class LimitSettings(Struct, frozen=True, kw_only=True):
    """Whose losses are limited. strategies: by (account, strategy).

    What an account or a strategy leaves out is as in the default, if the account reports in the
    books' own currency: the default's amounts are in that one, and say nothing in another.
    """

    default_account: LossLimits = LossLimits()
    default_strategy: LossLimits = LossLimits()
    accounts: dict[str, LossLimits] = field(default_factory=dict)
    strategies: dict[tuple[str, str], LossLimits] = field(default_factory=dict)


class LimitUse(NamedTuple):
    """A limit and what is used of it, in `currency` at REPORTING_DECIMALS.

    strategy: WHOLE_ACCOUNT for the account's own. most: above zero. used: the loss, zero or above;
    None when it can't be known, for want of a price or because the books have no such name.
    """

    limit: LimitName
    account: str
    strategy: str
    currency: str
    most: int
    used: int | None

    @property
    def utilization(self) -> float | None:
        """How much of the limit is used; 1 is all of it."""
        return None if self.used is None else self.used / self.most


class Limits:
    """The desk's limits. Raises EventRejected for a setting that is no amount."""

    def __init__(self, limits: LimitSettings, books: BooksSettings) -> None:
        self._books = books
        self._default_account = _amounts(limits.default_account)
        self._default_strategy = _amounts(limits.default_strategy)
        self._accounts = {name: _amounts(own) for name, own in limits.accounts.items()}
        self._strategies = {key: _amounts(own) for key, own in limits.strategies.items()}
        self._configured = [*((name, WHOLE_ACCOUNT) for name in self._accounts), *self._strategies]
        self._known: dict[tuple[str, str], Mapping[LimitName, int]] = {}

    def uses(self, valuation: Valuation, now: int) -> list[LimitUse]:
        """Return every limit that is set, also of what the books don't know (yet), and its use.

        The figures are those of the last refresh; rates count by their age at `now`.
        """
        reports = {
            key: report
            for account in valuation.accounts.values()
            for key, report in _reports(account, valuation, now)
        }
        return [
            LimitUse(limit, *key, self._currency(key[0]), most, _loss(limit, reports.get(key)))
            for key in dict.fromkeys([*reports, *self._configured])
            for limit, most in self._of(key).items()
        ]

    def missing(self, valuation: Valuation) -> dict[tuple[str, LimitName], bool]:
        """Return, for each account that has traded, whether it lacks its limit on a day's loss."""
        return {
            (account.name, REQUIRED): REQUIRED not in self._of((account.name, WHOLE_ACCOUNT))
            for account in valuation.accounts.values()
            if account.groups
        }

    def _of(self, key: tuple[str, str]) -> Mapping[LimitName, int]:
        """Return the limits of an (account, strategy), worked out when it is first seen."""
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._worked_out(*key)
        return known

    def _worked_out(self, account: str, strategy: str) -> Mapping[LimitName, int]:
        if strategy == WHOLE_ACCOUNT:
            default, own = self._default_account, self._accounts.get(account, {})
        else:
            default, own = self._default_strategy, self._strategies.get((account, strategy), {})
        if self._currency(account) != self._books.reporting_currency:
            return own
        return {**default, **own}

    def _currency(self, account: str) -> str:
        return self._books.account(account).reporting_currency


def _amounts(limits: LossLimits) -> dict[LimitName, int]:
    texts = ((name, getattr(limits, name)) for name in LIMIT_NAMES)
    return {
        name: parse_decimal(text, REPORTING_DECIMALS) for name, text in texts if text is not None
    }


def _reports(
    account: Account, valuation: Valuation, now: int
) -> Iterator[tuple[tuple[str, str], Report]]:
    reports = valuation.reports(account, now)
    yield (account.name, WHOLE_ACCOUNT), account.report(reports.values())
    for strategy, report in reports.items():
        yield (account.name, strategy), report


def _loss(limit: LimitName, report: Report | None) -> int | None:
    """Return a loss as an amount of zero or above; None when it can't be known."""
    if report is None:
        return None
    if limit == "drawdown":
        return report.drawdown
    change = report.day if limit == "daily_loss" else report.hour
    return None if change is None else max(-change, 0)

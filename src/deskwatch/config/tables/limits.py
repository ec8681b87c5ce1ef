"""The tables of `[limits]`. Meanings: docs/risk.md; how they hold: deskwatch.core.limit."""

from typing import Annotated, Final, Self

from pydantic import AfterValidator, Field, model_validator

from deskwatch.config.values import (
    Amount,
    Expected,
    Name,
    PerSecond,
    Quantity,
    Ratio,
    Share,
    Table,
    Threshold,
    problem_at,
)
from deskwatch.core.holder import Scope
from deskwatch.core.limit import LIMIT_KINDS, LimitSettings
from deskwatch.core.money import MAX_DECIMALS, parse_decimal

_DEFAULTS: Final = LimitSettings()
_NEAR, _HIGH, _BREACHED = _DEFAULTS.thresholds


class StrategyLimits(Table):
    """For a strategy of an account. Money is in the account's reporting currency."""

    daily_loss: Amount | None = None
    hourly_loss: Amount | None = None
    drawdown: Amount | None = None
    gross: Amount | None = None
    net: Amount | None = None
    concentration: Share | None = None
    var: Amount | None = None
    order_rate: PerSecond | None = None
    message_rate: PerSecond | None = None
    order_to_trade: Ratio | None = None


class AccountLimits(StrategyLimits):
    """For an account: it also has equity."""

    leverage: Ratio | None = None


class VenueLimits(Table):
    """For what an account has at one venue."""

    gross: Amount | None = None
    net: Amount | None = None
    margin_used: Share | None = None
    maintenance_margin: Share | None = None


class InstrumentLimits(Table):
    """For what an account holds of one instrument."""

    position: Quantity | None = None
    notional: Amount | None = None
    liquidation_distance: Ratio | None = None


class DefaultVenueLimits(VenueLimits):
    """For every venue. A venue closes positions at a maintenance margin of 1."""

    maintenance_margin: Share | None = "0.8"


class DefaultInstrumentLimits(InstrumentLimits):
    """For every instrument."""

    liquidation_distance: Ratio | None = "0.05"


class DefaultLimits(Table):
    """For all that say nothing else; money for accounts in `books.reporting_currency` alone."""

    account: AccountLimits = AccountLimits()
    strategy: StrategyLimits = StrategyLimits()
    venue: DefaultVenueLimits = DefaultVenueLimits()
    instrument: DefaultInstrumentLimits = DefaultInstrumentLimits()


def _known(scope: Scope) -> tuple[str, ...]:
    return tuple(name for name, kind in LIMIT_KINDS.items() if scope in kind.scopes)


def _kind_of(scope: Scope) -> AfterValidator:
    def check(name: str) -> str:
        if name not in _known(scope):
            raise ValueError
        return name

    return AfterValidator(check)


def _words(scope: Scope, before: str) -> Expected:
    quoted = ", ".join(f'"{name}"' for name in _known(scope))
    return Expected(f"{before} {quoted}")


_AccountKind = Annotated[Name, _kind_of("account"), _words("account", "one of")]
_StrategyKind = Annotated[Name, _kind_of("strategy"), _words("strategy", "one of")]
_InstrumentKind = Annotated[Name, _kind_of("instrument"), _words("instrument", "one of")]


class RequiredLimits(Table):
    """Which limits each of a kind must have; one that lacks them is reported."""

    account: Annotated[list[_AccountKind], _words("account", "an array of any of")] = Field(
        default=list(_DEFAULTS.required["account"])
    )
    strategy: Annotated[list[_StrategyKind], _words("strategy", "an array of any of")] = Field(
        default_factory=list
    )
    instrument: Annotated[list[_InstrumentKind], _words("instrument", "an array of any of")] = (
        Field(default_factory=list)
    )


class Thresholds(Table):
    """From which share of a limit its alerts speak."""

    near: Threshold = _NEAR
    high: Threshold = _HIGH
    breached: Threshold = _BREACHED

    @model_validator(mode="after")
    def _rising(self) -> Self:
        near, high, breached = (
            parse_decimal(text, MAX_DECIMALS) for text in (self.near, self.high, self.breached)
        )
        if not near < high < breached:
            raise problem_at("high", "a ratio between near and breached")
        return self


_OneStrategy = Annotated[
    StrategyLimits, Expected("a table, as in [limits.strategies.ACCOUNT.STRATEGY]")
]
_OneInstrument = Annotated[
    InstrumentLimits, Expected("a table, as in [limits.instruments.VENUE.SYMBOL]")
]


class Limits(Table):
    """All limits; see deskwatch.core.limit.LimitSettings.

    strategies: by account; instruments: by venue, for every account.
    """

    default: DefaultLimits = DefaultLimits()
    accounts: dict[Name, AccountLimits] = Field(default_factory=dict)
    strategies: dict[Name, dict[Name, _OneStrategy]] = Field(default_factory=dict)
    venues: dict[Name, VenueLimits] = Field(default_factory=dict)
    instruments: dict[Name, dict[Name, _OneInstrument]] = Field(default_factory=dict)
    required: RequiredLimits = RequiredLimits()
    thresholds: Thresholds = Thresholds()

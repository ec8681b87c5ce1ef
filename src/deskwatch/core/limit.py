"""The limits there can be: what each is on, whose it may be, and how near a use comes to it."""

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

from msgspec import Struct, field

from deskwatch.core.holder import Holder, Scope
from deskwatch.core.money import MAX_DECIMALS, REPORTING_DECIMALS, parse_decimal

#: Limits and uses of every unit are integers at this many decimals.
LIMIT_DECIMALS: Final = MAX_DECIMALS

#: money: in a currency. quantity: in the instrument's units. ratio: of 1. rate: a second.
Unit = Literal["money", "quantity", "ratio", "rate"]


class LimitKind(NamedTuple):
    """A kind of limit. is_least: it is the least that must be left, not the most that may be."""

    unit: Unit
    scopes: frozenset[Scope]
    is_least: bool = False


_WHOLE: Final[frozenset[Scope]] = frozenset({"account"})
_TRADER: Final[frozenset[Scope]] = frozenset({"account", "strategy"})
_PART: Final[frozenset[Scope]] = frozenset({"account", "strategy", "venue"})
_VENUE: Final[frozenset[Scope]] = frozenset({"venue"})
_LISTING: Final[frozenset[Scope]] = frozenset({"instrument", "line"})

#: Every kind that deskwatch measures, by its name. Meanings: docs/risk.md, "Limits".
LIMIT_KINDS: Final[dict[str, LimitKind]] = {
    "daily_loss": LimitKind("money", _TRADER),
    "hourly_loss": LimitKind("money", _TRADER),
    "drawdown": LimitKind("money", _TRADER),
    "gross": LimitKind("money", _PART),
    "net": LimitKind("money", _PART),
    "leverage": LimitKind("ratio", _WHOLE),
    "concentration": LimitKind("ratio", _TRADER),
    "var": LimitKind("money", _TRADER),
    "order_rate": LimitKind("rate", _TRADER),
    "message_rate": LimitKind("rate", _TRADER),
    "order_to_trade": LimitKind("ratio", _TRADER),
    "position": LimitKind("quantity", _LISTING),
    "notional": LimitKind("money", _LISTING),
    "margin_used": LimitKind("ratio", _VENUE),
    "maintenance_margin": LimitKind("ratio", _VENUE),
    "liquidation_distance": LimitKind("ratio", frozenset({"instrument"}), is_least=True),
}

#: Kinds whose use follows from the P&L of one account alone.
PNL_KINDS: Final = frozenset({"daily_loss", "hourly_loss", "drawdown"})

#: Kinds whose use follows from one exposure alone, where it is in the account's own currency.
EXPOSURE_KINDS: Final = frozenset({"gross", "net", "notional"})

#: Kinds whose use follows from what positions are worth.
VALUED_KINDS: Final = PNL_KINDS | EXPOSURE_KINDS | {"leverage", "concentration"}

#: Kinds whose use is what a venue reports of margin, and named as its fields are.
MARGIN_KINDS: Final = frozenset({"margin_used", "maintenance_margin"})

#: The decimal text of each limit that is set, by its kind.
LimitTexts = Mapping[str, str]


class Thresholds(NamedTuple):
    """From which utilization on a limit is near, nearly used up, and breached.

    As counts of 10**-REPORTING_DECIMALS; rising.
    """

    near: int
    high: int
    breached: int


class LimitSettings(Struct, frozen=True, kw_only=True):
    """The limits that configuration sets, as decimal text by kind.

    defaults: by scope; what an account, a strategy, an instrument or a venue leaves out is as
    there. A default amount of money is in the books' own currency, and says nothing to an account
    that reports in another. strategies: by (account, strategy); instruments: by (venue, symbol).
    required: which kinds each of a scope must have; what lacks one is reported.
    """

    defaults: dict[Scope, LimitTexts] = field(default_factory=dict)
    accounts: dict[str, LimitTexts] = field(default_factory=dict)
    strategies: dict[tuple[str, str], LimitTexts] = field(default_factory=dict)
    venues: dict[str, LimitTexts] = field(default_factory=dict)
    instruments: dict[tuple[str, str], LimitTexts] = field(default_factory=dict)
    required: dict[Scope, tuple[str, ...]] = field(
        default_factory=lambda: {"account": ("daily_loss",)}
    )
    thresholds: tuple[str, str, str] = ("0.7", "0.9", "1")


def thresholds_of(settings: LimitSettings) -> Thresholds:
    """Return the thresholds as numbers. Raises EventRejected for what is none."""
    return Thresholds(*(parse_decimal(each, REPORTING_DECIMALS) for each in settings.thresholds))


#: How a use stands to its limit; "unknown" where the use can't be known.
LimitState = Literal["ok", "near", "high", "breached", "unknown"]


class LimitUse(NamedTuple):
    """A limit and what is used of it, both at LIMIT_DECIMALS.

    currency: of a limit on money, else empty. limit: the most that may be used, zero or above; of
    a kind that is_least, the least that must be left. used: None when it can't be known.
    """

    kind: str
    holder: Holder
    currency: str
    limit: int
    used: int | None

    @property
    def fraction(self) -> tuple[int, int] | None:
        """The utilization as numerator and denominator, zero or above; 1/0 is beyond any limit."""
        if self.used is None:
            return None
        known = LIMIT_KINDS.get(self.kind)
        if known is not None and known.is_least:
            return (self.limit, self.used) if self.used > 0 else (1, 0)
        if self.limit == 0:
            return (1, 0) if self.used else (0, 1)
        return self.used, self.limit

    @property
    def utilization(self) -> float | None:
        """How much of the limit is used; 1 is all of it, and infinity what no limit allows."""
        fraction = self.fraction
        if fraction is None:
            return None
        return fraction[0] / fraction[1] if fraction[1] else float("inf")

    def state(self, thresholds: Thresholds) -> LimitState:
        """Return how the use stands to the limit, exactly."""
        fraction = self.fraction
        if fraction is None:
            return "unknown"
        numerator, denominator = fraction[0] * 10**REPORTING_DECIMALS, fraction[1]
        if numerator >= thresholds.breached * denominator:
            return "breached"
        if numerator >= thresholds.high * denominator:
            return "high"
        return "near" if numerator >= thresholds.near * denominator else "ok"

"""What the JSON API answers about risk: exposure, margin and limits. As in `answers`.

Ratios are floats, for show: 1 is all of it. What a label leaves empty stands for all of it.
"""

from typing import Literal

from msgspec import Struct

from deskwatch.core.event import Nanoseconds
from deskwatch.core.limit import LimitState, Unit
from deskwatch.web.answers.figures import Amount, MissingRateRow, Unpriced


class ExposureRow(Struct, frozen=True, kw_only=True):
    """The exposure of an account or a part of it, in `currency`, the account's reporting one.

    settle: where it is of what settles in one currency, that one. long and short are both zero or
    above; gross is their sum, net their difference. working: what gross would grow by if the worse
    side of each line's open orders filled in full. concentration: the largest instrument's share
    of gross, of accounts and strategies.
    """

    account: str
    strategy: str = ""
    venue: str = ""
    symbol: str = ""
    settle: str = ""
    currency: str
    long: Amount | None
    short: Amount | None
    gross: Amount | None
    net: Amount | None
    working: Amount | None
    concentration: float | None = None
    unpriced: Unpriced | None


class LeverageRow(Struct, frozen=True, kw_only=True):
    """An account's gross over its equity; null where either is not known, or none is left."""

    account: str
    leverage: float | None


class MarginRow(Struct, frozen=True, kw_only=True):
    """What a venue last reported of an account's margin, in `currency`.

    The ratios are over equity, and null where the last query failed, or is too old. age_s: seconds
    since the report's event_time, or since it came where that is ahead of ours.
    """

    account: str
    venue: str
    currency: str
    equity: Amount | None
    margin_used: Amount | None
    maintenance_margin: Amount | None
    margin_used_ratio: float | None
    maintenance_margin_ratio: float | None
    failed: bool
    age_s: float


class LiquidationRow(Struct, frozen=True, kw_only=True):
    """How far an account's holding is from the price at which the venue closes it.

    distance_ratio: a share of the mark; zero or below once it is passed; null as in MarginRow, or
    without a fresh mark. age_s: as there.
    """

    account: str
    venue: str
    symbol: str
    price: Amount | None
    distance_ratio: float | None
    failed: bool
    age_s: float


class ExposureAnswer(Struct, frozen=True):
    """Exposure as of now, each list ordered by its labels.

    instruments: without those that are flat and had no event for `books.flat_days`.
    missing_rates: from what instruments settle in to the account's reporting currency. not_summed:
    accounts that belong into no sum over accounts, for they are simulated; none where all are.
    """

    as_of: Nanoseconds
    accounts: list[ExposureRow]
    strategies: list[ExposureRow]
    venues: list[ExposureRow]
    instruments: list[ExposureRow]
    currencies: list[ExposureRow]
    leverage: list[LeverageRow]
    margins: list[MarginRow]
    liquidations: list[LiquidationRow]
    missing_rates: list[MissingRateRow] = []
    not_summed: list[str] = []


class LimitRow(Struct, frozen=True, kw_only=True):
    """A limit and what is used of it.

    value: the most that may be used; of a liquidation distance the least that must be left, and
    used is then what is left. utilization: used over value, or value over what is left; null where
    `used` is, and where no limit allows what is used; see `state`.
    """

    limit: str
    account: str
    strategy: str
    venue: str
    symbol: str
    currency: str
    unit: Unit | Literal[""]
    value: Amount
    used: Amount | None
    utilization: float | None
    state: LimitState


class MissingRow(Struct, frozen=True, kw_only=True):
    """A limit that should be there and is not."""

    limit: str
    account: str
    strategy: str
    venue: str
    symbol: str


class ThresholdsRow(Struct, frozen=True):
    """From which utilization a limit is near, high and breached."""

    near: Amount
    high: Amount
    breached: Amount


class LimitsAnswer(Struct, frozen=True):
    """Every limit, the worst first: breached, unknown, high, near, ok."""

    as_of: Nanoseconds
    thresholds: ThresholdsRow
    limits: list[LimitRow]
    missing: list[MissingRow]

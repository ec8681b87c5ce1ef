"""What /api/v1/var answers: value at risk, expected shortfall, and whether they were right."""

from typing import Literal

from msgspec import Struct

from deskwatch.core.event import Nanoseconds
from deskwatch.web.answers.figures import Amount, Count

Method = Literal["historical", "ewma", "cornish_fisher", "monte_carlo"]
Unknown = Literal[
    "no_mark", "mark_stale", "no_fx", "fx_stale", "warming_up", "gaps", "not_sampled", "too_many"
]


class TailRow(Struct, frozen=True, kw_only=True):
    """Risk by one method. Losses are above zero.

    component: the strategy's share in its account's VaR; the shares sum to it. marginal_ratio: how
    the account's VaR grows with each unit of money that the strategy holds more. Both are null for
    an account, for methods that have none, and where the account's VaR is unknown.
    """

    method: Method
    confidence: float
    value_at_risk: Amount
    expected_shortfall: Amount
    component: Amount | None
    marginal_ratio: float | None


class BacktestRow(Struct, frozen=True, kw_only=True):
    """The VaR of one interval against what came of it; p-values of a right VaR.

    independence and conditional_coverage are null before any interval followed another.
    """

    method: Method
    confidence: float
    observations: Count
    exceptions: Count
    expected: float
    kupiec: float
    independence: float | None
    conditional_coverage: float | None
    zone: Literal["green", "yellow", "red"]


class VarRow(Struct, frozen=True, kw_only=True):
    """An account, or one of its strategies, in the account's reporting currency.

    strategy: null for the account as a whole. observations: returns that its figures rest on.
    gross: what is held, long and short. unknown: why there are no figures; then `tails` is empty.
    backtests: empty until enough intervals were judged.
    """

    account: str
    strategy: str | None
    currency: str
    observations: Count
    gross: Amount | None
    unknown: Unknown | None
    tails: list[TailRow]
    backtests: list[BacktestRow]


class VarAnswer(Struct, frozen=True, kw_only=True):
    """Risk over `horizon_s`, by returns of `interval_s`, of which there are at most `window`.

    min_observations: with fewer, nothing is told. limit_method, limit_confidence: those of the VaR
    that a limit is compared with. not_summed: accounts that aren't compared with others, for they
    are simulated; none where all are.
    """

    as_of: Nanoseconds
    interval_s: Count
    horizon_s: Count
    window: Count
    min_observations: Count
    limit_method: Method
    limit_confidence: float
    rows: list[VarRow]
    not_summed: list[str] = []

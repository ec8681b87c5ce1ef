"""Risk Exposure Analysis: what is held, what of it is allowed, and what it could cost."""

from deskwatch.dashboards.board import ACCOUNT, STRATEGY, VENUE, Board, Variable
from deskwatch.dashboards.expression import account_limit, highest, none_while_seen
from deskwatch.dashboards.panel import (
    MONEY,
    NONE_IS_GOOD,
    Ask,
    Column,
    stat,
    table,
    timeline,
    timeseries,
)

_LIMIT = Variable("limit", "limit", ("desk_limit", "desk_limit_missing"))

_OF_ACCOUNT = '{account=~"$account"}'
_OF_STRATEGY = '{account=~"$account", strategy=~"$strategy"}'
_OF_VENUE = '{account=~"$account", venue=~"$venue"}'
_OF_LIMIT = '{limit=~"$limit", account=~"$account|", strategy=~"$strategy|", venue=~"$venue|"}'
_GROSS = f"sum by (account, currency) (desk_account_exposure_gross{_OF_ACCOUNT})"
_LIMIT_LABELS = "limit, account, strategy, venue, symbol"

_LEVELS = [Ask("max by (level) (desk_limit_threshold_ratio)", "{{level}}")]
_BREAKERS = "breaker, account, strategy"


def _was(state: str) -> str:
    """Return whether breakers were in this state at any time of a step."""
    return highest(f'desk_circuit_breaker_state{{state="{state}"}}')


def _as_limited(figure: str, strategies: str) -> str:
    """Return VaR or shortfall by the method and confidence that the limit speaks of."""
    return (
        f'max by (account, strategy, currency) (({figure}{{account=~"$account", {strategies}}})'
        " * on (method, confidence) group_left ()"
        " max by (method, confidence) (desk_var_limit_measure == 1))"
    )


NOW = [
    stat(
        "How full is the tightest limit?",
        f"max(desk_limit_utilization_ratio{_OF_LIMIT})",
        unit="percentunit",
        width=5,
        why="Of all chosen limits. From where alerts speak is drawn in the chart below: "
        "docs/runbooks/LimitNear.md",
    ),
    stat(
        "How many limits are breached?",
        none_while_seen(
            f"count(desk_limit_utilization_ratio{_OF_LIMIT}"
            ' >= on () group_left () max(desk_limit_threshold_ratio{level="breached"}))'
        ),
        unit="short",
        colors=NONE_IS_GOOD,
        width=5,
        why="Of those whose use is known: docs/runbooks/LimitBreached.md",
    ),
    stat(
        "How many are unknown?",
        none_while_seen(
            f"count(max by ({_LIMIT_LABELS}) (desk_limit{_OF_LIMIT})"
            f" unless on ({_LIMIT_LABELS}) desk_limit_utilization_ratio{_OF_LIMIT})"
        ),
        unit="short",
        colors=NONE_IS_GOOD,
        width=4,
        why="Limits that may be breached: how much of them is used can't be known. "
        "docs/runbooks/LimitUnknown.md",
    ),
    stat(
        "How many limits are missing?",
        none_while_seen(f"sum(desk_limit_missing{_OF_LIMIT})"),
        unit="short",
        colors=NONE_IS_GOOD,
        width=5,
        why="Of those that must be there. What has no limit is not free: it is not watched. "
        "docs/runbooks/LimitMissing.md",
    ),
    stat(
        "How many breakers are not closed?",
        "sum(max by (breaker, account, strategy)"
        ' (desk_circuit_breaker_state{state=~"open|half_open"}))',
        unit="short",
        colors=NONE_IS_GOOD,
        width=5,
        why="docs/runbooks/CircuitBreakerOpen.md",
    ),
]

LIMITS = [
    timeseries(
        "How close is everything to its limit?",
        f"max by ({_LIMIT_LABELS}) (desk_limit_utilization_ratio{_OF_LIMIT})",
        unit="percentunit",
        legend="{{limit}} {{account}} {{strategy}} {{venue}} {{symbol}}",
        limits=_LEVELS,
        why="Used over limit. The dashed lines are where alerts speak: docs/runbooks/LimitHigh.md",
    ),
    timeseries(
        "Which kinds of limit grow tight over the weeks?",
        "max by (account, limit) (account_limit:desk_limit_utilization_ratio:max"
        '{limit=~"$limit", account=~"$account|"})',
        unit="percentunit",
        legend="{{account}} {{limit}}",
        limits=_LEVELS,
        why="The highest use of each kind, recorded by Prometheus: what is always near its limit "
        "has the wrong limit, or too large a position.",
    ),
    table(
        "What is used, and what is allowed?",
        Column("used", f"max by ({_LIMIT_LABELS}, currency) (desk_limit_used{_OF_LIMIT})", MONEY),
        Column("limit ", f"max by ({_LIMIT_LABELS}, currency) (desk_limit{_OF_LIMIT})", MONEY),
        Column(
            "share",
            f"max by ({_LIMIT_LABELS}, currency) (desk_limit_utilization_ratio{_OF_LIMIT})",
            "percentunit",
        ),
        width=24,
        largest_first="share",
        why="The tightest first; a ratio's limit is a ratio.",
    ),
]

EXPOSURE = [
    timeseries(
        "What does each account hold, long and short together?",
        _GROSS,
        unit=MONEY,
        legend="{{account}} {{currency}}",
        limits=[
            Ask(account_limit("gross", _GROSS), "{{account}} limit {{currency}}"),
        ],
        why="Absent while a part of it has no price: docs/risk.md",
    ),
    timeseries(
        "Which way does each account lean?",
        f"sum by (account, currency) (desk_account_exposure_net{_OF_ACCOUNT})",
        unit=MONEY,
        legend="{{account}} {{currency}}",
        why="Long less short: below zero the account is short of the market.",
    ),
    timeseries(
        "How is it spread over strategies?",
        f"sum by (account, strategy, currency) (desk_strategy_exposure_gross{_OF_STRATEGY})",
        unit=MONEY,
        legend="{{account}} {{strategy}} {{currency}}",
        stacked=True,
        width=8,
        why="Gross exposure, stacked; each in its account's reporting currency: choose accounts of "
        "one, for a stack adds them as they are.",
    ),
    timeseries(
        "And over venues?",
        f"sum by (account, venue, currency) (desk_venue_exposure_gross{_OF_VENUE})",
        unit=MONEY,
        legend="{{account}} {{venue}} {{currency}}",
        stacked=True,
        width=8,
        why="What a venue's failure would hold back, each in its account's reporting currency: "
        "choose accounts of one, for a stack adds them as they are.",
    ),
    timeseries(
        "What may working orders add?",
        f"sum by (account, currency) (desk_account_exposure_working{_OF_ACCOUNT})",
        unit=MONEY,
        legend="{{account}} {{currency}}",
        width=8,
        why="What gross would grow by if the worse side of each line's open orders filled.",
    ),
]

VAR = [
    timeseries(
        "What could each account lose (VaR), and what if it is worse (ES)?",
        _as_limited("desk_var", 'strategy=""'),
        unit=MONEY,
        legend="{{account}} VaR {{currency}}",
        also=[
            Ask(
                _as_limited("desk_expected_shortfall", 'strategy=""'), "{{account}} ES {{currency}}"
            )
        ],
        why="By the method and confidence that the limit on VaR is compared with, over its "
        "horizon: docs/var.md",
    ),
    timeseries(
        "What could each strategy lose?",
        _as_limited("desk_var", 'strategy=~"$strategy", strategy!=""'),
        unit=MONEY,
        legend="{{account}} {{strategy}} {{currency}}",
        why="By the same measure. They do not add up to the account's: some offset each other.",
    ),
    timeseries(
        "Which strategy brings the account's risk?",
        _as_limited("desk_var_component", 'strategy=~"$strategy"'),
        unit=MONEY,
        legend="{{account}} {{strategy}} {{currency}}",
        stacked=True,
        below="{{account}} {{strategy}} hedges {{currency}}",
        width=24,
        why="Each strategy's share in its account's VaR: they sum to it, where one account is "
        "chosen. Below zero it hedges.",
    ),
    table(
        "Do the methods agree, and does the past agree with them?",
        Column(
            "VaR",
            "max by (account, currency, method, confidence)"
            ' (desk_var{account=~"$account", strategy=""})',
            MONEY,
        ),
        Column(
            "ES",
            "max by (account, currency, method, confidence)"
            ' (desk_expected_shortfall{account=~"$account", strategy=""})',
            MONEY,
        ),
        Column(
            "exceptions",
            "max by (account, method, confidence)"
            ' (desk_var_backtest_exceptions{account=~"$account", strategy=""})',
            "short",
        ),
        Column(
            "expected",
            "max by (account, method, confidence)"
            ' (desk_var_backtest_expected_exceptions{account=~"$account", strategy=""})',
            "short",
        ),
        width=24,
        why="Exceptions are intervals that lost more than the VaR said before; many more than "
        "expected, and the VaR is too low: docs/runbooks/VarBacktestRed.md",
    ),
]

CONCENTRATION = [
    timeseries(
        "How much of it is one instrument?",
        'max by (account) (desk_concentration_ratio{account=~"$account", strategy=""})',
        unit="percentunit",
        legend="{{account}}",
        width=8,
        why="The largest instrument's share of gross exposure.",
    ),
    timeseries(
        "Which instruments are the largest?",
        "topk by (currency) (10, sum by (account, venue, symbol, currency)"
        f" (desk_instrument_exposure_gross{_OF_VENUE}))",
        unit=MONEY,
        legend="{{account}} {{venue}} {{symbol}} {{currency}}",
        width=8,
        why="Gross exposure in each account's reporting currency, the ten largest of each "
        "currency.",
    ),
    timeseries(
        "How much leverage is there?",
        f"max by (account) (desk_leverage_ratio{_OF_ACCOUNT})",
        unit="none",
        legend="{{account}}",
        limits=[
            Ask(
                'max by (account) (desk_limit{limit="leverage", account=~"$account",'
                ' strategy="", venue="", symbol=""})',
                "{{account}} limit",
            )
        ],
        width=8,
        why="Gross exposure over equity.",
    ),
    timeseries(
        "How much margin is taken?",
        f"max by (account, venue) (desk_margin_used_ratio{_OF_VENUE})",
        unit="percentunit",
        legend="{{account}} {{venue}}",
        also=[
            Ask(
                f"max by (account, venue) (desk_maintenance_margin_ratio{_OF_VENUE})",
                "{{account}} {{venue}} maintenance",
            )
        ],
        why="As the venue reports it; at 100% of maintenance margin it closes positions.",
    ),
    timeseries(
        "How far is liquidation?",
        f"min by (account, venue, symbol) (desk_liquidation_distance_ratio{_OF_VENUE})",
        unit="percentunit",
        legend="{{account}} {{venue}} {{symbol}}",
        limits=[
            Ask(
                'max by (account, venue) (desk_limit{limit="liquidation_distance",'
                ' account=~"$account|", venue=~"$venue|"})',
                "{{account}} {{venue}} least",
            )
        ],
        why="How far the mark is from the liquidation price; the dashed line is the least that "
        "must be left.",
    ),
]

BREAKERS = [
    timeline(
        "When was which breaker open?",
        f"clamp_max(2 * max by ({_BREAKERS}) ({_was('open')})"
        f" + max by ({_BREAKERS}) ({_was('half_open')}), 2)",
        legend="{{breaker}} {{account}} {{strategy}}",
        names={0: "closed", 1: "half open", 2: "open"},
        colors={0: "green", 1: "yellow", 2: "red"},
        why="An open breaker stops what it guards until designated staff close it: "
        "docs/breakers.md",
    ),
    timeline(
        "Was the kill switch engaged?",
        f"max by (scope, account) ({highest('desk_kill_switch_engaged')})",
        legend="{{scope}} {{account}}",
        names={0: "released", 1: "engaged"},
        colors={0: "green", 1: "red"},
        width=12,
        why="docs/runbooks/KillSwitchEngaged.md",
    ),
    table(
        "Which breakers trip, and of what?",
        Column("trips", f"max by ({_BREAKERS}, cause) (desk_circuit_breaker_trips_total)", "short"),
        empty="no trip is known",
        why="Trips since deskwatch knows the breaker; a restart forgets none.",
    ),
]

BOARD = Board(
    uid="deskwatch-risk",
    title="Risk Exposure Analysis",
    question="What is held, how much of it is allowed, and what could it cost?",
    variables=(ACCOUNT, STRATEGY, VENUE, _LIMIT),
    rows={
        "Now": NOW,
        "Exposure against limits": LIMITS,
        "Exposure": EXPOSURE,
        "Value at risk and expected shortfall": VAR,
        "Concentration, leverage and margin": CONCENTRATION,
        "Breakers": BREAKERS,
    },
)

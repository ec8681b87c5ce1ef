"""Real-time P&L Tracking: what we make, with what, and at what cost."""

from deskwatch.dashboards.board import ACCOUNT, CURRENCY, STRATEGY, VENUE, Board
from deskwatch.dashboards.expression import account_limit
from deskwatch.dashboards.panel import (
    HOURLY,
    LOSS_OR_GAIN,
    MONEY,
    NONE_IS_GOOD,
    Ask,
    Column,
    stat,
    table,
    timeseries,
)

_OF_ACCOUNT = '{account=~"$account", currency=~"$currency"}'
_OF_STRATEGY = '{account=~"$account", strategy=~"$strategy", currency=~"$currency"}'
_OF_LINE = '{account=~"$account", strategy=~"$strategy", venue=~"$venue", currency=~"$currency"}'


def _strategies(figure: str) -> str:
    return f"sum by (account, strategy, currency) (desk_strategy_{figure}{_OF_STRATEGY})"


#: The chosen accounts that are summed: simulated ones where there are no others alone.
_CHOSEN = 'desk_account_summed{account=~"$account"}'
_SUMMED = f"({_CHOSEN} == 1 or on () {_CHOSEN})"


def _desk(figure: str) -> str:
    """Return the sum over the chosen accounts; nothing while any of them has not this figure."""
    lacking = f'{_SUMMED} unless on (account) {figure}{{account=~"$account"}}'
    amounts = f"{figure}{_OF_ACCOUNT} and on (account) {_SUMMED}"
    return f"sum by (currency) ({amounts}) unless on () ({lacking})"


_LINES = f"desk_pnl_day{_OF_LINE} and on (account) {_SUMMED}"


_DAY = f"sum by (account, currency) (desk_account_pnl_day{_OF_ACCOUNT})"
_HOUR = f"sum by (account, currency) (desk_account_pnl_hour{_OF_ACCOUNT})"
_DRAWDOWN = f"max by (account, currency) (desk_drawdown{_OF_ACCOUNT})"


NOW = [
    stat(
        "What has the desk made today?",
        _desk("desk_account_pnl_day"),
        unit=MONEY,
        legend="{{currency}}",
        colors=LOSS_OR_GAIN,
        why="Change of net P&L since the desk's day began. Not known while one account's is "
        "not: see how many positions have no price. Simulated accounts are in no sum.",
    ),
    stat(
        "And this hour?",
        _desk("desk_account_pnl_hour"),
        unit=MONEY,
        legend="{{currency}}",
        colors=LOSS_OR_GAIN,
        why="Change of net P&L since the clock hour began. Not known while one account's is not.",
    ),
    stat(
        "What is the desk worth?",
        _desk("desk_equity"),
        unit=MONEY,
        legend="{{currency}}",
        why="Capital paid in, plus net P&L. Not known while one account's is not.",
    ),
    stat(
        "How much has no price or rate?",
        'sum(desk_unpriced_positions{account=~"$account"})',
        unit="short",
        colors=NONE_IS_GOOD,
        why="Positions without a price, and currencies without a rate. While there is one, P&L of "
        "its strategy and account is absent, not zero: docs/runbooks/PositionsUnpriced.md",
    ),
]

CURVES = [
    timeseries(
        "What has each strategy made since it began?",
        _strategies("pnl_net"),
        unit=MONEY,
        legend="{{account}} {{strategy}} {{currency}}",
        why="Cumulative net P&L: realized + unrealized + funding - fees. A restart changes "
        "nothing of it.",
    ),
    timeseries(
        "What has each strategy made in each hour?",
        _strategies("pnl_hour"),
        unit=MONEY,
        legend="{{account}} {{strategy}} {{currency}}",
        bars=True,
        stacked=True,
        below="{{account}} {{strategy}} lost {{currency}}",
        interval=HOURLY,
        why="A bar at 15:00 is what was made from 14:00 to 15:00 UTC, gains above zero and losses "
        "below; of several currencies, choose one at the top, for a stack adds them as they are. "
        "It is the last sample before the hour turned. In a time zone that is half an hour off, "
        "hours turn between the bars, and each shows its hour's first half alone.",
    ),
    timeseries(
        "How does the day go, and where does it end?",
        _DAY,
        unit=MONEY,
        legend="{{account}} {{currency}}",
        limits=[
            Ask(
                f"-{account_limit('daily_loss', _DAY)}", "{{account}} daily loss limit {{currency}}"
            )
        ],
        why="Below the dashed line the day's loss is over its limit: "
        "docs/runbooks/DailyLossLimitBreached.md",
    ),
    timeseries(
        "How does this hour go?",
        _HOUR,
        unit=MONEY,
        legend="{{account}} {{currency}}",
        limits=[
            Ask(
                f"-{account_limit('hourly_loss', _HOUR)}",
                "{{account}} hourly loss limit {{currency}}",
            )
        ],
        why="It begins at zero with each clock hour. Below the dashed line: "
        "docs/runbooks/HourlyLossLimitBreached.md",
    ),
    timeseries(
        "And in the last sixty minutes, whatever the clock?",
        "max by (account, strategy, currency) (account_strategy:desk_strategy_pnl_net:change1h"
        f"{_OF_STRATEGY})",
        unit=MONEY,
        legend="{{account}} {{strategy}} {{currency}}",
        width=24,
        why="Recorded by Prometheus; it needs an hour of history.",
    ),
]

DRAWDOWN = [
    timeseries(
        "How far is each account below its peak?",
        _DRAWDOWN,
        unit=MONEY,
        legend="{{account}} {{currency}}",
        limits=[Ask(account_limit("drawdown", _DRAWDOWN), "{{account}} limit {{currency}}")],
        why="The peak is of net P&L and survives restarts: docs/runbooks/DrawdownLimitBreached.md",
    ),
    timeseries(
        "How far is each strategy below its peak?",
        _strategies("drawdown"),
        unit=MONEY,
        legend="{{account}} {{strategy}} {{currency}}",
        why="One strategy's fall hides behind another's gain in the account's own curve.",
    ),
    timeseries(
        "What share of its peak has each account given back?",
        f"max by (account, currency) (desk_drawdown_ratio{_OF_ACCOUNT})",
        unit="percentunit",
        legend="{{account}}",
        width=24,
        why="Drawdown over the equity at the peak; absent without capital.",
    ),
]

ATTRIBUTION = [
    table(
        "Where does each strategy's P&L come from?",
        Column("realized", _strategies("pnl_realized"), MONEY),
        Column("unrealized", _strategies("pnl_unrealized"), MONEY),
        Column("funding", _strategies("pnl_funding"), MONEY),
        Column("fees", _strategies("pnl_fees"), MONEY),
        Column("net", _strategies("pnl_net"), MONEY),
        width=24,
        why="Net = realized + unrealized + funding - fees, in the account's reporting currency.",
    ),
    timeseries(
        "Which symbols make the day?",
        f"topk by (currency) (10, sum by (symbol, currency) ({_LINES}))",
        unit=MONEY,
        legend="{{symbol}} {{currency}}",
        why="The ten best of today in each currency.",
    ),
    timeseries(
        "Which symbols cost the day?",
        f"bottomk by (currency) (10, sum by (symbol, currency) ({_LINES}))",
        unit=MONEY,
        legend="{{symbol}} {{currency}}",
        why="The ten worst of today in each currency.",
    ),
]

COSTS = [
    timeseries(
        "What do fees take?",
        _strategies("pnl_fees"),
        unit=MONEY,
        legend="{{account}} {{strategy}} {{currency}}",
        why="Fees paid since the beginning; a strategy that earns rebates is below zero.",
    ),
    timeseries(
        "What do fees take of the gross?",
        f"{_strategies('pnl_fees')} / abs({_strategies('pnl_realized')} != 0)",
        unit="percentunit",
        legend="{{account}} {{strategy}}",
        why="Fees over realized P&L, without its sign: above 100% the venue earns more than the "
        "strategy. Absent until something was realized.",
    ),
    timeseries(
        "What does funding bring?",
        _strategies("pnl_funding"),
        unit=MONEY,
        legend="{{account}} {{strategy}} {{currency}}",
        width=24,
        why="Funding, dividends and interest received; paid is below zero.",
    ),
]

ANOMALIES = [
    timeseries(
        "Does a strategy lose more than it usually does?",
        "min by (account, strategy) (desk_pnl_anomaly_score"
        '{account=~"$account", strategy=~"$strategy"})',
        unit="short",
        legend="{{account}} {{strategy}}",
        limits=[Ask("-max(desk_pnl_anomaly_threshold)", "told from here")],
        why="Robust deviations of the last interval's P&L from its own history: "
        "docs/runbooks/PnlLossUnusual.md",
    ),
    timeseries(
        "How long has P&L stood still while fills came?",
        "max by (account, strategy) (desk_pnl_frozen_seconds"
        '{account=~"$account", strategy=~"$strategy"})',
        unit="s",
        legend="{{account}} {{strategy}}",
        limits=[Ask("max(desk_pnl_frozen_max_seconds)", "told from here")],
        why="Then a price or a feed behind it is frozen: docs/runbooks/PnlFrozen.md",
    ),
]

BOARD = Board(
    uid="deskwatch-pnl",
    title="Real-time P&L Tracking",
    question="Are we making money, with what, and at what cost?",
    variables=(ACCOUNT, STRATEGY, VENUE, CURRENCY),
    since="now-6h",
    rows={
        "Now": NOW,
        "Cumulative and hourly": CURVES,
        "Drawdown": DRAWDOWN,
        "Attribution": ATTRIBUTION,
        "Fees and funding": COSTS,
        "Out of the ordinary": ANOMALIES,
    },
)

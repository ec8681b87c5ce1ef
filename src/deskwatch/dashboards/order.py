"""Execution Quality: whether orders are answered and filled, and what that costs."""

from deskwatch.dashboards.board import ACCOUNT, STRATEGY, VENUE, Board, Variable
from deskwatch.dashboards.expression import BAR, counted
from deskwatch.dashboards.panel import (
    Ask,
    Column,
    Panel,
    stat,
    table,
    timeseries,
)

_PERIOD = Variable("period", "period", ("desk_orders_answered",))

_CHOSEN = 'account=~"$account", strategy=~"$strategy", venue=~"$venue"'
_OF_LINE = f"{{{_CHOSEN}}}"
_OF_PERIOD = f'{{{_CHOSEN}, period=~"$period"}}'
_LINE = "account, strategy, venue"


def _ratio(question: str, metric: str, why: str) -> Panel:
    return timeseries(
        question,
        f"max by ({_LINE}, period) ({metric}{_OF_PERIOD})",
        unit="percentunit",
        legend="{{account}} {{strategy}} {{venue}} {{period}}",
        width=8,
        why=why,
    )


def _rate(metric: str, by: str) -> str:
    return f"sum by ({by}) (rate({metric}{_OF_LINE}[$__rate_interval]))"


#: Fills that have a slippage.
_SAMPLED = f'desk_slippage_ratio_bucket{{{_CHOSEN}, le="+Inf"}}'


def _change(series: str) -> str:
    """Return by how much it went up or down: a sum that falls is no counter that began anew."""
    return f"sum by ({_LINE}) (delta({series}[$__rate_interval]))"


NOW = [
    stat(
        "How many orders are open?",
        f"sum(desk_orders_open{_OF_LINE})",
        unit="short",
        why="Orders that may still trade.",
    ),
    stat(
        "How many have no answer yet?",
        f"sum(desk_orders_unacked{_OF_LINE})",
        unit="short",
        why="For a moment each order is one of them; those that stay are the trouble: "
        "docs/execution.md",
    ),
    stat(
        "Was more executed than was ordered?",
        f"max(desk_filled_over_ordered_ratio{_OF_LINE})",
        unit="percentunit",
        colors=((None, "green"), (1.000001, "red")),
        why="The most that an order or a parent was executed today, over what was ordered. "
        "Above 100% a loop sends orders that nobody wanted.",
    ),
    stat(
        "How many refusals are in a row?",
        'max by (venue) (desk_order_rejects_in_a_row{venue=~"$venue"})',
        unit="short",
        legend="{{venue}}",
        why="Orders that a venue refused since it last took one.",
    ),
]

FLOW = [
    timeseries(
        "What becomes of orders?",
        _rate("desk_orders_total", "status"),
        unit="ops",
        legend="{{status}}",
        stacked=True,
        why="Orders that came to a status, each second.",
    ),
    timeseries(
        "Where are orders filled?",
        _rate("desk_fills_total", "strategy, venue"),
        unit="ops",
        legend="{{strategy}} {{venue}}",
        stacked=True,
        why="Executions each second.",
    ),
    timeseries(
        "Which orders wait for their answer, and for how long?",
        f"max by ({_LINE}) (desk_oldest_unacked_seconds{_OF_LINE})",
        unit="s",
        legend="{{account}} {{strategy}} {{venue}}",
        why="Age of the oldest open order without any answer; no line where none waits.",
    ),
    timeseries(
        "Why are orders refused?",
        counted("desk_order_rejects_total", "venue, reason", _OF_LINE, kept=True),
        unit="short",
        legend="{{venue}} {{reason}}",
        bars=True,
        stacked=True,
        interval=BAR,
        why="By reasons of a closed set: docs/execution.md",
    ),
]

RATIOS = [
    _ratio(
        "How much of what we order is executed?",
        "desk_fill_ratio",
        "Of orders that the venue took and that are over, each counting as one.",
    ),
    _ratio(
        "How many orders are refused?",
        "desk_reject_ratio",
        "Orders that the venue refused, over those that it answered.",
    ),
    _ratio(
        "How many orders do we cancel?",
        "desk_cancel_ratio",
        "Over those that the venue took and that are over.",
    ),
    timeseries(
        "How many orders are there to a trade?",
        f"max by ({_LINE}, basis) (desk_order_to_trade_ratio{_OF_LINE})",
        unit="none",
        legend="{{account}} {{strategy}} {{venue}} by {{basis}}",
        limits=[
            Ask(
                'max by (account, strategy) (desk_limit{limit="order_to_trade",'
                ' account=~"$account", strategy=~"$strategy|"})',
                "{{account}} {{strategy}} limit",
            )
        ],
        width=24,
        why="Orders over trades - 1 in the day (RTS 9), by number of messages and by volume: the "
        "highest of its symbols.",
    ),
]

COSTS = [
    timeseries(
        "What does execution cost against the mid?",
        f"{_change(f'desk_slippage_sum_ratio{_OF_LINE}')} / ({_change(_SAMPLED)} > 0)",
        unit="percentunit",
        legend="{{account}} {{strategy}} {{venue}}",
        why="Mean slippage: a fill's price against the mid when its order was sent. Above zero "
        "cost us.",
    ),
    timeseries(
        "Does the market move for us or against us after a fill?",
        f"avg by (strategy, horizon, period) (desk_markout_ratio{_OF_PERIOD})",
        unit="percentunit",
        legend="{{strategy}} after {{horizon}} {{period}}",
        why="Mean move of the mid after a fill, over its price: below zero, who traded with us "
        "knew more.",
    ),
    table(
        "Who trades well where?",
        Column(
            "fill ratio", f"max by ({_LINE}, period) (desk_fill_ratio{_OF_PERIOD})", "percentunit"
        ),
        Column(
            "reject ratio",
            f"max by ({_LINE}, period) (desk_reject_ratio{_OF_PERIOD})",
            "percentunit",
        ),
        Column(
            "cancel ratio",
            f"max by ({_LINE}, period) (desk_cancel_ratio{_OF_PERIOD})",
            "percentunit",
        ),
        Column("answered", f"max by ({_LINE}, period) (desk_orders_answered{_OF_PERIOD})", "short"),
        width=24,
        why="A ratio of few orders says little: see how many were answered.",
    ),
]

BOARD = Board(
    uid="deskwatch-execution",
    title="Execution Quality",
    question="Are orders answered and filled, and what does that cost?",
    variables=(ACCOUNT, STRATEGY, VENUE, _PERIOD),
    rows={"Now": NOW, "Orders and fills": FLOW, "Ratios": RATIOS, "Costs": COSTS},
)

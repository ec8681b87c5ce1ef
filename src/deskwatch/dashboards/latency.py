"""Latency Heatmaps: what is slow, where, and whether it is slower than usual."""

from deskwatch.dashboards.board import STRATEGY, VENUE, Board, Variable
from deskwatch.dashboards.expression import BAR, counted, spread
from deskwatch.dashboards.panel import Ask, Column, Panel, heatmap, stat, table, timeseries

_OPERATION = Variable("operation", "operation", ("desk_api_request_seconds_count",))
_STAGE = Variable("stage", "stage", ("desk_processing_seconds_count",))

_API = '{venue=~"$venue", operation=~"$operation"}'
_PROCESSING = '{stage=~"$stage"}'
_LEG = '{venue=~"$venue", strategy=~"$strategy"}'
_VENUE = '{venue=~"$venue"}'

_QUANTILES = 'window="5m", q=~"0.5|0.99"'
_TAIL = 'window="1h", q="0.999"'
_EXACT = (
    "Exact quantiles of the last five minutes, and the 0.999 of the last hour: a quantile is "
    "absent of too few, 0.99 of less than 100, 0.999 of less than 1000."
)


def _quantiles(question: str, operation: str, chosen: str, by: str, legend: str) -> Panel:
    def asked(which: str) -> str:
        return (
            f"max by ({by}, q) (desk_latency_quantile_seconds"
            f'{{operation="{operation}", {which}, {chosen}}})'
        )

    return timeseries(
        question,
        asked(_QUANTILES),
        unit="s",
        legend=f"{legend} p{{{{q}}}}",
        also=[Ask(asked(_TAIL), f"{legend} p{{{{q}}}}")],
        limits=[
            Ask(
                "max by (operation, severity) "
                f'(desk_latency_limit_seconds{{operation="{operation}"}})',
                "{{severity}} from here",
            )
        ],
        logarithmic=True,
        why=f"{_EXACT} The dashed lines are the limits on p0.99.",
    )


NOW = [
    stat(
        "How slow is the slowest venue's API?",
        "max by (venue) (desk_latency_quantile_seconds"
        '{operation="api_request", window="5m", q="0.99", venue=~"$venue"})',
        unit="s",
        legend="{{venue}}",
        width=8,
        why="The 0.99 quantile of the last five minutes, of each venue's slowest operation: "
        "docs/runbooks/ApiLatencyHigh.md",
    ),
    stat(
        "How long does an order wait for its acknowledgement?",
        "max by (venue) (desk_latency_quantile_seconds"
        '{operation="order_ack", window="5m", q="0.99", venue=~"$venue"})',
        unit="s",
        legend="{{venue}}",
        width=8,
        why="The 0.99 quantile of the last five minutes: docs/runbooks/OrderAckSlow.md",
    ),
    stat(
        "Which stage of our own takes longest?",
        "max by (stage) (desk_latency_quantile_seconds"
        '{operation="processing", window="1h", q="0.5", stage=~"$stage"})',
        unit="s",
        legend="{{stage}}",
        width=8,
        why="The median of the last hour in each stage of the platform.",
    ),
]

API = [
    heatmap(
        "How long do requests to venues take?",
        spread("desk_api_request_seconds", _API),
        why="From a request to its answer, all chosen venues and operations together: a second "
        "band is a second way, or a retry.",
    ),
    _quantiles(
        "Which venue and operation is slow?",
        "api_request",
        'venue=~"$venue", request=~"$operation"',
        "venue, request",
        "{{venue}} {{request}}",
    ),
    timeseries(
        "How slow was each operation before?",
        "max by (venue, operation) (venue_operation:desk_api_request_seconds:p99_5m"
        '{venue=~"$venue", operation=~"$operation"})',
        unit="s",
        legend="{{venue}} {{operation}}",
        logarithmic=True,
        why="The 0.99 quantile from the histogram's buckets, recorded by Prometheus: as coarse as "
        "the buckets, but kept as long as Prometheus keeps anything.",
    ),
    timeseries(
        "How slowly did each venue acknowledge before?",
        'max by (venue) (venue:desk_order_ack_seconds:p99_5m{venue=~"$venue"})',
        unit="s",
        legend="{{venue}}",
        logarithmic=True,
        why="Recorded by Prometheus: choose weeks, and see when a venue changed.",
    ),
    timeseries(
        "How many requests fail?",
        counted("desk_api_errors_total", "venue, status", _VENUE, kept=True),
        unit="short",
        legend="{{venue}} {{status}}",
        bars=True,
        stacked=True,
        interval=BAR,
        width=24,
        why="By what the venue answered: docs/runbooks/ApiErrorsHigh.md",
    ),
]

PROCESSING = [
    heatmap(
        "How long does our own processing take?",
        spread("desk_processing_seconds", _PROCESSING),
        why="Time in the chosen stages of the platform's own work.",
    ),
    timeseries(
        "Which stage is slow?",
        "max by (stage, q) (desk_latency_quantile_seconds"
        '{operation="processing", window="1h", q=~"0.5|0.9|0.99|0.999", '
        'stage=~"$stage"})',
        unit="s",
        legend="{{stage}} p{{q}}",
        logarithmic=True,
        why="Exact quantiles of the last hour; a quantile is absent of too few.",
    ),
    timeseries(
        "How slow was each stage before?",
        'max by (stage) (stage:desk_processing_seconds:p99_5m{stage=~"$stage"})',
        unit="s",
        legend="{{stage}}",
        logarithmic=True,
        width=24,
        why="Recorded by Prometheus: choose weeks, and see which release made a stage slower.",
    ),
    heatmap(
        "How long from a tick to the order that it led to?",
        spread("desk_tick_to_order_seconds", _LEG),
        why="The strategy's own time: what a venue has no part in.",
    ),
    _quantiles(
        "At which venue do orders come late after their tick?",
        "tick_to_order",
        'venue=~"$venue"',
        "venue",
        "{{venue}}",
    ),
]

ORDERS = [
    heatmap(
        "How long does a venue take to acknowledge an order?",
        spread("desk_order_ack_seconds", _LEG),
        why="From the order to its acknowledgement.",
    ),
    _quantiles(
        "Which venue acknowledges slowly?",
        "order_ack",
        'venue=~"$venue"',
        "venue",
        "{{venue}}",
    ),
    heatmap(
        "How long does a cancel take?",
        spread("desk_cancel_ack_seconds", _LEG),
        why="Until it is acknowledged, the order may still trade.",
    ),
    _quantiles(
        "Which venue cancels slowly?", "cancel_ack", 'venue=~"$venue"', "venue", "{{venue}}"
    ),
    heatmap(
        "How long does an order rest until it is filled?",
        spread("desk_ack_to_fill_seconds", _LEG),
        why="From the acknowledgement to the fill: the market's time more than the venue's.",
    ),
    heatmap(
        "How old is market data when it comes?",
        spread("desk_feed_delay_seconds", _VENUE),
        why="From the venue's stamp until we received it, on one clock: docs/latency.md",
    ),
]

NORMAL = [
    table(
        "What is slower than it usually is?",
        Column(
            "p99 of 5 minutes",
            "max by (operation, venue, request, stage) (desk_latency_quantile_seconds"
            '{window="5m", q="0.99", venue=~"$venue|"})',
            "s",
        ),
        Column(
            "usual p99",
            "max by (operation, venue, request, stage) (desk_latency_normal_seconds"
            '{q="0.99", venue=~"$venue|"})',
            "s",
        ),
        width=16,
        why="What is usual is the median over slices of ten minutes, of six hours; not known "
        "before enough of them have passed.",
    ),
    timeseries(
        "Which intervals could not be counted?",
        "sum by (operation, reason) (increase(desk_latency_refused_total[$__rate_interval]) "
        "and desk_latency_refused_total > 0)",
        unit="short",
        legend="{{operation}} {{reason}}",
        width=8,
        why="Negative, or taken across two clocks: they are refused, never clamped. "
        "docs/runbooks/IntervalsRefused.md",
    ),
]

BOARD = Board(
    uid="deskwatch-latency",
    title="Latency Heatmaps",
    question="What is slow, where, and is it slower than it usually is?",
    variables=(VENUE, _OPERATION, STRATEGY, _STAGE),
    rows={
        "Now": NOW,
        "API": API,
        "Processing": PROCESSING,
        "Orders and market data": ORDERS,
        "Against what is usual": NORMAL,
    },
)

"""Expressions over a desk's metrics: each function and operator that both Prometheus 2 and 3 have."""

EXPRESSIONS = [
    "desk_pnl_day",
    'desk_pnl_day{account="A1"} offset 1m',
    "desk_pnl_day offset -30s",
    'desk_pnl_day{account=~"A.", strategy!~"s2|x"}',
    *(
        f"{function}(desk_fills_total[2m])"
        for function in (
            "rate", "increase", "irate", "resets", "changes", "count_over_time", "sum_over_time",
            "avg_over_time", "last_over_time", "present_over_time",
        )
    ),
    *(
        f"{function}(desk_pnl_day[3m])"
        for function in (
            "delta", "idelta", "deriv", "min_over_time", "max_over_time", "stddev_over_time",
            "stdvar_over_time", "changes", "count_over_time",
        )
    ),
    "rate(desk_fills_total[7m] offset 1m)",
    "predict_linear(desk_pnl_day[5m], 600)",
    "quantile_over_time(0.9, desk_pnl_day[5m])",
    'absent_over_time(desk_nothing{account="A1"}[5m])',
    *(f"{name}(desk_pnl_day)" for name in ("sum", "avg", "min", "max", "count", "group")),
    # Of a single NaN the deviation is 0 in 2.42, NaN in 3 and here.
    "stddev(desk_fills_total)",
    "stdvar by (account) (desk_fills_total)",
    *(f"{name} by (account) (desk_pnl_day)" for name in ("sum", "avg", "min", "max", "count")),
    "sum without (strategy) (desk_pnl_day)",
    "quantile by (strategy) (0.3, desk_pnl_day)",
    'count_values by (account) ("level", desk_pnl_day)',
    "sum(topk(2, desk_fills_total))",
    "sum(bottomk by (account) (1, desk_fills_total))",
    *(f"{name}(desk_pnl_day)" for name in (
        "abs", "ceil", "floor", "exp", "ln", "log2", "log10", "sqrt", "sgn", "round", "sin", "cos", "tan",
        "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "deg", "rad",
    )),
    # The calendar of a NaN is whatever the processor makes of it there, and NaN here.
    *(f"{name}(desk_fills_total * 1e6)" for name in (
        "hour", "minute", "day_of_week", "day_of_month", "day_of_year", "days_in_month", "month", "year",
    )),
    "round(desk_pnl_day, 0.1)",
    "clamp(desk_pnl_day, -10, 10)",
    "clamp_min(desk_pnl_day, 0.5)",
    "clamp_max(desk_pnl_day, 0.5)",
    *(f"desk_pnl_day {operator} 0.95" for operator in ("+", "-", "*", "/", "%", "^", "==", "!=", ">", "<", ">=", "<=", "> bool")),
    *(f"3 {operator} desk_pnl_day" for operator in ("-", "/", "%", "^", ">", "<= bool")),
    "3 atan2 (desk_pnl_day + 0)",  # 2.42 would keep the name
    "desk_pnl_day / desk_fills_total",
    "desk_pnl_day > desk_fills_total",
    "desk_pnl_day == bool on (account, strategy) desk_fills_total",
    "desk_pnl_day / on (account) group_left sum by (account) (desk_fills_total)",
    "sum by (account) (desk_pnl_day) - ignoring (strategy) group_right desk_fills_total",
    "desk_pnl_day and desk_fills_total > 5",
    "desk_pnl_day > 0 or desk_fills_total",
    "desk_pnl_day unless on (account, strategy) desk_fills_total > 5",
    "-desk_pnl_day ^ 2",
    "absent(desk_nothing)",
    "absent(desk_pnl_day > 1e5)",
    "scalar(sum(desk_fills_total)) + vector(time())",
    "timestamp(desk_pnl_day)",
    "timestamp(desk_pnl_day + 1)",
    "hour() + minute()",
    'label_replace(desk_pnl_day, "who", "$1-$2", "account", "(.)(.*)")',
    'label_join(desk_pnl_day, "both", "/", "account", "strategy")',
    "histogram_quantile(0.9, desk_order_ack_seconds_bucket)",
    "histogram_quantile(0.5, sum by (le) (rate(desk_order_ack_seconds_bucket[5m])))",
    "max_over_time(rate(desk_fills_total[1m])[5m:30s])",
    "avg_over_time(sum(desk_pnl_day)[5m:15s] offset 1m)",
    "max_over_time(sum(desk_pnl_day)[2m:])",
    "increase(desk_fills_total[1h])",
]  # fmt: skip

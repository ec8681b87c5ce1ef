from collections.abc import Callable
from math import isnan
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from prometheus_client import parser as text_format
from prometheus_client.openmetrics import parser as openmetrics_format

from deskwatch.core.histogram import Histogram
from deskwatch.exposition.family import Family, HistogramFamily, MetricFamily
from deskwatch.exposition.registry import Registry


class Shown:
    """A collector of the families it is given, brought up to date by what a test hands it."""

    def __init__(self, *families: MetricFamily, collect: Callable[[], None] = lambda: None) -> None:
        self.families = families
        self.collect = collect


def registry_of(*families: MetricFamily) -> Registry:
    registry = Registry()
    registry.register(Shown(*families))
    return registry


def desk() -> Registry:
    """Return a desk's page with one family of each kind."""
    fills = Family("desk_fills_total", "Fills.", "counter", labels=("venue",))
    fills.replace({("binance",): 3})
    age = Family(
        "desk_mark_age_seconds",
        "Age of the mark.",
        "gauge",
        labels=("venue", "symbol"),
        unit="seconds",
    )
    age.replace({("binance", "BTCUSDT"): 0.25, ("nyse", 'say "hi"\\\n'): float("nan")})
    unpriced = Family("desk_unpriced_positions", "Positions without a mark.", "gauge")
    unpriced.replace({(): None})
    acks = HistogramFamily("desk_order_ack_seconds", "Ack.", unit="seconds", bounds=(0.005, 5.0))
    seen = Histogram((0.005, 5.0))
    seen.observe(0.5)
    acks.set((), seen)
    return registry_of(fills, age, unpriced, acks)


def own_part(total: str) -> str:
    return f"""\
# HELP deskwatch_series Series that count against their metric's cap.
# TYPE deskwatch_series gauge
deskwatch_series{{metric="deskwatch_series"}} 6.0
deskwatch_series{{metric="deskwatch_series_refused_total"}} 6.0
deskwatch_series{{metric="desk_fills_total"}} 1.0
deskwatch_series{{metric="desk_mark_age_seconds"}} 2.0
deskwatch_series{{metric="desk_unpriced_positions"}} 1.0
deskwatch_series{{metric="desk_order_ack_seconds"}} 5.0
# HELP deskwatch_series_refused{total} \
Times that a new series was left out because its metric was at its cap.
# TYPE deskwatch_series_refused{total} counter
deskwatch_series_refused_total{{metric="deskwatch_series"}} 0.0
deskwatch_series_refused_total{{metric="deskwatch_series_refused_total"}} 0.0
deskwatch_series_refused_total{{metric="desk_fills_total"}} 0.0
deskwatch_series_refused_total{{metric="desk_mark_age_seconds"}} 0.0
deskwatch_series_refused_total{{metric="desk_unpriced_positions"}} 0.0
deskwatch_series_refused_total{{metric="desk_order_ack_seconds"}} 0.0
"""


def test_the_page_in_text():
    assert desk().render(openmetrics=False).decode() == own_part("_total") + (
        "# HELP desk_fills_total Fills.\n"
        "# TYPE desk_fills_total counter\n"
        'desk_fills_total{venue="binance"} 3.0\n'
        "# HELP desk_mark_age_seconds Age of the mark.\n"
        "# TYPE desk_mark_age_seconds gauge\n"
        'desk_mark_age_seconds{venue="binance",symbol="BTCUSDT"} 0.25\n'
        'desk_mark_age_seconds{venue="nyse",symbol="say \\"hi\\"\\\\\\n"} NaN\n'
        "# HELP desk_order_ack_seconds Ack.\n"
        "# TYPE desk_order_ack_seconds histogram\n"
        'desk_order_ack_seconds_bucket{le="0.005"} 0.0\n'
        'desk_order_ack_seconds_bucket{le="5.0"} 1.0\n'
        'desk_order_ack_seconds_bucket{le="+Inf"} 1.0\n'
        "desk_order_ack_seconds_sum 0.5\n"
        "desk_order_ack_seconds_count 1.0\n"
    )


def test_the_page_in_openmetrics():
    assert desk().render(openmetrics=True).decode() == own_part("") + (
        "# HELP desk_fills Fills.\n"
        "# TYPE desk_fills counter\n"
        'desk_fills_total{venue="binance"} 3.0\n'
        "# HELP desk_mark_age_seconds Age of the mark.\n"
        "# TYPE desk_mark_age_seconds gauge\n"
        "# UNIT desk_mark_age_seconds seconds\n"
        'desk_mark_age_seconds{venue="binance",symbol="BTCUSDT"} 0.25\n'
        'desk_mark_age_seconds{venue="nyse",symbol="say \\"hi\\"\\\\\\n"} NaN\n'
        "# HELP desk_order_ack_seconds Ack.\n"
        "# TYPE desk_order_ack_seconds histogram\n"
        "# UNIT desk_order_ack_seconds seconds\n"
        'desk_order_ack_seconds_bucket{le="0.005"} 0.0\n'
        'desk_order_ack_seconds_bucket{le="5.0"} 1.0\n'
        'desk_order_ack_seconds_bucket{le="+Inf"} 1.0\n'
        "desk_order_ack_seconds_sum 0.5\n"
        "desk_order_ack_seconds_count 1.0\n"
        "# EOF\n"
    )


def test_what_is_over_the_cap_is_counted_under_its_metrics_name():
    family = Family("desk_equity", "Equity.", "gauge", labels=("account",), max_series=2)
    family.replace({("A1",): 1, ("A2",): 2, ("A3",): 3})
    page = registry_of(family).render(openmetrics=False)
    assert b'deskwatch_series_refused_total{metric="desk_equity"} 1.0\n' in page
    assert b'deskwatch_series{metric="desk_equity"} 2.0\n' in page
    assert page.count(b"\ndesk_equity{") == 2


def test_collectors_are_asked_at_each_scrape():
    fills = Family("desk_fills_total", "Fills.", "counter")
    booked = iter([1, 2])
    registry = Registry()
    registry.register(Shown(fills, collect=lambda: fills.replace({(): next(booked)})))
    assert b"\ndesk_fills_total 1.0\n" in registry.render(openmetrics=False)
    assert b"\ndesk_fills_total 2.0\n" in registry.render(openmetrics=True)


@pytest.mark.parametrize(
    "twin",
    [
        pytest.param(Family("desk_fills_total", "Fills.", "counter"), id="the same name"),
        pytest.param(Family("desk_fills", "Fills.", "gauge"), id="the same name in OpenMetrics"),
        pytest.param(Family("deskwatch_series", "Series.", "gauge"), id="the registry's own"),
    ],
)
def test_a_name_is_shown_once(twin):
    registry = registry_of(Family("desk_fills_total", "Fills.", "counter"))
    with pytest.raises(AssertionError, match="another metric has this name"):
        registry.register(Shown(twin))


label_value = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
# The hard ones: escapes, what looks like an escape, what looks like the format, line ends of others.
hard_value = st.text(st.sampled_from('\\n"{},= #\r\x00\x85\u2028\ufeff'), max_size=8)
figures = st.dictionaries(
    st.tuples(label_value | hard_value, hard_value), st.floats() | st.none(), max_size=300
)
amounts = st.dictionaries(st.tuples(hard_value), st.floats(min_value=0), max_size=5)
# Space at the end of a help text is not kept by the parser of text 0.0.4.
help_texts = hard_value.map("?{}!".format)
durations = st.lists(st.floats(min_value=0, max_value=20), max_size=10)


@pytest.mark.parametrize("openmetrics", [False, True])
@given(gauge=figures, counter=amounts, observed=durations, help_text=help_texts)
@example(gauge={("\\n", "\n"): 1.0}, counter={}, observed=[], help_text='?"\\n\n!')
def test_the_parsers_of_prometheus_client_read_back_what_was_set(
    openmetrics, gauge, counter, observed, help_text
):
    pnl = Family("desk_pnl", help_text, "gauge", labels=("account", "symbol"))
    pnl.replace(gauge)
    traded = Family("desk_traded_total", "Traded.", "counter", labels=("venue",))
    traded.replace(counter)
    acks = HistogramFamily("desk_ack_seconds", "Ack.", unit="seconds")
    histogram = Histogram()
    for seconds in observed:
        histogram.observe(seconds)
    acks.set((), histogram)

    read = parsed(
        registry_of(pnl, traded, acks).render(openmetrics=openmetrics), openmetrics=openmetrics
    )

    present = {labels: value for labels, value in gauge.items() if value is not None}
    assert same(values_of(read, "desk_pnl", ("account", "symbol")), present)
    assert same(values_of(read, "desk_traded_total", ("venue",)), counter)
    assert values_of(read, "desk_ack_seconds_sum", ()) == {(): histogram.sum}
    assert values_of(read, "desk_ack_seconds_count", ()) == {(): len(observed)}
    buckets = values_of(read, "desk_ack_seconds_bucket", ("le",))
    assert list(buckets.values()) == histogram.cumulative()
    assert [float(le) for (le,) in buckets] == [*histogram.bounds, float("inf")]
    if present:
        assert read["desk_pnl"].documentation == help_text


def parsed(page: bytes, *, openmetrics: bool) -> dict[str, Any]:
    parse: Any = (
        openmetrics_format.text_string_to_metric_families
        if openmetrics
        else text_format.text_string_to_metric_families
    )
    return {family.name: family for family in parse(page.decode())}


def values_of(
    read: dict[str, Any], sample: str, labels: tuple[str, ...]
) -> dict[tuple[str, ...], float]:
    return {
        tuple(found.labels[label] for label in labels): found.value
        for family in read.values()
        for found in family.samples
        if found.name == sample
    }


def same(found: dict[tuple[str, ...], float], expected: dict[tuple[str, ...], float]) -> bool:
    """Return whether both hold the same floats; NaN is the same as NaN."""
    return found.keys() == expected.keys() and all(
        found[key] == value or (isnan(found[key]) and isnan(value))
        for key, value in expected.items()
    )


def test_samples_are_what_a_scrape_would_show():
    family = Family("desk_limit", "A limit.", "gauge", labels=("a", "b"))
    family.set(("1", ""), 2.0)
    family.set(("2", "x"), None)
    histogram = HistogramFamily("desk_wait_seconds", "A wait.", unit="seconds", bounds=(1.0, 5.0))
    counted = Histogram((1.0, 5.0))
    counted.observe(2)
    histogram.set((), counted)
    registry = registry_of(family, histogram)
    assert list(registry.samples("desk_limit")) == [((("a", "1"),), 2.0)]
    assert list(registry.samples("desk_wait_seconds_bucket")) == [
        ((("le", "1.0"),), 0.0),
        ((("le", "5.0"),), 1.0),
        ((("le", "+Inf"),), 1.0),
    ]
    assert {"desk_limit", "desk_wait_seconds_sum"} <= set(registry.sample_names())
    assert list(registry.samples("desk_nothing")) == []

"""The page, read by the programs that it is for."""

import subprocess
from collections.abc import Mapping

import pytest

from deskwatch.core.histogram import Histogram
from deskwatch.exposition.family import Family, HistogramFamily
from deskwatch.exposition.monitor import MonitorCollector
from deskwatch.exposition.process import ProcessCollector
from deskwatch.exposition.registry import Registry
from deskwatch.exposition.text import TEXT_CONTENT_TYPE, negotiate
from tests.exposition.prometheus_server import Prometheus, eventually, scraping, serve
from tests.exposition.test_monitor import Figures
from tests.exposition.test_registry import Shown
from tests.programs import each

# What a producer may write into a label: line ends, escapes, and characters that end C strings.
HARD = ["", "\n", "\\", '"', "\\n", '"} 1', "\x00", "\r", "\x7f", "\x85", "\u2028", "\ufeff", "𝄞"]


def desk() -> Registry:
    """Return a page with every kind of metric and of value, beside the monitor's own."""
    pnl = Family("desk_pnl_net", "Net P&L.", "gauge", labels=("account", "currency"))
    pnl.replace(
        {
            ("A1", "USD"): -1234.56,
            ("A2", "USD"): float("nan"),
            ("A3", "USD"): float("inf"),
            ("A4", "USD"): None,
            **{(value, "hard"): float(number) for number, value in enumerate(HARD)},
        }
    )
    fills = Family("desk_fills_total", "Fills.", "counter", labels=("venue",))
    fills.replace({("binance",): 10**15})
    acks = HistogramFamily("desk_order_ack_seconds", "Ack.", labels=("venue",), unit="seconds")
    histogram = Histogram()
    for seconds in (0.0003, 0.04, 7.0):
        histogram.observe(seconds)
    acks.set(("binance",), histogram)
    registry = Registry()
    registry.register(Shown(pnl, fills, acks))
    registry.register(MonitorCollector(Figures(events={("oms", "fill"): 7}), compiled=False))
    registry.register(ProcessCollector())
    return registry


@pytest.mark.parametrize("promtool", each("PROMTOOL", "promtool"))
def test_promtool_finds_nothing_to_say(promtool):
    page = desk().render(openmetrics=False)
    checked = subprocess.run(
        [promtool, "check", "metrics"], input=page, capture_output=True, check=False
    )
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")


@pytest.mark.parametrize("openmetrics", [True, False], ids=["OpenMetrics", "text"])
@pytest.mark.parametrize("binary", each("PROMETHEUS_BIN", "prometheus"))
async def test_a_real_prometheus_scrapes_what_was_set(binary, openmetrics, tmp_path):
    registry = desk()
    asked_for: list[bool] = []

    def page(headers: Mapping[str, str]) -> tuple[bytes, Mapping[str, str]]:
        wanted, content_type = negotiate(headers["accept"])
        asked_for.append(wanted)
        if not openmetrics:
            wanted, content_type = False, TEXT_CONTENT_TYPE
        return registry.render(openmetrics=wanted), {"Content-Type": content_type}

    async with (
        serve(page) as address,
        scraping(binary, address, tmp_path, scrape_interval="1s") as prometheus,
    ):
        await eventually(lambda: two_scrapes(prometheus))
        target = await prometheus.target()
        assert (target["health"], target["lastError"]) == ("up", "")
        assert await only_value(prometheus, "up") == 1
        await assert_no_series_is_lost(prometheus, registry.render(openmetrics=False))
        await assert_values_are_right(prometheus)
    assert all(asked_for), "Prometheus asks for OpenMetrics"


async def two_scrapes(prometheus: Prometheus) -> bool:
    return await only_value(prometheus, "count_over_time(up[5m])") >= 2


async def assert_no_series_is_lost(prometheus: Prometheus, page: bytes) -> None:
    """Every line is a series of its own, added by the first scrape and found by the next."""
    lines = len([line for line in page.split(b"\n") if line and not line.startswith(b"#")])
    assert await only_value(prometheus, "scrape_samples_scraped") == lines
    assert await only_value(prometheus, "max_over_time(scrape_series_added[5m])") == lines
    assert await only_value(prometheus, "scrape_series_added") == 0


async def assert_values_are_right(prometheus: Prometheus) -> None:
    assert await by_label(prometheus, 'desk_pnl_net{currency="USD"}', "account") == {
        "A1": "-1234.56",
        "A2": "NaN",
        "A3": "+Inf",
    }
    assert await by_label(prometheus, 'desk_pnl_net{currency="hard"}', "account") == {
        value: str(number) for number, value in enumerate(HARD)
    }
    assert await only_value(prometheus, "desk_fills_total") == 10**15
    assert await only_value(prometheus, "desk_order_ack_seconds_count") == 3
    assert await only_value(prometheus, "desk_order_ack_seconds_sum") == 7.0403
    buckets = await by_label(prometheus, "desk_order_ack_seconds_bucket", "le")
    at_most = {float(le): int(count) for le, count in buckets.items()}
    assert (at_most[0.0002], at_most[0.0005], at_most[5.0], at_most[10.0]) == (0, 1, 2, 3)
    assert await only_value(prometheus, "deskwatch_events_total") == 7
    assert await only_value(prometheus, "process_resident_memory_bytes") > 1_000_000


async def by_label(prometheus: Prometheus, promql: str, label: str) -> Mapping[str, str]:
    """Return each series' value as Prometheus writes it; a label that is empty is no label there."""
    series = await prometheus.query(promql)
    return {found["metric"].get(label, ""): found["value"][1] for found in series}


async def only_value(prometheus: Prometheus, promql: str) -> float:
    """Return the value of the one series that a query finds; 0 while there is none."""
    series = await prometheus.query(promql)
    assert len(series) <= 1, series
    return float(series[0]["value"][1]) if series else 0.0

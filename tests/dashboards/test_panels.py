"""Every query of every panel finds something in a real Prometheus that watched a desk."""

import asyncio
import re
import shutil
import time
from functools import partial
from typing import Any

import pytest
import yaml

from deskwatch.core.quantile import fewest_samples
from tests.dashboards.boards import ROOT, Query, filled, queries
from tests.dashboards.day import MINUTES, backfilled, scrapes
from tests.exposition.prometheus_server import Prometheus, eventually, running
from tests.programs import each

#: What a healthy desk's first minutes have no series of, and why.
EMPTY = {
    "node_": "no node_exporter runs here",
    "alertmanager_": "no Alertmanager runs here",
    "desk_log_": "no Promtail runs here",
    "desk_latency_refused_total": "an interval is refused only when something is wrong",
    "desk_latency_normal_seconds": "what is usual takes an hour to learn",
    'desk_latency_limit_seconds{operation="tick_to_order"}': "no limit on it unless one is set",
    'desk_latency_limit_seconds{operation="cancel_ack"}': "no limit on it unless one is set",
    "desk_pnl_anomaly_score": "its history takes hours to learn",
    "account_strategy:desk_strategy_pnl_net:change1h": "it looks back an hour",
}

#: The last word on latency: absent of fewer than a thousand.
TAIL = 'q="0.999"'


def recorded() -> set[str]:
    """Return the names that rules record."""
    groups = yaml.safe_load((ROOT / "prometheus" / "recording.yml").read_text())["groups"]
    return {rule["record"] for group in groups for rule in group["rules"]}


@pytest.fixture(scope="module")
async def scraped(tmp_path_factory) -> str:
    return await scrapes(tmp_path_factory.mktemp("desk"))


@pytest.mark.parametrize("binary", each("PROMETHEUS_BIN", "prometheus"))
async def test_every_query_of_every_panel_returns_data(binary, scraped, tmp_path):
    await backfilled(tmp_path, scraped)
    rules = tmp_path / "recording.yml"
    await asyncio.to_thread(shutil.copy, ROOT / "prometheus" / "recording.yml", rules)
    config: dict[str, object] = {
        "global": {"evaluation_interval": "1s"},
        "rule_files": [str(rules)],
    }
    async with running(binary, config, tmp_path) as prometheus:
        for name in recorded() - EMPTY.keys():  # each group waits for its turn
            await eventually(partial(prometheus.query, name))
        asked = list(queries("prometheus"))
        found = [await points(prometheus, query) for query in asked]
        answered = list(zip(asked, found, strict=True))
        empty = [query for query, series in answered if not series]
        unknown = [query for query in empty if not excused(query)]
        assert [query for query in unknown if await knowable(prometheus, query)] == []
        assert [query for query, series in answered if not told_apart(query, series)] == []
    tails = {query for query in asked if TAIL in query.expr}
    assert tails - set(empty), "a quantile that needs a thousand is there where there are as many"
    assert len(asked) > 80


@pytest.mark.parametrize("binary", each("PROMETHEUS_BIN", "prometheus"))
async def test_an_engine_out_of_sight_has_no_figures_and_its_alert_is_seen(binary, tmp_path):
    """A 0 would be green."""
    rule = {"alert": "DeskwatchDown", "expr": "vector(1)", "labels": {"severity": "page"}}
    rules = tmp_path / "alerts.yml"
    await asyncio.to_thread(
        rules.write_text, yaml.safe_dump({"groups": [{"name": "a", "rules": [rule]}]})
    )
    config = {"global": {"evaluation_interval": "1s"}, "rule_files": [str(rules)]}
    async with running(binary, config, tmp_path) as prometheus:
        await eventually(partial(prometheus.query, "ALERTS"))
        for query in queries("prometheus"):
            if "ALERTS" not in query.expr and not query.expr.startswith("vector("):
                assert await prometheus.query(query.filled) == [], query
        shown = {query.panel: query.filled for query in queries("prometheus")}
        (pages,) = await prometheus.query(shown["How many pages fire?"])
        assert pages["value"][1] == "1"
        (fires,) = await prometheus.query(shown["What fires?"])
        assert fires["metric"] == {"name": "DeskwatchDown", "severity": "page", "state": "firing"}


async def points(prometheus: Prometheus, query: Query) -> list[dict[str, Any]]:
    """Return the series of the minutes that were watched, until now."""
    now = time.time()
    answer = await prometheus.get(
        "query_range",
        query=filled(query.expr, step_minutes=1),
        start=str(now - MINUTES * 60),
        end=str(now),
        step="15",
    )
    result: list[dict[str, Any]] = answer["result"]
    return result


def told_apart(query: Query, series: list[dict[str, Any]]) -> bool:
    """Return whether every series has a name, its own; those of tables need none."""
    names = [named(query.legend, one["metric"]) for one in series]
    return not query.legend or (all(names) and len(set(names)) == len(names))


def named(legend: str, labels: dict[str, str]) -> str:
    """Return what Grafana's backend calls a series: a label that it has not is empty."""
    return re.sub(r"\{\{(\w+)\}\}", lambda label: labels.get(label[1], ""), legend).strip()


async def knowable(prometheus: Prometheus, query: Query) -> bool:
    """Return whether what is asked can be known: not a 0.999 of what no venue did that often."""
    if TAIL not in query.expr:
        return True
    (operation,) = re.findall(r'operation="(\w+)"', query.expr)
    counted = await prometheus.query(f"max(sum by (venue) (desk_{operation}_seconds_count))")
    return any(float(one["value"][1]) >= fewest_samples(999) for one in counted)


def excused(query: Query) -> bool:
    return any(name in query.expr for name in EMPTY)


def test_what_may_be_empty_is_asked_for():
    """An excuse that nobody needs any more goes away."""
    exprs = [query.expr for query in queries("prometheus")]
    for name in EMPTY:
        assert any(name in expr for expr in exprs), name

"""Every query of every panel of logs finds something in what a collector makes of a desk's lines."""

import re
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from tests.dashboards.boards import Query, queries
from tests.exposition.prometheus_server import eventually
from tests.logs.desk import container, platform
from tests.logs.pipeline import Entry, selected
from tests.logs.test_native import loki, needs_loki

every_query = pytest.mark.parametrize(
    "query", list(queries("loki")), ids=lambda query: f"{query.board}: {query.panel}"
)


def entries() -> list[Entry]:
    """Return what becomes of a line and an error, of the platform and of a container."""
    said = ["INFO on", "ERROR no route"]
    return [*platform(*said), *container(*said, tag="grafana")]


@every_query
def test_a_panel_asks_for_labels_that_a_collector_gives(query):
    selectors = re.findall(r"\{[^}]*\}", query.expr)
    assert selectors
    for selector in selectors:
        assert any(selected(selector, entry) for entry in entries())


@needs_loki
async def test_every_query_returns_data_from_a_real_loki(tmp_path):
    with loki(tmp_path) as url:
        async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
            await eventually(lambda: taken(client), deadline_s=60.0)
            for query in queries("loki"):
                assert await eventually(lambda query=query: found(client, query), 60.0), query.panel


async def taken(client: httpx.AsyncClient) -> bool:
    """Send the entries as a collector does; say whether Loki, once it is up, has taken them."""
    now = f"{datetime.now(UTC).timestamp():.0f}000000000"
    streams = [{"stream": one.labels, "values": [[now, one.line]]} for one in entries()]
    try:
        answer = await client.post("/loki/api/v1/push", json={"streams": streams})
    except httpx.TransportError:
        return False
    return answer.status_code == httpx.codes.NO_CONTENT


async def found(client: httpx.AsyncClient, query: Query) -> list[Any]:
    """Return what a query finds: nothing where Loki, just up, lets the first of them wait."""
    asked = {"query": query.filled, "since": "1h"}
    try:
        answer = await client.get("/loki/api/v1/query_range", params=asked)
    except httpx.ReadTimeout:
        return []
    series: list[Any] = answer.raise_for_status().json()["data"]["result"]
    return series

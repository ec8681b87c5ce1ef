"""A real Prometheus scrapes a running deskwatch that has a desk to show."""

from collections.abc import AsyncIterator

import anyio
import msgspec
import pytest

from deskwatch.core.codec import decode
from deskwatch.demo.simulate import events
from deskwatch.web.answers.figures import PositionRow, PositionsAnswer
from tests.core.blotter import HOUR, TEN
from tests.exposition.prometheus_server import Prometheus, eventually, scraping
from tests.programs import each
from tests.serving import Served, serving

LINE = ("account", "strategy", "venue", "symbol")


@pytest.fixture(scope="module")
async def served(tmp_path_factory) -> AsyncIterator[Served]:
    """A deskwatch that watched a simulated desk for a while; its clock stands still."""
    async with serving(tmp_path_factory.mktemp("served")) as served:
        for number in range(20):
            lines = list(events(7, (number + 1) * 500, start_ns=TEN))[number * 500 :]
            block = b"".join(lines)
            times = [each.event_time for each in decode(block).events]
            served.clock.now = max(time for time in times if time < TEN + 12 * HOUR)
            assert (await served.post(block)).status_code == 200
        yield served


@pytest.mark.parametrize("promtool", each("PROMTOOL", "promtool"))
async def test_promtool_finds_nothing_to_say_of_a_desk(served, promtool):
    page = (await served.client.get("/metrics", headers={"Accept": "text/plain"})).content
    assert page.count(b"\n") > 200
    checked = await anyio.run_process([promtool, "check", "metrics"], input=page, check=False)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")


@pytest.mark.parametrize("binary", each("PROMETHEUS_BIN", "prometheus"))
async def test_a_real_prometheus_has_the_figures_of_the_api(served, binary, tmp_path):
    address = f"{served.client.base_url.host}:{served.client.base_url.port}"
    async with scraping(binary, address, tmp_path, scrape_interval="1s") as prometheus:
        await eventually(lambda: two_scrapes(prometheus))
        target = await prometheus.target()
        assert (target["health"], target["lastError"]) == ("up", "")
        assert await values(prometheus, "up") == {(): 1}
        await eventually(lambda: has_every_sample(prometheus, served))
        answer = msgspec.convert(await served.get("positions"), PositionsAnswer)
        await assert_lines_are_those(prometheus, answer.positions)
        pnl = await served.get("pnl")
        for name, what in (("strategy", "strategies"), ("account", "accounts")):
            labels = ("account", "strategy")[: 2 if name == "strategy" else 1]
            for figure in ("realized", "unrealized", "fees", "funding", "net", "hour", "day"):
                shown = await values(prometheus, f"desk_{name}_pnl_{figure}", *labels)
                assert shown == {
                    tuple(row[label] for label in labels): float(row[figure]) for row in pnl[what]
                }
        assert await values(prometheus, "desk_equity", "account") == {
            (row["account"],): float(row["equity"]) for row in pnl["accounts"]
        }


async def assert_lines_are_those(prometheus: Prometheus, positions: list[PositionRow]) -> None:
    """Compare each position whose money is all of one currency: those have one series of each."""
    shown = await values(prometheus, "desk_pnl_net", *LINE, "currency")
    compared = 0
    for row in positions:
        if {*row.fees, *row.funding} <= {row.currency}:
            assert row.net is not None
            assert shown[*line_of(row), row.currency] == float(row.net)
            compared += 1
    assert compared > 5
    held = await values(prometheus, "desk_position_quantity", *LINE)
    assert held == {line_of(row): float(row.quantity) for row in positions}


def line_of(row: PositionRow) -> tuple[str, ...]:
    return row.account, row.strategy, row.venue, row.symbol


async def two_scrapes(prometheus: Prometheus) -> bool:
    return (await values(prometheus, "count_over_time(up[5m])")).get((), 0) >= 2


async def has_every_sample(prometheus: Prometheus, served: Served) -> bool:
    """Tell whether the last scrape has as many as the page; one may have begun only since then."""
    scraped = await values(prometheus, "scrape_samples_scraped")
    return scraped == {(): len(await served.metrics())}


async def values(prometheus: Prometheus, promql: str, *labels: str) -> dict[tuple[str, ...], float]:
    """Return the value of each series that a query finds, by the values of its labels."""
    return {
        tuple(found["metric"][label] for label in labels): float(found["value"][1])
        for found in await prometheus.query(promql)
    }

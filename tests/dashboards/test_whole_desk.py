"""What a board says of the whole desk is what the page says of it."""

from decimal import Decimal
from functools import partial

import pytest
from msgspec import structs

from deskwatch.core import event
from deskwatch.core.period import SECOND
from deskwatch.web.page import figure_text
from deskwatch.web.page.key_figures import key_figures
from tests.core.blotter import EQUITY, FUTURE, TEN
from tests.dashboards.boards import queries
from tests.engine.rig import block, fill, mark
from tests.exposition.prometheus_server import Prometheus, eventually, scraping
from tests.programs import each
from tests.serving import Served, serving

TODAY = "What has the desk made today?"
OTHER = structs.replace(
    fill(2, TEN, price="5000", quantity="1"), account="A2", venue=FUTURE.venue, symbol=FUTURE.symbol
)


@pytest.mark.parametrize("binary", each("PROMETHEUS_BIN", "prometheus"))
async def test_a_desk_of_which_an_account_has_no_price_has_no_sum(binary, tmp_path):
    """A sum of the others would pass for the desk's."""
    priced = event.Mark(event_time=TEN, venue=FUTURE.venue, symbol=FUTURE.symbol, price="4990")
    async with serving(tmp_path) as served:
        await served.post(block(EQUITY, FUTURE, fill(1, TEN, fee=None), OTHER, mark(TEN, "107")))
        address = f"{served.client.base_url.host}:{served.client.base_url.port}"
        folder = tmp_path / "prometheus"
        folder.mkdir()
        async with scraping(binary, address, folder, scrape_interval="1s") as prometheus:
            await eventually(partial(prometheus.query, "desk_account_pnl_day"))
            assert await prometheus.query(asked(TODAY)) == []
            assert page_says(served) is None
            served.clock.forward(SECOND)
            await served.post(block(priced))
            assert await eventually(partial(of_the_desk, prometheus)) == page_says(served)


@pytest.mark.parametrize("binary", each("PROMETHEUS_BIN", "prometheus"))
async def test_a_simulated_account_is_in_no_sum_unless_it_alone_is_chosen(binary, tmp_path):
    """Nor does it keep the desk's from being known."""
    drill = structs.replace(OTHER, account="drill")
    priced = event.Mark(event_time=TEN, venue=FUTURE.venue, symbol=FUTURE.symbol, price="4990")
    async with serving(tmp_path, "[accounts.drill]\nsimulated = true\n") as served:
        await served.post(block(EQUITY, FUTURE, fill(1, TEN, fee=None), drill, mark(TEN, "107")))
        address = f"{served.client.base_url.host}:{served.client.base_url.port}"
        folder = tmp_path / "prometheus"
        folder.mkdir()
        async with scraping(binary, address, folder, scrape_interval="1s") as prometheus:
            assert await eventually(partial(of_the_desk, prometheus)) == page_says(served)
            served.clock.forward(SECOND)
            await served.post(block(priced))
            await eventually(partial(prometheus.query, 'desk_account_pnl_day{account="drill"}'))
            assert await of_the_desk(prometheus) == page_says(served) == ("+$70.00",)
            alone = asked(TODAY).replace('account=~".*"', 'account="drill"')
            (found,) = await prometheus.query(alone)
    assert Decimal(found["value"][1]) == Decimal("-500.5")


async def of_the_desk(prometheus: Prometheus) -> tuple[str, ...]:
    """Return what the board says, as the page writes it."""
    found = await prometheus.query(asked(TODAY))
    return tuple(
        figure_text.gain(Decimal(one["value"][1]), one["metric"]["currency"]) for one in found
    )


def asked(panel: str) -> str:
    (query,) = [one.filled for one in queries("prometheus") if one.panel == panel]
    return query


def page_says(served: Served) -> str | tuple[str, ...] | None:
    figures = {one.label: one.value for one in key_figures(served.app._desk)}
    return figures["P&L today"]

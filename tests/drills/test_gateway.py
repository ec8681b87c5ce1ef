"""What a platform's gateway is asked."""

import httpx
import pytest

from deskwatch.drills.gateway import HttpGateway

pytestmark = pytest.mark.anyio


async def test_an_order_or_account_is_one_part_of_the_path_whatever_its_name():
    asked: list[bytes] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.raw_path)
        return httpx.Response(200, json={"state": "closed"})

    http = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    gateway = HttpGateway(http, "http://platform", None)
    await gateway.cancel("fund/1", "A/17?x#1 2")
    await gateway.breaker("fund/1")
    await gateway.reset("fund?1", "drill")
    assert asked == [
        b"/v1/drill/orders/A%2F17%3Fx%231%202/cancel",
        b"/v1/drill/breakers/fund%2F1",
        b"/v1/drill/breakers/fund%3F1/reset",
    ]

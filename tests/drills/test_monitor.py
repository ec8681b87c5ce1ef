"""deskwatch's answers, as a drill reads them."""

import httpx
import msgspec
import pytest

from deskwatch.core.period import SECOND
from deskwatch.drills.monitor import Firing, HttpMonitor
from deskwatch.drills.verdict import Unavailable

pytestmark = pytest.mark.anyio

FIRED = 1_000 * SECOND


def monitor(answers: dict[str, object], status: int = 200) -> HttpMonitor:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.headers["Authorization"] == "Bearer t0ken"
        found = answers[request.url.path]
        content = found if isinstance(found, bytes) else msgspec.json.encode(found)
        return httpx.Response(status, content=content)

    http = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    return HttpMonitor(http, "http://desk/", "t0ken")


def episode(account: str, at: int, notify_time: int | None) -> dict[str, object]:
    labels = {"alertname": "CircuitBreakerOpen", "account": account}
    return {"labels": labels, "alert_time": at, "notify_time": notify_time}


@pytest.mark.parametrize(
    ("found", "told"),
    [
        pytest.param(episode("drill", FIRED, FIRED + 1), True, id="told"),
        pytest.param(episode("drill", FIRED - 999_999, FIRED + 1), True, id="through Alertmanager"),
        pytest.param(episode("drill", FIRED, None), False, id="waiting in the outbox"),
        pytest.param(episode("drill", FIRED - 900 * SECOND, FIRED), False, id="another run's"),
        pytest.param(episode("A1", FIRED, FIRED + 1), False, id="another account's"),
    ],
)
async def test_a_message_is_this_alerts_own(found, told):
    firing = Firing("CircuitBreakerOpen", "drill", FIRED)
    before = episode("drill", FIRED - 3600 * SECOND, FIRED - 3599 * SECOND)
    asked = monitor({"/api/v1/alerts/history": {"episodes": [before, found], "deeds": []}})
    assert await asked.told(firing) is told


async def test_a_message_is_found_among_hundreds_of_a_real_breach():
    def answer(request: httpx.Request) -> httpx.Response:
        limit = int(request.url.params.get("limit", "100"))
        others = [episode("A1", FIRED + SECOND, FIRED + 2 * SECOND)] * 500
        newest_first = [*others, episode("drill", FIRED, FIRED + 1)][:limit]
        return httpx.Response(200, json={"episodes": newest_first, "deeds": []})

    http = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    asked = HttpMonitor(http, "http://desk/", "t0ken")
    assert await asked.told(Firing("CircuitBreakerOpen", "drill", FIRED))


async def test_breakers_are_counted_as_a_scrape_shows_them():
    line = 'desk_circuit_breaker_state{breaker="b\\"",account="%s",strategy="",state="%s"} %s'
    lines = [
        ("drill", "open", "1.0"),
        ("drill", "open", "0.0"),
        ("drill", "closed", "0.0"),
        ("A1", "open", "1.0"),
    ]
    text = "\n".join(["# TYPE x gauge", *(line % one for one in lines)])
    assert await monitor({"/metrics": text.encode()}).open_breakers("drill") == 1


async def test_an_alert_counts_once_it_fires():
    row = {"name": "X", "state": "pending", "labels": {"account": "drill"}, "fired_at": None}
    assert await monitor({"/api/v1/alerts": {"alerts": [row]}}).firing("X", "drill") is None
    fires = row | {"state": "firing", "fired_at": FIRED}
    firing = await monitor({"/api/v1/alerts": {"alerts": [fires]}}).firing("X", "drill")
    assert firing == Firing("X", "drill", FIRED)


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (401, b"", "unauthorized"),
        (503, b"", "deskwatch_unavailable"),
        (200, b"<html>", "deskwatch_unavailable"),
    ],
)
async def test_no_answer_has_its_reason(status, body, reason):
    with pytest.raises(Unavailable, match=f"^{reason}: "):
        await monitor({"/api/v1/drills": body}, status).last_run("breaker")

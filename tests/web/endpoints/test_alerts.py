"""The addresses of alerts: what is shown, what is taken, and what is refused."""

import json
from collections.abc import Mapping

import httpx
import msgspec
import pytest

from deskwatch.web.answers.alerts import (
    AcknowledgeAnswer,
    AlertHistoryAnswer,
    AlertsAnswer,
    NewMatcher,
    ReloadAnswer,
    SilenceRow,
    SilencesAnswer,
)
from deskwatch.web.routes import create_app
from deskwatch.web.settings import WebSettings
from tests.web.fake import NOW, FakeDesk, ask
from tests.web.fake_alerts import ALERTS, HISTORY, SILENCE, FakeAlertDesk

WATCHDOG = b'{"version":"4","alerts":[{"status":"firing","labels":{"alertname":"Watchdog"}}]}'
WANTED = {
    "matchers": [{"name": "account", "op": "=~", "value": "A.*"}],
    "duration_s": 3600,
    "author": "ada",
    "reason": "known",
}
ROUTES = [
    ("GET", "/api/v1/alerts", None),
    ("GET", "/api/v1/alerts/history", None),
    ("GET", "/api/v1/silences", None),
    ("POST", "/api/v1/silences", WANTED),
    ("DELETE", "/api/v1/silences/7", None),
    ("POST", "/api/v1/alerts/acknowledge", {"fingerprints": ["00"], "author": "ada"}),
    ("POST", "/-/reload", None),
    ("POST", "/v1/alertmanager", json.loads(WATCHDOG)),
    ("POST", "/v1/alertmanager-watchdog", json.loads(WATCHDOG)),
]
CHANGING = [route for route in ROUTES if route[0] != "GET"]


@pytest.fixture
def alerts() -> FakeAlertDesk:
    return FakeAlertDesk()


async def call(
    alerts: FakeAlertDesk | None,
    method: str,
    path: str,
    body: object = None,
    headers: Mapping[str, str] | None = None,
    settings: WebSettings | None = None,
) -> httpx.Response:
    app = create_app(FakeDesk(), settings or WebSettings(), alerts)
    content = body if isinstance(body, bytes) else None if body is None else json.dumps(body)
    async with ask(app) as client:
        return await client.request(method, path, content=content, headers=headers)


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/api/v1/alerts", ALERTS),
        ("/api/v1/alerts/history", HISTORY),
        ("/api/v1/silences", SilencesAnswer(NOW, [SILENCE])),
    ],
)
async def test_alerts_come_as_json(
    alerts: FakeAlertDesk, path: str, answer: msgspec.Struct
) -> None:
    got = await call(alerts, "GET", path)
    assert (got.status_code, got.headers["content-type"]) == (200, "application/json")
    assert msgspec.json.decode(got.content, type=type(answer)) == answer


@pytest.mark.parametrize(("method", "path", "body"), ROUTES)
async def test_without_rules_each_says_so(method: str, path: str, body: object) -> None:
    answer = await call(None, method, path, body)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert answer.json()["error"]["detail"] == "alerting is not running"


@pytest.mark.parametrize(("method", "path", "body"), ROUTES)
async def test_all_of_it_needs_the_token(
    alerts: FakeAlertDesk, method: str, path: str, body: object
) -> None:
    guarded = WebSettings(token="s3cret")
    assert (await call(alerts, method, path, body, settings=guarded)).status_code == 401
    carried = {"Authorization": "Bearer s3cret"}
    assert (await call(alerts, method, path, body, carried, guarded)).is_success


@pytest.mark.parametrize(("method", "path", "body"), CHANGING)
async def test_another_sites_page_can_change_nothing(
    alerts: FakeAlertDesk, method: str, path: str, body: object
) -> None:
    answer = await call(alerts, method, path, body, {"Origin": "http://evil.example"})
    assert (answer.status_code, answer.json()["error"]["reason"]) == (403, "unauthorized")
    assert [*alerts.silenced, *alerts.expired, *alerts.acknowledged, *alerts.bodies] == []


@pytest.mark.parametrize(("query", "limit"), [("", 100), ("?limit=1", 1), ("?limit=1000", 1000)])
async def test_history_is_as_long_as_was_asked(
    alerts: FakeAlertDesk, query: str, limit: int
) -> None:
    assert (await call(alerts, "GET", f"/api/v1/alerts/history{query}")).status_code == 200
    assert alerts.asked_limit == limit


@pytest.mark.parametrize("limit", ["0", "1001", "-1", "x", "", "٣", "9" * 5000])
async def test_a_limit_that_is_none_is_refused(alerts: FakeAlertDesk, limit: str) -> None:
    answer = await call(alerts, "GET", f"/api/v1/alerts/history?limit={limit}")
    assert (answer.status_code, answer.json()["error"]["reason"]) == (400, "bad_parameter")
    assert len(answer.text) < 300


async def test_a_silence_is_made(alerts: FakeAlertDesk) -> None:
    answer = await call(alerts, "POST", "/api/v1/silences", WANTED)
    assert answer.status_code == 201
    assert msgspec.json.decode(answer.content, type=SilenceRow) == SILENCE
    (wanted,) = alerts.silenced
    assert wanted.matchers == [NewMatcher("account", "=~", "A.*")]
    assert (wanted.duration_s, wanted.author, wanted.reason) == (3600, "ada", "known")


@pytest.mark.parametrize(
    "change",
    [
        {"matchers": []},
        {"matchers": [{"name": "account", "op": "~", "value": "x"}]},
        {"matchers": [{"name": "", "op": "=", "value": "x"}]},
        {"matchers": [{"name": "a", "op": "=", "value": "x"}] * 33},
        {"matchers": [{"name": "a", "op": "=", "value": "x" * 1025}]},
        {"duration_s": 0},
        {"duration_s": -1},
        {"duration_s": 31 * 86_400},
        {"duration_s": "1h"},
        {"author": "x" * 65},
        {"reason": "x" * 501},
        {"until": NOW},
    ],
    ids=str,
)
async def test_a_silence_that_is_none_is_refused(
    alerts: FakeAlertDesk, change: dict[str, object]
) -> None:
    answer = await call(alerts, "POST", "/api/v1/silences", WANTED | change)
    assert (answer.status_code, answer.json()["error"]["reason"]) == (400, "bad_request")
    assert alerts.silenced == []
    assert len(answer.text) < 600


@pytest.mark.parametrize("path", ["/api/v1/silences", "/api/v1/alerts/acknowledge"])
@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"7", b"\xff", b"[" * 100_000, b'{"author":"\xff"}']
)
async def test_a_body_that_is_none_is_refused(
    alerts: FakeAlertDesk, path: str, body: bytes
) -> None:
    answer = await call(alerts, "POST", path, body)
    assert (answer.status_code, answer.json()["error"]["reason"]) == (400, "bad_request")


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/silences",
        "/api/v1/alerts/acknowledge",
        "/v1/alertmanager",
        "/v1/alertmanager-watchdog",
    ],
)
async def test_a_body_is_bounded(alerts: FakeAlertDesk, path: str) -> None:
    answer = await call(alerts, "POST", path, b" " * ((1 << 20) + 1))
    assert (answer.status_code, answer.json()["error"]["reason"]) == (413, "body_too_large")


async def test_a_bound_on_events_is_none_on_what_alertmanager_posts(alerts: FakeAlertDesk) -> None:
    settings = WebSettings(max_body_bytes=1024, max_line_bytes=1024)
    body = WATCHDOG + b" " * 4096
    answer = await call(alerts, "POST", "/v1/alertmanager", body, settings=settings)
    assert (answer.status_code, alerts.bodies) == (200, [body])


async def test_a_silence_too_many_says_why(alerts: FakeAlertDesk) -> None:
    alerts.full = "there are 1000 silences already"
    answer = await call(alerts, "POST", "/api/v1/silences", WANTED)
    assert (answer.status_code, answer.json()["error"]["reason"]) == (409, "cannot_silence")
    assert answer.json()["error"]["detail"] == alerts.full


async def test_a_silence_is_ended(alerts: FakeAlertDesk) -> None:
    assert (await call(alerts, "DELETE", "/api/v1/silences/7?author=ada")).status_code == 200
    assert (await call(alerts, "DELETE", "/api/v1/silences/7")).json() == {"ok": True}
    assert alerts.expired == [("7", "ada"), ("7", "local")]


@pytest.mark.parametrize(
    ("path", "status", "reason"),
    [
        ("/api/v1/silences/8", 404, "not_found"),
        ("/api/v1/silences/", 404, "not_found"),
        ("/api/v1/silences/7/8", 404, "not_found"),
        (f"/api/v1/silences/7?author={'x' * 65}", 400, "bad_parameter"),
        ("/api/v1/silences/7?who=ada", 400, "bad_parameter"),
        ("/api/v1/silences", 405, "method_not_allowed"),
    ],
)
async def test_ending_no_silence(
    alerts: FakeAlertDesk, path: str, status: int, reason: str
) -> None:
    answer = await call(alerts, "DELETE", path)
    assert (answer.status_code, answer.json()["error"]["reason"]) == (status, reason)


async def test_silences_that_can_not_be_asked_for_say_why(alerts: FakeAlertDesk) -> None:
    alerts.away = "Alertmanager: ConnectError"
    for method, path in (("GET", "/api/v1/silences"), ("DELETE", "/api/v1/silences/7")):
        answer = await call(alerts, method, path)
        assert answer.status_code == 503
        assert answer.json()["error"]["detail"] == alerts.away


async def test_what_was_seen_is_acknowledged(alerts: FakeAlertDesk) -> None:
    body = {"fingerprints": ["00112233aabbccdd"], "group_keys": ["gone"], "author": "ada"}
    answer = await call(alerts, "POST", "/api/v1/alerts/acknowledge", body)
    assert msgspec.json.decode(answer.content, type=AcknowledgeAnswer) == AcknowledgeAnswer(
        ["p00112233aabbccdd"], ["gone"]
    )
    (wanted,) = alerts.acknowledged
    assert (wanted.fingerprints, wanted.group_keys) == (["00112233aabbccdd"], ["gone"])


@pytest.mark.parametrize(
    "body",
    [
        {"author": "ada"},
        {"author": "ada", "fingerprints": []},
        {"author": "ada", "fingerprints": "00"},
        {"author": "ada", "fingerprints": ["0"] * 101},
    ],
)
async def test_acknowledging_nothing_is_refused(
    alerts: FakeAlertDesk, body: dict[str, object]
) -> None:
    answer = await call(alerts, "POST", "/api/v1/alerts/acknowledge", body)
    assert (answer.status_code, answer.json()["error"]["reason"]) == (400, "bad_request")
    assert alerts.acknowledged == []


async def test_rules_are_read_anew(alerts: FakeAlertDesk) -> None:
    answer = await call(alerts, "POST", "/-/reload")
    assert (answer.status_code, answer.json()) == (200, {"ok": True})
    alerts.broken_rules = "alerts.yml:7: found x; expected y"
    answer = await call(alerts, "POST", "/-/reload")
    assert answer.status_code == 422
    assert answer.json() == {"ok": False, "error": alerts.broken_rules}
    assert msgspec.json.decode(answer.content, type=ReloadAnswer).error == alerts.broken_rules


async def test_rules_are_not_read_anew_by_looking(alerts: FakeAlertDesk) -> None:
    assert (await call(alerts, "GET", "/-/reload")).status_code == 405


async def test_the_watchdog_is_handed_on(alerts: FakeAlertDesk) -> None:
    assert (await call(alerts, "POST", "/v1/alertmanager-watchdog", WATCHDOG)).status_code == 200
    assert alerts.bodies == [WATCHDOG]
    answer = await call(alerts, "POST", "/v1/alertmanager-watchdog", b"bark")
    assert (answer.status_code, answer.json()["error"]["reason"]) == (400, "bad_request")


async def test_what_alertmanager_posts_is_taken_refused_or_asked_for_again(
    alerts: FakeAlertDesk,
) -> None:
    assert (await call(alerts, "POST", "/v1/alertmanager", WATCHDOG)).status_code == 200
    assert alerts.bodies == [WATCHDOG]
    answer = await call(alerts, "POST", "/v1/alertmanager", b"bark")
    assert (answer.status_code, answer.json()["error"]["detail"]) == (400, "no webhook")
    alerts.away = "the disk is full"
    answer = await call(alerts, "POST", "/v1/alertmanager", WATCHDOG)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")


async def test_silences_name_their_methods() -> None:
    answer = await call(None, "OPTIONS", "/api/v1/silences")
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD", "POST"}


async def test_every_answer_can_be_described_by_a_schema() -> None:
    answers = [AlertsAnswer, AlertHistoryAnswer, SilencesAnswer, AcknowledgeAnswer, ReloadAnswer]
    _, components = msgspec.json.schema_components(answers, ref_template="#/{name}")
    assert {"AlertRow", "EpisodeRow", "SilenceRow", "ChannelStatus"} <= components.keys()

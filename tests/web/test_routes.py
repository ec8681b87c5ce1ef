import msgspec
import pytest

from deskwatch.core.pnl_row import Period
from deskwatch.web.answers.figures import (
    ErrorAnswer,
    HistoryAnswer,
    PnlAnswer,
    PositionsAnswer,
    StatusAnswer,
)
from deskwatch.web.answers.risk import ExposureAnswer, LimitsAnswer
from deskwatch.web.desks.figures import HistoryQuery
from deskwatch.web.routes import create_app
from deskwatch.web.settings import WebSettings
from tests.web.fake import (
    ACCOUNT,
    DAY,
    HOUR,
    NOW,
    POSITION,
    STATUS,
    STRATEGY,
    FakeDesk,
    ask,
    history_row,
)
from tests.web.fake_alerts import FakeAlertDesk


async def get(desk: FakeDesk, path: str, **headers: str):
    app = create_app(desk, WebSettings(max_rows=3), FakeAlertDesk(), clock=lambda: NOW)
    async with ask(app) as client:
        return await client.get(path, headers=headers)


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/api/v1/status", STATUS),
        ("/api/v1/positions", PositionsAnswer(NOW, [POSITION])),
        ("/api/v1/pnl", PnlAnswer(NOW, NOW - HOUR, NOW - DAY, [STRATEGY], [ACCOUNT])),
        ("/api/v1/pnl/hourly", HistoryAnswer([history_row(NOW - HOUR)])),
        ("/api/v1/pnl/daily", HistoryAnswer([history_row(NOW - HOUR)])),
    ],
)
async def test_figures_come_as_json(desk: FakeDesk, path: str, answer: msgspec.Struct) -> None:
    got = await get(desk, path)
    assert (got.status_code, got.headers["content-type"]) == (200, "application/json")
    assert msgspec.json.decode(got.content, type=type(answer)) == answer


async def test_what_cannot_be_known_is_null_and_says_why(desk: FakeDesk) -> None:
    (row,) = (await get(desk, "/api/v1/positions")).json()["positions"]
    assert (row["net"], row["unrealized"], row["unpriced"]) == (None, None, "no_mark")
    assert row["quantity"] == "-10"


@pytest.mark.parametrize(("path", "period"), [("hourly", "hour"), ("daily", "day")])
async def test_history_asks_for_its_range(desk: FakeDesk, path: str, period: Period) -> None:
    query = "from=2026-09-01T00:00:00Z&to=2026-09-02T00:00:00Z&account=A1&strategy=pairs"
    await get(desk, f"/api/v1/pnl/{path}?{query}")
    start = 1_788_220_800_000_000_000
    assert desk.asked == [(HistoryQuery(period, start, start + DAY, "A1", "pairs"), 4)]


async def test_history_is_whole_or_refused(desk: FakeDesk) -> None:
    desk.rows = [history_row(NOW - n * HOUR) for n in (3, 2, 1)]
    assert len((await get(desk, "/api/v1/pnl/hourly")).json()["rows"]) == 3
    desk.rows.append(history_row(NOW))
    answer = await get(desk, "/api/v1/pnl/hourly")
    assert (answer.status_code, answer.json()["error"]["reason"]) == (400, "too_many_rows")


@pytest.mark.parametrize(
    "path", ["/api/v1/status", "/api/v1/positions", "/api/v1/pnl", "/api/v1/events/schema"]
)
async def test_a_filter_that_would_be_ignored_is_refused(desk: FakeDesk, path: str) -> None:
    answer = await get(desk, f"{path}?account=A1")
    assert (answer.status_code, answer.json()["error"]["reason"]) == (400, "bad_parameter")


@pytest.mark.parametrize(
    "path", ["/api/v1/positions", "/api/v1/pnl", "/api/v1/pnl/hourly", "/api/v1/pnl/daily"]
)
async def test_no_figures_from_half_a_replay(desk: FakeDesk, path: str) -> None:
    desk.figures_unavailable = "the journal is being replayed"
    answer = await get(desk, path)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert answer.json()["error"]["detail"] == "the journal is being replayed"


async def test_ready_says_why_not(desk: FakeDesk) -> None:
    assert (await get(desk, "/readyz")).json() == {"status": "ready"}
    desk.not_ready = "replaying, 40 % done"
    answer = await get(desk, "/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"error": {"reason": "unavailable", "detail": "replaying, 40 % done"}}
    alive = await get(desk, "/healthz")
    assert (alive.status_code, alive.json()) == (200, {"status": "alive"})


async def test_metrics_are_in_the_format_that_was_asked_for(desk: FakeDesk) -> None:
    plain = await get(desk, "/metrics?ignored=1")
    assert plain.content == b"desk_equity 1\n"
    assert plain.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    open_metrics = await get(desk, "/metrics", Accept="application/openmetrics-text")
    assert open_metrics.content == b"# EOF\n"
    assert open_metrics.headers["content-type"].startswith("application/openmetrics-text")


async def test_the_event_schema_is_served(desk: FakeDesk) -> None:
    answer = await get(desk, "/api/v1/events/schema")
    assert answer.content == desk.event_schema()
    assert answer.headers["content-type"] == "application/schema+json"


async def test_every_answer_can_be_described_by_a_schema() -> None:
    answers = [
        StatusAnswer, PositionsAnswer, PnlAnswer, HistoryAnswer, ExposureAnswer, LimitsAnswer,
        ErrorAnswer,
    ]  # fmt: skip
    _, components = msgspec.json.schema_components(answers, ref_template="#/{name}")
    assert {"StatusAnswer", "PositionRow", "AccountPnl", "HistoryRow"} <= components.keys()


async def test_the_list_of_addresses_runs_no_script_and_loads_nothing(desk: FakeDesk) -> None:
    page = await get(desk, "/api/v1/")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "<script" not in page.text


async def test_the_list_says_first_whom_to_call(desk: FakeDesk) -> None:
    contacts = ("Ada, +41 44 000 00 00", '<script>Zoë & "Co"</script>')
    async with ask(create_app(desk, WebSettings(contacts=contacts))) as client:
        page = (await client.get("/api/v1/")).text
    on_call, _, addresses = page.partition("These are its addresses.")
    assert "<h2>On call</h2>" in on_call
    assert "<li>Ada, +41 44 000 00 00</li>" in on_call
    assert "<li>&lt;script&gt;Zoë &amp; &quot;Co&quot;&lt;/script&gt;</li>" in on_call
    assert "/api/v1/pnl" in addresses


async def test_the_list_of_a_desk_that_names_nobody_says_nothing_of_it(desk: FakeDesk) -> None:
    assert "On call" not in (await get(desk, "/api/v1/")).text


@pytest.mark.parametrize(
    ("method", "path", "status", "reason"),
    [
        ("GET", "/nothing", 404, "not_found"),
        ("GET", "/api/v1/pnl/", 404, "not_found"),
        ("POST", "/v1/events/", 404, "not_found"),
        ("GET", "/%2e%2e/etc/passwd", 404, "not_found"),
        ("GET", "/v1/events", 405, "method_not_allowed"),
        ("PUT", "/v1/events", 405, "method_not_allowed"),
        ("POST", "/api/v1/pnl", 405, "method_not_allowed"),
        ("DELETE", "/metrics", 405, "method_not_allowed"),
        ("BREW", "/", 405, "method_not_allowed"),
    ],
)
async def test_what_is_not_there_is_said_in_json(
    desk: FakeDesk, method: str, path: str, status: int, reason: str
) -> None:
    async with ask(create_app(desk, WebSettings())) as client:
        answer = await client.request(method, path)
    assert (answer.status_code, answer.json()["error"]["reason"]) == (status, reason)
    if status == 405:
        assert "allow" in answer.headers


@pytest.mark.parametrize(
    ("path", "allowed"), [("/v1/events", {"POST"}), ("/api/v1/pnl", {"GET", "HEAD"})]
)
async def test_options_names_the_methods_and_no_origin(
    desk: FakeDesk, path: str, allowed: set[str]
) -> None:
    async with ask(create_app(desk, WebSettings())) as client:
        answer = await client.options(path, headers={"Origin": "http://evil.example"})
    assert (answer.status_code, answer.content) == (204, b"")
    assert set(answer.headers["allow"].split(", ")) == allowed
    assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize("path", ["/", "/healthz", "/metrics", "/api/v1/pnl", "/nothing"])
async def test_no_answer_is_cached_sniffed_or_lent_to_another_site(
    desk: FakeDesk, path: str
) -> None:
    headers = (await get(desk, path)).headers
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-resource-policy"] == "same-origin"

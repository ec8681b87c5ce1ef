import ipaddress
from dataclasses import replace

import httpx
import pytest

from deskwatch.web.page.assets import PREFIX
from deskwatch.web.routes import create_app
from deskwatch.web.settings import WebSettings
from tests.web.fake import FakeDesk, ask, lines

TOKEN = "s3cret-t\N{LATIN SMALL LETTER O WITH DIAERESIS}ken"
GUARDED = WebSettings(token=TOKEN)
OPEN = WebSettings(hosts=frozenset({"desk.example.com"}))

TELLING = [
    "/metrics",
    "/api/v1/status",
    "/api/v1/positions",
    "/api/v1/pnl",
    "/api/v1/pnl/hourly",
    "/api/v1/pnl/daily",
    "/api/v1/events/schema",
]


def encoded(headers: dict[str, str | bytes]) -> list[tuple[bytes, bytes]]:
    return [
        (name.encode(), value if isinstance(value, bytes) else value.encode())
        for name, value in headers.items()
    ]


async def get(
    desk: FakeDesk, settings: WebSettings, path: str, headers: dict[str, str | bytes]
) -> httpx.Response:
    async with ask(create_app(desk, settings)) as client:
        return await client.get(path, headers=encoded(headers))


async def post(
    desk: FakeDesk, settings: WebSettings, headers: dict[str, str | bytes]
) -> httpx.Response:
    async with ask(create_app(desk, settings)) as client:
        return await client.post("/v1/events", content=lines(1), headers=encoded(headers))


@pytest.mark.parametrize("path", TELLING)
async def test_what_tells_of_the_desk_needs_the_token(desk: FakeDesk, path: str) -> None:
    assert (await get(desk, GUARDED, path, {"Authorization": f"Bearer {TOKEN}"})).status_code == 200
    answer = await get(desk, GUARDED, path, {})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="deskwatch"'
    assert answer.json()["error"]["reason"] == "unauthorized"


@pytest.mark.parametrize("path", ["/", "/healthz", "/readyz"])
async def test_health_and_the_page_are_open(desk: FakeDesk, path: str) -> None:
    assert (await get(desk, GUARDED, path, {})).status_code == 200


async def test_the_files_of_the_page_are_open_and_one_that_is_not_there_is_just_that(
    desk: FakeDesk,
) -> None:
    assert (await get(desk, GUARDED, f"{PREFIX}none.js", {})).status_code == 404


async def test_nobody_learns_which_addresses_there_are(desk: FakeDesk) -> None:
    assert (await get(desk, GUARDED, "/api/v2", {})).status_code == 401


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer wrong",
        TOKEN,
        f"Basic {TOKEN}",
        f"Bearer {TOKEN}x",
        f"Bearer {TOKEN[:-1]}",
        f"Bearer x{TOKEN}",
        f"Bearer {TOKEN.upper()}",
        b"Bearer \xff\xfe",
    ],
)
async def test_a_wrong_token_is_counted_and_never_shown(
    desk: FakeDesk, authorization: str | bytes | None
) -> None:
    answer = await post(
        desk, GUARDED, {} if authorization is None else {"Authorization": authorization}
    )
    assert answer.status_code == 401
    assert desk.refusals == {"unauthorized": 1}
    assert desk.blocks == []
    assert TOKEN not in answer.text
    assert "wrong" not in answer.text


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
async def test_the_token_lets_events_in(desk: FakeDesk, scheme: str) -> None:
    assert (await post(desk, GUARDED, {"Authorization": f"{scheme} {TOKEN}"})).status_code == 200
    assert desk.refusals == {}


async def test_a_program_with_the_token_repeats_nothing_whatever_else_it_sends(
    desk: FakeDesk,
) -> None:
    likes_a_browser: dict[str, str | bytes] = {
        "Authorization": f"Bearer {TOKEN}", "Origin": "http://deskwatch",
        "Cookie": "deskwatch_session=of-yesterday",
    }  # fmt: skip
    assert (await post(desk, GUARDED, likes_a_browser)).status_code == 200


async def test_a_refused_reading_is_no_refused_event(desk: FakeDesk) -> None:
    await get(desk, GUARDED, "/api/v1/pnl", {})
    assert desk.refusals == {}


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://deskwatch:81", "x"])
@pytest.mark.parametrize("settings", [OPEN, GUARDED], ids=["open", "guarded"])
async def test_another_sites_page_cannot_post(
    desk: FakeDesk, settings: WebSettings, origin: str
) -> None:
    answer = await post(desk, settings, {"Origin": origin, "Authorization": f"Bearer {TOKEN}"})
    assert (answer.status_code, answer.json()["error"]["reason"]) == (403, "unauthorized")
    assert desk.refusals == {"unauthorized": 1}
    assert desk.blocks == []


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
async def test_a_browser_that_says_so_is_believed(desk: FakeDesk, site: str) -> None:
    answer = await post(desk, OPEN, {"Sec-Fetch-Site": site})
    assert (answer.status_code, answer.json()["error"]["reason"]) == (403, "unauthorized")


async def test_our_own_page_can_post_with_what_it_was_told(desk: FakeDesk) -> None:
    async with ask(create_app(desk, OPEN)) as client:
        told = (await client.get("/api/v1/session")).json()["csrf"]
        for headers in ({"Origin": "http://deskwatch"}, {"Sec-Fetch-Site": "same-origin"}):
            refused = await client.post("/v1/events", content=lines(1), headers=headers)
            assert (refused.status_code, refused.json()["error"]["reason"]) == (
                403,
                "bad_csrf_token",
            )
            headers["X-CSRF-Token"] = told
            taken = await client.post("/v1/events", content=lines(1), headers=headers)
            assert taken.status_code == 200


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1", 200),
        ("127.0.0.1:8080", 200),
        ("[::1]:8080", 200),
        ("[fe80::1]", 200),
        ("localhost:8080", 200),
        ("LOCALHOST", 200),
        ("deskwatch", 200),
        ("deskwatch.monitoring.svc.cluster.local:8080", 200),
        ("desk.example.com:8080", 200),
        ("Desk.Example.com.", 200),
        ("evil.example.com", 403),
        ("evil.example.com:8080", 403),
        ("127.0.0.1.evil.example", 403),
        ("[evil.example.com]", 403),
        ("localhost.evil.example", 403),
        ("evil" + "x" * 200 + ".com", 403),
    ],
)
async def test_without_a_token_the_host_must_be_ours(
    desk: FakeDesk, host: str, status: int
) -> None:
    answer = await get(desk, OPEN, "/api/v1/pnl", {"Host": host})
    assert answer.status_code == status
    assert "x" * 80 not in answer.text


@pytest.mark.parametrize(
    ("host", "forwarded", "status"),
    [
        ("127.0.0.1:8080", "desk.example.com", 200),
        ("desk.example.com", "desk.example.com", 200),
        ("127.0.0.1:8080", "evil.example", 403),
        ("evil.example:8080", "localhost", 403),
        ("evil.example:8080", "desk.example.com", 403),
    ],
)
async def test_a_page_on_the_proxys_machine_cannot_speak_for_the_proxy(
    desk: FakeDesk, host: str, forwarded: str, status: int
) -> None:
    behind = replace(OPEN, trusted_proxies=(ipaddress.ip_network("127.0.0.1"),))
    said: dict[str, str | bytes] = {"Host": host, "X-Forwarded-Host": forwarded}
    assert (await get(desk, behind, "/api/v1/pnl", said)).status_code == status


async def test_an_outsiders_name_is_not_told_what_our_page_is(desk: FakeDesk) -> None:
    answer = await get(desk, OPEN, "/api/v1/session", {"Host": "evil.example.com"})
    assert answer.status_code == 403
    assert "csrf" not in answer.json()


@pytest.mark.parametrize(
    ("path", "status"),
    [("/api/v1/oncall", 403), ("/api/v1/", 403), ("/", 403), ("/healthz", 200), ("/readyz", 200)],
)
async def test_an_outsiders_name_reads_nothing_but_that_we_are_alive(
    desk: FakeDesk, path: str, status: int
) -> None:
    answer = await get(desk, OPEN, path, {"Host": "evil.example.com"})
    assert answer.status_code == status


async def test_with_a_token_any_host_will_do(desk: FakeDesk) -> None:
    headers: dict[str, str | bytes] = {
        "Host": "evil.example.com",
        "Authorization": f"Bearer {TOKEN}",
    }
    assert (await get(desk, GUARDED, "/api/v1/pnl", headers)).status_code == 200


def test_settings_never_show_a_secret() -> None:
    settings = WebSettings(token=TOKEN, viewer_password="hush", operator_password="quiet")
    assert not [secret for secret in (TOKEN, "hush", "quiet") if secret in repr(settings)]


@pytest.mark.parametrize(
    "bounds",
    [
        {"token": ""},
        {"viewer_password": ""},
        {"max_line_bytes": 0},
        {"max_body_bytes": 10, "max_line_bytes": 11},
        {"max_pending_bytes": 10, "max_body_bytes": 11, "max_line_bytes": 1},
    ],
)
def test_settings_that_no_request_could_meet(bounds: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"token|expected"):
        WebSettings(**bounds)  # type: ignore[arg-type]

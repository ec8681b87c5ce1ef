"""People sign in, and may do what their password lets them."""

import ipaddress
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from deskwatch.web.routes import create_app
from deskwatch.web.settings import WebSettings
from tests.engine.rig import Clock
from tests.web.fake import FakeDesk, ask, lines
from tests.web.fake_alerts import FakeAlertDesk

TOKEN = "correct-horse-battery"
VIEWERS = "look-but-do-not-touch"
OPERATORS = "hands-on-the-switch"
BOTH = WebSettings(viewer_password=VIEWERS, operator_password=OPERATORS, token=TOKEN)
SILENCE = {"matchers": [{"name": "account", "op": "=", "value": "A1"}], "duration_s": 60}
ACKNOWLEDGE = {"fingerprints": ["00"]}
DEEDS: list[tuple[str, str, object]] = [
    ("POST", "/api/v1/silences", SILENCE),
    ("DELETE", "/api/v1/silences/7", None),
    ("POST", "/api/v1/alerts/acknowledge", ACKNOWLEDGE),
    ("POST", "/-/reload", None),
]


class Browser:
    """A page of ours: it keeps cookies and repeats what it was told."""

    def __init__(self, settings: WebSettings, clock: Clock | None = None) -> None:
        self.alerts = FakeAlertDesk()
        self.desk = FakeDesk()
        self.app = create_app(self.desk, settings, self.alerts, clock=clock or Clock())
        self.client = ask(self.app)
        self.csrf = ""

    async def session(self) -> dict[str, Any]:
        answer: dict[str, Any] = (await self.client.get("/api/v1/session")).json()
        self.csrf = answer["csrf"]
        return answer

    async def does(
        self, method: str, path: str, body: object = None, **headers: str
    ) -> httpx.Response:
        sent = {"Origin": "http://deskwatch", "X-CSRF-Token": self.csrf, **headers}
        return await self.client.request(method, path, json=body, headers=sent)

    async def login(self, password: str, name: str = "ada", **headers: str) -> httpx.Response:
        await self.session()
        body = {"password": password, "name": name}
        answer = await self.does("POST", "/api/v1/session", body, **headers)
        self.csrf = answer.json().get("csrf", "")
        return answer


def reason(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["reason"]


@pytest.mark.parametrize(("password", "role"), [(VIEWERS, "viewer"), (OPERATORS, "operator")])
async def test_a_password_lets_one_see_the_desk(password: str, role: str) -> None:
    page = Browser(BOTH)
    assert reason(await page.client.get("/api/v1/pnl")) == (401, "unauthorized")
    assert await page.session() == {
        "role": None, "name": "", "csrf": page.csrf, "login_required": True,
    }  # fmt: skip
    answer = await page.login(password)
    assert (answer.status_code, answer.json()["role"], answer.json()["name"]) == (201, role, "ada")
    assert await page.session() == answer.json()
    assert (await page.client.get("/api/v1/pnl")).status_code == 200
    assert (await page.client.get("/metrics")).status_code == 200


async def test_the_cookie_is_out_of_reach() -> None:
    answer = await Browser(BOTH).login(OPERATORS)
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("deskwatch_session=")
    assert set(cookie.split("; ")[1:]) == {
        "Path=/", "Max-Age=43200", "HttpOnly", "SameSite=Strict",
    }  # fmt: skip
    proxied = WebSettings(
        operator_password=OPERATORS, trusted_proxies=(ipaddress.ip_network("127.0.0.1"),)
    )
    behind = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "desk.example.com"}
    answer = await Browser(proxied).login(OPERATORS, Origin="https://desk.example.com", **behind)
    assert answer.headers["set-cookie"].endswith("; Secure")


@pytest.mark.parametrize(("method", "path", "body"), DEEDS)
async def test_a_viewer_may_only_look(method: str, path: str, body: object) -> None:
    page = Browser(BOTH)
    await page.login(VIEWERS)
    assert reason(await page.does(method, path, body)) == (403, "not_an_operator")
    assert reason(await page.does("POST", "/v1/events")) == (403, "not_an_operator")
    assert not [*page.alerts.silenced, *page.alerts.expired, *page.alerts.acknowledged]
    assert [deed.what for deed in page.alerts.deeds] == ["sign in"]


@pytest.mark.parametrize(("method", "path", "body"), DEEDS)
async def test_what_an_operator_does_needs_what_the_page_was_told(
    method: str, path: str, body: object
) -> None:
    page = Browser(BOTH)
    told = (await page.login(OPERATORS)).json()["csrf"]
    for wrong in ("", told[:-1], told.swapcase()):
        page.csrf = wrong
        assert reason(await page.does(method, path, body)) == (403, "bad_csrf_token")
    # Not even a program that stole the cookie can do without.
    bare = await page.client.request(method, path, json=body)
    assert reason(bare) == (403, "bad_csrf_token")
    page.csrf = told
    assert (await page.does(method, path, body)).is_success


async def test_the_name_in_the_audit_is_who_signed_in_whatever_is_claimed() -> None:
    page = Browser(BOTH)
    await page.login(OPERATORS, "ada")
    await page.does("POST", "/api/v1/silences", {**SILENCE, "author": "eve"})
    await page.does("DELETE", "/api/v1/silences/7?author=eve")
    await page.does("POST", "/api/v1/alerts/acknowledge", {**ACKNOWLEDGE, "author": "eve"})
    await page.does("POST", "/-/reload")
    assert [one.author for one in page.alerts.silenced] == ["ada"]
    assert page.alerts.expired == [("7", "ada")]
    assert [one.author for one in page.alerts.acknowledged] == ["ada"]
    audit = (await page.client.get("/api/v1/audit")).json()["deeds"]
    assert [(one["actor"], one["what"], one["object"]) for one in audit] == [
        ("ada", "reload", "rules"), ("ada", "sign in", "operator"),
    ]  # fmt: skip


async def test_a_program_with_the_token_acts_for_whom_it_says() -> None:
    page = Browser(BOTH)
    carried = {"Authorization": f"Bearer {TOKEN}"}
    answer = await page.client.post(
        "/api/v1/silences", json={**SILENCE, "author": "eve"}, headers=carried
    )
    assert answer.status_code == 201
    await page.client.post("/-/reload", headers=carried)
    assert [one.author for one in page.alerts.silenced] == ["eve"]
    assert [one.actor for one in page.alerts.deeds] == ["a program with the token"]


async def test_signing_out_ends_it() -> None:
    page = Browser(BOTH)
    await page.login(OPERATORS)
    kept = page.client.cookies["deskwatch_session"]
    answer = await page.does("DELETE", "/api/v1/session")
    assert answer.status_code == 204
    assert "Max-Age=0" in answer.headers["set-cookie"]
    again = await page.client.get("/api/v1/pnl", headers={"Cookie": f"deskwatch_session={kept}"})
    assert reason(again) == (401, "unauthorized")


async def test_a_session_ends_by_itself() -> None:
    clock = Clock()
    page = Browser(WebSettings(operator_password=OPERATORS, session_hours=1), clock)
    await page.login(OPERATORS)
    clock.now += 3_599_999_999_999
    assert (await page.client.get("/api/v1/pnl")).status_code == 200
    clock.now += 1
    assert reason(await page.client.get("/api/v1/pnl")) == (401, "unauthorized")


async def test_who_signs_in_again_leaves_no_session_behind() -> None:
    page = Browser(BOTH)
    await page.login(VIEWERS)
    kept = page.client.cookies["deskwatch_session"]
    await page.login(OPERATORS)
    old = await page.client.get("/api/v1/pnl", headers={"Cookie": f"deskwatch_session={kept}"})
    assert old.status_code == 401


@pytest.mark.parametrize("password", ["", "x", OPERATORS[:-1], f"{OPERATORS}x", TOKEN, "\ud800"])
async def test_a_wrong_password_is_said_to_be_so_and_never_shown(password: str) -> None:
    page = Browser(BOTH)
    await page.session()
    body = b'{"name":"ada","password":"%b"}' % password.encode("ascii", "backslashreplace")
    with capture_logs() as logged:
        answer = await page.client.post(
            "/api/v1/session", content=body, headers={"X-CSRF-Token": page.csrf}
        )
    assert answer.status_code in (400, 401)
    assert len(password) < 2 or password not in answer.text + str(logged)
    assert "set-cookie" not in answer.headers
    assert page.alerts.deeds == []


async def test_who_guesses_has_to_wait_also_for_the_right_one() -> None:
    clock = Clock()
    page = Browser(BOTH, clock)
    for _ in range(5):
        assert reason(await page.login("a guess")) == (401, "wrong_password")
    answer = await page.login(OPERATORS)
    assert reason(answer) == (429, "too_many_attempts")
    assert answer.headers["retry-after"] == "1"
    clock.now += 1_000_000_000
    assert (await page.login(OPERATORS)).status_code == 201


async def test_signing_in_is_not_for_another_sites_page() -> None:
    page = Browser(BOTH)
    assert reason(await page.login(OPERATORS, Origin="http://evil.example")) == (
        403,
        "unauthorized",
    )
    page.csrf = ""
    body = {"password": OPERATORS, "name": "ada"}
    assert reason(await page.does("POST", "/api/v1/session", body)) == (403, "bad_csrf_token")


@pytest.mark.parametrize("name", ["", "x" * 65, "a\nb", "   "])
async def test_a_name_for_the_audit_is_one(name: str) -> None:
    assert reason(await Browser(BOTH).login(OPERATORS, name)) == (400, "bad_request")


async def test_while_no_operators_password_is_set_the_token_is_it() -> None:
    page = Browser(WebSettings(token=TOKEN))
    assert (await page.login(TOKEN)).json()["role"] == "operator"
    assert reason(await Browser(BOTH).login(TOKEN)) == (401, "wrong_password")


async def test_with_a_password_and_no_token_programs_are_locked_out() -> None:
    page = Browser(WebSettings(viewer_password=VIEWERS))
    answer = await page.client.post("/v1/events", content=lines(1))
    assert reason(answer) == (401, "unauthorized")
    assert page.desk.refusals == {"unauthorized": 1}


@pytest.mark.parametrize(
    ("settings", "status"), [(WebSettings(), 200), (WebSettings(viewer_password=VIEWERS), 401)]
)
async def test_a_token_where_none_is_configured_says_nothing(
    settings: WebSettings, status: int
) -> None:
    page = Browser(settings)
    answer = await page.client.get("/api/v1/pnl", headers={"Authorization": "Bearer anything"})
    assert answer.status_code == status


async def test_where_nobody_is_asked_one_may_still_say_who_one_is() -> None:
    page = Browser(WebSettings())
    assert await page.session() == {
        "role": "operator", "name": "local", "csrf": page.csrf, "login_required": False,
    }  # fmt: skip
    await page.does("POST", "/api/v1/silences", SILENCE)
    assert (await page.login("")).json()["name"] == "ada"
    await page.does("POST", "/api/v1/silences", {**SILENCE, "author": "eve"})
    assert [one.author for one in page.alerts.silenced] == ["local", "ada"]


async def test_whom_our_proxy_let_in_is_named_in_the_audit() -> None:
    proxied = WebSettings(trusted_proxies=(ipaddress.ip_network("127.0.0.0/8"),))
    for settings, author in ((proxied, "grace"), (WebSettings(), "eve")):
        page = Browser(settings)
        headers = {"X-Forwarded-User": "grace"}
        await page.session()
        await page.does("POST", "/api/v1/silences", {**SILENCE, "author": "eve"}, **headers)
        assert [one.author for one in page.alerts.silenced] == [author]


async def test_viewers_and_operators_see_the_same() -> None:
    for password in (VIEWERS, OPERATORS):
        page = Browser(BOTH)
        await page.login(password)
        for path in ("/metrics", "/api/v1/status", "/api/v1/alerts", "/api/v1/audit"):
            assert (await page.client.get(path)).status_code == 200


SAID = {
    "Authorization": ["", "Bearer", "Bearer x", f"Basic {TOKEN}", OPERATORS, f"bearer {TOKEN}x"],
    "Cookie": ["deskwatch_session=", "deskwatch_session=x", f"deskwatch_session={OPERATORS}", ";="],
    "Origin": ["http://deskwatch", "http://evil.example", "null"],
    "Sec-Fetch-Site": ["same-origin", "none", "cross-site"],
    "X-CSRF-Token": ["", "x"],
    "X-Forwarded-For": ["127.0.0.1", "::1, 10.0.0.1", "\x7f"],
    "X-Forwarded-User": ["root"],
    "X-Forwarded-Host": ["deskwatch", "evil.example"],
    "Host": ["deskwatch", "127.0.0.1", "evil.example"],
}
headers = st.fixed_dictionaries({}, optional={name: st.sampled_from(SAID[name]) for name in SAID})
GUARDED: list[tuple[str, str, object]] = [
    ("GET", "/api/v1/pnl", None),
    ("GET", "/metrics", None),
    *DEEDS,
]


@given(said=headers, told=st.booleans(), asked=st.sampled_from(GUARDED))
async def test_whatever_is_said_without_a_secret_nothing_is_told_or_done(said, told, asked) -> None:
    page = Browser(BOTH)
    if told:
        await page.session()
        said = {**said, "X-CSRF-Token": page.csrf}
    method, path, body = asked
    answer = await page.client.request(method, path, json=body, headers=said)
    assert answer.status_code in (401, 403)
    assert not [secret for secret in (TOKEN, VIEWERS, OPERATORS) if secret in answer.text]
    assert not [*page.alerts.silenced, *page.alerts.expired, *page.alerts.acknowledged]
    assert page.alerts.deeds == []

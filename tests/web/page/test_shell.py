"""The page before its script runs."""

from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest

from deskwatch.web.page.shell import PAGES
from deskwatch.web.routes import create_app
from deskwatch.web.settings import WebSettings
from tests.web.fake import NOW, FakeDesk, ask
from tests.web.page.test_assets import build

TOKEN = "correct-horse-battery"
PATHS = ["/", "/pnl", "/risk", "/latency", "/execution", "/health", "/alerts", "/logs", "/drills"]


class Parsed(HTMLParser):
    """The elements of a document with their attributes, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words += data

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture
def built(tmp_path: Path) -> Path:
    return build(tmp_path / "static")


async def get(
    desk: FakeDesk, settings: WebSettings, path: str = "/", **headers: str
) -> httpx.Response:
    async with ask(create_app(desk, settings, clock=lambda: NOW)) as client:
        return await client.get(path, headers=headers)


async def test_every_page_has_a_shell(desk: FakeDesk, built: Path) -> None:
    assert [page.path for page in PAGES] == PATHS
    titles = set()
    for path in PATHS:
        answer = await get(desk, WebSettings(static=built), path)
        assert answer.status_code == 200
        page = Parsed(answer.text)
        assert page.of("html") == [{"lang": "en"}]
        assert {
            "name": "viewport",
            "content": "width=device-width, initial-scale=1, viewport-fit=cover",
        } in page.of("meta")
        assert [link["href"] for link in page.of("a") if link.get("aria-current")] == [path]
        assert [link["href"] for link in page.of("a")][1:11] == ["/", *PATHS]
        assert [one["id"] for one in page.of("main")] == ["app"]
        assert len(page.of("h1")) == 1
        titles.add(answer.text.partition("<title>")[2].partition("</title>")[0])
    assert len(titles) == len(PATHS)


async def test_the_first_figures_are_there_before_the_script(desk: FakeDesk, built: Path) -> None:
    page = await get(desk, WebSettings(static=built, contacts=("Ada <ada@example.com>",)))
    assert (
        '<a class="kpi" href="/pnl"><span>P&amp;L today</span><b class="signed"><span class="pos">+$9.30</span></b>'
        '<small title="net, since 14:13 UTC">net, since 14:13 UTC</small></a>' in page.text
    )
    assert page.text.count('class="kpi"') == 7
    assert '<time datetime="2026-09-21T14:13:20Z">2026-09-21 14:13:20 UTC</time>' in page.text
    assert "<li>Ada &lt;ada@example.com&gt;</li>" in page.text


async def test_it_loads_what_the_manifest_names_and_runs_nothing_of_its_own_text(
    desk: FakeDesk, built: Path
) -> None:
    answer = await get(desk, WebSettings(static=built))
    page = Parsed(answer.text)
    assert page.of("script") == [{"type": "module", "src": "/static/assets/main-Aa.js"}]
    loaded = [link["href"] for link in page.of("link") if link["rel"] != "icon"]
    assert loaded == [
        "/static/assets/inter-Ff.woff2", "/static/assets/main-Cc.css", "/static/assets/core-Zz.css", "/static/assets/chart-Bx.js",
        "/static/assets/core-Qq.js",
    ]  # fmt: skip
    assert not page.of("style")
    assert not [
        one
        for _, one in page.elements
        if "style" in one or any(key.startswith("on") for key in one)
    ]
    async with ask(create_app(desk, WebSettings(static=built))) as client:
        for path in [*loaded, "/static/assets/main-Aa.js"]:
            assert (await client.get(str(path))).status_code == 200
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy


async def test_whoever_may_not_see_the_desk_sees_whom_to_call_and_no_figure(
    desk: FakeDesk, built: Path
) -> None:
    settings = WebSettings(token=TOKEN, static=built, contacts=("Ada",))
    page = (await get(desk, settings)).text
    assert "who has signed in" in page
    assert "<li>Ada</li>" in page
    assert "kpi" not in page
    shown = (await get(desk, settings, Authorization=f"Bearer {TOKEN}")).text
    assert "kpi" in shown
    assert "who has signed in" not in shown


async def test_a_name_that_an_outsider_points_here_gets_no_page(
    desk: FakeDesk, built: Path
) -> None:
    settings = WebSettings(static=built, contacts=("Ada",))
    answer = await get(desk, settings, Host="evil.example")
    assert answer.status_code == 403
    assert "Ada" not in answer.text


@pytest.mark.parametrize(
    ("cookie", "html"),
    [
        ("deskwatch_theme=light", {"lang": "en", "data-theme": "light"}),
        ("deskwatch_theme=dark", {"lang": "en", "data-theme": "dark"}),
        ('deskwatch_theme="><script>"', {"lang": "en"}),
    ],
)
async def test_the_chosen_theme_is_there_from_the_start(
    desk: FakeDesk, built: Path, cookie: str, html: dict[str, str]
) -> None:
    page = await get(desk, WebSettings(static=built), Cookie=cookie)
    assert Parsed(page.text).of("html") == [html]


async def test_while_the_books_are_not_whole_the_page_says_so(desk: FakeDesk, built: Path) -> None:
    desk.figures_unavailable = "replaying the journal: 12 blocks so far"
    page = await get(desk, WebSettings(static=built))
    assert page.status_code == 200
    assert desk.figures_unavailable in page.text


@pytest.mark.parametrize("path", PATHS)
async def test_without_a_build_every_page_is_the_list_of_addresses(
    desk: FakeDesk, tmp_path: Path, path: str
) -> None:
    page = (await get(desk, WebSettings(static=tmp_path), path)).text
    assert "These are its addresses." in page
    assert "pip install ." in page


async def test_a_figure_that_cannot_be_told_is_a_dash_and_says_why(
    desk: FakeDesk, built: Path
) -> None:
    page = (await get(desk, WebSettings(static=built))).text
    assert (
        '<div class="kpi"><span>Breakers</span><b class=""><span title="none reported">'
        '<span aria-hidden="true">—</span><span class="aloud">none reported</span></span></b>'
    ) in page


async def test_whom_to_call_is_told_to_anybody(desk: FakeDesk) -> None:
    settings = WebSettings(token=TOKEN, contacts=("Ada", "Bob"))
    answer = await get(desk, settings, "/api/v1/oncall")
    assert (answer.status_code, answer.json()) == (200, {"contacts": ["Ada", "Bob"]})


async def test_the_list_of_addresses_stays(desk: FakeDesk, built: Path) -> None:
    page = (await get(desk, WebSettings(static=built), "/api/v1/")).text
    assert "These are its addresses." in page
    assert "pip install" not in page

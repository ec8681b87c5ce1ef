"""Runbooks as the page shows them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskwatch.web.endpoints.runbooks import default_runbooks, html
from deskwatch.web.routes import create_app
from deskwatch.web.settings import WebSettings
from tests.web.fake import FakeDesk, ask
from tests.web.page.test_shell import Parsed

KNOWN = ["LimitHigh", "Watchdog"]
NAMES = sorted(path.stem for path in default_runbooks().glob("*.md") if path.stem != "README")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("# Title\n\n## Part", "<h2>Title</h2>\n<h3>Part</h3>\n", id="headings"),
        pytest.param("1. `a`\n2. **b**", "<ol>\n<li><code>a</code></li>\n<li><strong>b</strong></li>\n</ol>\n", id="steps"),
        pytest.param(
            "[high](LimitHigh.md#how)", '<p><a href="/alerts?runbook=LimitHigh">high</a></p>\n',
            id="another runbook is on our page",
        ),
        pytest.param(
            "[risk](../risk.md)",
            '<p><a href="https://github.com/deskwatch/deskwatch/blob/main/docs/risk.md" rel="noreferrer" target="_blank">risk</a></p>\n',
            id="another document is where documents are",
        ),
        pytest.param("<script>x</script>", "<p>&lt;script&gt;x&lt;/script&gt;</p>\n", id="no HTML"),
        pytest.param("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>\n", id="no script in a link"),
        pytest.param('![x](https://evil.example/1.png "t")', '<p><img alt="x" title="t" /></p>\n', id="nothing is loaded"),
    ],
)  # fmt: skip
def test_markdown_as_html(text: str, shown: str) -> None:
    assert html(text, KNOWN) == shown


PIECES = [
    "<",
    ">",
    '"',
    "'",
    "&",
    "script",
    "javascript:",
    "data:text/html,",
    "](",
    "[",
    ")",
    "!",
    " onload=",
    "#",
    "\n",
    "`",
    "|",
    "-",
    "x",
]


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_whatever_is_in_it_nothing_runs_and_nothing_is_loaded(text: str) -> None:
    for tag, attributes in Parsed(html(text, KNOWN)).elements:
        assert tag not in {"script", "style", "iframe", "object", "form", "input", "link", "meta"}
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
        assert not attributes.get("src")
        assert (attributes.get("href") or "/").startswith(("/", "https://", "http://", "mailto:"))


@pytest.mark.parametrize("name", NAMES)
async def test_every_alert_s_runbook_is_there(desk: FakeDesk, name: str) -> None:
    async with ask(create_app(desk, WebSettings())) as client:
        answer = await client.get(f"/api/v1/runbooks/{name}")
    assert answer.status_code == 200
    assert answer.json()["name"] == name
    page = Parsed(answer.json()["html"])
    headings = [tag for tag, _ in page.elements if tag.startswith("h")]
    assert headings == ["h2", "h3", "h3", "h3", "h3", "h3"]


@pytest.mark.parametrize("name", ["README", "Nothing", "..%2fREADME", "%2e%2e", "LimitHigh.md", ""])
async def test_nothing_else_is_a_runbook(desk: FakeDesk, name: str) -> None:
    async with ask(create_app(desk, WebSettings())) as client:
        answer = await client.get(f"/api/v1/runbooks/{name}")
    assert (answer.status_code, answer.json()["error"]["reason"]) == (404, "not_found")


def test_an_installed_engine_brings_its_own(monkeypatch, tmp_path) -> None:
    (tmp_path / "runbooks").mkdir()
    monkeypatch.setattr("deskwatch.__file__", str(tmp_path / "__init__.py"))
    assert default_runbooks() == tmp_path / "runbooks"

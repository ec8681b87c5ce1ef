"""The built page's files, as Vite leaves them."""

import gzip
import json
from pathlib import Path

import httpx
import pytest

from deskwatch.web.page.assets import Assets
from deskwatch.web.routes import create_app
from deskwatch.web.settings import WebSettings
from tests.web.fake import FakeDesk, ask

MANIFEST = {
    "_chart-Bx.js": {"file": "assets/chart-Bx.js", "imports": ["_core-Qq.js"]},
    "_core-Qq.js": {
        "file": "assets/core-Qq.js",
        "css": ["assets/core-Zz.css"],
        "imports": ["src/main.tsx"],
    },
    "src/pages/risk.tsx": {
        "file": "assets/lazy-Ll.js",
        "isDynamicEntry": True,
        "imports": ["_core-Qq.js"],
    },
    "node_modules/inter.woff2": {"file": "assets/inter-Ff.woff2"},
    "src/main.tsx": {
        "file": "assets/main-Aa.js",
        "name": "main",
        "src": "src/main.tsx",
        "isEntry": True,
        "imports": ["_chart-Bx.js"],
        "dynamicImports": ["src/pages/risk.tsx"],
        "css": ["assets/main-Cc.css"],
        "assets": ["assets/inter-Ff.woff2"],
    },
}
SCRIPT = b"console.log('desk')"
GZIPPED = gzip.compress(SCRIPT, mtime=0)


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A page as it is after its build."""
    return build(tmp_path / "static")


def build(folder: Path) -> Path:
    (folder / "assets").mkdir(parents=True)
    (folder / ".vite").mkdir()
    (folder / ".vite/manifest.json").write_text(json.dumps(MANIFEST))
    for name in ("chart-Bx.js", "core-Qq.js", "lazy-Ll.js", "main-Aa.js"):
        (folder / "assets" / name).write_bytes(SCRIPT)
    for name in ("core-Zz.css", "main-Cc.css"):
        (folder / "assets" / name).write_text("main { display: grid }")
    (folder / "assets/main-Aa.js.br").write_bytes(b"by brotli")
    (folder / "assets/main-Aa.js.gz").write_bytes(GZIPPED)
    (folder / "assets/inter-Ff.woff2").write_bytes(b"wOF2")
    (folder / "robots.txt").write_text("User-agent: *\nDisallow: /\n")
    return folder


async def get(folder: Path, path: str, **headers: str) -> httpx.Response:
    async with ask(create_app(FakeDesk(), WebSettings(static=folder))) as client:
        # httpx asks for compressed answers of itself, and would unpack them.
        request = client.build_request("GET", path, headers={"Accept-Encoding": "", **headers})
        answer = await client.send(request, stream=True)
        answer._content = b"".join([chunk async for chunk in answer.aiter_raw()])
        return answer


def test_the_manifest_says_what_the_page_begins_with(built: Path) -> None:
    assets = Assets.load(built)
    assert assets.scripts == ["assets/main-Aa.js"]
    assert assets.preloads("src/pages/none.tsx") == ["assets/chart-Bx.js", "assets/core-Qq.js"]
    assert assets.preloads("src/pages/risk.tsx") == [
        "assets/lazy-Ll.js", "assets/chart-Bx.js", "assets/core-Qq.js",
    ]  # fmt: skip
    assert assets.fonts == ["assets/inter-Ff.woff2"]
    assert assets.styles == ["assets/main-Cc.css", "assets/core-Zz.css"]


def test_without_a_build_there_is_no_page(tmp_path: Path) -> None:
    assets = Assets.load(tmp_path / "static")
    assert (assets.files, assets.scripts) == ({}, [])


def test_a_manifest_of_another_build_is_our_bug(built: Path) -> None:
    (built / "assets/main-Cc.css").unlink()
    with pytest.raises(AssertionError, match=r"main-Cc\.css, which is not there"):
        Assets.load(built)


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("assets/main-Aa.js", "text/javascript; charset=utf-8"),
        ("assets/main-Cc.css", "text/css; charset=utf-8"),
        ("assets/inter-Ff.woff2", "font/woff2"),
    ],
)
async def test_what_has_a_hash_in_its_name_is_kept_for_good(
    built: Path, path: str, content_type: str
) -> None:
    answer = await get(built, f"/static/{path}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, content_type)
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert "etag" not in answer.headers  # nobody asks whether it is another
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_what_has_none_is_asked_for_again(built: Path) -> None:
    answer = await get(built, "/static/robots.txt")
    assert answer.headers["cache-control"] == "no-cache"
    again = await get(
        built, "/static/robots.txt", **{"If-None-Match": f'"x", {answer.headers["etag"]}'}
    )
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("accepted", "encoding", "content"),
    [
        ("", None, SCRIPT),
        ("gzip, deflate, br", "br", b"by brotli"),
        ("gzip, br;q=0", "gzip", GZIPPED),
        ("GZIP", "gzip", GZIPPED),
        ("zstd", None, SCRIPT),
    ],
)
async def test_a_script_comes_as_small_as_it_is_taken(
    built: Path, accepted: str, encoding: str | None, content: bytes
) -> None:
    answer = await get(built, "/static/assets/main-Aa.js", **{"Accept-Encoding": accepted})
    assert answer.headers.get("content-encoding") == encoding
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.content == content


@pytest.mark.parametrize(
    "path",
    [
        ".vite/manifest.json",
        "assets/main-Aa.js.br",
        "assets",
        "../settings.py",
        "%2e%2e/settings.py",
        "assets/../../settings.py",
        "/etc/passwd",
        "",
    ],
)
async def test_nothing_else_is_served(built: Path, path: str) -> None:
    answer = await get(built, f"/static/{path}")
    assert answer.status_code == 404

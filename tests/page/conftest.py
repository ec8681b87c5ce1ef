"""One engine, one desk and one browser for all of the page's tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.page.stage import Stage, chromium, staged

ROOT = Path(__file__).parents[2]
BUILT = ROOT / "src" / "deskwatch" / "web" / "static" / ".vite" / "manifest.json"


@pytest.fixture(scope="session")
def browser() -> Iterator[object]:
    playwright = pytest.importorskip("playwright.sync_api", reason="there is no playwright")
    program = chromium()
    if program is None:
        pytest.skip("there is no chromium (CHROMIUM_BIN)")
    if not BUILT.exists():
        pytest.skip("the page is not built here (pip install -e .)")
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(scope="session")
def stage(browser, tmp_path_factory) -> Iterator[Stage]:
    with staged(tmp_path_factory.mktemp("page")) as found:
        yield found

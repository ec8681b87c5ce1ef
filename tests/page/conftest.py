"""One engine and one desk for all of the page's tests, and a browser for each module."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.page.stage import Stage, guarded, headless, staged

ROOT = Path(__file__).parents[2]
BUILT = ROOT / "src" / "deskwatch" / "web" / "static" / ".vite" / "manifest.json"


@pytest.fixture(scope="session")
def playwright() -> Any:
    """The library, where all is there that a look at the page takes."""
    library = pytest.importorskip("playwright.sync_api", reason="there is no playwright")
    program = headless()
    if program is None:
        pytest.skip("there is no chromium (CHROMIUM_BIN)")
    asked = subprocess.run([program, "--version"], capture_output=True, check=False)
    if asked.returncode:  # as Ubuntu's, which asks for a snap
        pytest.skip(f"{program} does not start: {asked.stderr.decode(errors='replace').strip()}")
    if not BUILT.exists():
        pytest.skip("the page is not built here (pip install -e .)")
    return library


# For one module: while it lives its event loop runs in this thread, where others can't run theirs.
@pytest.fixture(scope="module")
def browser(playwright: Any) -> Iterator[object]:
    with playwright.sync_playwright() as driver:
        # Without windows, glyphs are else put to whole pixels: a clock that ticks moves by three.
        options = ["--no-sandbox", "--font-render-hinting=none"]
        started = driver.chromium.launch(executable_path=headless(), args=options)
        yield started
        started.close()


# Until tests of something else have their turn: an engine that watches a desk is never idle.
@pytest.fixture(scope="package")
def stage(playwright: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with staged(tmp_path_factory.mktemp("page")) as found:
        yield found


@pytest.fixture(scope="package")
def guarded_stage(playwright: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Return an engine with passwords, to which only the tests report."""
    with guarded(tmp_path_factory.mktemp("guarded")) as found:
        yield found

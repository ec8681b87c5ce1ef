"""`python -m tests.page.pictures`: takes the pictures in docs/images anew, of a desk that trades."""

import argparse
import io
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from PIL import Image

from tests.page.look import looking
from tests.page.stage import chromium, staged

IMAGES = Path(__file__).parents[2] / "docs" / "images"

#: Name, address, screen, colours.
PICTURES = (
    ("desk-dark", "/?range=5m", "desktop", "dark"),
    ("desk-light", "/?range=5m", "desktop", "light"),
    ("desk-phone", "/?range=5m", "phone", "dark"),
    ("pnl", "/pnl?range=5m", "desktop", "dark"),
    ("risk", "/risk?range=5m", "desktop", "light"),
    ("latency", "/latency?range=5m", "desktop", "dark"),
    ("alerts", "/alerts", "desktop", "light"),
)


def take(page: Any, target: Path) -> None:
    """Keep what is seen, in as few colours as look the same."""
    shot = Image.open(io.BytesIO(page.screenshot(full_page=True))).convert("RGB")
    shot.quantize(256, dither=Image.Dither.NONE).save(target, optimize=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.page.pictures", description=__doc__)
    parser.add_argument("--minutes", type=float, default=6, help="how long the desk trades before")
    minutes = parser.parse_args().minutes
    program = chromium()
    if program is None:
        sys.exit("there is no chromium (CHROMIUM_BIN)")
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - not everybody has it

    IMAGES.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        staged(Path(folder)) as stage,
        sync_playwright() as driver,
    ):
        time.sleep(60 * minutes)
        browser = driver.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for name, address, screen, scheme in PICTURES:
            with looking(browser, stage.url + address, screen) as page:
                page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                page.locator("main [aria-busy=true]").first.wait_for(state="detached")
                page.wait_for_timeout(2_000)
                take(page, IMAGES / f"{name}.png")
        browser.close()


if __name__ == "__main__":
    main()

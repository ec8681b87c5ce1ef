"""A phone, on which nothing can be pointed at before it is pressed."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.page.look import PAGES, SCREENS
from tests.page.stage import VIEWER, Stage

WIDTH, HEIGHT = SCREENS["phone"]


@contextmanager
def held(browser: Any, address: str, width: int = WIDTH, height: int = HEIGHT) -> Iterator[Any]:
    """Open an address on a phone; on its side where it is wider than high."""
    size = {"width": width, "height": height}
    context = browser.new_context(viewport=size, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(address)
    page.locator(".link.live").wait_for()
    page.locator("main [aria-busy=true]").first.wait_for(state="detached")
    yield page
    context.close()


class Finger:
    """A finger on the screen at a place, until it is lifted."""

    def __init__(self, page: Any, x: float, y: float) -> None:
        self._touches = page.context.new_cdp_session(page)
        self._x, self._y = x, y
        self._tell("Start")

    def up_by(self, pixels: float) -> None:
        for _ in range(5):
            self._y -= pixels / 5
            self._tell("Move")

    def lift(self) -> None:
        event = {"type": "touchEnd", "touchPoints": []}
        self._touches.send("Input.dispatchTouchEvent", event)

    def _tell(self, kind: str) -> None:
        event = {"type": f"touch{kind}", "touchPoints": [{"x": self._x, "y": self._y}]}
        self._touches.send("Input.dispatchTouchEvent", event)


def test_a_finger_is_told_why_there_is_no_figure(browser, guarded_stage):
    unpriced = {"venue": "XNAS", "symbol": "UNPRICED"}
    guarded_stage.post(kind="instrument", base="X", quote="USD", **unpriced)
    guarded_stage.post(
        kind="fill", account="S1", side="buy", quantity="10", price="100", exec_id="1", **unpriced
    )
    width, height = SCREENS["phone"]
    context = browser.new_context(viewport={"width": width, "height": height}, has_touch=True)
    said = {"password": VIEWER, "name": "ada"}
    assert context.request.post(f"{guarded_stage.url}/api/v1/session", data=said).ok
    page = context.new_page()
    page.goto(f"{guarded_stage.url}/risk")
    dash = page.locator("td .why:visible").first
    dash.tap()
    why = dash.locator(".aloud").bounding_box()
    assert 0 <= why["x"] < why["x"] + why["width"] <= width
    rail = page.locator("nav").bounding_box()
    assert 30 < why["height"] < why["y"] + why["height"] <= rail["y"]
    page.locator("h1").first.tap()
    assert dash.locator(".aloud").bounding_box()["width"] <= 1
    context.close()


def test_a_finger_is_told_what_a_heatmap_and_a_distribution_count(browser, stage):
    with held(browser, f"{stage.url}/latency") as page:
        page.locator(".heat .picture .state").first.wait_for(state="detached")
        page.locator(".heat .picture").first.tap()
        page.locator(".heat .tip", has_text="orders").wait_for()
    with held(browser, f"{stage.url}/execution") as page:
        page.locator(".distribution > div").nth(8).tap()
        page.locator(".sides", has_text=" bp").wait_for()


def pressed(page: Any) -> Finger:
    """Put a finger on the chart, until it tells of that place; a new strategy draws it anew."""
    library = pytest.importorskip("playwright.sync_api")
    for _ in range(6):
        chart = page.locator(".u-over").bounding_box()
        finger = Finger(page, chart["x"] + 60, chart["y"] + 120)
        try:
            page.locator(".u-cursor-x:not(.u-off)").wait_for(state="attached", timeout=5_000)
        except library.TimeoutError:
            finger.lift()
        else:
            return finger
    raise AssertionError("the chart tells nothing of where the finger is")


def test_a_finger_that_scrolls_over_a_chart_leaves_its_newest_figures(browser, stage):
    with held(browser, stage.url) as page:
        finger = pressed(page)
        finger.up_by(200)
        finger.lift()
        page.wait_for_function("() => scrollY > 50")
        page.locator(".u-cursor-x.u-off").wait_for(state="attached")


def test_a_phone_says_that_an_alert_fires_whatever_page_is_open(browser, stage):
    stage.post(kind="breaker", breaker="phone", state="open", cause="drawdown")
    with held(browser, f"{stage.url}/risk") as page:
        more = page.locator(".more")
        more.locator(".badge").wait_for()
        more.tap()
        page.locator(".rail a[href^='/alerts'] .badge").wait_for()
        assert more.locator(".badge").count() == 0, "once is enough"
    stage.post(kind="breaker", breaker="phone", state="closed", actor="tests")


@pytest.mark.parametrize(("width", "height"), [(844, 390), (720, 450)], ids=["side", "magnified"])
def test_in_a_low_window_every_page_is_in_sight_and_no_table_fills_it(
    browser, stage: Stage, width, height
):
    with held(browser, f"{stage.url}/risk", width, height) as page:
        for title in PAGES.values():
            link = page.locator(".rail").get_by_text(title, exact=True).bounding_box()
            assert link["y"] + link["height"] <= height, title
        heights = page.locator(".table").evaluate_all("all => all.map(one => one.clientHeight)")
        assert max(heights) < height * 0.75, "a finger finds something beside it"

"""A phone, on which nothing can be pointed at before it is pressed."""

from tests.page.look import SCREENS
from tests.page.stage import VIEWER


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

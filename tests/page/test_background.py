"""A page in a tab that nobody sees for a while."""

from tests.page.look import looking

HIDE = """hidden => {
  Object.defineProperty(document, "hidden", {get: () => hidden, configurable: true});
  document.dispatchEvent(new Event("visibilitychange"));
}"""

#: Seconds of the engine that pass meanwhile: enough for the heatmap to hear of something.
BEATS = 8

#: The heatmap's picture, and whether it is another than it was.
KEPT = "[...document.querySelectorAll('.heat canvas')].map(one => one.toDataURL()).join()"
MOVED = f"kept => {KEPT} !== kept"


def test_a_heatmap_goes_on_once_somebody_looks_again(browser, stage):
    with looking(browser, f"{stage.url}/?range=5m") as page:
        page.locator(".heat canvas").first.wait_for()
        page.evaluate(HIDE, True)
        for _ in range(BEATS):
            news = page.evaluate("document.querySelector('.link').innerText")
            page.wait_for_function(
                "news => document.querySelector('.link').innerText !== news", arg=news
            )
        page.evaluate(HIDE, False)
        kept = page.evaluate(KEPT)
        page.wait_for_function(MOVED, arg=kept)

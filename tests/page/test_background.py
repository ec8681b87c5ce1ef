"""A page in a tab that nobody sees for a while."""

import pytest

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


@pytest.mark.parametrize(("path", "streams"), [("/", 1), ("/logs", 2)])
def test_a_page_that_nobody_sees_leaves_its_connections_to_others(browser, stage, path, streams):
    """A browser opens six to an address, for all of its pages."""
    context = browser.new_context()
    page = context.new_page()
    opened = {}
    page.on("request", lambda request: opened.update({request.url: request.resource_type}))
    for ended in ("requestfinished", "requestfailed"):
        page.on(ended, lambda request: opened.pop(request.url, None))

    def follows(count: int) -> None:
        """Wait until the page has so many streams open."""
        for _ in range(100):
            if list(opened.values()).count("eventsource") == count:
                return
            page.wait_for_timeout(100)
        raise AssertionError(opened)

    page.clock.install()
    page.goto(stage.url + path)
    page.locator(".link.live").wait_for()
    follows(streams)
    page.evaluate(HIDE, True)
    page.clock.fast_forward("00:31")
    page.locator(".link.connecting").wait_for()
    page.locator(".frame.frozen").wait_for()  # what is shown is old
    follows(0)
    page.evaluate(HIDE, False)
    page.locator(".link.live").wait_for()
    follows(streams)
    context.close()

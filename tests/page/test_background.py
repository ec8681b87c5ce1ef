"""A page in a tab that nobody sees for a while."""

from tests.page.look import looking

HIDE = """hidden => {
  Object.defineProperty(document, "hidden", {get: () => hidden, configurable: true});
  document.dispatchEvent(new Event("visibilitychange"));
}"""

#: Whether any heatmap's picture is another than the one that was kept.
MOVED = (
    "kept => [...document.querySelectorAll('canvas')].map(one => one.toDataURL()).join() !== kept"
)
KEPT = "() => [...document.querySelectorAll('canvas')].map(one => one.toDataURL()).join()"


def test_heatmaps_go_on_once_somebody_looks_again(browser, stage):
    with looking(browser, f"{stage.url}/latency?range=5m") as page:
        page.locator("canvas").first.wait_for()
        page.evaluate(HIDE, True)
        news = page.evaluate("document.querySelector('.link').innerText")
        page.wait_for_function(
            "news => document.querySelector('.link').innerText !== news", arg=news
        )
        page.evaluate(HIDE, False)
        kept = page.evaluate(KEPT)
        page.wait_for_function(MOVED, arg=kept)

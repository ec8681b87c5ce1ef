"""Nothing on a page moves under the eye: what changes does so in its place, or slides there."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.page.look import PAGES, SCREENS
from tests.page.stage import OPERATOR, Stage

VENUE = {"venue": "XNAS"}

#: So high that nothing is below the window: what is out of sight is not counted.
HEIGHT = 5_000

#: Of a page that loads: so long after it has all that it asked for.
SETTLED_MS = 500

#: Of these it is held that nothing moves while they load; what is logged comes in on top.
STEADY = [path for path in PAGES if path != "/logs"]

_OBSERVE = """() => {
  const said = node => [node?.parentElement?.className, node?.textContent?.slice(0, 40)].join(": ");
  window.shifts = [];
  window.observer = new PerformanceObserver(list => {
    for (const {hadRecentInput, sources} of list.getEntries())
      if (!hadRecentInput) window.shifts.push(sources.map(({node}) => said(node)));
  });
  window.observer.observe({type: "layout-shift"});
}"""


@contextmanager
def looking(browser: Any, stage: Stage, path: str, screen: str) -> Iterator[Any]:
    """Open a page for an operator whose screen is very high; it may move what it shows."""
    context = browser.new_context(viewport={"width": SCREENS[screen][0], "height": HEIGHT})
    context.set_default_timeout(15_000)
    said = {"password": OPERATOR, "name": "ada"}
    assert context.request.post(f"{stage.url}/api/v1/session", data=said).ok
    page = context.new_page()
    page.goto(stage.url + path)
    page.locator(".link.live").wait_for()
    yield page
    context.close()


def shifts(page: Any) -> list[list[str]]:
    """Return what has moved since `_OBSERVE`, a shift at a time: where it stands, and its text."""
    page.wait_for_timeout(100)  # a shift is told after the frame that it was in
    found: list[list[str]] = page.evaluate("window.shifts")
    return found


class Desk:
    """Two accounts whose limits are used nearly alike, and a breaker."""

    def __init__(self, stage: Stage, screen: str) -> None:
        self._stage = stage
        self.accounts = (f"S1 {screen}", f"S2 {screen}")
        self.breaker = f"shift {screen}"
        for account in self.accounts:
            stage.post(kind="instrument", symbol=account, base="X", quote="USD", **VENUE)
            stage.post(
                kind="fill", account=account, strategy="shift", side="buy", quantity="10",
                price="100", exec_id=account, symbol=account, **VENUE,
            )  # fmt: skip
            stage.post(kind="limit", limit="gross", account=account, value="1500", currency="USD")

    def marks(self, one: str, other: str) -> None:
        for account, price in zip(self.accounts, (one, other), strict=True):
            self._stage.post(kind="mark", symbol=account, price=price, **VENUE)

    def turns(self, state: str, **more: str) -> None:
        self._stage.post(kind="breaker", breaker=self.breaker, state=state, **more)


@pytest.mark.parametrize("screen", SCREENS)
def test_nothing_moves_while_limits_pass_each_other_and_a_breaker_opens(
    browser, guarded_stage, screen
):
    desk = Desk(guarded_stage, screen)
    desk.marks("102", "101")
    desk.turns("closed", actor="tests")
    with looking(browser, guarded_stage, "/", screen) as page:
        limits = page.locator(".limits li", has_text=screen)
        breaker = page.locator(".breakers li", has_text=desk.breaker)

        def used(*shares: str) -> None:
            for place, share in enumerate(shares):
                limits.nth(place).locator("b", has_text=share).wait_for()

        used("68%", "67%")
        breaker.wait_for()
        page.locator(".legend li").nth(1).wait_for()  # both accounts' lines are drawn
        page.evaluate(_OBSERVE)

        desk.marks("102", "104")  # by a little, the second is the nearer now
        used("68%", "69%")
        desk.marks("102", "149")
        used("99%", "68%")
        desk.marks("15", "165")
        used("110%", "10%")
        assert "BREACHED" in limits.nth(0).inner_text()
        for state, more in (("open", {"cause": "drawdown"}), ("closed", {"actor": "tests"})):
            desk.turns(state, **more)
            page.locator(f".breakers li.{state}", has_text=desk.breaker).wait_for()
        assert shifts(page) == []


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("path", STEADY)
def test_nothing_moves_while_a_page_loads(browser, stage, path, screen):
    context = browser.new_context(viewport={"width": SCREENS[screen][0], "height": HEIGHT})
    page = context.new_page()
    page.add_init_script(f"({_OBSERVE})()")
    with stage.desk_at_rest():
        page.goto(stage.url + path)
        page.locator(".link.live").wait_for()
        page.locator("main [aria-busy=true]").first.wait_for(state="detached")
        page.wait_for_timeout(SETTLED_MS)
    assert shifts(page) == []
    context.close()

"""Nothing on a page moves under the eye: what changes does so in its place, or slides there."""

import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.page.look import PAGES, SCREENS
from tests.page.stage import OPERATOR, Stage

VENUE = {"venue": "XNAS"}

#: So high that nothing is below the window: what is out of sight is not counted.
HEIGHT = 5_000

#: A window of which a list of log entries reaches out.
LOW = 700

#: Of a page that loads: so long after it has all that it asked for.
SETTLED_MS = 500

_OBSERVE = """() => {
  const at = ({x, y, width, height}) => [x, y, width, height].map(Math.round).join(" ");
  const said = ({node, previousRect, currentRect}) =>
    [node?.parentElement?.className, node?.textContent?.slice(0, 40),
     `${at(previousRect)} to ${at(currentRect)}`].join(": ");
  window.shifts = [];
  window.observer = new PerformanceObserver(list => {
    for (const {hadRecentInput, sources} of list.getEntries())
      if (!hadRecentInput) window.shifts.push(sources.map(said));
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
    """Return what has moved since `_OBSERVE`, a shift at a time: in what, its text, from where to where."""
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

    def kill_switch(self, engaged: bool) -> None:
        self._stage.post(kind="kill_switch", engaged=engaged, actor="tests", cause="drill")


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
        for account in desk.accounts:
            page.locator(".legend li", has_text=account).wait_for()  # its line is drawn
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
        for engaged, word in ((True, "ENGAGED"), (False, "Released")):
            desk.kill_switch(engaged)
            page.locator(".breakers li", has_text="Kill switch").get_by_text(word).wait_for()
        assert shifts(page) == []


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("path", PAGES)
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


#: A busy machine: what waits for the next frame waits for a second.
_BUSY = """
    const soon = window.requestAnimationFrame;
    window.requestAnimationFrame = task => setTimeout(() => soon(task), 1000);
"""

_WIDTHS = """[...document.querySelectorAll("[aria-label^='Orders that'] th")]
    .map(head => Math.round(head.getBoundingClientRect().width))"""


def test_columns_hold_the_widths_that_were_seen_first(browser, guarded_stage):
    """A large order is replaced by a small one right after the page has shown it."""

    def order(status: str, quantity: str) -> None:
        guarded_stage.post(
            kind="order", account="S1", strategy="shift", symbol="WIDE", client_order_id="wide",
            status=status, side="buy", quantity=quantity, **VENUE,
        )  # fmt: skip

    order("acknowledged", "1000000000")
    with looking(browser, guarded_stage, "/risk", "phone") as page:
        page.add_init_script(_BUSY)
        page.goto(guarded_stage.url + "/execution")
        large = page.locator("[aria-label^='Orders that'] td:not(.wide)", has_text="1,000,000,000")
        large.wait_for()
        first = page.evaluate(_WIDTHS)
        order("replaced", "5")
        large.wait_for(state="detached")
        assert page.evaluate(_WIDTHS) == first
    order("canceled", "5")


def test_columns_have_their_widths_again_after_a_narrow_window(browser, stage):
    context = browser.new_context(viewport={"width": SCREENS["desktop"][0], "height": HEIGHT})
    page = context.new_page()
    heads = page.locator("[aria-label^=Attribution] th")

    def widths() -> list[int]:
        page.wait_for_timeout(SETTLED_MS)
        return [round(box["width"]) if (box := one.bounding_box()) else 0 for one in heads.all()]

    with stage.desk_at_rest():
        page.goto(stage.url + "/pnl")
        page.locator(".link.live").wait_for()
        heads.first.wait_for()
        wide = widths()
        page.set_viewport_size({"width": SCREENS["phone"][0], "height": HEIGHT})
        assert widths().count(0) > 3
        page.set_viewport_size({"width": SCREENS["desktop"][0], "height": HEIGHT})
        assert widths() == pytest.approx(wide, abs=2)
    context.close()


@contextmanager
def in_pieces(stage: Stage, path: str) -> Iterator[tuple[str, threading.Event]]:
    """Serve a page's document up to its third tile, and the rest when told; styles, no scripts."""
    rest = threading.Event()

    class InPieces(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.endswith(".js"):
                self.send_error(404)
                return
            with urllib.request.urlopen(stage.url + self.path) as answer:
                kind, body = answer.headers["Content-Type"], answer.read()
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.end_headers()
            if self.path == path:
                cut = [at for at in range(len(body)) if body.startswith(b'class="kpi"', at)][3]
                self.wfile.write(body[:cut])
                assert rest.wait(30)
                body = body[cut:]
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), InPieces)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}{path}", rest
    rest.set()
    server.shutdown()
    server.server_close()


def test_nothing_moves_in_a_document_that_comes_in_pieces(browser, stage):
    page = browser.new_page(viewport={"width": SCREENS["desktop"][0], "height": HEIGHT})
    page.add_init_script(f"({_OBSERVE})()")
    tiles = page.locator(".kpis .kpi")
    with in_pieces(stage, "/logs") as (url, rest):
        page.goto(url, wait_until="commit")
        tiles.nth(2).wait_for(state="attached")
        page.wait_for_timeout(SETTLED_MS)
        rest.set()
        tiles.nth(6).wait_for()
        assert shifts(page) == []
    page.close()


@pytest.mark.parametrize("screen", SCREENS)
def test_what_is_read_of_a_log_stays_while_more_comes_in(browser, stage, screen):
    stage.log(60)
    context = browser.new_context(viewport={"width": SCREENS[screen][0], "height": LOW})
    page = context.new_page()
    page.goto(f"{stage.url}/logs?service=gateway")
    page.locator(".lines li").nth(40).wait_for()
    page.locator(".following", has_text="come in on top").wait_for()

    def comes_in_above(entry: Any) -> float:
        """Let lines come in, and return by how far that moved an entry."""
        stood = entry.bounding_box()["y"]
        newest = page.locator(".lines li").first.inner_text()
        stage.log(3)
        page.wait_for_function(
            "newest => document.querySelector('.lines li').innerText !== newest", arg=newest
        )
        page.wait_for_timeout(SETTLED_MS)
        return float(entry.bounding_box()["y"] - stood)

    # Who is at the top sees them come in; the others slide down.
    assert comes_in_above(page.locator(".lines li").nth(2).element_handle()) > 0
    page.evaluate(_OBSERVE)
    page.evaluate("scrollTo(0, 600)")
    assert abs(comes_in_above(page.locator(".lines li").nth(30).element_handle())) < 1
    assert shifts(page) == []
    page.evaluate("scrollTo(0, 0)")
    page.locator(".lines .entry").nth(1).click()
    page.wait_for_timeout(SETTLED_MS)
    page.evaluate("window.shifts = []")  # that it opens is no shift, however late it is drawn
    assert abs(comes_in_above(page.locator(".lines .chosen").element_handle())) < 1
    assert shifts(page) == []
    context.close()


#: Counts, in each frame, the entries that lie over the one below them.
_OVERLAPS = """() => {
  window.overlaps = 0;
  const look = () => {
    const boxes = [...document.querySelectorAll(".lines li")].slice(0, 60)
      .map(one => one.getBoundingClientRect());
    window.overlaps += boxes.slice(1).filter(({top}, at) => top < boxes[at].bottom - 1).length;
    requestAnimationFrame(look);
  };
  look();
}"""


@pytest.mark.parametrize("screen", SCREENS)
def test_a_busy_log_leaves_the_page_answering_and_no_entry_over_another(browser, stage, screen):
    context = browser.new_context(viewport={"width": SCREENS[screen][0], "height": LOW})
    page = context.new_page()
    page.goto(f"{stage.url}/logs?service=gateway")
    page.locator(".following", has_text="come in on top").wait_for()
    page.evaluate(_OVERLAPS)
    newest = ""
    for lines in (3, 200, 2, 200, 1, 200, 200, 3, 200, 200):
        stage.log(lines)
        # Each is a round trip, which a page that hangs does not answer.
        newest = page.wait_for_function(
            """newest => {
                const said = document.querySelector(".lines li")?.innerText;
                return said !== newest && said;
            }""",
            arg=newest,
            timeout=10_000,
        ).json_value()
    assert page.locator(".lines li").count() > 500
    assert page.evaluate("window.overlaps") == 0
    context.close()


def test_a_later_load_hides_nothing(browser, stage):
    context = browser.new_context(viewport={"width": SCREENS["desktop"][0], "height": HEIGHT})
    page = context.new_page()
    page.goto(f"{stage.url}/latency")
    quantiles = page.locator(".card", has=page.get_by_role("heading", name="Quantiles"))
    quantiles.wait_for()
    page.locator("main [aria-busy=true]").first.wait_for(state="detached")
    page.route("**/timeline/latency*", lambda route: None)  # no answer comes
    page.get_by_label("cancel ack").check()
    page.locator(".heat [aria-busy=true]").first.wait_for()
    assert quantiles.is_visible()
    context.close()


@pytest.mark.parametrize("path", PAGES)
def test_with_less_motion_all_is_shown_and_nothing_moves_by_itself(browser, stage, path):
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    page.add_init_script("""
        window.animated = 0;
        for (const kind of ["animationstart", "transitionstart"])
            addEventListener(kind, ({propertyName}) => {
                if (propertyName !== "visibility") window.animated++;
            });
        const {animate} = Element.prototype;
        Element.prototype.animate = function (...how) {
            window.animated++;
            return animate.apply(this, how);
        };
    """)
    page.goto(stage.url + path)
    page.locator(".link.live").wait_for()
    page.locator("main [aria-busy=true]").first.wait_for(state="detached")
    page.wait_for_timeout(SETTLED_MS)
    hidden = "all => all.filter(one => !one.checkVisibility({visibilityProperty: true})).length"
    cards = page.locator("main .card, main .kpis")
    assert cards.count() > 0
    assert cards.evaluate_all(hidden) == 0
    assert page.evaluate("window.animated") == 0
    context.close()

"""What happens on the desk is on the page, at once; what does not come is said."""

import json
import re
import time

from deskwatch.core.period import SECOND
from tests.cli.process import until
from tests.page.look import looking, shows


def breaker(state: str, name: str = "page_drill", **fields: str) -> dict[str, str]:
    return {"kind": "breaker", "breaker": name, "state": state, **fields}


def test_the_figures_are_the_engines(browser, stage):
    with stage.desk_at_rest(), looking(browser, stage.url) as page:
        positions = [
            row for row in stage.get("positions")["positions"] if float(row["quantity"]) != 0
        ]
        rows = page.locator("[aria-label='Open positions'] tbody tr")
        rows.nth(0).wait_for()
        by_key = {(row["strategy"], row["symbol"], row["account"]): row for row in positions}
        seen = 0
        for text in (row.inner_text().split("\t") for row in rows.all()):
            cells = [" ".join(cell.split()) for cell in text]
            row = by_key[cells[0], cells[1].split()[0], cells[3]]
            assert shows(cells[4], row["quantity"]), cells
            if row["notional"] is not None:
                assert shows(cells[6], row["notional"]), cells
            seen += 1
        assert seen > 0


def test_a_breaker_that_opens_turns_red_by_itself(browser, stage):
    stage.post(**breaker("closed", actor="tests"))
    with looking(browser, stage.url) as page:
        tile = page.locator(".breakers li", has_text="page_drill")
        tile.wait_for()
        stage.post(**breaker("open", cause="drawdown"))
        page.locator(".breakers li.open", has_text="page_drill").wait_for()
        assert "OPEN" in tile.inner_text(), "a word says it, not the colour alone"
        stage.post(**breaker("closed", actor="tests"))
        page.locator(".breakers li.closed", has_text="page_drill").wait_for()


def test_a_breached_limit_is_red_and_says_so_in_full(browser, stage):
    with stage.desk_at_rest():
        traded = stage.get("positions")["positions"][0]["account"]
        limit = {"kind": "limit", "limit": "order_to_trade", "account": traded}
        stage.post(**limit, value="0.000000001")
        with looking(browser, f"{stage.url}/risk") as page:
            row = page.locator("[aria-label^='Limits'] tr", has_text="BREACHED").first
            row.wait_for()
            colour = "one => getComputedStyle(one).getPropertyValue('--c')"
            chip = row.locator(".chip")
            assert row.locator(".meter").evaluate(colour) == chip.evaluate(colour)
            edge = "one => one.getBoundingClientRect().right"
            assert chip.evaluate(edge) <= page.locator("[aria-label^='Limits']").evaluate(edge)
        stage.post(**limit, value=None)


def test_of_a_limit_of_zero_whatever_is_held_is_too_much(browser, stage):
    account = stage.get("exposure")["accounts"][0]
    limit = {"kind": "limit", "limit": "gross", "account": account["account"]}
    stage.post(**limit, currency=account["currency"], value="0")
    said = f"{account['account']}: its limit is zero"
    with looking(browser, stage.url) as page:
        page.locator(".kpi", has_text="Gross exposure").filter(has_text=said).wait_for()
        row = page.locator(".limits li.breached", has_text="gross").filter(has_text="over").first
        row.wait_for()
        assert row.get_by_role("meter").get_attribute("aria-valuetext") == "over"
    stage.post(**limit, currency=account["currency"], value=None)


def test_a_limit_that_is_missing_hides_none_that_is_breached(browser, stage):
    gross = next(row for row in stage.get("limits")["limits"] if row["limit"] == "gross")
    required = {"kind": "limit", "limit": "gross", "account": gross["account"]}
    required["currency"] = gross["currency"]
    tight = {"kind": "limit", "limit": "order_to_trade"}
    tight["account"] = stage.get("positions")["positions"][0]["account"]
    stage.post(**required, value=None)
    with looking(browser, f"{stage.url}/risk") as page:
        tile = page.locator(".kpi", has_text="Limits")
        tile.filter(has_text="1 missing").filter(has_text="see below").wait_for()
        stage.post(**tight, value="0.000000001")
        tile.filter(has_text="1 breached").filter(has_text="1 missing").wait_for()
    stage.post(**tight, value=None)
    stage.post(**required, value=gross["value"])


def test_a_process_at_rest_grows_older(browser, stage):
    topics = ("alerts", "feeds", "health", "log_streams", "services", "status")
    told = {name: stage.get(name) for name in topics}
    now = told["health"]["as_of"]
    process = {"process": "oms", "running": True, "start_time": now - 5 * SECOND}
    told["health"]["processes"] = [process]
    first = said(1, "snapshot", {"topics": told}) + said(2, "beat", {"now": now})
    later = said(3, "beat", {"now": now + 55 * SECOND})

    def stream(route):
        is_first = "after=" not in route.request.url
        route.fulfill(content_type="text/event-stream", body=first if is_first else later)

    with looking(browser, f"{stage.url}/health") as page:
        page.route("**/api/v1/stream?*", stream)
        page.reload()
        row = page.locator("[aria-label='Watched processes'] tbody tr")
        row.filter(has_text="1 min 00 s").wait_for()


def test_feeds_that_cannot_be_judged_are_not_told_as_all_well(browser, stage):
    feed = {"kind": "feed", "service": "page", "venue": "XNEW", "channel": "quotes"}
    stage.post(**feed, status="connected")
    with looking(browser, f"{stage.url}/health") as page:
        tile = page.locator(".kpi", has_text="Feeds")
        tile.filter(has_text="can't be judged yet").wait_for()
        assert tile.locator("b.pos").count() == 0
    stage.post(**feed, status="idle")


def said(number, event, data):
    """Return one message of the stream."""
    return f"id: {number}\nevent: {event}\ndata: {json.dumps(data)}\n\n"


def test_a_drill_is_promised_from_the_end_of_its_last_run(browser, stage):
    stage.post(kind="drill", drill="page_promise", status="passed", interval_ns=3600 * SECOND)
    with looking(browser, f"{stage.url}/drills") as page:
        page.get_by_text("1 h 00 min of that end").wait_for()
    stage.post(kind="drill", drill="page_promise", status="stopped")


def test_an_order_without_a_limit_is_not_called_a_market_order(browser, stage):
    order = {
        "kind": "order", "account": "plain", "strategy": "plain", "venue": "XNAS", "side": "buy",
        "symbol": "PLAIN", "client_order_id": "plain stop", "order_type": "stop", "quantity": "1",
    }  # fmt: skip
    stage.post(kind="instrument", venue="XNAS", symbol="PLAIN", base="X", quote="USD")
    stage.post(**order, status="acknowledged")
    with looking(browser, f"{stage.url}/execution?orders.filter=plain") as page:
        row = page.locator("tr", has_text="plain stop")
        row.locator(".why", has_text="no limit was told").wait_for()
    stage.post(**order, status="canceled")


def test_a_time_of_the_past_is_told_in_its_own_figures(browser, stage):
    sell = stage.buy("PAST", "past", "past")
    stage.mark("PAST", "110")

    def is_drawn() -> bool:
        points = stage.get("timeline")["points"]
        return any((one["account"], one["pnl"]) == ("past", 10) for one in points)

    until(is_drawn)
    with looking(browser, stage.url) as page:
        line = page.locator(".legend li", has_text="past")
        then = stage.get("timeline")["time"]
        stage.mark("PAST", "210")
        line.filter(has_text="+$110").wait_for()
        page.goto(f"{stage.url}/?from={then - 30}&to={then}")
        line.filter(has_text="+$10.00").wait_for()
    sell("210")


def test_a_line_whose_name_has_a_comma_is_hidden_and_shown_again(browser, stage):
    sell = stage.buy("COMMA", "comma", "oil, long")
    with looking(browser, stage.url) as page:
        line = page.locator(".legend").get_by_title("oil, long")
        line.click()
        page.locator(".legend [aria-pressed=false]").wait_for()
        line.click()
        page.locator(".legend [aria-pressed=false]").wait_for(state="detached")
        assert "hide" not in page.url
    sell("100")


def test_the_time_around_an_alert_goes_on_until_it_is_over(browser, stage):
    sell = stage.buy("AROUND", "around", "around")
    stage.mark("AROUND", "110")
    since = int(time.time()) - 60
    with looking(browser, f"{stage.url}/?from={since}&to={since + 600}") as page:
        line = page.locator(".legend li", has_text="around")
        line.filter(has_text="+$10.00").wait_for()
        stage.mark("AROUND", "210")
        line.filter(has_text="+$110").wait_for()
        page.goto(f"{stage.url}/logs?from={since}&to={since + 600}")
        page.locator(".following", has_text="new ones come in on top").wait_for()
        page.goto(f"{stage.url}/logs?from={since}&to={since + 30}")
        page.locator(".following", has_text="a past time").wait_for()
    sell("210")


def test_a_chart_says_how_many_strategies_it_leaves_out(browser, stage):
    def all_but_many(route):
        answer = route.fetch()
        route.fulfill(response=answer, json={**answer.json(), "left_out": 1234})

    with looking(browser, stage.url) as page:
        page.route("**/api/v1/timeline/pnl?*", all_but_many)
        page.reload()
        page.get_by_text("1,234 more not drawn").wait_for()


def test_a_concentration_that_is_not_known_may_be_the_highest(browser, stage):
    sell = stage.buy("DARK", "dark", "dark")
    with looking(browser, f"{stage.url}/risk") as page:
        tile = page.locator(".kpi", has_text="Concentration")
        tile.filter(has_text="dark: no price").wait_for()
        sell("100")
        tile.filter(has_text="one symbol").wait_for()


def test_a_fill_at_the_mid_is_not_told_as_better_than_it(browser, stage):
    with stage.desk_at_rest(), looking(browser, f"{stage.url}/execution") as page:
        answer = stage.get("execution")
        upto_the_mid = answer["slippage_edges"].index(0) + 1
        counted = sum(sum(flow["slippage_counts"][:upto_the_mid]) for flow in answer["flows"])
        assert f"at the mid or better: {counted:,}" in page.locator(".sides").inner_text()


def test_the_day_that_goes_on_follows_and_before_a_first_one_there_is_none(browser, stage):
    sell = stage.buy("EARLY", "early", "early")
    with looking(browser, f"{stage.url}/pnl") as page:
        days = page.locator(".calendar .day")
        days.filter(has_text="could not be known").wait_for()
        assert days.count() == 1
        sell("100")
        said = days.filter(has_not_text="could not be known")
        said.wait_for()
        known = said.inner_text()
        changed = "known => document.querySelector('.calendar .day').innerText !== known"
        page.wait_for_function(changed, arg=known)


def test_an_engine_that_hangs_is_said_in_large_letters(browser, stage):
    with looking(browser, stage.url) as page:
        with stage.engine_frozen():
            banner = page.locator(".banner [role=alert]")
            banner.wait_for()
            assert "Not live" in banner.inner_text()
            size = banner.evaluate("one => parseFloat(getComputedStyle(one).fontSize)")
            assert size >= 20
            assert page.locator(".frame.frozen").count() == 1, "its figures are grey"
        page.locator(".link.live").wait_for()
        assert page.locator(".banner").count() == 0


def test_a_machine_that_slept_says_how_long_nothing_came(browser, stage):
    with looking(browser, stage.url) as page, stage.engine_frozen():
        page.locator(".banner [role=alert]").wait_for()
        # Of its clocks this one alone goes on meanwhile.
        page.evaluate("Date.now = (now => () => now() + 8 * 3600e3)(Date.now)")
        page.locator(".banner", has_text="Silent for 8 h").wait_for()


#: A newer engine's answer, of which an older page knows a part by another name.
NEWER = """
    const listen = EventSource.prototype.addEventListener;
    EventSource.prototype.addEventListener = function (kind, heard) {
        listen.call(this, kind, ({ data, lastEventId }) => {
            const renamed = data.replaceAll('"thresholds"', '"levels"');
            heard(new MessageEvent(kind, { data: renamed, lastEventId }));
        });
    };
"""


def test_what_cannot_be_drawn_says_so_and_the_rest_goes_on(browser, stage):
    context = browser.new_context()
    page = context.new_page()
    page.add_init_script(NEWER)
    page.goto(stage.url)
    page.locator(".card", has_text="Nearest limits").get_by_text("could not be drawn").wait_for()
    page.locator(".breakers li").first.wait_for()
    assert page.get_by_text("could not be drawn").count() == 1
    context.close()


def test_a_browser_that_may_keep_nothing_shows_the_desk_all_the_same(browser, stage):
    with looking(browser, stage.url) as page:
        page.add_init_script(
            """for (const kind of ["localStorage", "sessionStorage"])
                Object.defineProperty(window, kind, {
                    get() { throw new DOMException("cookies are blocked", "SecurityError"); },
                });"""
        )
        page.reload()
        page.locator(".link.live").wait_for()


def test_a_page_that_a_newer_engine_has_no_more_says_so(browser, stage):
    context = browser.new_context()
    page = context.new_page()
    page.goto(stage.url)
    page.locator(".link.live").wait_for()
    page.route("**/static/assets/execution-*", lambda route: route.fulfill(status=404))
    page.get_by_role("link", name="Execution").click()
    page.get_by_text("could not be drawn").wait_for()
    page.get_by_role("link", name="Desk", exact=True).click()
    page.locator(".breakers li").first.wait_for()
    context.close()


def test_breakers_of_one_name_are_told_apart_by_ear(browser, stage):
    twins = [{"name": "page_twin", "account": account} for account in ("twin-a", "twin-b")]
    for twin in twins:
        stage.post(**breaker("closed", **twin, actor="tests"))
    with looking(browser, stage.url) as page:
        page.locator(".breakers li", has_text="page_twin").nth(1).wait_for()
        said = page.locator("[aria-live=assertive]")
        for twin in twins:
            stage.post(**breaker("open", **twin, cause="drawdown"))
            said.filter(has_text=f"page_twin {twin['account']}: OPEN").wait_for(state="attached")
            stage.post(**breaker("closed", **twin, actor="tests"))
            said.filter(has_text=f"{twin['account']}: Closed").wait_for(state="attached")


def test_a_kill_switch_tells_the_day_since_which_it_holds(browser, stage):
    switch = {"kind": "kill_switch", "scope": "account", "account": "page-kill"}
    yesterday = time.time_ns() - 86_400 * 10**9
    stage.post(**switch, engaged=True, cause="drill", actor="tests", event_time=yesterday)
    with looking(browser, stage.url) as page:
        line = page.locator(".breakers li.open", has_text="page-kill")
        line.get_by_text(re.compile(r"since \d{4}-\d\d-\d\d \d\d:")).wait_for()
    stage.post(**switch, engaged=False, actor="tests")


def test_a_log_that_could_not_be_read_at_first_is_read_once_the_engine_is_there(browser, stage):
    stage.log(3)
    context = browser.new_context()
    page = context.new_page()
    page.route("**/api/v1/logs?*", lambda route: route.abort(), times=1)
    page.goto(f"{stage.url}/logs")
    page.locator(".lines li").nth(2).wait_for()
    page.locator(".trouble").wait_for(state="detached")
    context.close()


#: The first search is lost, and the page learns of it once the stream has begun.
LOST_LATE = """
    let lose;
    const fetched = window.fetch;
    window.fetch = (asked, ...more) => {
        const search = String(asked.url ?? asked).includes("/api/v1/logs?");
        if (!search || lose !== undefined) return fetched(asked, ...more);
        return new Promise((_, fail) => (lose = () => fail(new TypeError("Failed to fetch"))));
    };
    const listen = EventSource.prototype.addEventListener;
    EventSource.prototype.addEventListener = function (kind, heard) {
        listen.call(this, kind, (event) => {
            heard(event);
            if (this.url.includes("/logs/tail")) lose?.();
        });
    };
"""


def test_a_log_whose_first_search_is_lost_while_news_come_is_read_all_the_same(browser, stage):
    stage.log(3)
    context = browser.new_context()
    page = context.new_page()
    page.add_init_script(LOST_LATE)
    page.goto(f"{stage.url}/logs")
    page.locator(".lines li").nth(2).wait_for()
    page.locator(".trouble").wait_for(state="detached")
    context.close()


def test_a_pause_holds_the_figures_and_says_so(browser, stage):
    with looking(browser, stage.url) as page:
        page.keyboard.press("p")
        page.locator(".banner.paused").wait_for()
        page.keyboard.press("p")
        page.locator(".banner.paused").wait_for(state="detached")


def drawings(page) -> int:
    """Return how many parts of drawings the page keeps, its garbage gone."""
    debugger = page.context.new_cdp_session(page)
    one = debugger.send("Runtime.evaluate", {"expression": "Object.prototype"})
    every = debugger.send("Runtime.queryObjects", {"prototypeObjectId": one["result"]["objectId"]})
    found = debugger.send(
        "Runtime.callFunctionOn",
        {
            "objectId": every["objects"]["objectId"],
            "functionDeclaration": (  # Preact's: what has children and a depth
                "function() { return this.filter(o => '__k' in o && '__b' in o).length; }"
            ),
            "returnByValue": True,
        },
    )
    debugger.detach()
    return int(found["result"]["value"])


def test_what_is_no_longer_shown_is_let_go_of(browser, stage):
    names = [f"page_drill_{letter}" for letter in "abcd"]

    def tell(value: int) -> str:
        name = names[value % len(names)]
        told = breaker("closed", name, watches="rejects", limit="1000", value=str(value))
        stage.post(**told, actor="tests")
        return f"{value} of 1,000"

    for value in range(100, 104):
        tell(value)
    with looking(browser, stage.url) as page, stage.desk_at_rest():

        def follow(values: range) -> int:
            for value in values:
                page.locator(".breakers li", has_text=tell(value)).wait_for()
            return drawings(page)

        before = follow(range(104, 112))
        assert before > 500, "it counts what it should"
        assert follow(range(112, 152)) < before * 1.1

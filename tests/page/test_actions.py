"""What an operator does on the page is done in the engine, and kept with their name."""

import re

from tests.page.look import looking


def test_an_alert_is_acknowledged_silenced_and_let_speak_again(browser, stage):
    stage.post(kind="breaker", breaker="to_silence", state="open", cause="drawdown")
    with looking(browser, stage.url + "/alerts") as page:
        alert = page.locator("ul.alerts > li", has_text="to_silence").first
        alert.get_by_role("button", name=re.compile("^Acknowledge")).click()
        alert.get_by_text("seen by local").wait_for()

        alert.get_by_role("button", name=re.compile("^Silence")).click()
        dialog = page.get_by_role("dialog", name="Silence")
        dialog.get_by_label("Why").fill("the page's own test")
        dialog.get_by_role("button", name="Silence", exact=True).click()
        dialog.wait_for(state="hidden")
        alert.get_by_text("silenced").wait_for()
        (silence,) = stage.get("silences")["silences"]
        assert (silence["author"], silence["reason"]) == ("local", "the page's own test")

        page.get_by_role("button", name=re.compile("^End the silence")).click()
        page.get_by_text("Nothing is silenced.").wait_for()
        assert stage.get("silences")["silences"] == []
    deeds = [(deed["actor"], deed["what"]) for deed in stage.get("audit")["deeds"]]
    assert {actor for actor, _ in deeds} == {"local"}
    assert len(deeds) >= 3, deeds
    stage.post(kind="breaker", breaker="to_silence", state="closed", actor="tests")


def test_who_acknowledges_by_keyboard_stays_there_also_where_the_news_come_first(browser, stage):
    stage.post(kind="breaker", breaker="to_stay_at", state="open", cause="drawdown")
    with looking(browser, stage.url + "/alerts") as page:
        answers = []
        path = "**/api/v1/alerts/acknowledge"
        page.route(path, lambda route: answers.append((route, route.fetch())))
        alert = page.locator("ul.alerts > li", has_text="to_stay_at").first
        alert.get_by_role("button", name=re.compile("^Acknowledge")).focus()
        page.keyboard.press("Enter")
        alert.get_by_text("seen by local").wait_for()
        ((route, answer),) = answers
        route.fulfill(response=answer)
        page.wait_for_function("() => document.activeElement.matches('.what')")
        assert "to_stay_at" in page.evaluate("document.activeElement.innerText")
    stage.post(kind="breaker", breaker="to_stay_at", state="closed", actor="tests")


def test_a_runbook_stands_beside_its_alert(browser, stage):
    stage.post(kind="breaker", breaker="to_read", state="open", cause="drawdown")
    with looking(browser, stage.url + "/alerts") as page:
        alert = page.locator("ul.alerts > li", has_text="to_read").first
        alert.locator("button.what").click()
        alert.get_by_role("heading").first.wait_for()
        address = page.url
    with looking(browser, address) as page:
        assert page.locator("ul.alerts button[aria-expanded=true]").count() == 1, "the link has it"
    stage.post(kind="breaker", breaker="to_read", state="closed", actor="tests")


def test_a_link_carries_the_range_from_page_to_page(browser, stage):
    with looking(browser, stage.url + "/?range=5m") as page:
        page.get_by_role("link", name="P&L").first.click()
        page.locator("h1", has_text="P&L").wait_for()
        assert "range=5m" in page.url
        assert page.get_by_label("Time range").input_value() == "5m"


def test_an_operator_may_act_though_the_engine_did_not_say_so_at_once(browser, stage):
    context = browser.new_context()
    page = context.new_page()
    page.route("**/api/v1/session", lambda route: route.abort(), times=1)
    page.goto(f"{stage.url}/alerts")
    page.locator("button:enabled", has_text="New silence").wait_for()
    context.close()

"""Who may look, and who may act."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.page.stage import OPERATOR, VIEWER, Stage

SILENCE = """csrf => fetch("/api/v1/silences", {
  method: "POST", headers: {"Content-Type": "application/json", "X-CSRF-Token": csrf},
  body: JSON.stringify({matchers: [{name: "account", op: "=", value: "A1"}], duration_s: 60}),
}).then(async answer => [answer.status, (await answer.json()).error.reason])"""
CSRF = """() => fetch("/api/v1/session").then(answer => answer.json()).then(one => one.csrf)"""


@contextmanager
def signed_in(browser: Any, stage: Stage, path: str, name: str, password: str) -> Iterator[Any]:
    """Open a page as somebody who signs in first."""
    context = browser.new_context(reduced_motion="reduce", timezone_id="UTC")
    page = context.new_page()
    page.set_default_timeout(30_000)
    page.goto(stage.url + path)
    page.get_by_label("Your name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()
    page.locator(".link.live").wait_for()
    yield page
    context.close()


@pytest.fixture
def open_breaker(guarded_stage: Stage) -> Iterator[str]:
    guarded_stage.post(kind="breaker", breaker="roles", state="open", cause="drawdown")
    yield "roles"
    guarded_stage.post(kind="breaker", breaker="roles", state="closed", actor="tests")


def test_a_viewer_sees_why_they_may_not_act_and_is_refused(browser, guarded_stage, open_breaker):
    with signed_in(browser, guarded_stage, "/alerts", "grace", VIEWER) as page:
        alert = page.locator("ul.alerts > li", has_text=open_breaker).first
        for name in ("Acknowledge", "Silence"):
            button = alert.get_by_role("button", name=re.compile(f"^{name}"))
            assert button.is_disabled()
            assert "operator" in button.get_attribute("title"), "the reason is there"
        assert page.get_by_role("button", name="New silence").is_disabled()
        asked = page.evaluate(SILENCE, page.evaluate(CSRF))
        assert asked == [403, "not_an_operator"], "the engine does not rely on the page"
    assert guarded_stage.get("silences")["silences"] == []


def test_an_operator_acts_under_their_name(browser, guarded_stage, open_breaker):
    with signed_in(browser, guarded_stage, "/alerts", "ada", OPERATOR) as page:
        alert = page.locator("ul.alerts > li", has_text=open_breaker).first
        alert.get_by_role("button", name=re.compile("^Acknowledge")).click()
        alert.get_by_text("seen by ada").wait_for()
    deeds = {(deed["actor"], deed["what"]) for deed in guarded_stage.get("audit")["deeds"]}
    assert ("ada", "acknowledge") in deeds


def test_a_wrong_password_lets_nobody_in(browser, guarded_stage):
    context = browser.new_context()
    page = context.new_page()
    page.goto(guarded_stage.url)
    page.get_by_label("Your name").fill("eve")
    page.get_by_label("Password").fill("open sesame, please")
    page.get_by_role("button", name="Log in").click()
    page.locator("form [role=alert]").wait_for()
    assert page.locator(".kpi").count() == 0, "and no figure is shown"
    context.close()

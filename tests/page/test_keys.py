"""What is typed on a real keyboard, where Shift is a key as well."""

import pytest

from tests.page.look import looking


def shifted(page, key: str) -> None:
    """Press a key together with Shift, which comes first."""
    page.keyboard.down("Shift")
    page.keyboard.press(key)
    page.keyboard.up("Shift")


def test_a_question_mark_takes_shift_and_shows_all_keys(browser, stage):
    with looking(browser, stage.url) as page:
        shifted(page, "?")
        page.locator("dialog[open]").wait_for()


@pytest.mark.parametrize("stray", ["x", "Escape", "g"])
def test_what_was_typed_before_keeps_no_key_from_its_work(browser, stage, stray):
    with looking(browser, stage.url) as page:
        page.get_by_placeholder("Filter strategy, symbol, venue").wait_for()
        page.keyboard.press(stray)
        shifted(page, "/")
        assert page.evaluate("document.activeElement.tagName") == "INPUT"


def test_a_choice_that_was_made_keeps_no_key_from_its_work(browser, stage):
    """What is chosen by is an input, in which nothing is typed."""
    with looking(browser, stage.url) as page:
        page.locator("input[type=radio]").first.focus()
        page.keyboard.press("p")
        page.locator(".banner.paused").wait_for()


@pytest.mark.parametrize(("key", "code"), [("P", "KeyP"), ("з", "KeyP")])
def test_caps_lock_and_other_alphabets_mean_the_same_key(browser, stage, key, code):
    with looking(browser, stage.url) as page:
        typed = "([key, code]) => dispatchEvent(new KeyboardEvent('keydown', {key, code}))"
        page.evaluate(typed, [key, code])
        page.locator(".banner.paused").wait_for()


def test_a_page_that_is_left_is_held_no_more(browser, stage):
    with looking(browser, stage.url) as page:
        page.keyboard.press("p")
        page.locator(".banner.paused").wait_for()
        page.keyboard.press("g")
        page.keyboard.press("r")
        page.wait_for_url("**/risk")
        page.locator(".banner.paused").wait_for(state="detached")


def test_two_letters_lead_to_a_page(browser, stage):
    with looking(browser, stage.url) as page:
        page.keyboard.press("g")
        page.keyboard.press("p")
        page.wait_for_url("**/pnl")


def test_who_opens_a_page_by_keyboard_begins_at_its_top(browser, stage):
    with looking(browser, stage.url) as page:
        page.locator("main a[href^='/risk']").first.focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**/risk*")
        assert page.evaluate("document.activeElement.id") == "app"


def test_a_page_that_is_loaded_anew_is_where_it_was(browser, stage):
    with looking(browser, f"{stage.url}/risk", "phone") as page:
        page.locator("main [aria-busy=true]").first.wait_for(state="detached")
        page.evaluate("scrollTo(0, 900)")
        page.reload()
        page.wait_for_function("() => scrollY === 900")
        page.goto(f"{stage.url}/health")
        page.wait_for_function("() => scrollY === 0")


def test_back_leads_to_where_one_was(browser, stage):
    with looking(browser, f"{stage.url}/risk", "phone") as page:
        page.locator("main [aria-busy=true]").first.wait_for(state="detached")
        page.evaluate("scrollTo(0, 900)")
        page.keyboard.press("g")
        page.keyboard.press("h")
        page.locator("h1", has_text="Health").wait_for()
        assert page.evaluate("scrollY") == 0
        page.locator("main [aria-busy=true]").first.wait_for(state="detached")
        page.evaluate("scrollTo(0, 300)")
        page.go_back()
        page.locator("h1", has_text="Risk").wait_for()
        page.wait_for_function("() => scrollY === 900")
        page.go_forward()
        page.locator("h1", has_text="Health").wait_for()
        page.wait_for_function("() => scrollY === 300")

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
        page.keyboard.press(stray)
        shifted(page, "/")
        assert page.evaluate("document.activeElement.tagName") == "INPUT"


def test_two_letters_lead_to_a_page(browser, stage):
    with looking(browser, stage.url) as page:
        page.keyboard.press("g")
        page.keyboard.press("p")
        page.wait_for_url("**/pnl")

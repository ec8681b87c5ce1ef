"""Every page, on a desk's screen and a phone's, dark and light."""

import pytest

from tests.page.look import AXE, PAGES, SCREENS, looking, overflow, violations


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_whole_and_anybody_can_use_it(browser, stage, path, screen):
    if not AXE.exists():
        pytest.skip("axe-core is missing: ui/node_modules was not installed here")
    with looking(browser, stage.url + path, screen) as page:
        assert page.locator("h1").inner_text() == PAGES[path]
        page.locator("main [aria-busy=true]").first.wait_for(state="detached")
        assert overflow(page) == 0
        text = page.locator("main").inner_text()
        assert not [word for word in ("NaN", "undefined", "[object", "Infinity") if word in text]
        for scheme in ("dark", "light"):
            page.emulate_media(color_scheme=scheme)
            assert violations(page) == [], scheme


@pytest.mark.parametrize("width", [660, 1_100, 1_280])
def test_no_table_hides_its_last_columns_on_any_screen(browser, stage, width):
    context = browser.new_context(viewport={"width": width, "height": 900})
    page = context.new_page()
    for path in PAGES:
        page.goto(stage.url + path)
        page.locator(".link.live").wait_for()
        page.locator("main [aria-busy=true]").first.wait_for(state="detached")
        wider = "all => all.filter(one => one.scrollWidth > one.clientWidth + 1).length"
        assert page.locator(".table").evaluate_all(wider) == 0, path
    context.close()


@pytest.mark.parametrize("screen", SCREENS)
def test_a_tile_has_room_for_why_its_figure_is_not_known(browser, stage, screen):
    with looking(browser, stage.url, screen) as page:
        cut_and_grown = """note => {
            const before = note.parentElement.offsetHeight;
            note.textContent = "equity-us: no price when the period began";
            const { scrollWidth, clientWidth, scrollHeight, clientHeight } = note;
            return [
                scrollWidth > clientWidth || scrollHeight > clientHeight,
                note.parentElement.offsetHeight - before,
            ];
        }"""
        assert page.locator(".kpi small").first.evaluate(cut_and_grown) == [False, 0]


def test_a_phone_tells_in_full_why_a_value_at_risk_is_not_known(browser, stage):
    sell = stage.buy("NEW", "newcomer", "first")
    stage.mark("NEW", "100")
    with looking(browser, f"{stage.url}/risk", "phone") as page:
        row = page.locator("[aria-label^='Value at risk'] tr", has_text="newcomer").first
        why = row.locator("td", has_text="USD")
        why.wait_for()
        assert "\n" in why.inner_text()
        assert why.evaluate("cell => cell.scrollWidth <= cell.clientWidth")
    sell("100")


def test_a_phone_tells_apart_what_fired_under_one_name(browser, stage):
    breakers = ("phone one with a long name of its own", "phone two with a long name of its own")
    for name in breakers:
        stage.post(kind="breaker", breaker=name, state="open", cause="drawdown")
    with looking(browser, f"{stage.url}/alerts", "phone") as page:
        history = page.locator("[aria-label='What fired lately']")
        for name in breakers:
            alert = history.locator("td", has_text=name).first
            alert.get_by_text(name).wait_for()
            assert alert.evaluate("cell => cell.scrollWidth <= cell.clientWidth")
    for name in breakers:
        stage.post(kind="breaker", breaker=name, state="closed", actor="tests")


def test_the_first_figures_stand_before_any_script_runs(browser, stage):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(stage.url)
    figures = page.locator(".kpi")
    assert "P&L today" in figures.first.inner_text()
    assert any(digit in figures.first.inner_text() for digit in "0123456789")
    context.close()


def test_the_page_asks_nobody_but_the_engine(browser, stage):
    context = browser.new_context()
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for path in PAGES:
        page.goto(stage.url + path)
        page.locator(".link.live").wait_for()
    assert asked
    assert [url for url in asked if not url.startswith((stage.url, "data:"))] == []
    context.close()


def test_nothing_is_told_by_a_ground_alone_where_the_system_has_its_own_colours(browser, stage):
    context = browser.new_context(forced_colors="active")
    page = context.new_page()
    ground = "one => getComputedStyle(one).backgroundColor"
    page.goto(f"{stage.url}/execution")
    bar = page.locator(".distribution .worse i").first
    bar.wait_for(state="attached")
    assert bar.evaluate(ground) != page.locator("body").evaluate(ground)
    page.goto(f"{stage.url}/logs?level=error")
    levels = page.locator(".levels button")
    levels.first.wait_for()
    edges = levels.evaluate_all("all => all.map(one => getComputedStyle(one).outlineStyle)")
    chosen = levels.evaluate_all("all => all.map(one => one.ariaPressed === 'true')")
    assert [edge == "solid" for edge in edges] == chosen
    assert sum(chosen) == 1
    context.close()

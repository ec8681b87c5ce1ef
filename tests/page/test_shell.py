"""The tiles that the engine writes are those that the script writes, whatever the desk's state."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.page.stage import OPERATOR, Stage, guarded
from tests.page.test_roles import signed_in

#: Not a time: where the machine is busy one look takes seconds.
LOOKS = 30

TILES = """() => [...document.querySelectorAll(".kpi")].map(tile => {
  const value = tile.querySelector("b");
  const tone = [value, ...value.querySelectorAll("*")].flatMap(one => [...one.classList]);
  return {
    label: tile.querySelector("span").textContent,
    value: value.textContent,
    note: tile.querySelector("small").textContent.replace(" UTC", ""),
    tone: tone.filter(one => ["neg", "warn", "pos", "long"].includes(one)).join(" "),
    page: tile.getAttribute("href") ?? "",
  };
})"""


@pytest.fixture
def untouched_stage(playwright: Any, tmp_path: Path) -> Iterator[Stage]:
    """Return an engine of one test's own, to which no other test has reported a trade."""
    with guarded(tmp_path) as found:
        yield found


def written_by_the_engine(page: Any, browser: Any) -> list[dict[str, str]]:
    """Return the tiles before any script runs, for whoever `page` is signed in as."""
    state = page.context.storage_state()
    context = browser.new_context(java_script_enabled=False, storage_state=state)
    still = context.new_page()
    still.goto(page.url)
    tiles: list[dict[str, str]] = still.evaluate(TILES)
    context.close()
    return tiles


def test_engine_and_script_choose_the_same_tiles(browser, untouched_stage):
    with signed_in(browser, untouched_stage, "/", "ada", OPERATOR) as page:
        said = []
        for happens in (nothing, unpriced, priced, drilled, soaring, breaker_opens):
            happens(untouched_stage)
            said.append(same(page, browser))
            assert len(said[-1]) == 7
        untouched_stage.post(kind="breaker", breaker="shell", state="closed", actor="tests")
    pnl = [tiles[0] for tiles in said]
    assert [pnl[0]["note"], pnl[1]["note"]] == ["no account yet", "A1: no price"]
    assert (pnl[2]["value"], pnl[2]["tone"]) == ("+$100", "pos")
    assert said[2][2]["note"] == "no limit"
    assert said[3][:3] == said[2][:3]
    assert "drill" not in said[3][3]["note"]
    assert (pnl[4]["value"], pnl[4]["tone"]) == ("+$12,345,678,900", "long pos")
    assert said[5][5]["tone"] == "neg"


def same(page: Any, browser: Any) -> list[dict[str, str]]:
    """Return the tiles once both agree, looked at a number of times: the engine's are the older."""
    for _ in range(LOOKS):
        engine, script = written_by_the_engine(page, browser), page.evaluate(TILES)
        if engine == script:
            break
        page.wait_for_timeout(200)
    assert script == engine
    return engine


def nothing(stage: Stage) -> None:
    """Nobody has traded: no account, no limit, no breaker."""


def bought(stage: Stage, account: str, symbol: str) -> None:
    """An account has bought what has no price."""
    listing = {"venue": "XNAS", "symbol": symbol}
    stage.post(kind="instrument", **listing, base=symbol, quote="USD")
    stage.post(
        kind="fill", account=account, strategy="mm", side="buy", quantity="10", price="100",
        exec_id="shell-1", **listing,
    )  # fmt: skip


def unpriced(stage: Stage) -> None:
    bought(stage, "A1", "AAPL")


def priced(stage: Stage) -> None:
    stage.post(kind="mark", venue="XNAS", symbol="AAPL", price="110")


def drilled(stage: Stage) -> None:
    """A simulated account has bought, and it is no matter of the desk's."""
    bought(stage, "drill", "DRILL")


def soaring(stage: Stage) -> None:
    stage.post(kind="mark", venue="XNAS", symbol="AAPL", price="1234567990")


def breaker_opens(stage: Stage) -> None:
    stage.post(kind="breaker", breaker="shell", state="open", cause="drawdown")

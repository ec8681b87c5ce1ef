"""The figures that are asked for over HTTP: exact, or absent and why."""

import asyncio
import json
from collections import Counter
from fractions import Fraction
from typing import Any

import msgspec
import pytest

from deskwatch.core import event
from deskwatch.core.books import Books
from deskwatch.core.codec import decode
from deskwatch.core.line import SUM_DECIMALS, Line
from deskwatch.core.settings import BooksSettings
from deskwatch.demo.simulate import events
from deskwatch.engine.views import VIEWS
from tests.core.blotter import EQUITY, HOUR, MINUTE, TEN
from tests.engine.rig import block, fill, mark
from tests.serving import Served, series, serving

PLACE = {"venue": "XNAS", "symbol": "AAPL"}
WHO = {"account": "A1", "strategy": "mm"}
LINE = PLACE | WHO | {"currency": "USD"}


def fx(time: int, base: str, rate: str) -> event.Fx:
    return event.Fx(event_time=time, base=base, quote="USD", rate=rate)


async def the_only(served: Served, path: str, name: str) -> dict[str, Any]:
    """Return the one row of an answer."""
    (row,) = (await served.get(path))[name]
    assert isinstance(row, dict)
    return row


async def test_a_position_is_told_to_the_last_digit(tmp_path):
    async with serving(tmp_path) as served:
        await served.post(
            block(
                EQUITY,
                fill(1, TEN, quantity="3", price="100.01", fee="0.333"),
                fill(2, TEN, quantity="4", price="100.02", fee="-0.1"),
                fill(3, TEN, side="sell", quantity="2", price="101.5", fee=None),
                event.Funding(event_time=TEN, **PLACE, **WHO, amount="1.25", reason="dividend"),
                mark(TEN, "101"),
            )
        )
        served.clock.forward(2 * MINUTE)
        position = await the_only(served, "positions", "positions")
    # 700.11 was paid for 7, of which 5 are left: the cost of those is 5/7 of it.
    cost = Fraction("700.11") * 5 / 7
    assert position["average_price"] == "100.01571429"
    assert abs(Fraction(position["average_price"]) - cost / 5) <= Fraction(1, 2 * 10**8)
    assert Fraction(position["realized"]) + Fraction(position["unrealized"]) == (
        5 * 101 + 203 - Fraction("700.11")
    )
    assert abs(Fraction(position["unrealized"]) - (505 - cost)) <= Fraction(1, 2 * 10**9)
    assert position["net"] == "8.907"
    assert {name: position[name] for name in ("quantity", "mark", "mark_age_s", "notional")} == {
        "quantity": "5",
        "mark": "101",
        "mark_age_s": 120.0,
        "notional": "505",
    }
    assert (position["fees"], position["funding"]) == ({"USD": "0.233"}, {"USD": "1.25"})
    assert (position["hour"], position["day"]) == ("8.907", "8.907")
    assert (position["method"], position["unpriced"]) == ("average", None)


async def test_strategies_are_translated_and_add_up_to_their_account(tmp_path):
    config = "[accounts.A1]\nreporting_currency = 'EUR'\nmethod = 'fifo'"
    async with serving(tmp_path, config) as served:
        await served.post(
            block(
                EQUITY,
                event.Fx(event_time=TEN, base="EUR", quote="USD", rate="1.1"),
                event.Cash(event_time=TEN, account="A1", amount="1000", currency="EUR"),
                fill(1, TEN, fee="0.5"),
                fill(2, TEN, fee=None, price="102"),
                fill(3, TEN, fee=None, side="sell", price="110"),
                fill(4, TEN, fee=None, side="sell", quantity="1", strategy="pairs"),
                mark(TEN, "101"),
            )
        )
        pnl = await served.get("pnl")
    mm, pairs = pnl["strategies"]
    assert (mm["realized"], mm["unrealized"]) == ("90.909090909", "-9.090909091")
    assert (mm["fees"], mm["net"]) == ("0.454545455", "81.363636363")
    assert (pairs["unrealized"], pairs["net"]) == ("-0.909090909", "-0.909090909")
    (account,) = pnl["accounts"]
    for figure in ("realized", "unrealized", "fees", "funding", "net", "hour", "day"):
        total = sum(Fraction(strategy[figure]) for strategy in pnl["strategies"])
        assert Fraction(account[figure]) == total, figure
    assert (account["currency"], account["equity"]) == ("EUR", "1080.454545454")
    assert pnl["hour_start"] == TEN


async def test_hours_and_days_are_told_with_those_that_are_open(tmp_path):
    config = "[books]\nmark_max_age_s = 86400\n"
    async with serving(tmp_path, config) as served:
        await served.post(block(EQUITY, fill(1, TEN), mark(TEN, "102")))
        served.clock.forward(HOUR)
        await served.post(block(fill(2, TEN + HOUR, price="102", fee="0.25", strategy="pairs")))
        await served.app.engine.tick()
        served.clock.forward(HOUR)
        late = fill(3, TEN + MINUTE, side="sell", price="103", fee=None)
        await served.post(block(mark(served.clock.now, "104"), late))
        served.clock.forward(10 * MINUTE)
        assert await earned(served, "hourly") == [
            (0, "mm", "30", "0", "0.5", "29.5"),
            (1, "pairs", "0", "0", "0.25", "-0.25"),
            (2, "pairs", "0", "20", "0", "20"),
        ]
        assert await earned(served, "hourly", strategy="mm") == [
            (0, "mm", "30", "0", "0.5", "29.5")
        ]
        assert await earned(served, "hourly", account="A2") == []
        assert await earned(served, "hourly", **{"from": TEN + HOUR, "to": TEN + 2 * HOUR}) == [
            (1, "pairs", "0", "0", "0.25", "-0.25")
        ]
        assert await earned(served, "daily") == [
            (-10, "mm", "30", "0", "0.5", "29.5"),
            (-10, "pairs", "0", "20", "0.25", "19.75"),
        ]
        before = await earned(served, "hourly")
    async with serving(tmp_path, config) as again:
        again.clock.forward(2 * HOUR + 10 * MINUTE)
        assert await earned(again, "hourly") == before


async def earned(served: Served, path: str, **asked: str | int) -> list[tuple[object, ...]]:
    """Return each row's hour after ten, its strategy and figures."""
    names = ("strategy", "realized", "unrealized_change", "fees", "net")
    return [
        ((row["start"] - TEN) // HOUR, *(row[name] for name in names))
        for row in (await served.get(f"pnl/{path}", **asked))["rows"]
    ]


async def test_a_row_on_its_way_to_the_history_is_told_once(tmp_path, monkeypatch):
    """Late rows add up: one that is found in both places would count twice."""
    async with serving(tmp_path, "[books]\nmark_max_age_s = 86400\n") as served:
        engine = served.app.engine
        await served.post(block(EQUITY, mark(TEN, "100")))
        served.clock.forward(HOUR)
        assert engine.history.file is not None
        write = engine.history.file.write
        asked: list[asyncio.Task[list[tuple[object, ...]]]] = []
        loop = asyncio.get_running_loop()

        def ask_within(cursor: Any, closed: Any, late: Any, *points: Any) -> None:
            if late:  # the end of a second is written for its points alone
                loop.call_soon_threadsafe(
                    lambda: asked.append(asyncio.create_task(earned(served, "hourly")))
                )
            write(cursor, closed, late, *points)

        monkeypatch.setattr(engine.history.file, "write", ask_within)
        for number in range(1, 11):
            await served.post(block(fill(number, TEN + MINUTE, fee="1")))
            await engine.tick()
        answers = await asyncio.gather(*asked)
    assert [answer[0][4] for answer in answers] == [str(number) for number in range(1, 11)]


async def test_a_simulated_desk_is_told_as_books_of_ones_own_keep_it(tmp_path):
    """Ten thousand events of every kind; each figure of each line, in the API and the metrics."""
    lines = list(events(7, 10_000, start_ns=TEN))
    blocks = [b"".join(lines[at : at + 500]) for at in range(0, len(lines), 500)]
    decoded = [decode(each) for each in blocks]
    ahead_of_us = TEN + 12 * HOUR  # some of the bad events are
    times = [each.event_time for one in decoded for each in one.events]
    now = max(time for time in times if time < ahead_of_us)
    books = Books(BooksSettings())
    books.begin(now)
    refused = Counter(refusal.reason for one in decoded for refusal in one.refused)
    for one in decoded:
        books.apply_all(one.events, lambda _, why: refused.update([why.reason] if why else []))
    books.refresh(now)
    async with serving(tmp_path) as served:
        served.clock.now = now
        receipts = [(await served.post(each)).json() for each in blocks]
        positions = (await served.get("positions"))["positions"]
        status = await served.get("status")
        metrics = await served.metrics()
    taken = sum(receipt["accepted"] + receipt["duplicates"] for receipt in receipts)
    assert status["refused"]["by_reason"] == refused
    assert taken + refused.total() == 10_000
    assert status["refused"]["by_reason"] == refused
    assert len(positions) == len(books.lines) > 10
    lines_by_name = {
        (line.account, line.strategy, line.instrument.symbol): line for line in books.lines
    }
    for position in positions:
        line = lines_by_name[position["account"], position["strategy"], position["symbol"]]
        assert_is(position, line)
        assert_shows(metrics, line)


def assert_is(position: dict[str, Any], line: Line) -> None:
    sums = line.figures.sums[line.instrument.settle]
    held = Fraction(line.position.quantity, 10**line.instrument.quantity_decimals)
    assert Fraction(position["quantity"]) == held
    assert Fraction(position["realized"]) == Fraction(sums.realized, 10**SUM_DECIMALS)
    assert Fraction(position["unrealized"]) == Fraction(sums.unrealized, 10**SUM_DECIMALS)
    for kept, shown in ((line.fees, position["fees"]), (line.funding, position["funding"])):
        assert {name: Fraction(amount) for name, amount in shown.items()} == {
            name: Fraction(amount, 10**18) for name, amount in kept.items()
        }


def assert_shows(metrics: Any, line: Line) -> None:
    instrument = line.instrument
    for currency, sums in line.figures.sums.items():
        labels = {
            "account": line.account,
            "strategy": line.strategy,
            "venue": instrument.venue,
            "symbol": instrument.symbol,
            "currency": currency,
        }
        for name in ("net", "fees", "funding", "hour", "day"):
            exact = getattr(sums, name)
            assert metrics[series(f"desk_pnl_{name}", **labels)] == exact / 10**SUM_DECIMALS


BNB_FEE = {"fee": "0.01", "fee_currency": "BNB"}


async def no_mark(served: Served) -> None:
    await served.post(block(EQUITY, fill(1, TEN)))


async def mark_stale(served: Served) -> None:
    await served.post(block(EQUITY, fill(1, TEN), mark(TEN, "101")))
    served.clock.forward(301 * 10**9)


async def no_fx(served: Served) -> None:
    await served.post(block(EQUITY, fill(1, TEN, **BNB_FEE), mark(TEN, "101")))


async def fx_stale(served: Served) -> None:
    await served.post(block(EQUITY, fill(1, TEN, **BNB_FEE), fx(TEN, "BNB", "600")))
    served.clock.forward(3601 * 10**9)
    await served.post(block(mark(served.clock.now, "101")))


@pytest.mark.parametrize("happens", [no_mark, mark_stale, no_fx, fx_stale])
async def test_what_has_no_price_is_absent_and_says_why(tmp_path, happens):
    reason = happens.__name__
    async with serving(tmp_path) as served:
        await happens(served)
        position = await the_only(served, "positions", "positions")
        pnl = await served.get("pnl")
        status = await served.get("status")
        metrics = await served.metrics()
    rows = [position, *pnl["strategies"], *pnl["accounts"]]
    assert [row["unpriced"] for row in rows] == [reason] * 3
    for row in rows:
        assert (row["net"], row["hour"], row["day"]) == (None, None, None)
    for row in rows[1:]:
        assert row["unrealized"] is None
        assert row["drawdown"] is None
    assert pnl["accounts"][0]["equity"] is None
    names = {name for name, _ in metrics}
    absent = {f"desk_{of}_pnl_{what}" for of in ("strategy", "account") for what in ("net", "day")}
    absent |= {"desk_equity", "desk_drawdown", "desk_strategy_drawdown"}
    assert not names & absent
    unpriced = {
        labels: value
        for (name, labels), value in metrics.items()
        if name == "desk_unpriced_positions" and value
    }
    assert unpriced == {frozenset({("account", "A1"), ("reason", reason)}): 1}
    assert status["unpriced_positions"] == 1
    by_mark = reason in ("no_mark", "mark_stale")
    assert (position["unrealized"] is None) == by_mark
    assert (series("desk_pnl_net", **LINE) in metrics) != by_mark
    assert (series("desk_pnl_realized", **LINE)) in metrics
    assert (series("desk_mark_age_seconds", **PLACE) in metrics) == (reason != "no_mark")


async def test_a_price_that_comes_back_brings_the_figures_back(tmp_path):
    async with serving(tmp_path) as served:
        await mark_stale(served)
        assert series("desk_pnl_net", **LINE) not in await served.metrics()
        await served.post(block(mark(served.clock.now, "101")))
        assert (await served.metrics())[series("desk_pnl_net", **LINE)] == 9.5
        assert (await the_only(served, "positions", "positions"))["net"] == "9.5"


async def test_the_schema_is_served(tmp_path):
    async with serving(tmp_path) as served:
        schema = await served.get("events/schema")
    assert schema["$schema"].endswith("2020-12/schema")
    assert msgspec.json.decode(json.dumps(schema))["$defs"].keys() >= {"Fill", "KillSwitch"}


async def test_every_view_of_the_books_is_among_the_addresses_and_each_answers(tmp_path):
    async with serving(tmp_path) as served:
        page = (await served.client.get("/api/v1/")).text
        links = {part.partition('"')[0] for part in page.split('href="')[1:]}
        views = {f"/api/v1/{name}" for name in VIEWS}
        assert views <= links
        for link in sorted(views):
            assert (await served.client.get(link)).status_code == 200, link

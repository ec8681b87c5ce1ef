"""Twelve ways for a desk to go wrong: each is the right alert within five seconds, and no other page."""

from collections.abc import Callable, Iterator

import pytest

from deskwatch.core.period import SECOND
from tests.stories.healthy import ACCOUNT, MILLISECOND, PRICES, VENUE, WHO, Event, HealthyDesk
from tests.stories.told import LOOKS_S, Story, story

#: RTS 6 (EU 2017/589) Art. 16(5).
WITHIN_S = 5

CONFIG = """
[limits.default.account]
daily_loss = "5000"
gross = "100000"
[venues.XNAS]
feed_stale_after_s = 3
[feeds]
user_owed_s = 1
[execution]
max_rejects_in_a_row = 10
max_unacked_s = 2
[apprise]
urls = ["json://127.0.0.1:9"]
"""


async def goes_wrong(one: Story, change: Callable[[HealthyDesk], None], *extra: Event) -> None:
    """Change the desk, and let five seconds pass."""
    change(one.desk)
    one.begins()
    await one.live(WITHIN_S, *extra)


def nothing(_: HealthyDesk) -> None:
    """Leave the desk as it is."""


async def test_a_quiet_desk_is_told_of_by_nobody(tmp_path):
    async with story(tmp_path, CONFIG) as one:
        one.begins()
        await one.live(120)
        assert one.pages == []
        assert one.news == set()


async def test_a_breaker_opens(tmp_path):
    opens = {"kind": "breaker", "breaker": "loss", **WHO, "state": "open", "cause": "daily_loss"}
    async with story(tmp_path, CONFIG) as one:
        await goes_wrong(one, nothing, opens)
        assert one.pages == ["CircuitBreakerOpen"]


async def test_a_breaker_is_reset_by_nobody(tmp_path):
    place = {"kind": "breaker", "breaker": "loss", **WHO}
    async with story(tmp_path, CONFIG) as one:
        await one.live(60, place | {"state": "open", "cause": "daily_loss"})
        await goes_wrong(one, nothing, place | {"state": "closed"})
        assert one.pages == ["CircuitBreakerResetUnrecorded"]


async def test_executions_run_away(tmp_path):
    """Knight Capital, 1 August 2012: children are sent long after their parents are filled."""

    def runs_away(desk: HealthyDesk) -> None:
        parent = desk.new_order("AAPL", "buy", "100")
        trading = desk.parts["trading"]

        def children(now: int, number: int) -> Iterator[Event]:
            yield from trading(now, number)
            if number % 10 == 0:
                return
            for side in ("buy", "sell"):
                child = desk.new_order("AAPL", side, "80") | {
                    "parent_order_id": parent["client_order_id"], "parent_quantity": "100",
                }  # fmt: skip
                yield child | {"status": "new"}
                yield child | {"status": "acknowledged"}
                yield {
                    "kind": "fill", **WHO, "venue": VENUE, "symbol": "AAPL", "side": side,
                    "quantity": "80", "price": PRICES["AAPL"],
                    "exec_id": f"R{child['client_order_id']}",
                    "client_order_id": child["client_order_id"],
                }  # fmt: skip
                yield child | {
                    "status": "filled",
                    "cumulative_quantity": "80",
                    "leaves_quantity": "0",
                }

        desk.parts["trading"] = children

    async with story(tmp_path, CONFIG) as one:
        await goes_wrong(one, runs_away)
        assert one.pages == ["ExecutedMoreThanOrdered"]


@pytest.mark.parametrize(
    ("shares", "told"), [(350, "LimitNear"), (450, "LimitHigh"), (500, "LimitBreached")]
)
async def test_exposure_passes_its_limit_s_marks(tmp_path, shares, told):
    """100,000 USD of gross exposure are allowed; AAPL is at 200."""
    buys = {
        "kind": "fill", **WHO, "venue": VENUE, "symbol": "AAPL", "side": "buy",
        "quantity": str(shares), "price": PRICES["AAPL"], "exec_id": "BIG",
    }  # fmt: skip

    def at_rest(desk: HealthyDesk) -> None:
        del desk.parts["trading"]
        desk.held["AAPL"] += shares

    async with story(tmp_path, CONFIG) as one:
        await one.live(one.seconds % 2)  # an even number of seconds: nothing is held
        await goes_wrong(one, at_rest, buys)
        assert told in one.news
        assert one.pages == ([told] if told == "LimitBreached" else [])


async def test_an_account_trades_without_the_limit_that_it_must_have(tmp_path):
    config = '[limits.accounts.A1]\ndaily_loss = "5000"\n'
    new = {
        "kind": "fill", "account": "A2", "strategy": "mm", "venue": VENUE, "symbol": "AAPL",
        "side": "buy", "quantity": "1", "price": PRICES["AAPL"], "exec_id": "NEW",
    }  # fmt: skip
    async with story(tmp_path, config) as one:
        await goes_wrong(one, nothing, new)
        assert "LimitMissing" in one.news
        assert one.pages == []


def limit(kind: str, value: str | None) -> Event:
    return {"kind": "limit", "limit": kind, "account": ACCOUNT, "value": value, "currency": "USD"}


@pytest.mark.parametrize(
    ("config", "kind"),
    [
        pytest.param("", "daily_loss", id="that every account must have"),
        pytest.param("[limits.required]\naccount = []\n", "gross", id="that nobody must have"),
    ],
)
async def test_the_last_limit_is_taken_away_while_the_desk_trades(tmp_path, config, kind):
    """One that is replaced is told of by nobody."""
    async with story(tmp_path, config) as one:
        await one.live(10, limit(kind, "900000"))
        await goes_wrong(one, nothing, limit(kind, None), limit(kind, "800000"))
        assert one.news == set()
        await goes_wrong(one, nothing, limit(kind, None))
        assert one.news == {"LimitsRemoved"}
        assert one.pages == []
        await one.live(10 * 60, every_s=LOOKS_S)
        one.begins()
        await one.live(1)
        assert "LimitsRemoved" in one.firing
        assert "LimitsNotSet" not in one.firing


async def test_an_account_loses_its_last_limit_while_others_have_theirs(tmp_path):
    async with story(tmp_path, '[limits.accounts.A9]\ndaily_loss = "5000"\n') as one:
        await one.live(10, limit("daily_loss", "900000"))
        await goes_wrong(one, nothing)  # what was missing before is over
        await goes_wrong(one, nothing, limit("daily_loss", None))
        assert one.news == {"LimitMissing"}
        assert one.pages == []


async def test_a_venue_rejects_everything(tmp_path):
    def rejects(desk: HealthyDesk) -> None:
        def refused(_now: int, _number: int) -> Iterator[Event]:
            for symbol in PRICES:
                order = desk.new_order(symbol, "buy")
                yield order | {"status": "new"}
                yield order | {"status": "rejected", "reason": "insufficient margin"}

        desk.parts["trading"] = refused

    async with story(tmp_path, CONFIG) as one:
        await goes_wrong(one, rejects)
        assert one.pages == ["VenueRejectsEverything"]


async def test_no_acknowledgement_comes(tmp_path):
    """Nasdaq, 18 May 2012: over 30,000 orders without an answer for more than two hours."""

    def unanswered(desk: HealthyDesk) -> None:
        def sent(_now: int, _number: int) -> Iterator[Event]:
            for symbol in PRICES:
                yield desk.new_order(symbol, "buy") | {"status": "new"}

        desk.parts["trading"] = sent

    async with story(tmp_path, CONFIG) as one:
        await goes_wrong(one, unanswered)
        assert one.pages == ["OrdersUnacknowledged"]


async def test_requests_take_ten_times_as_long(tmp_path):
    def slow(desk: HealthyDesk) -> None:
        desk.parts["requests"] = lambda now, n: desk.requests(now, n, 150 * MILLISECOND)

    async with story(tmp_path, CONFIG, requests_minutes=75) as one:
        await goes_wrong(one, slow)
        assert one.pages == ["ApiLatencyVeryHigh"]


async def test_the_user_stream_dies_while_market_data_flows(tmp_path):
    async with story(tmp_path, CONFIG) as one:
        await goes_wrong(one, lambda desk: desk.parts.pop("user_stream") and None)
        assert one.pages == ["UserStreamSilent"]


async def test_market_data_stands_still_while_connected(tmp_path):
    """CME, 28 November 2025: the session is up, and no symbol has its own page."""

    def stands_still(desk: HealthyDesk) -> None:
        for part in ("market_data", "user_stream", "trading"):
            del desk.parts[part]

    async with story(tmp_path, CONFIG) as one:
        await goes_wrong(one, stands_still)
        assert one.pages == ["MarketDataStale"]


async def test_a_position_query_fails(tmp_path):
    """What the venue doesn't say is not known; it is not flat."""

    def fails(desk: HealthyDesk) -> None:
        def unknown(_now: int, number: int) -> Iterator[Event]:
            for symbol in PRICES:
                yield {
                    "kind": "position_report", "account": ACCOUNT, "venue": VENUE,
                    "symbol": symbol, "quantity": None, "error": "HTTP 503",
                }  # fmt: skip

        desk.parts["reports"] = unknown

    async with story(tmp_path, CONFIG) as one:
        await goes_wrong(one, fails)
        assert "PositionQueryFailing" in one.news
        assert one.pages == []


async def test_a_host_s_clock_steps_by_two_seconds(tmp_path):
    def steps(desk: HealthyDesk) -> None:
        def reports(_now: int, _number: int) -> Iterator[Event]:
            for host, offset in (("h1", 2 * SECOND), ("h2", 20_000)):
                yield {"kind": "clock", "host": host, "offset_ns": offset, "reference": "ptp"}

        desk.skew_ns = 2 * SECOND
        desk.parts["clocks"] = reports

    async with story(tmp_path, CONFIG) as one:
        await goes_wrong(one, steps)
        assert one.pages == ["ClockOffsetOverLimit"]

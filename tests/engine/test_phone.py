"""What the commands of a chat show of a desk."""

from msgspec import structs

from deskwatch.core import event
from deskwatch.core.observation import Limit
from deskwatch.core.period import SECOND
from deskwatch.engine.phone import PhoneDesk
from deskwatch.web.page.key_figures import key_figures
from tests.core.blotter import EQUITY, INVERSE, TEN
from tests.serving import serving

FILL = event.Fill(
    event_time=TEN,
    account="A1",
    strategy="mm",
    venue=EQUITY.venue,
    symbol=EQUITY.symbol,
    side="buy",
    quantity="10",
    price="100",
    exec_id="E1",
)
MARK = event.Mark(event_time=TEN, venue=EQUITY.venue, symbol=EQUITY.symbol, price="88")
LIMITS = """
[limits.default.account]
daily_loss = "100"
drawdown = "1000"
[limits.accounts.later]
daily_loss = "50"
"""


async def test_risk_shows_what_is_used_of_each_limit_the_most_first(tmp_path):
    other = structs.replace(FILL, account="A2", strategy="arb", side="sell", exec_id="E2")
    async with serving(tmp_path, LIMITS) as served:
        await served.report(EQUITY, FILL, other, MARK)
        app = served.app
        sheet = await PhoneDesk(app.engine, app._desk).risk()
    assert sheet.rows == [
        ["A1 daily loss", "120.00", "100.00", "120%", "USD"],
        ["later daily loss", "unknown", "50.00", "", "USD"],
        ["later drawdown", "unknown", "1,000.00", "", "USD"],
        ["A1 drawdown", "120.00", "1,000.00", "12%", "USD"],
        ["A2 daily loss", "0.00", "100.00", "0%", "USD"],
        ["A2 drawdown", "0.00", "1,000.00", "0%", "USD"],
        ["A1 gross", "880.00", "", "", "USD"],
        ["A2 gross", "880.00", "", "7.3x", "USD"],
        ["A1 equity", "-120.00", "", "", "USD"],
        ["A1 below peak", "120.00", "", "", "USD"],
        ["A2 equity", "+120.00", "", "", "USD"],
        ["A2 below peak", "0.00", "", "", "USD"],
    ]


async def test_so_many_limits_leave_room_for_the_exposure_and_the_drawdown(tmp_path):
    limits = (
        "[limits.default.account]\ngross = '10000'\n[limits.default.instrument]\nposition = '1000'"
    )
    symbols = [structs.replace(EQUITY, symbol=f"S{n}") for n in range(40)]
    fills = [structs.replace(FILL, symbol=one.symbol, exec_id=one.symbol) for one in symbols]
    async with serving(tmp_path, limits) as served:
        await served.report(*symbols, *fills)
        sheet = await PhoneDesk(served.app.engine, served.app._desk).risk()
    shown = [row[0] for row in sheet.rows]
    assert shown[-3:] == ["A1 gross", "A1 equity", "A1 below peak"]
    assert sum(name.endswith("position") for name in shown) == 16
    assert sheet.notes[-1] == "24 more are on the page."


async def test_of_many_the_largest_and_what_nobody_knows_are_shown(tmp_path):
    symbols = [structs.replace(EQUITY, symbol=f"S{n:02}") for n in range(40)]
    fills = [
        structs.replace(FILL, symbol=one.symbol, strategy=one.symbol, exec_id=one.symbol)
        for one in symbols
    ]
    marks = [structs.replace(MARK, symbol=f"S{n:02}", price=str(n + 1)) for n in range(40)]
    async with serving(tmp_path) as served:
        told = (*symbols, *fills, *(one for one in marks if one.symbol != "S07"))
        await served.report(*told)
        desk = PhoneDesk(served.app.engine, served.app._desk)
        positions, pnl = await desk.positions(), await desk.pnl()
    shown = [row[0] for row in positions.rows]
    assert shown == ["XNAS S07", *(f"XNAS S{n}" for n in range(39, 20, -1))]
    # Bought at 100: who has the least left has lost most.
    assert [row[0] for row in pnl.rows[:4]] == ["A1", "· A1/S07", "· A1/S00", "· A1/S01"]


async def test_no_yen_outweighs_a_coin_because_it_has_more_digits(tmp_path):
    """Of 25 strategies in yen and one in bitcoin, the one that lost 0.5 XBT is shown."""
    config = "".join(
        f'[accounts.{account}]\nreporting_currency = "{currency}"\n'
        for account, currency in (("JP", "JPY"), ("COIN", "XBT"))
    )
    yen = structs.replace(EQUITY, quote="JPY")
    fills = [
        structs.replace(FILL, account="JP", strategy=f"S{n:02}", exec_id=f"J{n}", quantity=str(n))
        for n in range(10, 35)
    ]
    coin = structs.replace(
        FILL, account="COIN", venue=INVERSE.venue, symbol=INVERSE.symbol, quantity="100000",
        price="50000",
    )  # fmt: skip
    fell = event.Mark(event_time=TEN, venue=INVERSE.venue, symbol=INVERSE.symbol, price="40000")
    async with serving(tmp_path, config) as served:
        told = (yen, INVERSE, *fills, coin, MARK, fell)
        await served.report(*told)
        desk = PhoneDesk(served.app.engine, served.app._desk)
        positions, pnl = await desk.positions(), await desk.pnl()
    assert ["· COIN/mm", "-0.500000", "-0.500000", "-0.500000", "XBT"] in pnl.rows[2:4]
    assert "· JP/S34" in [row[0] for row in pnl.rows[2:4]]
    assert "BITMEX XBTUSD" in [row[0] for row in positions.rows[:2]]


async def test_the_chat_and_the_page_say_the_same_share_of_a_limit(tmp_path):
    """99.6% is not all of it."""
    lot = structs.replace(FILL, quantity="996", price="1", exec_id="E3")
    at_one = structs.replace(MARK, price="1")
    gross = Limit(event_time=TEN, limit="gross", value="1000", account="A1")
    async with serving(tmp_path) as served:
        await served.report(EQUITY, lot, at_one, gross)
        desk = served.app._desk
        sheet = await PhoneDesk(served.app.engine, desk).risk()
        tile = next(one for one in key_figures(desk) if one.label == "Gross exposure")
    assert sheet.rows[0] == ["A1 gross", "996.00", "1,000.00", "99%", "USD"]
    assert tile.note == "A1 99% of limit"


async def test_risk_names_what_is_missing_and_shows_each_unit_as_it_is(tmp_path):
    told = [
        Limit(event_time=TEN, limit="position", value="8", symbol="AAPL"),
        Limit(event_time=TEN, limit="gross", value="0", account="A1"),
        Limit(event_time=TEN, limit="leverage", value="0.0005", account="A1"),
    ]
    async with serving(tmp_path, '[limits.required]\nstrategy = ["drawdown"]') as served:
        await served.report(EQUITY, FILL, MARK, *told)
        sheet = await PhoneDesk(served.app.engine, served.app._desk).risk()
    assert sheet.rows[:3] == [
        ["A1 gross", "880.00", "0.00", "over", "USD"],
        ["A1 AAPL position", "10", "8", "125%", ""],
        ["A1 leverage", "unknown", "0.0005", "", ""],
    ]
    assert sheet.notes == ["A1 has no daily loss limit.", "A1/mm has no drawdown limit."]


async def test_a_fill_of_absurd_size_is_shown_and_not_stumbled_over(tmp_path):
    absurd = structs.replace(FILL, quantity="9" * 18, price="9" * 18)
    async with serving(tmp_path, LIMITS) as served:
        await served.report(EQUITY, absurd, MARK)
        desk = PhoneDesk(served.app.engine, served.app._desk)
        pnl, risk = await desk.pnl(), await desk.risk()
    lost = (10**18 - 1) * (10**18 - 1 - 88)
    assert f"{-lost:,}.00" in pnl.rows[0]
    assert ["A1 daily loss", f"{lost:,}.00", "100.00"] == risk.rows[0][:3]


async def test_a_coin_has_as_many_decimals_as_elsewhere(tmp_path):
    bought = structs.replace(
        FILL, venue=INVERSE.venue, symbol=INVERSE.symbol, quantity="1000", price="50000"
    )
    mark = event.Mark(event_time=TEN, venue=INVERSE.venue, symbol=INVERSE.symbol, price="70000")
    async with serving(tmp_path, '[accounts.A1]\nreporting_currency = "XBT"\n') as served:
        await served.report(INVERSE, bought, mark)
        desk = PhoneDesk(served.app.engine, served.app._desk)
        positions, pnl = await desk.positions(), await desk.pnl()
    assert positions.title == "1 open position"
    assert positions.rows == [["BITMEX XBTUSD", "A1/mm", "1,000", "+0.005714", "XBT"]]
    assert pnl.rows[0] == ["A1", "+0.005714", "+0.005714", "+0.005714", "XBT"]


async def test_what_is_not_known_is_a_dash_and_the_line_below_says_why(tmp_path):
    async with serving(tmp_path, LIMITS) as served:
        await served.report(EQUITY, FILL)
        desk = PhoneDesk(served.app.engine, served.app._desk)
        pnl, positions, risk = await desk.pnl(), await desk.positions(), await desk.risk()
    assert pnl.rows == [["A1", "—", "—", "—", "USD"], ["· A1/mm", "—", "—", "—", "USD"]]
    assert positions.rows == [["XNAS AAPL", "A1/mm", "10", "—", "USD"]]
    assert ["A1 gross", "—", "", "", "USD"] in risk.rows
    assert pnl.notes == positions.notes == risk.notes == ["— is not known: no_mark."]


async def test_status_says_what_fires(tmp_path):
    async with serving(tmp_path, LIMITS) as served:
        app = served.app
        app._desk.firing = lambda: {"info": 1, "page": 2}
        sheet = await PhoneDesk(app.engine, app._desk).status()
        app._desk.firing = dict
        quiet = await PhoneDesk(app.engine, app._desk).status()
    assert sheet.rows[:2] == [["fires: page", "2"], ["fires: info", "1"]]
    assert quiet.rows[0] == ["fires", "nothing"]


async def test_capital_without_a_rate_is_told_as_no_position(tmp_path):
    cash = event.Cash(event_time=TEN, account="A1", currency="XYZ", amount="5")
    async with serving(tmp_path) as served:
        await served.report(cash)
        assert (await served.get("positions"))["positions"] == []
        sheet = await PhoneDesk(served.app.engine, served.app._desk).status()
    assert ["without a price or rate", "1"] in sheet.rows


async def test_a_curve_that_leaves_accounts_out_says_so(tmp_path):
    config = '[accounts.A2]\nreporting_currency = "EUR"\n'
    other = structs.replace(FILL, account="A2", exec_id="E2")
    async with serving(tmp_path, config) as served:
        today = PhoneDesk(served.app.engine, served.app._desk).today
        await served.report(EQUITY, FILL, MARK)
        now = served.clock()
        today.sample(now)
        today.sample(now + 10 * SECOND)
        whole = today.curve()
        await served.report(other)
        today.sample(now + 20 * SECOND)
        part = today.curve()
    assert (whole.title, part.title) == ("P&L today", "P&L today, accounts in USD")


async def test_a_curve_of_a_day_of_25_hours_has_the_first(tmp_path):
    async with serving(tmp_path, "[books]\nmark_max_age_s = 90_000\n") as served:
        today = PhoneDesk(served.app.engine, served.app._desk).today
        await served.report(EQUITY, FILL, MARK)
        begin = served.clock()
        for tens in range(25 * 360):
            today.sample(begin + tens * 10 * SECOND)
        assert today.curve().points[0] == (begin, -120.0)


async def test_a_curve_is_without_what_is_simulated(tmp_path):
    """Nor does it wait for a price of it."""
    config = "[accounts.drill]\nsimulated = true\n"
    unpriced = structs.replace(FILL, account="drill", symbol=INVERSE.symbol, venue=INVERSE.venue)
    async with serving(tmp_path, config) as served:
        today = PhoneDesk(served.app.engine, served.app._desk).today
        await served.report(EQUITY, INVERSE, FILL, MARK, unpriced)
        now = served.clock()
        today.sample(now)
        today.sample(now + 10 * SECOND)
        curve = today.curve()
    assert (curve.title, [amount for _, amount in curve.points]) == ("P&L today", [-120.0, -120.0])


async def test_a_curve_has_no_amount_where_the_day_is_not_known(tmp_path):
    async with serving(tmp_path) as served:
        today = PhoneDesk(served.app.engine, served.app._desk).today
        await served.report(EQUITY, FILL, MARK)
        now = served.clock()
        for tens in range(3):
            today.sample(now + tens * 10 * SECOND)
        assert [amount for _, amount in today.curve().points] == [-120.0] * 3
        unpriced = (
            structs.replace(EQUITY, symbol="NEW"),
            structs.replace(FILL, symbol="NEW", exec_id="E2"),
        )
        await served.report(*unpriced)
        today.sample(now + 30 * SECOND)
        assert today.curve().points[-1] == (now + 30 * SECOND, None)


async def test_there_is_no_curve_in_a_currency_that_no_account_reports_in(tmp_path):
    async with serving(tmp_path, '[accounts.A1]\nreporting_currency = "EUR"\n') as served:
        today = PhoneDesk(served.app.engine, served.app._desk).today
        await served.report(EQUITY, FILL, MARK)
        now = served.clock()
        for tens in range(3):
            today.sample(now + tens * 10 * SECOND)
        assert today.curve() is None

"""`deskwatch pnl`, `positions` and `status`: what a person and what a machine is told."""

import json

import httpx
import pytest
import typer

from deskwatch.cli.asked import refuse
from deskwatch.cli.show.drills import steps
from deskwatch.web.answers.drills import DrillRow, DrillStepRow
from tests.cli.fake_engine import Answer, fake_engine

TOKEN = "a-secret-of-the-desk"
HOUR = 1_795_417_200_000_000_000  # 2026-11-23T07:00:00Z


def strategy(**more):
    return {
        "account": "crypto", "strategy": "momentum", "currency": "USD", "realized": "1234567.5",
        "unrealized": "-0.25", "fees": "12.5", "funding": "0", "net": "1234554.75",
        "hour": "-5", "day": "10.004", "drawdown": "7", "unpriced": None,
    } | more  # fmt: skip


def account(**more):
    row = strategy(equity="2000000", drawdown_ratio=0.0125) | more
    del row["strategy"]
    return row


UNKNOWN = {"unrealized": None, "net": None, "hour": None, "day": None, "drawdown": None}


def pnl(*strategies, accounts=()):
    answer = {"as_of": HOUR, "hour_start": HOUR, "day_start": HOUR, "accounts": list(accounts)}
    return Answer(200, json.dumps(answer | {"strategies": strategies}, indent=3).encode())


def position(**more):
    return {
        "account": "crypto", "strategy": "momentum", "venue": "BITMEX", "symbol": "XBTUSD",
        "currency": "XBT", "method": "average", "quantity": "-290000", "average_price": "97202.5",
        "mark": "97158", "mark_age_s": 2.25, "notional": "-2.984829", "realized": "0",
        "unrealized": "0.001381", "fees": {}, "funding": {}, "net": "0.000627",
        "hour": "0.000627", "day": "0.000627", "unpriced": None,
    } | more  # fmt: skip


def positions(*rows):
    return Answer(200, json.dumps({"as_of": HOUR, "positions": rows}).encode())


def history(*rows):
    return Answer(200, json.dumps({"rows": rows}).encode())


def earned(**more):
    return {
        "start": HOUR, "account": "a", "strategy": "s", "venue": "V", "symbol": "X",
        "currency": "USD", "realized": "0.1", "unrealized_change": "2", "fees": "0.5",
        "funding": "0", "net": "1.6",
    } | more  # fmt: skip


def row_of(table, name):
    (row,) = [line for line in table.splitlines() if name in line]
    return row


@pytest.mark.parametrize("columns", [80, 160])
@pytest.mark.parametrize(
    "command", [["pnl"], ["pnl", "--hourly"], ["pnl", "--daily"], ["positions"], ["status"]]
)
def test_tables_fit_the_terminal(deskwatch, engine, monkeypatch, command, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    table = deskwatch(*command, "--url", engine.url).stdout
    lines = table.splitlines()
    assert len(lines) > 5
    assert max(len(line.rstrip()) for line in lines) <= columns
    assert "…" not in table, "something was cut"
    assert "\x1b" not in table, "no colour where there is no terminal"


def test_a_narrow_table_has_each_name_on_one_line(deskwatch, engine):
    table = deskwatch("pnl", "--url", engine.url).stdout
    for name in ("funding_carry", "market_making", "equity-us"):
        assert name in table
    table = deskwatch("positions", "--url", engine.url).stdout
    assert "market_making" in table


@pytest.mark.parametrize(("began", "told"), [(2, "05:00"), (9, "11-22 22:00")])
def test_a_day_that_began_on_the_date_before_says_so(deskwatch, began, told):
    answer = json.loads(pnl(strategy()).body) | {"day_start": HOUR - began * 3_600 * 10**9}
    with fake_engine(Answer(200, json.dumps(answer).encode())) as engine:
        shown = deskwatch("pnl", "--url", engine.url).stdout
    top = f"As of 2026-11-23 07:00:00 UTC; today since {told}, this hour since 07:00\n"
    assert shown.startswith(top)


def test_figures_are_those_of_the_api(deskwatch, engine, monkeypatch):
    monkeypatch.setenv("COLUMNS", "160")  # a row is a line, also when an hour has just begun
    answer = httpx.get(f"{engine.url}/api/v1/pnl").json()
    (row,) = [
        row for row in answer["strategies"]
        if (row["account"], row["strategy"]) == ("equity-us", "market_making")
    ]  # fmt: skip
    table = deskwatch("pnl", "--account", "equity-us", "--url", engine.url).stdout
    shown = row_of(table, "market_making").split()
    assert shown[:3] == ["equity-us", "market_making", "USD"]
    assert shown[3] == f"{float(row['realized']):+,.2f}"
    assert shown[7] == f"{float(row['net']):+,.2f}"


def test_signs_separators_and_alignment(deskwatch):
    with fake_engine(pnl(strategy(), strategy(strategy="pairs", net="-3", day="0"))) as engine:
        table = deskwatch("pnl", "--url", engine.url).stdout
    first, second = row_of(table, "momentum"), row_of(table, "pairs")
    assert "+1,234,554.75" in first
    assert "+10.00" in first
    assert second.split()[-2:] == ["0.00", "-5.00"]
    assert first.index("+1,234,554.75") + 13 == second.index("-3.00") + 5


def test_a_wide_table_has_fees_as_what_they_do(deskwatch, monkeypatch):
    monkeypatch.setenv("COLUMNS", "160")
    with fake_engine(pnl(strategy(), accounts=[account()])) as engine:
        table = deskwatch("pnl", "--url", engine.url).stdout
    assert "-12.50" in table
    assert "1.25%" in table


@pytest.mark.parametrize("columns", ["80", "160"])
def test_what_can_not_be_known_is_never_a_number(deskwatch, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", columns)
    unknown = strategy(**UNKNOWN, unpriced="mark_stale")
    with fake_engine(pnl(unknown, strategy(strategy="pairs"))) as engine:
        table = deskwatch("pnl", "--url", engine.url).stdout
    cells = row_of(table, "momentum").split()
    assert cells[4 if columns == "80" else 7 :] == ["unknown"] * (3 if columns == "80" else 4) + [
        "mark_stale"
    ]
    assert "unknown" not in row_of(table, "pairs")


@pytest.mark.parametrize("columns", ["80", "160"])
def test_a_position_without_a_price_says_so(deskwatch, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", columns)
    nothing = dict.fromkeys(("mark", "mark_age_s", "notional", "unrealized", "net", "hour", "day"))
    with fake_engine(positions(position(**nothing, unpriced="no_mark"))) as engine:
        table = deskwatch("positions", "--url", engine.url).stdout
    row = row_of(table, "-290,000")
    assert row.count("unknown") == (2 if columns == "80" else 5)
    assert row.split()[-1] == "no_mark"


def missing_rate(**more):
    return {
        "account": "crypto", "strategy": "momentum", "base": "BNB", "quote": "USD",
        "reason": "no_fx",
    } | more  # fmt: skip


MISSING = [
    missing_rate(),
    missing_rate(strategy="pairs"),
    missing_rate(base="USDT"),
    missing_rate(account="equity", base="EUR", reason="fx_stale"),
]


@pytest.mark.parametrize(
    ("command", "rows"), [("pnl", ("strategies", "accounts")), ("positions", ("positions",))]
)
def test_the_rates_that_are_missing_are_named_below_the_table(deskwatch, command, rows):
    known = {
        "strategies": [strategy(), strategy(account="equity")],
        "accounts": [account(), account(account="equity")],
        "positions": [position(), position(account="equity")],
    }  # fmt: skip
    body = {"as_of": HOUR, "hour_start": HOUR, "day_start": HOUR, "missing_rates": MISSING}
    with fake_engine(
        Answer(200, json.dumps(body | {one: known[one] for one in rows}).encode())
    ) as engine:
        every = deskwatch(command, "--url", engine.url).stdout
        one = deskwatch(command, "--account", "equity", "--url", engine.url).stdout
        as_json = deskwatch(command, "--account", "equity", "--json", "--url", engine.url).stdout
    told = " ".join(every.split())
    assert "no rate for BNB/USD, USDT/USD; the rate is too old of EUR/USD: send `fx`" in told
    assert "the rate is too old of EUR/USD" in one
    assert "BNB" not in one
    assert json.loads(as_json)["missing_rates"] == MISSING[-1:]


@pytest.mark.parametrize("columns", ["60", "80", "160"])
def test_the_same_symbol_at_two_venues_is_told_apart(deskwatch, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", columns)
    legs = (position(venue=one, symbol="BTC-USD", strategy="arb") for one in ("COINBASE", "KRAKEN"))
    with fake_engine(positions(*legs)) as engine:
        words = deskwatch("positions", "--url", engine.url).stdout.split()
    assert "COINBASE" in words
    assert "KRAKEN" in words


@pytest.mark.parametrize("columns", [80, 160])
def test_a_reason_stands_beside_what_is_unknown_alone(deskwatch, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    row = position(hour=None, unpriced="no_opening_mark")
    with fake_engine(positions(row)) as engine:
        shown = deskwatch("positions", "--url", engine.url).stdout
    assert ("no_opening_mark" in shown) == ("unknown" in shown) == (columns == 160)


def test_flat_positions_are_shown_when_they_are_asked_for(deskwatch):
    flat = position(symbol="ETHUSD", quantity="0", average_price=None, notional="0")
    with fake_engine(positions(position(), flat)) as engine:
        assert "ETHUSD" not in deskwatch("positions", "--url", engine.url).stdout
        shown = deskwatch("positions", "--flat", "--url", engine.url).stdout
        flat_row = ["ETHUSD", "XBT", "0", "0.000000"]
        assert flat_row in [line.split()[3:7] for line in shown.splitlines()]
        verbatim = deskwatch("positions", "--json", "--url", engine.url).stdout
    assert len(json.loads(verbatim)["positions"]) == 2


@pytest.mark.parametrize(
    ("asked", "told"),
    [([], "7 at rest"), (["--account", "crypto"], "7 of all accounts and strategies at rest")],
)
def test_what_is_at_rest_is_not_counted_as_of_the_account_that_is_asked_for(deskwatch, asked, told):
    answer = json.loads(positions(position()).body) | {"at_rest": 7}
    with fake_engine(Answer(200, json.dumps(answer).encode())) as engine:
        shown = deskwatch("positions", "--flat", *asked, "--url", engine.url).stdout
    assert f"{told} (books.flat_days), in P&L alone" in shown


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        pytest.param(["pnl"], pnl(strategy(unheard_of=1)), id="pnl"),
        pytest.param(["pnl", "--hourly"], history(earned()), id="hourly"),
        pytest.param(["positions"], positions(position()), id="positions"),
    ],
)
def test_json_is_the_answer_verbatim(deskwatch, arguments, answer):
    with fake_engine(answer) as engine:
        shown = deskwatch(*arguments, "--json", "--url", engine.url).stdout_bytes
    assert shown == answer.body + b"\n"


def test_json_of_one_strategy_holds_nothing_else(deskwatch):
    answer = pnl(strategy(), strategy(strategy="pairs"), accounts=[account()])
    with fake_engine(answer) as engine:
        shown = deskwatch("pnl", "--strategy", "pairs", "--json", "--url", engine.url).stdout
    assert json.loads(shown)["strategies"] == [strategy(strategy="pairs")]
    assert json.loads(shown)["accounts"] == []


def test_hours_are_added_up_over_symbols(deskwatch, monkeypatch):
    monkeypatch.setenv("COLUMNS", "160")
    rows = [earned(), earned(symbol="Y", realized="0.2", net="1.7")]
    lost = earned(strategy="t", unrealized_change=None, net=None)
    with fake_engine(history(*rows, lost, earned(strategy="t"))) as engine:
        table = deskwatch("pnl", "--hourly", "--account", "a", "--url", engine.url).stdout
        assert engine.asked == ["/api/v1/pnl/hourly?account=a"]
    first = row_of(table, "a        s ").split()
    assert " ".join(first) == "2026-11-23 07:00 a s USD +0.30 +4.00 -1.00 0.00 +3.30"
    assert row_of(table, "a        t ").split()[-1] == "unknown"


def test_status_of_an_engine_that_is_not_ready_exits_with_1(deskwatch, engine):
    answer = httpx.get(f"{engine.url}/api/v1/status").json()
    answer["ready"] = False
    answer["journal"] |= {"state": "unwritable", "detail": "No space left on device"}
    with fake_engine(Answer(200, json.dumps(answer).encode())) as broken:
        table = deskwatch("status", "--url", broken.url, status=1).stdout
    assert "NOT READY" in table
    assert "unwritable: No space left on device" in table


def test_status_counts_what_was_refused(deskwatch, engine):
    table = deskwatch("status", "--url", engine.url).stdout
    answer = json.loads(deskwatch("status", "--json", "--url", engine.url).stdout)
    assert answer["ready"]
    assert answer["refused"]["total"] > 1
    for reason, count in answer["refused"]["by_reason"].items():
        assert row_of(table, reason).split() == [str(count), reason]
    assert f"{answer['unpriced_positions']} positions or currencies" in row_of(table, "unpriced")


def test_the_url_is_given_or_in_the_environment_or_configured(deskwatch, monkeypatch, tmp_path):
    with fake_engine(pnl()) as engine:
        deskwatch("pnl", "--url", engine.url + "/")
        monkeypatch.setenv("DESKWATCH_URL", engine.url)
        deskwatch("pnl")
        monkeypatch.delenv("DESKWATCH_URL")
        port = engine.server_port
        (tmp_path / "deskwatch.toml").write_text(f'[server]\nbind = "0.0.0.0"\nport = {port}\n'
            f'token = "{TOKEN}"\n')  # fmt: skip
        deskwatch("pnl")
        assert engine.asked == ["/api/v1/pnl"] * 3
        assert engine.tokens == [None, None, f"Bearer {TOKEN}"]


def test_the_environments_token_is_said_in_place_of_the_configured_one(
    deskwatch, monkeypatch, tmp_path
):
    (tmp_path / "deskwatch.toml").write_text(f'[server]\ntoken = "{TOKEN}"\n')
    monkeypatch.setenv("DESKWATCH_TOKEN", "another-secret-of-the-desk\n")
    with fake_engine(pnl()) as engine:
        deskwatch("pnl", "--url", engine.url)
        assert engine.tokens == ["Bearer another-secret-of-the-desk"]
        monkeypatch.setenv("DESKWATCH_TOKEN", "geheimnüs")
        said = deskwatch("pnl", "--url", engine.url, status=2).stderr
    assert said == "deskwatch: DESKWATCH_TOKEN: expected visible ASCII characters\n"


def test_loopback_goes_through_no_proxy(deskwatch, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with fake_engine(pnl()) as engine:
        deskwatch("pnl", "--url", engine.url)


def test_an_engine_that_is_not_there_is_said(deskwatch):
    with fake_engine(pnl()) as engine:
        url = engine.url
    said = deskwatch("pnl", "--url", url, status=1)
    assert said.stdout == ""
    assert said.stderr.startswith(f"deskwatch: no answer from {url} (")
    assert "Connection refused" in said.stderr
    assert "deskwatch run" in said.stderr


ERROR = b'{"error":{"reason":"unavailable","detail":"replaying the journal: 7 blocks so far"}}'


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        pytest.param(Answer(503, ERROR), "503: replaying the journal: 7 blocks", id="replaying"),
        pytest.param(Answer(401, ERROR), "from DESKWATCH_TOKEN, or else", id="token"),
        pytest.param(Answer(404, b"<html>"), "404: Not Found", id="another server"),
        pytest.param(Answer(200, b"<html>"), "no answer of deskwatch", id="a page"),
        pytest.param(Answer(200, b"\xff"), "no answer of deskwatch", id="bytes"),
        pytest.param(Answer(200, b"{}"), "no answer of deskwatch", id="another JSON"),
        pytest.param(Answer(302, b"", (("Location", "http://127.0.0.1:1/"),)), "302", id="moved"),
    ],
)
@pytest.mark.parametrize("command", ["pnl", "positions", "status"])
def test_an_answer_that_is_none_is_said(deskwatch, command, answer, words):
    with fake_engine(answer) as engine:
        said = deskwatch(command, "--url", engine.url, status=1)
    assert said.stdout == ""
    assert words in said.stderr
    assert said.stderr.count("\n") == 1


@pytest.mark.parametrize("url", ["ftp://desk", "desk:8080", "http://desk:99999", "http://[::1"])
def test_a_url_that_is_none_is_misuse(deskwatch, url):
    said = deskwatch("status", "--url", url, status=2)
    assert repr(url) in said.stderr


def test_a_password_in_the_url_is_not_repeated(deskwatch):
    said = deskwatch("status", "--url", f"http://me:{TOKEN}@127.0.0.1:1", status=2)
    assert TOKEN not in said.stderr


def test_any_free_port_is_no_address(deskwatch, tmp_path):
    (tmp_path / "deskwatch.toml").write_text("[server]\nport = 0\n")
    assert "--url" in deskwatch("status", status=2).stderr


def test_no_figure_is_ever_cut(deskwatch):
    """A narrow terminal folds names first; then lines go past its edge."""
    huge = "1234567890123456789.25"
    row = strategy(realized=huge, net=huge, day=huge, hour=huge)
    with fake_engine(pnl(row, accounts=[account(equity=huge)])) as engine:
        table = deskwatch("pnl", "--url", engine.url).stdout
    assert table.count("+1,234,567,890,123,456,789.25") == 4
    assert table.count(" 1,234,567,890,123,456,789.25") == 1


@pytest.mark.parametrize("name", ["[/red]", "[bold]x", ":moneybag:"])
def test_a_name_is_taken_as_it_is(deskwatch, name):
    with fake_engine(pnl(strategy(account=name))) as engine:
        assert name in deskwatch("pnl", "--url", engine.url).stdout


def test_a_name_can_not_control_the_terminal(deskwatch):
    with fake_engine(pnl(strategy(account="a\x1b[2J\rb"))) as engine:
        table = deskwatch("pnl", "--url", engine.url).stdout
    assert "\x1b" not in table
    assert "\r" not in table


def test_nor_can_one_that_an_error_names(capsys):
    with pytest.raises(typer.Exit):
        refuse("account", "b", {"a\x1b]52;c;eA==\a"})
    said = capsys.readouterr().err
    assert "a\N{REPLACEMENT CHARACTER}]52;c;eA==\N{REPLACEMENT CHARACTER}\n" in said


def test_nor_the_reason_of_a_drill_s_step():
    step = DrillStepRow("order", "failed", "no\x1b[2J", 1.0)
    row = DrillRow(
        drill="breaker", required=True, status="failed", reason="", ended_at=None, duration_s=None,
        last_success=None, failures=1, promised_s=None, overdue=None, steps=[step],
    )  # fmt: skip
    (reason,) = steps([row], 200).columns[3].cells
    assert str(reason) == "no\N{REPLACEMENT CHARACTER}[2J"

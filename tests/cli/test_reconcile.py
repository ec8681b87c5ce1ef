"""`deskwatch reconcile`: what a person and what a machine is told."""

import json

from tests.cli.fake_engine import Answer, fake_engine
from tests.cli.test_figures import HOUR


def row(**more):
    return {
        "subject": "position", "account": "A1", "venue": "XNAS", "symbol": "AAPL",
        "standing": "ok", "reason": None, "kind": None, "ours": "10", "said": "10",
        "said_time": HOUR - 5_000_000_000, "ours_then": None, "apart": None, "notional": None, "currency": "USD",
        "since": None, "age_s": None, "failures": 0, "error": "",
    } | more  # fmt: skip


BROKEN = {
    "standing": "break", "kind": "quantity", "ours": "3", "ours_then": "10", "said": "14",
    "apart": "4", "notional": "759.28",
    "since": HOUR - 65_000_000_000, "age_s": 65.0,
}  # fmt: skip
UNKNOWN = {"standing": "unknown", "reason": "query_failed", "said": None, "said_time": None}


def answered(*rows, breaks=0, unknown=0, unreported=()):
    answer = {
        "as_of": HOUR, "grace_s": 3.0, "max_age_s": 300.0, "breaks": breaks, "unknown": unknown,
        "rows": rows, "unreported": list(unreported),
    }  # fmt: skip
    return Answer(200, json.dumps(answer, indent=3).encode())


def test_a_break_is_shown_and_is_the_status(deskwatch):
    with fake_engine(answered(row(**BROKEN), row(symbol="MSFT"), breaks=1)) as engine:
        shown = deskwatch("reconcile", "--url", engine.url, status=1).stdout
    (line,) = [line for line in shown.splitlines() if "AAPL" in line]
    told = ["break", "quantity", "+10", "+14", "+4", "0m05s", "ago", "1m05s"]
    assert line.split()[3:] == told, "ours as of the report, so that it adds up"
    assert "MSFT" not in shown
    assert "1 break, 0 unknown, 1 agree" in shown


def test_a_wide_table_says_what_it_is_worth_and_what_is_ours_now(deskwatch, monkeypatch):
    monkeypatch.setenv("COLUMNS", "160")
    with fake_engine(answered(row(**BROKEN), breaks=1)) as engine:
        shown = deskwatch("reconcile", "--url", engine.url, status=1).stdout
    (line,) = [line for line in shown.splitlines() if "AAPL" in line]
    assert line.split()[-4:] == ["759.28", "USD", "+3", "1m05s"]


def test_a_report_by_a_clock_that_is_ahead_has_no_age_below_zero(deskwatch, monkeypatch):
    monkeypatch.setenv("COLUMNS", "160")
    ahead = row(**BROKEN, said_time=HOUR + 5_000_000_000)
    with fake_engine(answered(ahead, breaks=1)) as engine:
        shown = deskwatch("reconcile", "--url", engine.url, status=1).stdout
    assert "0m00s ago" in shown


def test_what_is_unknown_is_the_word_and_no_figure(deskwatch):
    with fake_engine(answered(row(**UNKNOWN), unknown=1)) as engine:
        shown = deskwatch("reconcile", "--url", engine.url).stdout
    (line,) = [line for line in shown.splitlines() if "AAPL" in line]
    assert line.split()[3:] == ["unknown", "query_failed", "+10", "unknown", "never"]


def test_all_shows_what_agrees_and_json_is_verbatim(deskwatch):
    unreported = {"account": "A2", "venue": "XCME", "symbol": "ESZ6", "ours": "-1"}
    answer = answered(row(), unreported=[unreported])
    with fake_engine(answer) as engine:
        assert "AAPL" in deskwatch("reconcile", "--all", "--url", engine.url).stdout
        assert "A2 XCME ESZ6" in deskwatch("reconcile", "--url", engine.url).stdout
        verbatim = deskwatch("reconcile", "--json", "--url", engine.url).stdout
        one = deskwatch("reconcile", "--json", "--account", "A2", "--url", engine.url).stdout
    assert verbatim.strip().encode() == answer.body
    assert (json.loads(one)["rows"], json.loads(one)["unreported"]) == ([], [unreported])

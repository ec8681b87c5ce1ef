"""`deskwatch alerts`, `acknowledge`, `silence` and `rules`, against an engine made by hand."""

import getpass
import json

import pytest

from tests.cli.fake_engine import Answer, fake_engine

NOW = 1_795_417_200_000_000_000  # 2026-11-23T07:00:00Z
SECOND = 1_000_000_000
PRINT = "00112233aabbccdd"


def alert(**more):
    return {
        "name": "DailyLossHigh", "state": "firing", "severity": "page",
        "labels": {"account": "crypto", "alertname": "DailyLossHigh", "severity": "page"},
        "annotations": {"summary": "crypto lost 12,345 USD today, over its limit of 10,000 USD."},
        "value": 12345.678, "active_at": NOW - 90 * SECOND, "fired_at": NOW - 75 * SECOND,
        "resolved_at": None, "event_time": NOW - 76 * SECOND, "silenced_by": [],
        "inhibited": False, "acknowledged": None, "flapping": False, "fingerprint": PRINT,
        "group_key": "p" + PRINT, "generator": "pnl/DailyLossHigh",
    } | more  # fmt: skip


PENDING = alert(
    name="DrawdownHigh", state="pending", severity="warning", fired_at=None, event_time=None,
    group_key=None, labels={"account": "equity-us", "strategy": "market_making"},
    fingerprint="ffeeddccbbaa9988",
)  # fmt: skip
RULES = {"loaded": 36, "ok": True, "error": "", "unsupported": []}
TELEGRAM = {"name": "telegram", "queue": 0, "oldest_s": 0, "trouble": None}


def answer(body, status=200):
    return Answer(status, json.dumps(body, indent=1).encode())


def alerts(*rows, rules=RULES, channels=(TELEGRAM,)):
    return answer({"as_of": NOW, "alerts": rows, "rules": rules, "channels": channels})


HISTORY = answer({
    "episodes": [
        {
            "fingerprint": PRINT, "group_key": "p" + PRINT, "labels": alert()["labels"],
            "summary": "crypto lost 12,345 USD today.", "event_time": NOW - 100 * SECOND,
            "alert_time": NOW - 99 * SECOND, "notify_time": NOW - 99 * SECOND + 250_000_000,
            "resolved_at": NOW - 9 * SECOND,
        },
        {
            "fingerprint": PRINT, "group_key": "p" + PRINT, "labels": {"alertname": "FeedStale"},
            "summary": "", "event_time": None, "alert_time": NOW, "notify_time": None,
            "resolved_at": None,
        },
    ],
    "deeds": [{"at": NOW, "actor": "ada", "what": "silence", "object": '7: account="A1" (known)'}],
})  # fmt: skip

SILENCE = {
    "id": "7", "matchers": [{"name": "account", "op": "=~", "value": "A.*"}], "author": "ada",
    "reason": "a known outage of the venue", "created_at": NOW, "until": NOW + 7200 * SECOND,
}  # fmt: skip
SILENCES = answer({"as_of": NOW, "silences": [SILENCE]})
STATUS = {
    "version": "1", "now": NOW, "started_at": NOW, "uptime_s": 0, "ready": True,
    "reporting_currency": "USD", "events": {"total": 0, "per_second": 0, "by_kind": {}},
    "refused": {"total": 0, "by_reason": {}}, "duplicates": 0, "sources": [],
    "journal": {"state": "ok", "detail": "", "segments": 0, "bytes": 0}, "unpriced_positions": 0,
}  # fmt: skip
ERROR = answer({"error": {"reason": "not_found", "detail": "there is no silence '8'"}}, 404)


def row_of(table, name):
    (row,) = [line for line in table.splitlines() if name in line]
    return row


@pytest.mark.parametrize("columns", [80, 160])
@pytest.mark.parametrize(
    ("command", "answered"),
    [
        pytest.param(["alerts"], alerts(alert()), id="alerts"),
        pytest.param(["alerts", "--pending"], alerts(alert(), PENDING), id="pending"),
        pytest.param(["alerts", "--history"], HISTORY, id="history"),
        pytest.param(["silence", "list"], SILENCES, id="silences"),
    ],
)
def test_tables_fit_the_terminal(deskwatch, monkeypatch, command, answered, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    with fake_engine(answered) as engine:
        table = deskwatch(*command, "--url", engine.url).stdout
    lines = table.splitlines()
    assert len(lines) > 2
    assert max(len(line.rstrip()) for line in lines) <= columns
    assert "…" not in table, "something was cut"
    assert "\x1b" not in table, "no colour where there is no terminal"


def test_what_fires_is_shown_with_what_acknowledges_it(deskwatch):
    with fake_engine(alerts(alert(), PENDING)) as engine:
        table = deskwatch("alerts", "--url", engine.url).stdout
        assert engine.asked == ["/api/v1/alerts"]
    first, second = table[table.index("page ") :].splitlines()[:2]
    assert first.split() == ["page", "DailyLossHigh", "firing", "1m15s", PRINT]
    assert second.split() == ["crypto"]
    assert "DrawdownHigh" not in table
    assert "1 pending, shown by --pending" in table
    assert "36 rules, 0 left to Prometheus" in table
    assert "telegram: 0 waiting\n" in table


def test_a_wide_table_says_what_and_how_much(deskwatch, monkeypatch):
    monkeypatch.setenv("COLUMNS", "160")
    with fake_engine(alerts(alert(), alert(value=None, fingerprint="ab" * 8))) as engine:
        table = deskwatch("alerts", "--url", engine.url).stdout
    assert "crypto lost 12,345 USD today, over its limit" in " ".join(table.split())
    assert "12,345.7" in row_of(table, PRINT)
    assert "no number" in row_of(table, "ab" * 8), "it may be beyond a limit of zero"


def test_pending_is_shown_when_it_is_asked_for(deskwatch):
    over = NOW - 5 * SECOND
    ended = alert(state="resolved", name="FeedStale", resolved_at=over, fingerprint="cc" * 8)
    with fake_engine(alerts(PENDING, ended)) as engine:
        table = deskwatch("alerts", "--pending", "--url", engine.url).stdout
        assert "Nothing fires." in deskwatch("alerts", "--url", engine.url).stdout
    assert row_of(table, PENDING["fingerprint"]).split()[-2:] == ["1m30s", "ffeeddccbbaa9988"]
    assert "pending" in row_of(table, PENDING["fingerprint"])
    assert row_of(table, "cc" * 8).split()[-3:] == ["resolved", "0m05s", "cc" * 8]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"acknowledged": {"by": "ada", "at": NOW}}, "seen by ada"),
        ({"silenced_by": ["7", "9"]}, "silence 7 9"),
        ({"inhibited": True}, "explained by another"),
        ({"flapping": True}, "flapping"),
        ({"silenced_by": None, "inhibited": None}, "firing"),
    ],
)
def test_what_keeps_an_alert_quiet_is_said(deskwatch, monkeypatch, more, words):
    monkeypatch.setenv("COLUMNS", "160")
    with fake_engine(alerts(alert(**more, annotations={}))) as engine:
        assert words in row_of(deskwatch("alerts", "--url", engine.url).stdout, PRINT)


def test_what_is_wrong_with_rules_and_channels_is_said(deskwatch):
    unsupported = {"file": "a.yml", "line": 7, "rule": "g/Odd", "construct": "@ modifier"}
    rules = RULES | {"ok": False, "error": "a.yml:9: found x", "unsupported": [unsupported] * 2}
    slow = TELEGRAM | {"queue": 3, "oldest_s": 61.5, "trouble": "HTTP 502"}
    with fake_engine(alerts(rules=rules, channels=[slow])) as engine:
        told = " ".join(deskwatch("alerts", "--url", engine.url).stdout.split())
    assert "36 rules, 1 left to Prometheus" in told
    assert "refused, the old rules go on: a.yml:9: found x" in told
    assert "telegram: 3 waiting, the oldest for 1m01s: HTTP 502" in told
    with fake_engine(alerts(channels=[])) as engine:
        assert "nobody is told" in deskwatch("alerts", "--url", engine.url).stdout


def test_history_says_how_soon_people_were_told(deskwatch):
    with fake_engine(HISTORY) as engine:
        table = deskwatch("alerts", "--history", "--url", engine.url).stdout
        assert engine.asked == ["/api/v1/alerts/history"]
    assert row_of(table, "DailyLossHigh").split()[-4:] == ["11-23", "06:58:21", "1.2s", "1m30s"]
    told, still = row_of(table, "FeedStale").split()[-2:]
    assert (told, still) == ("told", "still")
    assert 'ada silence 7: account="A1" (known)' in " ".join(table.split())


@pytest.mark.parametrize(
    ("arguments", "answered"),
    [
        pytest.param(["alerts"], alerts(alert(unheard_of=1), PENDING), id="alerts"),
        pytest.param(["alerts", "--history"], HISTORY, id="history"),
        pytest.param(["silence", "list"], SILENCES, id="silences"),
        pytest.param(
            ["silence", "add", "a=b", "--for", "1h"], answer(SILENCE, 201), id="a new silence"
        ),
        pytest.param(
            ["acknowledge", PRINT], answer({"acknowledged": ["p"], "not_open": []}), id="seen"
        ),
    ],
)
def test_json_is_the_answer_verbatim(deskwatch, arguments, answered):
    with fake_engine(answered) as engine:
        shown = deskwatch(*arguments, "--json", "--url", engine.url).stdout_bytes
    assert shown == answered.body + b"\n"


def test_alerts_are_acknowledged_in_your_name(deskwatch):
    with fake_engine(answer({"acknowledged": ["p1", "p2"], "not_open": []})) as engine:
        said = deskwatch("acknowledge", PRINT, "ab" * 8, "--url", engine.url).stdout
        assert engine.asked == ["/api/v1/alerts/acknowledge"]
    (posted,) = map(json.loads, engine.posted)
    assert posted == {
        "fingerprints": [PRINT, "ab" * 8], "group_keys": [], "author": getpass.getuser()
    }  # fmt: skip
    assert said == f"acknowledged: 2 groups of alerts, by {getpass.getuser()}\n"


def test_what_is_not_open_exits_with_1(deskwatch):
    with fake_engine(answer({"acknowledged": [], "not_open": [PRINT]})) as engine:
        said = deskwatch("acknowledge", PRINT, "--author", "ada", "--url", engine.url, status=1)
    assert said.stderr == f"deskwatch: {PRINT} is not open\n"


def test_silences_are_shown_with_what_is_left_of_them(deskwatch):
    with fake_engine(SILENCES) as engine:
        table = deskwatch("silence", "list", "--url", engine.url).stdout
    assert 'account=~"A.*"' in row_of(table, "2h00m")
    with fake_engine(answer({"as_of": NOW, "silences": []})) as engine:
        assert deskwatch("silence", "list", "--url", engine.url).stdout == "Nothing is silenced.\n"


@pytest.mark.parametrize(
    ("matchers", "read"),
    [
        (["alertname=DailyLossHigh", "account=~A.*"],
         [("alertname", "=", "DailyLossHigh"), ("account", "=~", "A.*")]),
        (['{a="b c", d!~"e{2}"}', "severity!=page"],
         [("a", "=", "b c"), ("d", "!~", "e{2}"), ("severity", "!=", "page")]),
    ],
)  # fmt: skip
def test_a_silence_is_made(deskwatch, matchers, read):
    arguments = ["--for", "1h30m", "--reason", "known", "--author", "ada"]
    with fake_engine(answer(SILENCE, 201)) as engine:
        said = deskwatch("silence", "add", *matchers, *arguments, "--url", engine.url).stdout
        assert engine.asked == ["/api/v1/silences"]
    (posted,) = map(json.loads, engine.posted)
    assert posted == {
        "matchers": [{"name": name, "op": op, "value": value} for name, op, value in read],
        "duration_s": 5400.0, "author": "ada", "reason": "known",
    }  # fmt: skip
    assert said == 'silence 7 until 2026-11-23 09:00:00 UTC: account=~"A.*"\n'


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["account", "--for", "1h"], "found 'account'; expected a matcher"),
        (["", "--for", "1h"], "expected a matcher"),
        (["a=~(", "--for", "1h"], "expected one of RE2's"),
        (["a=b", "--for", "soon"], "--for: found 'soon'"),
        (["a=b", "--for", "0"], "--for: found 0; expected from 1s to 30d"),
        (["a=b", "--for", "5w"], "--for: found 5w; expected from 1s to 30d"),
        (["a=b"], "--for"),
        (["--for", "1h"], "MATCHER"),
    ],
)
def test_a_silence_that_is_none_is_misuse(deskwatch, arguments, words):
    with fake_engine(answer(SILENCE, 201)) as engine:
        said = deskwatch("silence", "add", *arguments, "--url", engine.url, status=2)
    assert words in said.stderr
    assert engine.asked == []


def test_silences_are_ended_in_your_name(deskwatch):
    with fake_engine(answer({"ok": True}), ERROR) as engine:
        said = deskwatch(
            "silence", "expire", "a/b", "8", "9", "--author", "ada", "--url", engine.url, status=1
        )
        assert engine.asked == [
            "/api/v1/silences/a%2Fb?author=ada", "/api/v1/silences/8?author=ada"
        ]  # fmt: skip
    assert said.stdout == "silence a/b has ended\n"
    assert "404: there is no silence '8'" in said.stderr


@pytest.mark.parametrize(
    "command",
    [
        ["alerts"], ["alerts", "--history"], ["acknowledge", PRINT], ["silence", "list"],
        ["silence", "add", "a=b", "--for", "1h"], ["silence", "expire", "7"],
    ],
    ids=" ".join,
)  # fmt: skip
@pytest.mark.parametrize(
    ("answered", "words"),
    [
        (answer({"error": {"reason": "unavailable", "detail": "not running"}}, 503), "not running"),
        (Answer(200, b"{}"), "no answer of deskwatch"),
        (Answer(404, b"<html>"), "404: Not Found"),
    ],
    ids=["unavailable", "another JSON", "another server"],
)
def test_an_answer_that_is_none_is_said(deskwatch, command, answered, words):
    with fake_engine(answered) as engine:
        said = deskwatch(*command, "--url", engine.url, status=1)
    assert said.stdout == ""
    assert words in said.stderr
    assert said.stderr.count("\n") == 1


@pytest.mark.parametrize("firing", [None, {}, {"warning": 1, "page": 1}])
def test_status_counts_what_fires(deskwatch, firing):
    with fake_engine(answer(STATUS | {"firing": firing})) as engine:
        table = deskwatch("status", "--url", engine.url).stdout
    lines = [line for line in table.splitlines() if line.startswith("alerts")]
    said = {None: [], 0: ["0 firing"], 2: ["2 firing (1 page, 1 warning)"]}
    count = None if firing is None else sum(firing.values())
    assert [" ".join(line.split()[1:]) for line in lines] == said[count]


def test_a_label_can_not_control_the_terminal(deskwatch):
    evil = {"account": "a\x1b[2J\rb", "alertname": "[/red]"}
    with fake_engine(alerts(alert(labels=evil, name="[/red]"))) as engine:
        table = deskwatch("alerts", "--url", engine.url).stdout
    assert "\x1b" not in table
    assert "\r" not in table
    assert "[/red]" in table

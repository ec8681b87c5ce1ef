"""`deskwatch check`: what an engine would stumble over, before it does."""

import json
import socket
from pathlib import Path

import pytest

from deskwatch.config.rules_file import default_rules_file
from deskwatch.rules.load import load


@pytest.fixture
def configured(tmp_path):
    def write(text):
        path = tmp_path / "deskwatch.toml"
        path.write_text(text)
        return path

    return write


def test_no_configuration_is_fine(deskwatch, monkeypatch):
    monkeypatch.setenv("DESKWATCH_SERVER__PORT", "0")
    table = deskwatch("check").stdout
    assert "no configuration file, so the defaults: fine" in table
    assert row(table, "server.port") == ["server.port", "0", "DESKWATCH_SERVER__PORT"]


def row(table, key):
    return next(line.split() for line in table.splitlines() if line.startswith(key))


def test_a_pipe_gets_each_setting_on_one_line(deskwatch, monkeypatch):
    monkeypatch.delenv("COLUMNS")
    monkeypatch.setenv("DESKWATCH_SERVER__PORT", "0")
    table = deskwatch("check").stdout
    assert "limits.default.instrument.liquidation_distance" in table
    assert all(line.endswith("default") for line in grep(table, "limits"))


def grep(text, pattern):
    return [line.rstrip() for line in text.splitlines() if pattern in line]


def test_every_setting_has_who_said_so(deskwatch, configured):
    configured('data = "data"\n\n[server]\nport = 0\n[books]\nreporting_currency = "EUR"\n')
    table = deskwatch("check").stdout
    assert row(table, "books.reporting_currency") == [
        "books.reporting_currency", '"EUR"', "deskwatch.toml:6",
    ]  # fmt: skip
    assert row(table, "books.timezone")[-1] == "default"
    assert "deskwatch.toml: fine" in table
    settings, _, _ = table.partition("\n\n")
    assert max(len(line.rstrip()) for line in settings.splitlines()) <= 80


def test_every_error_begins_with_its_line(deskwatch, configured):
    configured('data = "data"\nbogus = 1\n[server]\nprt = 3\nport = "x"\n')
    lines = deskwatch("check", status=1).stdout.splitlines()
    assert [line.split(" ")[0] for line in lines[:3]] == [
        "deskwatch.toml:2:", "deskwatch.toml:4:", "deskwatch.toml:5:",
    ]  # fmt: skip
    assert lines[3] == "deskwatch.toml: 3 problems"


def test_broken_toml_and_a_missing_file(deskwatch, configured):
    configured("[server\n")
    assert deskwatch("check", status=1).stdout.startswith("deskwatch.toml:1: ")
    said = deskwatch("check", "--config", "elsewhere.toml", status=1).stdout
    assert "No such file" in said


def test_a_token_file_that_can_not_be_read(deskwatch, configured):
    configured('[server]\ntoken_file = "nowhere/token"\n')
    said = deskwatch("check", status=1).stdout
    assert "deskwatch.toml:2: server.token_file: found" in said


def test_a_token_is_not_shown(deskwatch, configured, tmp_path):
    (tmp_path / "token").write_text("a-secret-of-the-desk")
    configured('data = "data"\n[server]\nport = 0\ntoken_file = "token"\n')
    for arguments in ([], ["--json"]):
        assert "a-secret" not in deskwatch("check", *arguments).output


def test_a_secret_that_everybody_on_the_machine_may_read(deskwatch, configured, tmp_path):
    dotenv, token = tmp_path / ".env", tmp_path / "token"
    dotenv.write_text("\nTELEGRAM_BOT_TOKEN=1:sesame\nTELEGRAM_CHAT_ID=-5\n")
    token.write_text("a-secret-of-the-desk")
    configured('data = "data"\n[server]\nport = 0\ntoken_file = "token"\n').chmod(0o644)
    for mode, said in ((0o644, [".env", "token"]), (0o640, [])):
        for file in (dotenv, token):
            file.chmod(mode)
        notes = grep(deskwatch("check").stdout, "everybody on this machine may read it")
        assert [Path(note.split(":")[0]).name for note in notes] == said


@pytest.mark.parametrize("data", ["file", "file/below"])
def test_a_data_folder_that_can_not_be_written(deskwatch, configured, tmp_path, data):
    (tmp_path / "file").write_text("")
    configured(f'data = "{data}"\n[server]\nport = 0\n')
    said = deskwatch("check", status=1).stdout
    assert "data: can't be written to: Not a directory" in said
    assert "deskwatch.toml: 1 problem\n" in said


def test_a_data_folder_that_is_not_there_yet_is_not_made(deskwatch, configured, tmp_path):
    configured('data = "new/data"\n[server]\nport = 0\n')
    deskwatch("check")
    assert not (tmp_path / "new").exists()


def test_a_data_folder_is_left_as_it_was(deskwatch, configured, tmp_path):
    (tmp_path / "data").mkdir()
    configured('data = "data"\n[server]\nport = 0\n')
    deskwatch("check")
    assert list((tmp_path / "data").iterdir()) == []


def test_alert_rules_that_can_not_be_read(deskwatch, configured, tmp_path):
    (tmp_path / "rules.yml").write_text("groups:\n- name: desk\n  rule: []\n")
    configured('data = "data"\n[server]\nport = 0\n[rules]\nfiles = ["rules.yml", "gone.yml"]\n')
    said = deskwatch("check", status=1).stdout
    assert "rules.yml:3: found" in said
    assert "gone.yml: found" in said
    assert "deskwatch.toml: 2 problems\n" in said


def test_addresses_that_are_taken(deskwatch, configured):
    with (
        socket.create_server(("127.0.0.1", 0)) as http,
        socket.create_server(("127.0.0.1", 0)) as tcp,
    ):
        http.settimeout(0)
        ports = [one.getsockname()[1] for one in (http, tcp)]
        configured(
            f'data = "data"\n[server]\nport = {ports[0]}\n[tcp]\nenabled = true\nport = {ports[1]}\n'
        )
        said = deskwatch("check", status=1).stdout
    assert f"server: 127.0.0.1 port {ports[0]} can't be bound: Address already in use" in said
    assert f"tcp: 127.0.0.1 port {ports[1]} can't be bound: Address already in use" in said


def test_two_addresses_that_are_one(deskwatch, configured):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    configured(f'data = "data"\n[server]\nport = {port}\n[tcp]\nenabled = true\nport = {port}\n')
    said = deskwatch("check", status=1).stdout
    assert f"tcp: 127.0.0.1 port {port} can't be bound: Address already in use" in said
    assert "deskwatch.toml: 1 problem\n" in said


def test_a_file_in_the_place_of_the_socket(deskwatch, configured, tmp_path):
    (tmp_path / "socket").write_text("")
    configured('data = "data"\n[server]\nport = 0\n[unix]\npath = "socket"\n')
    assert "socket exists and is not a socket" in deskwatch("check", status=1).stdout


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="there is no /proc")
def test_a_data_folder_where_nothing_can_be_made(deskwatch, configured):
    configured('data = "/proc/desk"\n[server]\nport = 0\n')
    assert "data: can't be written to: " in deskwatch("check", status=1).stdout


def test_a_folder_for_the_socket_that_is_not_there(deskwatch, configured, tmp_path):
    configured('data = "data"\n[server]\nport = 0\n[unix]\npath = "none/socket"\n')
    assert "unix.path: no socket can be made in" in deskwatch("check", status=1).stdout


def test_an_engine_that_runs_by_this_configuration_is_no_problem(deskwatch, configured, engine):
    port = engine.url.rpartition(":")[2]
    configured(f'data = "data"\n[server]\nport = {port}\n')
    assert f"a deskwatch answers at {engine.url}" in deskwatch("check").stdout


def test_json_has_the_same(deskwatch, configured):
    configured('data = "data"\n[server]\nport = 0\n')
    report = json.loads(deskwatch("check", "--json").stdout)
    assert report["file"] == "deskwatch.toml"
    assert report["problems"] == []
    assert ["server.port", "0", "deskwatch.toml:3"] in report["settings"]
    configured("bogus = 1\n")
    report = json.loads(deskwatch("check", "--json", status=1).stdout)
    assert report["problems"][0].startswith("deskwatch.toml:1: bogus")


def notes(deskwatch, status=0):
    return json.loads(deskwatch("check", "--json", status=status).stdout)["notes"]


def test_a_desk_without_a_channel_is_told_that_nobody_will_be(deskwatch, configured, monkeypatch):
    configured('data = "data"\n[server]\nport = 0\n')
    (said,) = notes(deskwatch)
    assert said.startswith("nobody will be told of any alert: no telegram, ")
    assert deskwatch("check").stdout.endswith("deskwatch.toml: fine, but for 1 note\n")
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "1:sesame")
    monkeypatch.setenv("TELEGRAM_CHAT_ID", "-5")
    assert notes(deskwatch) == []
    assert deskwatch("check").stdout.endswith("deskwatch.toml: fine\n")


def test_a_second_channel_that_nobody_knows(deskwatch, configured):
    configured('data = "data"\n[server]\nport = 0\n[apprise]\nurls = ["jabber://ada"]\n')
    said = deskwatch("check", status=1).stdout
    assert "apprise.urls: address 1 is not one that Apprise knows\n" in said


@pytest.fixture
def own_rules(deskwatch, configured, tmp_path, monkeypatch):
    """What is said of rules of one's own, beside ours or in their place."""
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "1:sesame")
    monkeypatch.setenv("TELEGRAM_CHAT_ID", "-5")

    def said(rules, *, beside_ours=True):
        (tmp_path / "own.yml").write_text(f"groups:\n- name: desk\n  rules:\n{rules}")
        files = [*([str(default_rules_file())] if beside_ours else []), "own.yml"]
        configured(f'data = "data"\n[server]\nport = 0\n[rules]\nfiles = {json.dumps(files)}\n')
        return notes(deskwatch)

    return said


LOSS = "  - alert: DayLoss\n    expr: desk_pnl_day < -1000\n    labels: {severity: page}\n"


def test_rules_of_ones_own_in_the_place_of_ours(own_rules):
    assert own_rules(LOSS) == []
    (said,) = own_rules(LOSS, beside_ours=False)
    (ours,) = load([default_rules_file()])
    count = len({rule.name for rule in ours.rules})
    assert said.startswith(f"rules.files: without {count} rules of {ours.path}, so nobody is told ")
    first = "DailyLossNearLimit, DailyLossHigh, DailyLossLimitBreached"
    assert said.endswith(f": {first} and {count - 3} more")


def test_a_severity_that_wakes_nobody(own_rules):
    (said,) = own_rules(LOSS.replace("page", "critical"))
    assert said.startswith(
        'own.yml:4 (desk/DayLoss): found severity "critical", which wakes nobody; '
    )
    assert said.endswith("; expected page, warning or info")
    assert own_rules(LOSS.replace("page", "'{{ $labels.severity }}'")) == []


def test_a_metric_that_only_a_text_asks_for(own_rules):
    asking = "    annotations: {summary: '{{ with query `desk_pnl_dya` }}{{ . | first | value }}{{ end }}'}\n"
    (said,) = own_rules(LOSS + asking)
    assert "found desk_pnl_dya, which is never there; expected desk_pnl_day" in said


def test_a_metric_that_is_never_there(own_rules):
    (said,) = own_rules(LOSS.replace("pnl_day", "pnl_dya"))
    assert said.startswith("own.yml:4 (desk/DayLoss): found desk_pnl_dya, which is never there; ")
    assert "expected desk_pnl_day or " in said
    recorded = "  - record: desk_pnl_dya\n    expr: desk_pnl_day\n"
    assert own_rules(recorded + LOSS.replace("pnl_day", "pnl_dya")) == []
    others = "node_load1 > 9 or rate(desk_order_ack_seconds_bucket[5m])"
    assert own_rules(LOSS.replace("desk_pnl_day", others)) == []


def test_a_label_that_a_metric_never_has(own_rules):
    by = "desk_pnl_day{%s}"
    (said,) = own_rules(LOSS.replace("desk_pnl_day", by % 'acount="A1"'))
    assert said.startswith(
        "own.yml:4 (desk/DayLoss): found desk_pnl_day by acount, which it never has; expected "
    )
    assert "account or " in said
    for labels in ('account="A1", job="deskwatch"', 'acount=""', 'acount!="A1"'):
        assert own_rules(LOSS.replace("desk_pnl_day", by % labels)) == []
    bucket = 'rate(desk_order_ack_seconds_bucket{le="0.5"}[5m])'
    assert own_rules(LOSS.replace("desk_pnl_day", bucket)) == []


def test_a_rule_that_is_left_to_prometheus(own_rules):
    assert own_rules(LOSS.replace("pnl_day", "pnl_day @ end()")) == [
        "own.yml:4 (desk/DayLoss): left to Prometheus: the @ modifier"
    ]


def test_limits_that_say_nothing_to_an_account_in_another_currency(
    deskwatch, configured, monkeypatch
):
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "1:sesame")
    monkeypatch.setenv("TELEGRAM_CHAT_ID", "-5")
    text = """
        data = "data"
        server.port = 0
        accounts.EU1.reporting_currency = "EUR"
        accounts.A1.reporting_currency = "USD"
        [limits]
        default.account = {daily_loss = "500", gross = "9", leverage = "3"}
        accounts.EU1.daily_loss = "400"
        instruments.XNAS.AAPL = {notional = "7", position = "6"}
    """
    configured(text)
    (said,) = notes(deskwatch)
    lacking = "limits.default.account.gross, limits.instruments.XNAS.AAPL.notional"
    assert said == (
        f"accounts.EU1: found EUR, so that {lacking} say nothing to it; "
        "expected USD, or limits of its own"
    )
    configured(text.replace("EUR", "USD"))
    assert notes(deskwatch) == []


def test_what_is_set_of_a_channel_that_there_is_not(deskwatch, configured):
    configured("""
        server.port = 0
        apprise.urls = ["json://localhost"]
        telegram.severities.page.chat_id = -6
        telegram.users = [7]
        telegram.api_base_url = "https://api.telegram.org"
        alertmanager.receiver = "deskwatch"
    """)
    assert [note for note in notes(deskwatch) if "holds a secret" not in note] == [
        "telegram.users, telegram.severities: found without telegram.token, so that nothing comes of it",
        "alertmanager.receiver: found without alertmanager.url, so that nothing comes of it",
    ]


def test_files_that_are_not_there_yet(deskwatch, configured, tmp_path, monkeypatch):
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "1:sesame")
    monkeypatch.setenv("TELEGRAM_CHAT_ID", "-5")
    configured(
        'data = "data"\nserver.port = 0\nfiles.oms.path = "oms.jsonl"\nlogs.gw.path = "gw.log"\n'
    )
    assert notes(deskwatch) == [
        "files.oms.path: found no such file yet; expected what is written: oms.jsonl",
        "logs.gw.path: found no such file yet; expected what is written: gw.log",
    ]
    for name in ("oms.jsonl", "gw.log"):
        (tmp_path / name).touch()
    assert notes(deskwatch) == []


def test_paths_that_are_no_file_s(deskwatch, configured, tmp_path, monkeypatch):
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "1:sesame")
    monkeypatch.setenv("TELEGRAM_CHAT_ID", "-5")
    (tmp_path / "eu").mkdir()
    configured('data = "data"\nserver.port = 0\nfiles.oms.path = "eu"\nlogs.gw.path = "eu/*.log"\n')
    assert notes(deskwatch) == [
        "files.oms.path: found a folder; expected a file, each with a table of its own: eu",
        "logs.gw.path: found a pattern; expected a file, each with a table of its own: eu/*.log",
    ]


def test_lines_of_a_dotenv_that_look_as_if_they_counted(deskwatch, tmp_path):
    (tmp_path / ".env").write_text(
        "DESKWATCH_CONFIG=/etc/desk.toml\nTELEGRAM_TOKEN=1:sesame\nTELEGRAM_BOT_TOKEN=1:sesame\n"
        "TELEGRAM_CHAT_ID=-5\nDESKWATCH_SERVER__PORT=0\n"
    )
    (tmp_path / ".env").chmod(0o600)
    assert notes(deskwatch) == [
        ".env:1: found DESKWATCH_CONFIG, which says nothing here; expected it in the environment itself, or --config",
        ".env:2: found TELEGRAM_TOKEN, which says nothing; expected TELEGRAM_BOT_TOKEN or TELEGRAM_CHAT_ID",
    ]  # fmt: skip

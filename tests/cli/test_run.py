"""`deskwatch run`, as a process."""

import os
import signal
import socket
from datetime import datetime

import httpx
import pytest
import structlog.testing

from deskwatch.cli.run import serving
from deskwatch.journal.disk import Disk
from deskwatch.journal.lock import lock_folder
from tests.cli.process import CONFIG, Engine, Process


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_cleanly_on_a_signal(tmp_path, number):
    engine = Engine(tmp_path)
    assert httpx.get(f"{engine.url}/readyz").status_code == 200
    assert engine.stop(number) == 0
    assert engine.stdout == ""
    assert engine.log[-1]["event"] == "engine_stopped"


def test_a_reload_that_comes_during_the_start_does_not_end_it(tmp_path):
    config = tmp_path / "slow.toml"
    os.mkfifo(config)
    process = Process(tmp_path, "run", "--config", str(config))
    with config.open("w") as asked:
        os.kill(process.pid, signal.SIGHUP)
        asked.write(CONFIG)
    process.says("engine_started")
    assert process.stop() == 0


def test_the_log_is_json_with_times_in_utc(tmp_path):
    engine = Engine(tmp_path)
    engine.stop()
    names = [line["event"] for line in engine.log]
    assert names[0] == "http_listening"
    assert {"engine_ready", "engine_started"} <= set(names)
    for line in engine.log:
        assert line["timestamp"].endswith("Z")
        assert datetime.fromisoformat(line["timestamp"]).tzinfo
    assert names.count("nobody_will_be_told") == 1
    started = next(line for line in engine.log if line["event"] == "engine_started")
    assert started["metrics"] == f"{engine.url}/metrics"


def test_a_console_is_told_where_to_look(tmp_path):
    config = tmp_path / "deskwatch.toml"
    config.write_text('data = "data"\n[server]\nport = 0\n[log]\nlevel = "error"\n')
    process = Process(tmp_path, "run", "--config", str(config))
    try:
        process.says("/api/v1/pnl")
        assert "/metrics" in process.stderr
        assert "http_listening" not in process.stderr, "the level is error"
    finally:
        assert process.stop() == 0
    assert "\x1b" not in process.stderr


def test_what_it_makes_is_for_its_owner_alone(tmp_path):
    ours = os.umask(0o022)
    try:
        engine = Engine(tmp_path)
    finally:
        os.umask(ours)
    assert engine.stop() == 0
    made = [engine.data, *engine.data.rglob("*")]
    assert {"history.sqlite", "notify.sqlite", "journal"} <= {path.name for path in made}
    assert not {path: mode for path in made if (mode := path.stat().st_mode) & 0o077}


def test_it_takes_events_from_standard_input(tmp_path, blotter):
    (tmp_path / "events").write_bytes(blotter)
    with (tmp_path / "events").open("rb") as events:
        engine = Engine(tmp_path, "", "--stdin", stdin=events)
    try:
        engine.says("stdin_ended")
        status = httpx.get(f"{engine.url}/api/v1/status").json()
        assert status["events"]["total"] > 4900
    finally:
        assert engine.stop() == 0


def refusal(tmp_path, *arguments):
    """Return the status and the words of a `deskwatch run` that can't."""
    process = Process(tmp_path, "run", *arguments)
    return process.wait(), process.stderr


def test_an_address_in_use_is_said(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        (tmp_path / "deskwatch.toml").write_text(f'data = "data"\n[server]\nport = {port}\n')
        status, words = refusal(tmp_path)
    assert status == 1
    assert words.count("\n") == 1
    assert words.startswith("deskwatch: Address already in use")
    assert str(port) in words


def test_a_tcp_address_in_use_is_said(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        (tmp_path / "deskwatch.toml").write_text(
            f'data = "data"\n[server]\nport = 0\n[tcp]\nenabled = true\nport = {port}\n'
        )
        status, words = refusal(tmp_path)
    assert status == 1
    assert str(port) in words.splitlines()[-1]


def test_a_journal_in_use_is_said(tmp_path):
    engine = Engine(tmp_path)
    try:
        second = tmp_path / "second"
        second.mkdir()
        status, words = refusal(second, "--config", str(engine.config))
    finally:
        assert engine.stop() == 0
    assert status == 1
    assert words.count("\n") == 1, "it has listened nowhere"
    assert f"in use by another deskwatch (process {engine.pid})" in words


def test_a_folder_in_use_is_left_as_it_is(tmp_path):
    data = tmp_path / "data"
    (tmp_path / "deskwatch.toml").write_text('data = "data"\n[server]\nport = 0\n')
    first = lock_folder(Disk(), data / "journal")
    status, _ = refusal(tmp_path)
    first.release()
    assert status == 1
    assert sorted(data.rglob("*")) == [data / "journal", data / "journal" / "lock"]


def test_a_data_folder_that_can_not_be_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    (tmp_path / "deskwatch.toml").write_text('data = "file/data"\n[server]\nport = 0\n')
    status, words = refusal(tmp_path)
    assert status == 1
    assert "Not a directory" in words.splitlines()[-1]


def test_a_wrong_configuration_is_said_line_by_line(tmp_path):
    (tmp_path / "deskwatch.toml").write_text('data = "data"\n[server]\nport = 70000\nprt = 1\n')
    status, words = refusal(tmp_path)
    assert status == 2
    first, *problems = words.splitlines()
    assert first == "deskwatch: the configuration can't be used"
    assert [line.split(" ")[0] for line in problems] == [
        "deskwatch.toml:3:",
        "deskwatch.toml:4:",
    ]


def test_a_configuration_that_is_not_there_is_said(tmp_path):
    status, words = refusal(tmp_path, "--config", "elsewhere.toml")
    assert status == 2
    assert "elsewhere.toml" in words
    assert "No such file" in words


def test_a_restart_has_the_figures_again(tmp_path, blotter):
    (tmp_path / "events").write_bytes(blotter)
    with (tmp_path / "events").open("rb") as events:
        engine = Engine(tmp_path, "", "--stdin", stdin=events)
    try:
        engine.says("stdin_ended")
        before = figures(engine.url)
    finally:
        engine.stop()
    engine = Engine(tmp_path)
    try:
        assert figures(engine.url) == before
    finally:
        engine.stop()


def figures(url):
    rows = httpx.get(f"{url}/api/v1/pnl").json()["strategies"]
    return [(row["account"], row["strategy"], row["net"], row["fees"]) for row in rows]


class Replaying:
    """An engine whose replay is over once it was asked three times."""

    def __init__(self):
        self.engine = self
        self.replayed_frames = 0

    @property
    def ready(self):
        self.replayed_frames += 1000
        return self.replayed_frames > 3000


async def test_a_long_replay_is_told_of_while_it_goes_on(monkeypatch):
    monkeypatch.setattr(serving, "PROGRESS_S", 0.001)
    with structlog.testing.capture_logs() as logged:
        await serving._tell_progress(Replaying())
    assert [(line["event"], line["frames"]) for line in logged] == [
        ("journal_replaying", frames) for frames in (1000, 2000, 3000)
    ]


def test_rules_that_cannot_be_read_are_said_with_their_line(tmp_path):
    (tmp_path / "rules.yml").write_text('groups: [{name: g, rules: [{alert: A, expr: "sum("}]}]\n')
    file = tmp_path / "deskwatch.toml"
    file.write_text('data = "data"\n[server]\nport = 0\n[rules]\nfiles = ["rules.yml"]\n')
    status, words = refusal(tmp_path, "--config", str(file))
    assert status == 2
    assert "rules.yml:1 (g/A): found 'sum('" in words
    assert "Traceback" not in words


def test_a_second_channel_that_nobody_knows_is_said_without_its_address(tmp_path):
    file = tmp_path / "deskwatch.toml"
    file.write_text(
        'data = "data"\n[server]\nport = 0\n[apprise]\nurls = ["nonsense://secret-of-ours"]\n'
    )
    status, words = refusal(tmp_path, "--config", str(file))
    assert (status, "apprise.urls: address 1" in words) == (2, True)
    assert "secret-of-ours" not in words

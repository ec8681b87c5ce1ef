"""`deskwatch demo`: three parts that start, show and end together."""

import os
import re
import signal
import socket
from pathlib import Path

import psutil
import pytest

from deskwatch.cli.demo.stage import Curtain
from tests.cli.process import Process, until


def parts(demo):
    """Return the running children of a demo, by their command."""
    try:
        children = psutil.Process(demo.pid).children(recursive=True)
        return {child.cmdline()[3]: child for child in children if len(child.cmdline()) > 3}
    except psutil.NoSuchProcess:
        return {}


@pytest.fixture
def show(tmp_path):
    """Start a demo, returned once all of it runs; a test that fails leaves none behind either."""
    started = []

    def start(*arguments):
        demo = Process(tmp_path, "demo", "--port", "0", *arguments)
        started.append(demo)
        demo.says("watches a simulated desk")
        until(lambda: parts(demo).keys() == {"run", "demo-desk"})
        return demo

    yield start
    for demo in started:
        demo.stop()


def gone(children):
    until(lambda: not any(child.is_running() for child in children))


def test_it_ends_by_itself_and_leaves_nothing_behind(show):
    demo = show("--seconds", "6", "--rate", "20")
    children = list(parts(demo).values())
    folder = Path(re.search(r"logs in (\S+)\)", demo.stderr)[1])
    assert folder.is_dir()
    assert demo.wait() == 0
    gone(children)
    assert not folder.exists()
    last = demo.stdout[demo.stdout.rindex("P&L by strategy") :]
    assert "market_making" in last
    assert "\x1b" not in demo.stdout
    assert "NO ANSWER" not in demo.stdout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_all_of_it_in_order(show, tmp_path, number):
    demo = show("--keep", "kept")
    children = list(parts(demo).values())
    until(lambda: "P&L by strategy" in demo.stdout)
    groups = [os.getpgid(child.pid) for child in children]
    assert os.getpgid(demo.pid) not in groups, "a Ctrl-C in the terminal would reach all at once"
    assert demo.stop(number) == 0
    gone(children)
    assert "engine_stopped" in (tmp_path / "kept/engine.log").read_text()
    assert (tmp_path / "kept/desk.log").read_text() == ""


def test_what_is_kept_is_there_the_next_time(show, tmp_path):
    demo = show("--keep", "kept", "--rate", "20")
    journal = tmp_path / "kept/data/journal/0000000001.log"
    until(lambda: b'"kind":"fill"' in journal.read_bytes())
    assert demo.stop() == 0
    show("--keep", "kept").stop()
    log = (tmp_path / "kept/engine.log").read_text()
    assert re.search(r"engine_ready .*lines=[1-9]", log), log


@pytest.mark.parametrize(("part", "name"), [("run", "engine"), ("demo-desk", "simulated desk")])
def test_a_part_that_dies_is_named(show, part, name):
    demo = show()
    children = list(parts(demo).values())
    parts(demo)[part].send_signal(signal.SIGKILL)
    assert demo.wait() == 1
    gone(children)
    assert f"deskwatch: the {name} was killed by signal 9" in demo.stderr


def test_an_engine_that_can_not_start_is_said(show, tmp_path):
    show("--keep", "kept")
    second = tmp_path / "second"
    second.mkdir()
    demo = Process(second, "demo", "--port", "0", "--keep", str(tmp_path / "kept"))
    assert demo.wait() == 1
    assert "the engine ended with status 1" in demo.stderr
    assert "in use by another deskwatch" in demo.stderr


def test_a_port_that_is_asked_for_and_taken_is_said(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        demo = Process(tmp_path, "demo", "--port", str(port))
        assert demo.wait() == 1
    assert demo.stderr.startswith("deskwatch: Address already in use")


def test_a_folder_that_can_not_be_kept_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    demo = Process(tmp_path, "demo", "--port", "0", "--keep", "file/kept")
    assert demo.wait() == 1
    assert demo.stderr == "deskwatch: can't keep anything in file/kept: Not a directory\n"


@pytest.mark.parametrize("option", ["--token-file", "--gateway-token-file"])
def test_a_token_that_can_not_be_read_is_said(deskwatch, option):
    said = deskwatch(
        "demo-desk", "--url", "http://127.0.0.1:9", "--gateway", "0", option, "none", status=2
    )
    assert said.stderr == "deskwatch: can't read the token: No such file or directory: none\n"


def test_logs_that_can_not_be_written_are_said(deskwatch, tmp_path):
    (tmp_path / "file").write_text("")
    folder = tmp_path / "file/logs"
    said = deskwatch("demo-desk", "--url", "http://127.0.0.1:9", "--logs", str(folder), status=1)
    assert said.stderr == (f"deskwatch: the simulated desk can't run: Not a directory: {folder}\n")


def test_the_default_port_gives_way(monkeypatch, capsys):
    from deskwatch.cli.demo import stage  # noqa: PLC0415

    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setattr(stage, "_PORT", taken.getsockname()[1])
        port = stage._free_port(None)
        assert port != stage._PORT
    assert capsys.readouterr().err == f"deskwatch: port {stage._PORT} is taken, so {port} is used\n"


def test_the_curtain_falls_on_a_signal_and_puts_the_handlers_back():
    before = signal.getsignal(signal.SIGTERM)
    with Curtain() as curtain:
        assert not curtain.wait(0.01)
        os.kill(os.getpid(), signal.SIGTERM)
        assert curtain.wait(60)
    assert signal.getsignal(signal.SIGTERM) is before


def test_the_curtain_falls_after_its_time():
    with Curtain() as curtain:
        assert not curtain.wait(0.01), "it has no time yet, while the engine starts"
        curtain.fall_after(0.01)
        assert curtain.wait(60)

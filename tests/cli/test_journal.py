"""`deskwatch journal`: what an operator does with what was kept."""

import json
import stat
import subprocess
import sys
import time

import httpx
import pytest

from deskwatch.journal.frame import Frame
from deskwatch.journal.journal import Journal
from deskwatch.journal.segment import Cursor
from deskwatch.journal.snapshot import SnapshotStore
from tests.cli.process import CONFIG, Engine, environment, until

LONG_AGO = 1_700_000_000_000_000_000


def line(number):
    return b'{"kind":"heartbeat","event_time":%d,"service":"s%d"}' % (LONG_AGO + number, number)


@pytest.fixture
def data(tmp_path):
    """A data folder whose journal has three segments with two blocks each, of two lines."""
    folder = tmp_path / "kept"
    with Journal.open(folder / "journal", segment_bytes=1) as journal:
        for number in range(0, 12, 4):
            frames = [
                Frame(LONG_AGO + first, line(first) + b"\n" + line(first + 1) + b"\n" * (first % 4 == 0))
                for first in (number, number + 2)
            ]  # fmt: skip
            journal.append(frames)
    return folder


@pytest.fixture
def damaged(data):
    path = data / "journal" / "0000000002.log"
    content = bytearray(path.read_bytes())
    content[-5] ^= 0x10
    path.write_bytes(content)
    return data


def test_verify_says_what_is_there(deskwatch, data):
    table = deskwatch("journal", "verify", "--data", data).stdout
    rows = [row.split() for row in table.splitlines()[1:-1]]
    assert [row[:3] for row in rows] == [
        ["1", "finished", "2"],
        ["2", "finished", "2"],
        ["3", "open", "2"],
    ]
    assert table.splitlines()[-1] == f"{data / 'journal'}: ok; segments: 3, blocks: 6"


def test_verify_says_what_is_damaged(deskwatch, damaged):
    table = deskwatch("journal", "verify", "--data", damaged, status=1).stdout
    assert "at offset" in table
    assert table.splitlines()[-1].endswith(": 1 problem")
    report = json.loads(
        deskwatch("journal", "verify", "--data", damaged, "--json", status=1).stdout
    )
    assert report["ok"] is False
    assert [len(one["problems"]) for one in report["segments"]] == [0, 1, 0]


def test_verify_while_the_engine_runs(deskwatch, engine):
    report = json.loads(deskwatch("journal", "verify", "--config", engine.config, "--json").stdout)
    assert report["ok"]
    assert report["segments"]


def test_cat_prints_every_line_once_in_order(deskwatch, data):
    printed = deskwatch("journal", "cat", "--data", data).stdout_bytes
    assert printed.splitlines() == [line(number) for number in range(12)]
    assert deskwatch("journal", "cat", "--data", data / "journal").stdout_bytes == printed


def test_cat_with_time_and_on_from_a_cursor(deskwatch, data):
    def cat(*arguments):
        printed = deskwatch("journal", "cat", "--data", data, "--with-time", *arguments).stdout
        return [json.loads(one) for one in printed.splitlines()]

    everything = cat()
    assert [one["event"]["service"] for one in everything] == [f"s{n}" for n in range(12)]
    assert [one["receive_time"] for one in everything[:4]] == [LONG_AGO] * 2 + [LONG_AGO + 2] * 2
    for index, one in enumerate(everything):
        if index % 2:  # the last line of its block
            assert cat("--after", one["cursor"]) == everything[index + 1 :]


def test_cat_prints_one_event_a_line_however_they_came(deskwatch, tmp_path):
    with Journal.open(tmp_path / "journal") as journal:
        over_lines = line(2).replace(b",", b",\n")
        journal.append([Frame(LONG_AGO, line(0) + line(1) + b" " + over_lines + b"\n")])
    printed = deskwatch("journal", "cat", "--data", tmp_path).stdout_bytes
    assert printed.splitlines() == [line(0), line(1), line(2).replace(b",", b", ")]
    wrapped = deskwatch("journal", "cat", "--data", tmp_path, "--with-time").stdout.splitlines()
    assert [json.loads(one)["event"]["service"] for one in wrapped] == ["s0", "s1", "s2"]


def test_cat_says_what_is_missing_and_prints_the_rest(deskwatch, damaged):
    found = deskwatch("journal", "cat", "--data", damaged, status=1)
    numbers = [int(json.loads(one)["service"][1:]) for one in found.stdout.splitlines()]
    assert numbers == [0, 1, 2, 3, 4, 5, 8, 9, 10, 11]
    assert found.stderr.startswith("deskwatch: missing: segment 2 from offset")


@pytest.mark.parametrize("cursor", ["", "1", "1:", "a:b", "-1:5", "1:2:3"])
def test_a_cursor_that_is_none_is_misuse(deskwatch, data, cursor):
    said = deskwatch("journal", "cat", "--data", data, f"--after={cursor}", status=2).stderr
    assert "expected SEGMENT:OFFSET" in said


@pytest.mark.parametrize("command", ["verify", "cat", "compact"])
def test_a_folder_without_a_journal_is_said(deskwatch, tmp_path, command):
    for folder in (tmp_path / "journal", tmp_path):
        folder.mkdir(exist_ok=True)
        said = deskwatch("journal", command, "--data", folder, status=2).stderr
        assert said == f"deskwatch: there is no journal in {folder}\n"


def test_compact_without_a_limit_only_compresses(deskwatch, data):
    said = deskwatch("journal", "compact", "--data", data).stdout
    assert "segments compressed: 2, removed: 0" in said
    before = [line(number) for number in range(12)]
    assert deskwatch("journal", "cat", "--data", data).stdout_bytes.splitlines() == before
    assert deskwatch("journal", "verify", "--data", data).stdout.count("sealed") == 2


def test_compact_removes_what_is_old_and_in_a_snapshot(deskwatch, data):
    SnapshotStore(data / "snapshots").save(Cursor(3, 28), b"the books")
    command = ("journal", "compact", "--data", data, "--json", "--keep-days")
    years = (time.time_ns() - LONG_AGO) // (24 * 3600 * 1_000_000_000)
    assert json.loads(deskwatch(*command, years + 1).stdout)["removed"] == []
    assert json.loads(deskwatch(*command, 1).stdout)["removed"] == [1, 2]


def test_compact_takes_the_limit_from_the_configuration(deskwatch, data, tmp_path):
    SnapshotStore(data / "snapshots").save(Cursor(3, 28), b"the books")
    (tmp_path / "deskwatch.toml").write_text('data = "kept"\n[journal]\nkeep_days = 1\n')
    assert "removed: 2" in deskwatch("journal", "compact").stdout


def test_compact_leaves_a_running_engine_alone(deskwatch, tmp_path):
    engine = Engine(tmp_path)
    try:
        said = deskwatch("journal", "compact", "--config", engine.config, status=1)
    finally:
        assert engine.stop() == 0
    assert said.stdout == ""
    assert f"in use by another deskwatch (process {engine.pid})" in said.stderr


def test_an_event_is_left_out_and_told_and_kept(deskwatch, data):
    place = json.loads(
        deskwatch("journal", "cat", "--data", data, "--with-time").stdout.splitlines()[2]
    )
    command = ("journal", "leave-out", place["cursor"], 2, "--data", data)
    said = deskwatch(*command, "--why", "bug 7").stdout
    where = f"event 2 of the block before {place['cursor']}, on "
    assert said.startswith(f"left out of the books from the next start on: {where}")
    assert said.endswith(f" (bug 7): {line(3).decode()}\n")
    assert deskwatch(*command).stdout == said
    report = json.loads(deskwatch("journal", "verify", "--data", data, "--json").stdout)
    assert report["ok"]
    assert [one["event"] for one in report["left_out"]] == [line(3).decode()]
    assert (
        f"left out of the books: {where}" in deskwatch("journal", "verify", "--data", data).stdout
    )
    printed = deskwatch("journal", "cat", "--data", data).stdout_bytes
    assert printed.splitlines() == [line(number) for number in range(12)]
    replayed = deskwatch("replay", data, "--json", status=1).stdout
    assert [line(3).decode() in one for one in json.loads(replayed)["left_out"]] == [True]
    assert "left out: event 2" in deskwatch("replay", data, status=1).stdout


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("9:99", 1), "no block ends at 9:99"),
        (("1", 1), "expected SEGMENT:OFFSET"),
        (("1:28", 0), "number"),
    ],
)
def test_what_can_not_be_left_out_is_misuse(deskwatch, data, arguments, why):
    said = deskwatch("journal", "leave-out", *arguments, "--data", data, status=2).stderr
    assert why in said.lower() or why in said


#: As `sitecustomize`: books that a fill of exec_id E2 ends.
BUG = """
from deskwatch.core.event import Fill
from deskwatch.engine.engine import Engine

made = Engine.__init__

def divide(fill):
    1 / (fill.exec_id != "E2")

def with_bug(engine, keeping, new_books, clock):
    def books():
        books = new_books()
        checks, handler, followers = books._ways[Fill]
        books._ways[Fill] = ((*checks, divide), handler, followers)
        return books
    made(engine, keeping, books, clock)

Engine.__init__ = with_bug
"""


def test_an_engine_that_an_event_ends_at_every_start_goes_on_without_it(tmp_path, monkeypatch):
    (tmp_path / "sitecustomize.py").write_text(BUG)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=":")
    now = time.time_ns()
    place = {"event_time": now, "source": "oms", "venue": "V", "symbol": "X"}
    trade = {"kind": "fill", "account": "A", "side": "buy", "quantity": "1", "price": "1"}
    sent = b"".join(
        json.dumps(place | {"sequence": number} | one).encode() + b"\n"
        for number, one in enumerate(
            [
                {"kind": "instrument", "base": "X", "quote": "USD"},
                trade | {"exec_id": "E1"},
                trade | {"exec_id": "E2"},
            ],
            start=1,
        )
    )
    # What the engine kept before it met the bug.
    with Journal.open(tmp_path / "data" / "journal") as journal:
        journal.append([Frame(now, sent)])
    (tmp_path / "deskwatch.toml").write_text(CONFIG)

    def deskwatch(*arguments, within):
        return subprocess.run(
            [sys.executable, "-m", "deskwatch", *arguments],
            cwd=within, env=environment(), capture_output=True, check=False, text=True,
        )  # fmt: skip

    ended = deskwatch("run", within=tmp_path)
    words = ended.stderr.splitlines()[-1].split()
    assert (ended.returncode, words[:3]) == (1, ["deskwatch", "journal", "leave-out"])
    done = deskwatch(*words[1:], within="/")  # as printed, wherever that is
    assert (done.returncode, done.stderr) == (0, "")
    assert '"exec_id": "E2"' in done.stdout
    engine = Engine(tmp_path)
    try:
        headers = {"Content-Type": "application/x-ndjson"}
        again = httpx.post(f"{engine.url}/v1/events", content=sent, headers=headers)
        assert again.json()["duplicates"] == 3
        assert (
            "\ndeskwatch_journal_left_out_events 1.0\n" in httpx.get(f"{engine.url}/metrics").text
        )
        (position,) = httpx.get(f"{engine.url}/api/v1/positions").json()["positions"]
        assert position["quantity"] == "1"
        until(lambda: "EventsLeftOut" in httpx.get(f"{engine.url}/api/v1/alerts").text)
    finally:
        assert engine.stop() == 0


def test_a_running_engine_is_backed_up_and_another_goes_on_from_there(deskwatch, engine, tmp_path):
    backup, other = tmp_path / "desk.tar", tmp_path / "data"
    pnl = json.loads(deskwatch("pnl", "--url", engine.url, "--json").stdout)
    deskwatch("journal", "backup", backup, "--config", engine.config)
    assert not list(tmp_path.glob("*.new"))
    said = deskwatch("journal", "restore", backup, "--data", other)
    assert said.stdout.splitlines()[-1].startswith(f"{other / 'journal'}: ok")
    second = Engine(tmp_path)
    try:
        again = json.loads(deskwatch("pnl", "--url", second.url, "--json").stdout)
        realized = [[row["realized"] for row in one["strategies"]] for one in (pnl, again)]
        assert realized[0] == realized[1]
        assert len(realized[0]) > 3
        deskwatch("journal", "restore", backup, "--data", other, status=1)
    finally:
        assert second.stop() == 0


@pytest.mark.parametrize("is_link", [True, False])
def test_a_backup_goes_into_no_file_that_somebody_put_in_its_way(
    deskwatch, data, tmp_path, is_link
):
    theirs, staged = tmp_path / "theirs", tmp_path / "desk.tar.new"
    theirs.write_text("theirs")
    theirs.chmod(0o666)
    staged.symlink_to(theirs) if is_link else staged.hardlink_to(theirs)
    deskwatch("journal", "backup", tmp_path / "desk.tar", "--data", data)
    assert theirs.read_text() == "theirs"
    assert stat.S_IMODE((tmp_path / "desk.tar").lstat().st_mode) == 0o600


def test_a_backup_is_a_stream_too(deskwatch, data, tmp_path):
    stream = deskwatch("journal", "backup", "-", "--data", data).stdout_bytes
    deskwatch("journal", "restore", "-", "--data", tmp_path / "other", stdin=stream)
    printed = deskwatch("journal", "cat", "--data", tmp_path / "other").stdout_bytes
    assert printed.splitlines() == [line(number) for number in range(12)]
    said = deskwatch("journal", "restore", "-", "--data", tmp_path / "other", status=1, stdin=b"no")
    assert "this is no backup" in said.stderr


def test_a_journal_that_came_back_damaged_is_a_problem(deskwatch, damaged, tmp_path):
    deskwatch("journal", "backup", tmp_path / "desk.tar", "--data", damaged)
    said = deskwatch("journal", "restore", tmp_path / "desk.tar", "--data", damaged, status=1)
    assert "1 problem" in said.stdout

"""`deskwatch replay`: files and journals through fresh books."""

import gzip
import json
import subprocess
import sys
import tracemalloc

import httpx
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from deskwatch.cli.replay.event_clock import EventClock
from deskwatch.cli.replay.sources import blocks
from deskwatch.core.books import EARLIEST
from tests.cli.process import environment

SECOND = 1_000_000_000
HOUR = 3600 * SECOND
#: 2026-01-05T10:00:00Z
START = 1_767_607_200 * SECOND

#: What does not depend on when it is asked.
CUMULATIVE = ("account", "strategy", "currency", "realized", "unrealized", "fees", "funding", "net")


def jsonl(*events):
    return b"".join(json.dumps(event).encode() + b"\n" for event in events)


def instrument(**more):
    return {
        "kind": "instrument", "event_time": START, "venue": "V", "symbol": "X", "base": "X",
        "quote": "USD",
    } | more  # fmt: skip


def fill(number, time=START, **more):
    return {
        "kind": "fill", "event_time": time, "account": "A", "strategy": "s", "venue": "V",
        "symbol": "X", "side": "buy", "quantity": "1", "price": "100", "exec_id": f"e{number}",
    } | more  # fmt: skip


def mark(price, time=START):
    return {"kind": "mark", "event_time": time, "venue": "V", "symbol": "X", "price": price}


def cumulative(answer):
    return [{name: row[name] for name in CUMULATIVE} for row in answer["strategies"]]


@pytest.fixture
def replayed(deskwatch, tmp_path):
    """Replay a blotter and return its summary."""

    def replay(*events, status=0, arguments=()):
        path = tmp_path / "blotter.jsonl"
        path.write_bytes(jsonl(*events))
        return json.loads(deskwatch("replay", path, "--json", *arguments, status=status).stdout)

    return replay


def live(engine):
    return cumulative(httpx.get(f"{engine.url}/api/v1/pnl").json())


def test_a_file_gives_what_the_live_engine_shows(deskwatch, engine, blotter, tmp_path):
    path = tmp_path / "blotter.jsonl"
    path.write_bytes(blotter)
    answer = deskwatch("replay", path, "--json", "--config", engine.config, status=1).stdout
    summary = json.loads(answer)
    assert cumulative(summary["pnl"]) == live(engine)
    status = httpx.get(f"{engine.url}/api/v1/status").json()
    assert summary["refused"] == status["refused"]["by_reason"]
    assert "event_time_in_future" in summary["refused"]
    assert summary["duplicates"] == status["duplicates"]
    assert summary["events"] == status["events"]["total"]
    assert summary["untranslated"] == []


def test_the_journal_of_an_engine_gives_what_it_shows(deskwatch, engine):
    for folder in (engine.data, engine.data / "journal"):
        answer = deskwatch("replay", folder, "--json", "--config", engine.config, status=1).stdout
        assert cumulative(json.loads(answer)["pnl"]) == live(engine)


def test_what_journal_cat_prints_gives_the_same_again(engine):
    """As a pipe of two processes, the way an operator writes it."""
    command = [sys.executable, "-m", "deskwatch"]
    config = ["--config", str(engine.config)]
    with subprocess.Popen(
        [*command, "journal", "cat", *config], stdout=subprocess.PIPE, env=environment()
    ) as cat:
        found = subprocess.run(
            [*command, "replay", "-", "--json", *config],
            stdin=cat.stdout, env=environment(), capture_output=True, check=False,
        )  # fmt: skip
    assert (cat.returncode, found.returncode, found.stderr) == (0, 1, b"")
    assert cumulative(json.loads(found.stdout)["pnl"]) == live(engine)


def cut_gz(data):
    return gzip.compress(data, mtime=0)[:-20]


def in_two_frames(data):
    half = len(data) // 2
    return zstandard.compress(data[:half]) + zstandard.compress(data[half:])


@pytest.mark.parametrize(
    ("name", "packed"),
    [
        pytest.param("plain.jsonl", bytes, id="plain"),
        pytest.param("packed.jsonl.gz", gzip.compress, id="gzip"),
        pytest.param("packed.jsonl.zst", zstandard.compress, id="zstd"),
        pytest.param("packed.jsonl.zst", in_two_frames, id="zstd in two frames"),
    ],
)
def test_files_may_be_compressed(deskwatch, tmp_path, blotter, name, packed):
    path = tmp_path / name
    path.write_bytes(packed(blotter))
    found = json.loads(deskwatch("replay", path, "--json", status=1).stdout)
    told = json.loads(deskwatch("replay", "-", "--json", status=1, stdin=blotter).stdout)
    assert found["events"] == told["events"] > 4900
    assert found["pnl"] == told["pnl"]


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("cut.gz", cut_gz(b"{}\n" * 9000), "ended before"),
        ("cut.zst", zstandard.compress(b"{}\n" * 9000)[:-4], "ends early"),
        ("no.gz", b"plain", "Not a gzipped file"),
        ("no.zst", b"plain", "zstd"),
    ],
)
def test_a_damaged_file_is_said(deskwatch, tmp_path, name, content, why):
    (tmp_path / name).write_bytes(content)
    said = deskwatch("replay", name, status=1)
    assert said.stdout == ""
    assert said.stderr.startswith(f"deskwatch: can't read {name}: ")
    assert why in said.stderr


def test_a_file_that_is_not_there_is_said_before_any_is_read(deskwatch, tmp_path, blotter):
    (tmp_path / "there").write_bytes(blotter)
    said = deskwatch("replay", "there", "elsewhere", status=2)
    assert said.stderr == "deskwatch: there is no file elsewhere\n"


@pytest.mark.parametrize("inside", ["journal", "app.log"])
def test_a_folder_without_a_journal_is_said(deskwatch, tmp_path, inside):
    folder = tmp_path / "folder"
    (folder / inside).mkdir(parents=True)
    said = deskwatch("replay", folder, status=2).stderr
    assert said == f"deskwatch: there is no journal in {folder}\n"


def test_nothing_gives_nothing(replayed):
    summary = replayed()
    assert (summary["events"], summary["pnl"]["strategies"]) == (0, [])


def test_refused_lines_are_counted_and_the_first_quoted_by_their_place(deskwatch, tmp_path):
    bad = [fill(n, quantity="0") for n in range(5)]
    path = tmp_path / "b.jsonl"
    path.write_bytes(jsonl(instrument(), *bad) + b"nonsense\n" + jsonl(fill(9)))
    table = deskwatch("replay", "b.jsonl", status=1).stdout
    assert "duplicates: 0, refused: 6" in table
    for line in (2, 3, 4, 7):
        assert f"b.jsonl:{line}: found" in table
    assert "b.jsonl:5:" not in table
    assert "zero_quantity" in table
    assert "malformed_json" in table


def test_a_line_that_is_too_long_costs_that_line(deskwatch, tmp_path):
    (tmp_path / "deskwatch.toml").write_text("[server]\nmax_line_bytes = 1024\n")
    lines = jsonl(instrument()) + b"x" * 2000 + b"\n" + jsonl(fill(1))
    summary = json.loads(deskwatch("replay", "-", "--json", status=1, stdin=lines).stdout)
    assert summary["refused"] == {"line_too_long": 1}
    assert summary["examples"][0]["place"] == "stdin:2"
    assert summary["events"] == 2


def test_files_are_booked_in_their_order(deskwatch, tmp_path):
    (tmp_path / "one").write_bytes(jsonl(instrument(), fill(1)))
    (tmp_path / "two").write_bytes(jsonl(fill(1), fill(2), mark("103", START + SECOND)))
    summary = json.loads(deskwatch("replay", "one", "two", "--json").stdout)
    assert summary["duplicates"] == 1
    assert summary["pnl"]["strategies"][0]["net"] == "6"


def test_a_table_fits_the_terminal(deskwatch, blotter, monkeypatch):
    for columns in (80, 160):
        monkeypatch.setenv("COLUMNS", str(columns))
        table = deskwatch("replay", "-", "--hourly", status=1, stdin=blotter).stdout
        assert max(len(line.rstrip()) for line in table.splitlines()) <= columns
        assert "market_making" in table
        assert "P&L by hour" in table
        assert "; today since 00:00, this hour since " in table


def test_without_a_rate_figures_are_in_their_own_currency(replayed, deskwatch, tmp_path):
    events = [instrument(quote="JPY"), fill(1), mark("110"), fill(2, fee="2", fee_currency="BNB")]
    summary = replayed(*events)
    (total,) = summary["pnl"]["strategies"]
    assert (total["net"], total["unpriced"]) == (None, "no_fx")
    rows = {row["currency"]: row for row in summary["untranslated"]}
    assert rows["JPY"]["net"] == "20"
    assert rows["BNB"]["net"] == "-2"
    table = deskwatch("replay", tmp_path / "blotter.jsonl").stdout
    assert "+20.00" in table
    assert "no_fx" in table


def test_without_a_price_it_says_that_first(replayed):
    summary = replayed(instrument(quote="JPY"), fill(1, fee="3"))
    (row,) = summary["untranslated"]
    assert (row["fees"], row["net"], row["unpriced"]) == ("3", None, "no_mark")


def test_hours_are_those_of_the_events(replayed):
    sold = fill(2, START + HOUR, side="sell", price="107")
    late = fill(3, START + HOUR + SECOND, side="sell", price="109", account="B")
    events = [
        instrument(),
        fill(1),
        mark("101", START + HOUR - SECOND),
        sold,
        mark("107", START + HOUR),
        late,
    ]
    rows = replayed(*events, arguments=["--hourly"])["hourly"]
    hours = [(row["start"], row["account"], row["net"]) for row in rows]
    assert (START, "A", "1") in hours
    assert (START + HOUR, "A", "6") in hours
    assert sum(float(row["net"]) for row in rows if row["account"] == "A") == 7


def test_a_weekend_without_events_passes(replayed):
    later = START + 60 * HOUR
    summary = replayed(instrument(), fill(1), fill(2, later, side="sell", price="104"))
    assert summary["pnl"]["strategies"][0]["realized"] == "4"
    assert summary["pnl"]["as_of"] == later


@pytest.mark.parametrize("at", [2, 498, 499, 500, 501, 700])
def test_one_broken_clock_is_refused_as_the_live_engine_would(replayed, at):
    events = [instrument(), *(fill(n, START + n * SECOND) for n in range(1000))]
    events.insert(at, fill("bad", START + at * SECOND + 24 * HOUR))
    summary = replayed(*events, status=1)
    assert summary["refused"] == {"event_time_in_future": 1}
    assert summary["examples"][0]["place"].endswith(f"blotter.jsonl:{at + 1}")
    assert summary["events"] == 1001
    assert summary["pnl"]["as_of"] == START + 999 * SECOND


@pytest.mark.parametrize("time", [10**30, -(10**30), 0, 4_000_000_000 * SECOND])
def test_a_time_that_can_not_be_is_refused(replayed, time):
    summary = replayed(instrument(), fill(1, time), status=1)
    assert summary["refused"].keys() <= {"event_time_in_future", "event_time_out_of_range"}
    assert sum(summary["refused"].values()) == 1
    assert summary["pnl"]["as_of"] == START


@pytest.mark.parametrize(
    ("times", "following", "readings"),
    [
        pytest.param([10, 11, 12], [], [10, 11, 12], id="in order"),
        pytest.param([10, 12, 11], [], [10, 12, 12], id="a little out of order"),
        pytest.param([10, 900, 11, 12], [], [10, 10, 11, 12], id="one ahead of the rest"),
        pytest.param(
            [10, 900, 901, 11, 12, 13, 14], [], [10, 10, 10, 11, 12, 13, 14], id="two ahead"
        ),
        pytest.param([10, 900], [11, 12], [10, 10], id="one ahead of what follows the block"),
        pytest.param([10, 900], [901, 902], [10, 900], id="a gap"),
        pytest.param([10, 900, 3], [901, 902], [10, 900, 900], id="a late one after a gap"),
        pytest.param([10, 900], [], [10, 900], id="nothing after it says otherwise"),
        pytest.param([900, 10, 11], [12], [0, 10, 11], id="the very first"),
        pytest.param([10, 9_000_000, 11], [], [10, 10, 11], id="later than it is now"),
    ],
)
def test_a_clock_set_by_events(times, following, readings):
    clock = EventClock(tolerance=60, latest=EARLIEST + 1_000_000)
    found = clock.readings([EARLIEST + t for t in times], [EARLIEST + t for t in following])
    assert found == [EARLIEST + t if t else 0 for t in readings]


@given(
    st.lists(st.integers(EARLIEST, EARLIEST + HOUR), min_size=1, max_size=40),
    st.integers(0, HOUR),
    st.integers(1, 10),
)
def test_events_in_order_set_the_clock_however_they_are_cut_into_blocks(times, tolerance, size):
    times.sort()
    clock = EventClock(tolerance, EARLIEST + HOUR)
    readings = []
    for first in range(0, len(times), size):
        readings += clock.readings(times[first : first + size], times[first + size :])
    assert readings == times


def test_a_small_file_that_unfolds_into_much_more_needs_little_memory(tmp_path):
    bomb = tmp_path / "bomb.jsonl.zst"
    packer = zstandard.ZstdCompressor(level=1).compressobj()
    mebibyte = bytes(1 << 20)
    bomb.write_bytes(b"".join(packer.compress(mebibyte) for _ in range(300)) + packer.flush())
    assert bomb.stat().st_size < 16 * 1024
    tracemalloc.start()
    try:
        assert list(blocks(bomb, 1 << 20, lambda _: None))
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < 150 << 20

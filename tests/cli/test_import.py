"""`deskwatch import freqtrade`: a bot's database to an engine, or to JSON lines."""

import json
import sqlite3
from pathlib import Path

import pytest

from tests.cli.fake_engine import Answer, fake_engine
from tests.cli.process import Engine

REAL = (
    Path(__file__).parents[3]
    / "shared/data/01_fills_pnl/freqtrade_db/selskas_tradesv3.sqlite"
)  # fmt: skip


@pytest.fixture
def bot(tmp_path):
    """A bot's database with one trade: bought at 2 and sold at 2.1."""
    path = tmp_path / "bot.sqlite"
    trade = {
        "id": 1, "exchange": "binance", "pair": "ADA/USDT", "is_open": 0, "fee_open": 0.0025,
        "fee_close": 0.0025, "open_rate": 2.0, "close_rate": 2.1, "stake_amount": 60.0,
        "amount": 30.0, "open_date": "2024-10-01 12:00:00", "close_date": "2024-10-01 12:10:00",
        "strategy": "Sample",
    }  # fmt: skip
    database = sqlite3.connect(path)
    database.execute(f"CREATE TABLE trades ({', '.join(trade)})")
    marks = ", ".join("?" * len(trade))
    database.execute(f"INSERT INTO trades VALUES ({marks})", list(trade.values()))
    database.commit()
    database.close()
    return path


#: 30 × 2.1 × 0.9975 − 30 × 2 × 1.0025
PROFIT = "2.6925"


def test_to_an_engine_and_again(deskwatch, bot, tmp_path):
    engine = Engine(tmp_path, "[accounts.me]\nreporting_currency = 'USDT'\n")
    try:
        command = ("import", "freqtrade", bot, "--account", "me", "--url", engine.url)
        said = deskwatch(*command).stdout
        instruments = "instruments, which are booked each time: 1\n"
        sent = f"3 events sent to {engine.url}: "
        assert said == f"{sent}3 booked, 0 known already, 0 refused; {instruments}"
        again = deskwatch(*command).stdout
        assert again == f"{sent}1 booked, 2 known already, 0 refused; {instruments}"
        answer = json.loads(deskwatch("pnl", "--url", engine.url, "--json").stdout)
    finally:
        engine.stop()
    (row,) = answer["strategies"]
    assert (row["account"], row["strategy"], row["net"]) == ("me", "Sample", PROFIT)


@pytest.mark.parametrize("out", ["events.jsonl", "-"])
def test_to_json_lines_that_a_replay_takes(deskwatch, bot, tmp_path, out):
    said = deskwatch("import", "freqtrade", bot, "--out", out).stdout_bytes
    lines = said if out == "-" else (tmp_path / out).read_bytes()
    assert (said == b"") == (out != "-")
    summary = json.loads(deskwatch("replay", "-", "--json", stdin=lines).stdout)
    (row,) = summary["untranslated"]
    assert (row["currency"], row["net"], row["account"]) == ("USDT", PROFIT, "freqtrade")


@pytest.mark.skipif(not REAL.exists(), reason="the published databases are not here")
def test_a_real_database(deskwatch):
    lines = deskwatch("import", "freqtrade", REAL, "--out", "-").stdout_bytes
    summary = json.loads(deskwatch("replay", "-", "--json", stdin=lines).stdout)
    assert summary["events"] > 100
    assert summary["refused"] == {}


def receipt(accepted, *refused, status=200):
    body = {
        "accepted": accepted,
        "duplicates": 0,
        "refused": refused,
        "refused_total": len(refused),
    }
    return Answer(status, json.dumps(body).encode())


REFUSED = {"line": 2, "reason": "zero_quantity", "found": "0", "expected": "above zero"}


@pytest.mark.parametrize("status", [200, 422])
def test_what_is_refused_is_said_and_exits_with_1(deskwatch, bot, status):
    with fake_engine(receipt(2, REFUSED, status=status)) as engine:
        said = deskwatch("import", "freqtrade", bot, "--url", engine.url, status=1).stdout
    assert "2 booked, 0 known already, 1 refused" in said
    assert "event 2: zero_quantity: found 0; expected above zero" in said


BUSY = Answer(
    429, b'{"error":{"reason":"busy","detail":"the backlog is full"}}', (("Retry-After", "0"),)
)


def test_an_engine_without_room_is_asked_again(deskwatch, bot):
    with fake_engine(BUSY, BUSY, receipt(3)) as engine:
        deskwatch("import", "freqtrade", bot, "--url", engine.url)
        assert len(engine.posted) == 3
        assert len(set(engine.posted)) == 1


def test_an_engine_that_never_has_room_is_said(deskwatch, bot):
    with fake_engine(BUSY) as engine:
        said = deskwatch("import", "freqtrade", bot, "--url", engine.url, status=1).stderr
    assert said == f"deskwatch: {engine.url} answered 429: the backlog is full\n"


def test_an_engine_that_is_not_there_is_said(deskwatch, bot):
    with fake_engine(BUSY) as engine:
        url = engine.url
    said = deskwatch("import", "freqtrade", bot, "--url", url, status=1).stderr
    assert "no answer from" in said


def test_a_file_that_is_none_is_said(deskwatch, tmp_path):
    (tmp_path / "text").write_text("not a database, though long enough to be taken for one\n" * 9)
    assert deskwatch("import", "freqtrade", "elsewhere", status=2).stderr.count("\n") == 1
    said = deskwatch("import", "freqtrade", "text", "--out", "-", status=2)
    assert said.stdout == ""
    assert said.stderr.startswith("deskwatch: this can't be imported: text")


def test_a_place_that_can_not_be_written_is_said(deskwatch, bot):
    said = deskwatch("import", "freqtrade", bot, "--out", "none/out", status=1).stderr
    assert said == "deskwatch: can't write none/out: No such file or directory\n"

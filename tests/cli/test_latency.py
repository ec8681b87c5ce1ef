"""`deskwatch latency` and `deskwatch health`: what a person and what a machine is told."""

import json

import msgspec
import pytest

from deskwatch.cli.show.latency import duration
from deskwatch.core.books import Books
from deskwatch.core.observation import ApiRequest, Clock, Feed
from deskwatch.core.settings import BooksSettings
from deskwatch.engine.views.latency import latency
from deskwatch.web.answers.health import EngineHealth, HealthAnswer, HostHealth, ProcessHealth
from tests.cli.fake_engine import Answer, fake_engine
from tests.core.blotter import TEN

MS = 1_000_000

HEALTH = HealthAnswer(
    as_of=TEN,
    engine=EngineHealth(
        loop_delay_s=0.002, ingest_lag_s=None, ingest_backlog_bytes=0, memory_bytes=64 << 20,
        open_files=12, clock_steps=1, clock_apart_s=2.0,
    ),
    host=HostHealth(
        cpu_ratio=0.25, load_ratio=0.5, memory_available_ratio=0.75, disk_free_bytes=None,
        disk_free_ratio=None,
    ),
    processes=[
        ProcessHealth(process="oms", running=False),
        ProcessHealth(
            process="pricer", running=True, start_time=TEN - 3_600 * 10**9, cpu_s=61.0,
            memory_bytes=10 << 20, threads=3, open_files=7,
        ),
    ],
)  # fmt: skip


def books() -> Books:
    books = Books(BooksSettings())
    books.begin(TEN)
    for _ in range(100):
        books.latency.observe("order_ack", 3 * MS, venue="XNAS", strategy="mm")
    books.latency.observe("order_ack", -1)
    for happened in (
        ApiRequest(
            event_time=TEN, venue="BITMEX", operation="new", status="503", duration_ns=40 * MS
        ),
        Clock(event_time=TEN, host="fra-1", offset_ns=2_000 * MS, reference="ntp"),
        Feed(
            event_time=TEN, venue="BINANCE", channel="depth", status="message",
            exchange_time=TEN + 1_270 * MS,
        ),
    ):  # fmt: skip
        books.apply(happened)
    return books


def answer() -> Answer:
    return Answer(200, msgspec.json.encode(latency(books(), TEN)))


def test_the_view_has_each_route_with_its_windows():
    request, ack = latency(books(), TEN).routes
    assert (request.request, request.windows[0].count, request.windows[0].p99_ns) == (
        "new",
        1,
        None,
    )
    assert [window.window for window in ack.windows] == ["1m", "5m", "1h"]
    assert ack.windows[0].p99_ns is not None
    assert 3 * MS <= ack.windows[0].p99_ns < 3 * MS * 1.001
    assert ack.normal_p99_ns is None


def test_quantiles_refusals_failures_and_clocks(deskwatch):
    with fake_engine(answer()) as engine:
        shown = deskwatch("latency", "--url", engine.url).stdout
    assert engine.asked == ["/api/v1/latency"]
    lines = [" ".join(line.split()) for line in shown.splitlines()]
    assert "order_ack XNAS 1m 100 3 ms 3 ms 3 ms – –" in lines
    assert "Not counted, or failed, since the first event" in lines
    assert "interval refused order_ack negative 1" in lines
    assert "request failed BITMEX 503 1" in lines
    at = lines.index("Feeds on two clocks")
    assert lines[at + 1 : at + 3] == ["venue apparent delay", "BINANCE -1.27 s"]
    assert "fra-1 ntp 2 s 0m00s" in lines
    assert "Clocks: RTS 25 allows 1 ms (algorithmic)" in " ".join(shown.split())


def test_latency_as_json_is_the_engines_answer(deskwatch):
    with fake_engine(answer()) as engine:
        shown = deskwatch("latency", "--url", engine.url, "--json").stdout
    assert json.loads(shown)["clocks"][0]["offset_ns"] == 2_000 * MS


def test_the_machine_the_engine_and_the_processes(deskwatch):
    with fake_engine(Answer(200, msgspec.json.encode(HEALTH))) as engine:
        shown = deskwatch("health", "--url", engine.url).stdout
    assert engine.asked == ["/api/v1/health"]
    lines = [" ".join(line.split()) for line in shown.splitlines()]
    assert "machine processors busy 25%" in lines
    assert "machine room for data unknown" in lines
    assert "deskwatch clock was set 1 time" in lines
    assert "deskwatch event loop late by 2 ms" in lines
    assert "oms missing" in lines
    assert "pricer runs 1h00m 1m01s 10 MiB 3 7" in lines


@pytest.mark.parametrize(
    ("duration_ns", "told"),
    [
        (0, "0 ns"),
        (-999_800, "-1 ms"),
        (999_600_000, "1 s"),
        (999_400, "999 µs"),
        (3_600_000 * MS, "3,600 s"),
        (-5_400 * 1000 * MS, "-5,400 s"),
        (1_270 * MS, "1.27 s"),
    ],
)
def test_no_duration_is_told_by_an_exponent(duration_ns, told):
    assert str(duration(duration_ns)) == told

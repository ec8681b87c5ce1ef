"""What is read becomes entries with a job, a service and a level."""

import csv
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.logs.desk import DOCKER_TIME, NOW, RECORDED, container, pipeline, platform

LEVELS = {"unknown", "debug", "info", "warning", "error", "critical"}

TRACEBACK = """Traceback (most recent call last):
  File "bot.py", line 7, in on_fill
    self.book[symbol] += quantity
KeyError: 'BTC-USD'"""


@pytest.mark.parametrize(
    ("line", "level"),
    [
        pytest.param(
            "2026-03-02 09:29:58,310 - freqtrade.worker - INFO - ok", "info", id="freqtrade"
        ),
        pytest.param(
            "2026-03-02 09:29:58,310 - 7 - hummingbot.x - ERROR - no", "error", id="hummingbot"
        ),
        pytest.param(
            "\x1b[1m2026-03-02T09:29:58.310000000Z\x1b[0m [WARN] T-1.Exec: x",
            "warning",
            id="nautilus",
        ),
        pytest.param(
            "2026-03-02 09:29:58,747 - INFO  [main:Quorum@774] - error", "info", id="zookeeper"
        ),
        pytest.param("ERROR:root:no route", "error", id="python's own"),
        pytest.param("CRITICAL margin call", "critical", id="alone"),
        pytest.param('time=2026-03-02T09:29:58Z level=warn msg="ERROR 7"', "warning", id="logfmt"),
        pytest.param("[2026-03-02 09:29:58] [error] no route", "error", id="in brackets"),
        pytest.param(
            "2026-03-02 09:29:58 - bot - INFO - got [error] from venue", "info", id="the first"
        ),
        pytest.param("no errors so far", "unknown", id="prose"),
        pytest.param('{"level": "WARNING", "event": "x"}', "warning", id="JSON"),
        pytest.param('{"levelname": "Fatal", "message": "x"}', "critical", id="python-json-logger"),
        pytest.param('{"log.level": "debug"}', "debug", id="ECS"),
        pytest.param('{"level": {"of": "detail"}}', "unknown", id="a level that is none"),
        pytest.param('{"message": "ERROR"}', "unknown", id="JSON without one"),
        pytest.param("Traceback (most recent call last):", "error", id="a traceback"),
        pytest.param("goroutine 1 [running]:", "error", id="a panic in Go"),
        pytest.param("thread 'md' (77) panicked at src/md.rs:2:5:", "error", id="in Rust"),
        pytest.param('Exception in thread "md" java.lang.Error', "error", id="uncaught in Java"),
        pytest.param("Unhandled exception. System.Exception: x", "error", id="in .NET"),
        pytest.param("terminate called after throwing an instance", "error", id="in C++"),
        pytest.param("2026-03-02 09:29:58 WARN goroutine 7 [running]", "warning", id="a warning"),
        pytest.param("the book of goroutine 7 is [running]", "unknown", id="no panic"),
        pytest.param('{"level": 20, "time": 1772443798310}', "debug", id="pino's debug"),
        pytest.param('{"level": 30, "msg": "up"}', "info", id="pino's info"),
        pytest.param('{"name": "gw", "level": 40}', "warning", id="bunyan's warn"),
        pytest.param('{"level": 50, "msg": "no route"}', "error", id="pino's error"),
        pytest.param('{"level": 60, "msg": "gone"}', "critical", id="pino's fatal"),
        pytest.param('{"level": 35}', "unknown", id="a number of their own"),
        pytest.param('{"Timestamp": "x", "Level": "Fatal"}', "critical", id="Serilog's JSON"),
        pytest.param('{"@t": "x", "@l": "Warning"}', "warning", id="Serilog's compact JSON"),
        pytest.param('{"LogLevel": "Error", "Category": "x"}', "error", id=".NET"),
        pytest.param('{"log": {"level": "error"}}', "error", id="ECS, nested"),
        pytest.param('{"log": "ERROR"}', "unknown", id="a log that is none"),
        pytest.param('{"record": {"level": {"name": "ERROR"}}}', "error", id="loguru"),
        pytest.param('{"level": "dpanic", "ts": 1772443798.31}', "critical", id="zap"),
        pytest.param("[09:29:58 FTL] gone after an ERR", "critical", id="serilog"),
        pytest.param("9:29AM WRN slow", "warning", id="zerolog"),
        pytest.param("2026-03-02 09:29:58 SEVERE no route", "error", id="java.util.logging"),
        pytest.param("E0302 09:29:58.310000 7 gw.cc:9] no route", "error", id="glog"),
        pytest.param("I0302 09:29:58.310000 7 gw.cc:9] no ERROR", "info", id="glog's info"),
    ],
)
def test_level(line, level):
    (entry,) = platform(line)
    assert entry.labels == {"job": "trading", "service": "bot", "level": level}


@pytest.mark.parametrize(
    ("file", "service"),
    [
        ("freqtrade.log", "freqtrade"),
        ("logs_conf_pure_mm_1.log", "logs_conf_pure_mm_1"),
        ("mm/today.log", "mm"),
        ("mm/eu/today.log", "mm"),
        ("bot-2026-03-02.log", "bot"),
        ("bot_20260302.log", "bot"),
        ("my.bot.2026-03-02_00.log", "my.bot"),
        ("ä.log", "unnamed"),
    ],
)
def test_a_file_s_service_does_not_change_with_the_day(file, service):
    (entry,) = platform("INFO x", file=file)
    assert entry.labels["service"] == service


@pytest.mark.parametrize(
    ("tag", "job", "service"),
    [
        ("prometheus", "containers", "prometheus"),
        ("trading/freqtrade", "trading", "freqtrade"),
        (None, "containers", "untagged"),
        ("4c01 {{.Odd}}", "containers", "untagged"),
    ],
)
def test_a_container_is_called_by_its_tag(tag, job, service):
    (entry,) = container("INFO up", tag=tag)
    assert entry.labels == {"job": job, "service": service, "level": "info"}
    assert entry.line == "INFO up"
    assert entry.time == datetime.fromisoformat(DOCKER_TIME)


def test_our_own_events_are_metadata_and_no_labels():
    line = json.dumps({"event": "event_refused", "level": "warning", "reason": "zero_quantity"})
    (entry,) = container(line, tag="deskwatch")
    assert entry.labels == {"job": "containers", "service": "deskwatch", "level": "warning"}
    assert entry.metadata == {"event": "event_refused"}
    assert json.loads(entry.line)["reason"] == "zero_quantity"


def test_a_traceback_is_one_entry_with_the_line_that_it_follows():
    line = "2026-03-02 09:29:58,310 - bot - ERROR - Unhandled"
    for read in (platform, container):
        first, second = read(
            line, *TRACEBACK.split("\n"), "2026-03-02 09:29:59,1 - bot - INFO - on"
        )
        assert first.line.startswith(f"{line}\n{TRACEBACK}")
        assert (first.labels["level"], second.labels["level"]) == ("error", "info")


@pytest.mark.parametrize("after", [(), ("at connect (gw.js:7)",), ("", "  }")])
def test_what_follows_a_line_of_json_does_not_take_its_level_or_its_time(after):
    line = '{"level": "error", "time": "2026-03-02T09:00:00Z", "event": "no_route"}'
    (entry,) = platform(line, *after)
    assert entry.labels["level"] == "error"
    assert entry.time == datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert entry.metadata == {"event": "no_route"}


def test_json_over_several_lines_is_one_entry_with_its_level():
    lines = ("{", '  "level": "error",', '  "time": "2026-03-02T09:00:00Z"', "}")
    (entry,) = platform(*lines)
    assert (entry.labels["level"], entry.time.hour) == ("error", 9)


def test_a_traceback_after_a_line_of_another_program_is_an_error_still():
    (entry,) = platform("INFO starting", *TRACEBACK.split("\n"))
    assert entry.labels["level"] == "error"


def test_a_panic_behind_a_line_of_its_program_counts_as_a_traceback():
    read = pipeline()
    panic = ("panic: assignment to entry in nil map", "", "goroutine 1 [running]:", "main.main()")
    (entry,) = platform('{"level": "info", "msg": "up"}', *panic, through=read)
    assert entry.labels["level"] == "error"
    assert read.counted["desk_log_tracebacks_total", "bot"] == 1


def test_lines_that_nobody_can_tell_apart_stay_apart():
    assert len(platform("first", "second", "third")) == 3


def test_an_endless_entry_is_cut():
    entries = platform("ERROR dump", *["more"] * 1200)
    assert [entry.line.count("\n") + 1 for entry in entries] == [500, 500, 201]
    assert {entry.labels["level"] for entry in entries[1:]} == {"unknown"}


@pytest.mark.parametrize(
    ("stamp", "timezone", "time"),
    [
        ("2026-03-02T09:00:00.5Z", "", datetime(2026, 3, 2, 9, 0, 0, 500000, UTC)),
        ("2026-03-02T10:00:00+01:00", "", datetime(2026, 3, 2, 9, tzinfo=UTC)),
        ("2026-03-02 10:00:00,250", "", NOW),
        ("2026-03-02 10:00:00,250", "Europe/Berlin", datetime(2026, 3, 2, 9, 0, 0, 250000, UTC)),
        ("2026-03-02T09:00:00Z", "Europe/Berlin", datetime(2026, 3, 2, 9, tzinfo=UTC)),
        ("2026-03-02T10:00:00", "Europe/Berlin", datetime(2026, 3, 2, 9, tzinfo=UTC)),
        ("2026/03/02 10:00:00", "Europe/Berlin", datetime(2026, 3, 2, 9, tzinfo=UTC)),
    ],
)
def test_a_time_without_its_zone_is_believed_only_if_the_zone_is_set(stamp, timezone, time):
    plain, json_ = (
        platform(line, timezone=timezone)[0]
        for line in (f"{stamp} - bot - INFO - x", json.dumps({"timestamp": stamp, "level": "info"}))
    )
    assert plain.time == json_.time == time


@pytest.mark.parametrize("timezone", ["", "Asia/Tokyo"])
@pytest.mark.parametrize(
    "stamp",
    [
        "2026-03-02T04:00:00.250-0500",
        "2026-03-02 14:30:00,250 +0530",
        "2026-03-02 14:30:00.250 +05:30",
        "2026-03-02 11:00:00.25+02",
        "2026-03-02 09:00:00.250 UTC",
        "2026/03/02 09:00:00.250 GMT",
    ],
)
def test_a_zone_is_understood_however_it_is_written(stamp, timezone):
    """A zone of another form was taken for none: the time was hours off, by the one that is set."""
    lines = (f"{stamp} ERROR no route", json.dumps({"timestamp": stamp, "level": "error"}))
    times = {platform(line, timezone=timezone)[0].time for line in lines}
    assert times == {datetime(2026, 3, 2, 9, 0, 0, 250000, UTC)}


@pytest.mark.parametrize(
    "said",
    [
        {"Timestamp": "2026-03-02T10:00:00.0000000+01:00"},
        {"@t": "2026-03-02T09:00:00.0000000Z"},
        {"record": {"time": {"timestamp": 1772442000.0}}},
    ],
)
def test_json_names_its_time_as_its_logger_does(said):
    (entry,) = platform(json.dumps(said))
    assert entry.time == datetime(2026, 3, 2, 9, tzinfo=UTC)


def test_a_quantity_is_no_zone():
    (entry,) = platform("2026-03-02 09:00:00 -1075 BTC", timezone="UTC")
    assert entry.time == datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.mark.parametrize("count", [1772442000.25, 1772442000250, 1772442000250000, "1772442000250"])
def test_what_counts_since_1970_is_a_time_of_its_own(count):
    lines = (json.dumps({"level": 50, "time": count}), f'ts="{count}" level=error msg=x')
    times = {platform(line)[0].time for line in lines}
    assert times == {datetime(2026, 3, 2, 9, 0, 0, 250000, UTC)}


@pytest.mark.parametrize("zone", ["", "Z"])
def test_what_loki_would_refuse_for_its_age_is_not_sent(zone):
    timezone = "" if zone else "UTC"
    read = pipeline(timezone)
    lines = (f"2026-02-20 09:00:00{zone} INFO x", f"2026-03-02 09:00:00{zone} INFO y")
    (entry,) = platform(*lines, through=read, timezone=timezone)
    assert entry.line.endswith("y")
    assert read.dropped == 1


def test_nor_is_what_a_container_said_so_long_ago():
    read = pipeline()
    old, new = (
        json.dumps({"log": f"INFO {day}\n", "time": f"2026-{day}T09:00:00Z"})
        for day in ("02-20", "03-02")
    )
    (entry,) = read.run([old, new], job="containers")
    assert entry.line == "INFO 03-02"
    assert read.dropped == 1


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("2026-03-02 09:29:58 - bot - ERROR - no route", "2026-03-02 09:29:58 - bot - ERROR - no route [error]"),
        ("CRITICAL margin call", "CRITICAL margin call [error]"),
        ("ERROR an error", "ERROR an error"),
        ("INFO fine", "INFO fine"),
        ('{"level": "ERROR", "message": "no route"} ', '{"level": "ERROR", "message": "no route","found":"error"} '),
        ('{"level": "error"}', '{"level": "error"}'),
    ],
)  # fmt: skip
def test_the_word_error_finds_every_error(line, kept):
    (entry,) = platform(line)
    assert entry.line == kept
    if kept.startswith("{"):
        assert json.loads(kept)


def test_errors_are_counted_from_nought_by_service():
    read = pipeline()
    platform("INFO up", file="a.log", through=read)
    assert read.counted["desk_log_errors_total", "a"] == 0
    assert ("desk_log_errors_total", "a") in read.counted
    platform("ERROR x", *TRACEBACK.split("\n"), "FATAL y", "INFO z", file="b.log", through=read)
    container("ERROR of the stack", tag="grafana", through=read)
    assert read.counted == {
        ("desk_log_lines_total", "a"): 1,
        ("desk_log_errors_total", "a"): 0,
        ("desk_log_tracebacks_total", "a"): 0,
        ("desk_log_lines_total", "b"): 3,
        ("desk_log_errors_total", "b"): 2,
        ("desk_log_tracebacks_total", "b"): 1,
    }


@pytest.mark.parametrize(
    ("file", "errors", "tracebacks"),
    [("freqtrade_clean_2022.log", 0, 0), ("freqtrade_ftx_2022.log", 6, 4)],
)
def test_a_bot_s_real_log(file, errors, tracebacks):
    if not RECORDED.exists():
        pytest.skip(f"there is no {RECORDED}")
    lines = (RECORDED / file).read_text().splitlines()
    read = pipeline()
    entries = platform(*lines, file=file, through=read)
    # Each of its entries has a stamp; what has none belongs to one.
    assert len(entries) == sum(line.startswith("2022-") for line in lines)
    assert {entry.labels["level"] for entry in entries} <= {"info", "warning", "error"}
    assert sum(entry.labels["level"] == "error" for entry in entries) == errors
    assert sum("error" in e.line for e in entries if e.labels["level"] == "error") == errors
    service = file.removesuffix(".log")
    assert read.counted["desk_log_tracebacks_total", service] == tracebacks
    assert not any("[redacted]" in entry.line for entry in entries)


@pytest.mark.parametrize("system", ["OpenStack", "Zookeeper"])
def test_levels_are_those_that_others_have_found(system):
    file = RECORDED / "loghub" / f"{system}_2k.log"
    if not file.exists():
        pytest.skip(f"there is no {file}")
    lines = file.read_text().splitlines()
    with (file.parent / f"{file.name}_structured.csv").open() as published:
        said = [row["Level"] for row in csv.DictReader(published)]
    through = pipeline()
    read = [platform(line, through=through)[0].labels["level"] for line in lines[::40]]
    assert read == [{"WARN": "warning"}.get(level, level.lower()) for level in said[::40]]


@given(st.lists(st.text(max_size=80), max_size=5), st.sampled_from([platform, container]))
def test_whatever_is_read_has_three_labels_of_a_few_values(lines, read):
    for entry in read(*lines):
        assert set(entry.labels) == {"job", "service", "level"}
        assert entry.labels["level"] in LEVELS
        assert entry.labels["service"] in {"bot", "untagged"}

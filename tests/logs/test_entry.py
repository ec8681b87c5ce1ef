"""What becomes of a line without the stack is what Promtail makes of it."""

import re
import string
import time
from datetime import UTC, datetime

import pytest
import re2
from hypothesis import given
from hypothesis import strategies as st

from deskwatch.logs.level import LEVELS
from deskwatch.logs.line import MAX_ENTRY_LINES, MAX_LINE_BYTES, LineJoiner, read_entries
from deskwatch.logs.redact import EXPRESSIONS, redact, redact_all
from tests.logs import test_pipeline, test_redaction
from tests.logs.desk import NOW, RECORDED, pipeline, platform
from tests.logs.pipeline import promtail

NOW_NS = int(NOW.timestamp()) * 1_000_000_000

#: Put behind what is an error and doesn't say so, for a search in Loki; here a level is searched.
FOUND = re.compile(r' \[error\]\Z|,"found":"error"(?=\}\Z)')


def entries(*lines, zone=None):
    joiner = LineJoiner()
    data = "".join(f"{line}\n" for line in lines).encode()
    return read_entries([*joiner.feed(data), *joiner.settle()], NOW_NS, zone)


def as_promtail_says(*lines, zone=None):
    """Return the text, level and time in ns of each entry, by both."""
    ours = entries(*lines, zone=zone)
    through = pipeline(zone or "")
    times = [time // 1000 for time in ours.times]
    texts = [text.decode() for text in ours.texts]
    theirs = platform(*lines, through=through, timezone=zone or "")
    assert ours.tracebacks == through.counted["desk_log_tracebacks_total", "bot"]
    assert texts == [FOUND.sub("", entry.line) for entry in theirs]
    assert [LEVELS[level] for level in ours.levels] == [one.labels["level"] for one in theirs]
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    assert times == [
        min(time, NOW_NS // 1000)
        for time in (round((one.time - epoch).total_seconds() * 1e6) for one in theirs)
    ]


def examples(test, *names):
    """Return the arguments that a test of Promtail's pipeline is given."""
    (mark,) = (one for one in test.pytestmark if "line" in str(one.args[0]) or names)
    return [getattr(one, "values", one) for one in mark.args[1]]


def test_the_expressions_are_promtail_s():
    (job,) = promtail()["scrape_configs"]
    theirs = [
        stage["replace"]["expression"]
        for stage in job["pipeline_stages"]
        if "replace" in stage and stage["replace"]["replace"] == "[redacted]"
    ]
    assert [one.pattern.decode() for one in EXPRESSIONS] == theirs


def test_the_expressions_are_re2_s_whose_time_grows_as_the_line_does():
    """Python's own took a second for 256 KiB of dashes."""
    re2_s = type(re2.compile(""))
    assert all(isinstance(one, re2_s) for one in EXPRESSIONS)


def cpu_s(text):
    """Return the least of three times of redacting it."""
    times = []
    for _ in range(3):
        began = time.process_time()
        redact(text)
        redact_all([text])
        times.append(time.process_time() - began)
    return min(times)


PARTS = [
    "-", "a", "1", "eyJa.", "://a:", "secret=", 'secret="', "secret=[", 'secret=["x"', 'secret={"a":"', "cookie= ", 'cookie="=', " ", "\\",
    "authorization:", "bearer ", "('password',", "{a:", "-----BEGIN PRIVATE KEY-----", "554=", "token=a", "/ws/", "--key ",
]  # fmt: skip


@pytest.mark.parametrize("part", PARTS)
def test_what_repeats_takes_no_time_that_grows_as_its_square(part):
    """Even RE2 looks far ahead of each find if an expression makes it."""
    long = (part * MAX_LINE_BYTES).encode()[:MAX_LINE_BYTES]
    assert cpu_s(long) < 32 * cpu_s(long[: MAX_LINE_BYTES // 8])


@pytest.mark.parametrize(("line", "secret"), test_redaction.SAID)
def test_a_secret_is_taken_out_as_promtail_does(line, secret):
    as_promtail_says("2026-03-02 09:29:58 - bot - INFO - x", *f"  {line}".split("\n"))
    as_promtail_says("".join(f"{letter}\0" for letter in f"INFO {line}").split("\n")[0])
    (text,) = redact_all([line.encode()])
    assert secret.encode() not in text


LINES: st.SearchStrategy[str] = st.one_of(
    st.sampled_from(list(map(str, test_redaction.LINES))),
    st.text(string.printable, max_size=60),
    st.sampled_from(["signal=1 keys: 7", "GET /x?a=1", "tokens: 3", "key:x", "a@b", "://:@", "96=1"]),
)  # fmt: skip


@given(st.lists(st.lists(LINES, max_size=3).map(" ".join), max_size=6))
def test_looking_for_words_first_finds_no_less(lines):
    texts = [line.encode() for line in lines]
    assert redact_all(texts) == [redact(text) for text in texts]


@pytest.mark.parametrize(("line", "level"), examples(test_pipeline.test_level, "level"))
def test_level(line, level):
    as_promtail_says(line)
    assert LEVELS[entries(line).levels[0]] == level


@given(
    st.sampled_from(["", "x" * 95, "x" * 120, "no\n"]),
    st.sampled_from(
        [
            "[ERR]",
            "[warn]",
            "level=warn",
            "ERROR",
            "error",
            "lvl='crit'",
            "WARNINGS",
            "xINFO",
            "INFO:",
        ]
    ),
    st.sampled_from(["", "DEBUG", "Traceback (most recent call last)"]),
)
def test_level_of_whatever(before, word, after):
    as_promtail_says(*f"2026-03-02 {before}{word} {after}".split("\n"))


@pytest.mark.parametrize(
    "line",
    [
        '{"Timestamp": "2026-03-02T10:00:00.5+01:00", "Level": "Error"}',
        '{"@t": "2026-03-02T09:00:00.1234567Z", "@l": "Debug"}',
        '{"record": {"time": {"timestamp": 1772442000.25}, "level": {"name": "INFO"}}}',
        '{"record": {"time": 7, "level": []}, "log": {}}',
    ],
)
def test_json_of_whatever_logger(line):
    as_promtail_says(line)


@pytest.mark.parametrize("zone", [None, "Europe/Berlin"])
@pytest.mark.parametrize(
    "stamp",
    [
        "2026-03-02T09:00:00.5Z", "2026-03-02T10:00:00+01:00", "2026-03-02 10:00:00,250", "2026-03-02T10:00:00",
        "2026-02-30 10:00:00", "[2026-03-02 09:00:00]", "time=2026-03-02T09:00:00Z", "9999-12-31T23:59:59Z",
        "2026-03-02T04:00:00,25-0500", "2026-03-02 14:30:00 +0530", "2026-03-02 09:00:00 UTC", "2026/03/02 10:00:00",
        "2026-03-02 11:00:00+02", "2026-03-02 09:00:00 -0900", "2026-03-02 09:00:00 -0907", "2026-03-02 09:00:00 CET",
        "1772442000", "1772442000.5", "1772442000250", "1772442000250999", "1772442000250999001", "17724420002", "ts=1772442000 x",
    ],
)  # fmt: skip
def test_time(stamp, zone):
    as_promtail_says(f"{stamp} - bot - INFO - x", f'{{"timestamp": "{stamp}"}}', zone=zone)


#: On the night to 2026-10-25, clocks in Berlin show 02:00 to 03:00 twice: from 00:00 UTC, from 01:00.
@pytest.mark.parametrize(
    ("read", "written"),
    [("00:30:01", "00:30:00"), ("01:29:59", "00:30:00"), ("01:30:01", "01:30:00")],
)
def test_a_time_that_clocks_show_twice_is_the_one_at_which_it_is_read(read, written):
    now, at = (
        int(datetime.fromisoformat(f"2026-10-25T{clock}Z").timestamp()) * 10**9
        for clock in (read, written)
    )
    assert read_entries([b"2026-10-25 02:30:00 INFO x"], now, "Europe/Berlin").times == [at]


def test_nothing_is_of_the_future():
    assert entries("2026-03-02T09:30:01Z INFO x").times == [NOW_NS]


def test_a_traceback_is_one_entry_with_the_line_that_it_follows():
    lines = ("INFO a", "ERROR b", *test_pipeline.TRACEBACK.split("\n"), "INFO c", "", "  d")
    as_promtail_says(*lines)
    assert [text.count(b"\n") for text in entries(*lines).texts] == [0, 4, 2]


@pytest.mark.parametrize(
    ("calm", "error"),
    [
        pytest.param("INFO: connected", "SEVERE: no route", id="java.util.logging"),
        pytest.param("INF connected", "ERR no route", id="zerolog's letters"),
        pytest.param("[info] connected", "[error] no route", id="small, in brackets"),
        pytest.param('{"level":30}', "[fatal] no route", id="what another library prints"),
    ],
)
def test_an_error_is_no_part_of_the_calm_line_above_it(calm, error):
    as_promtail_says(calm, error)
    found = entries(calm, error)
    assert found.texts == [calm.encode(), error.encode()]
    assert found.errors == 1


def test_a_key_is_one_entry_where_no_line_begins_as_we_know():
    at = "Nov 27 18:00:00 desk bot[7]: "
    key = [
        f"{at}-----BEGIN PRIVATE KEY-----",
        f"{at}MHcCAQEE",
        f"{at}IOab==",
        f"{at}-----END PRIVATE KEY-----",
    ]
    texts = entries(f"{at}up", *key, f"{at}on", *key[:3]).texts
    hidden = f"{key[0]}[redacted]"
    assert [text.decode() for text in texts] == [
        f"{at}up",
        f"{hidden}{key[3].removeprefix(at)}",
        f"{at}on",
        hidden,
    ]


@given(st.lists(st.sampled_from(["INFO a", "b", "", "{}", "{", '{"level": 50}', "}", "  c", "\x1b[1mERROR\x1b[0m d"]), max_size=12))  # fmt: skip
def test_whatever_is_read_makes_the_same_entries(lines):
    as_promtail_says(*lines)


@given(st.binary(max_size=200), st.lists(st.integers(1, 50), max_size=8))
def test_the_same_bytes_make_the_same_entries_in_whatever_pieces(data, sizes):
    data = data.replace(b"A", b"\nINFO ").replace(b"B", b"\n")
    data = data.replace(b"C", b"-----BEGIN PRIVATE KEY-----\n").replace(b"D", b"-----END\n")
    whole, pieces = LineJoiner(), LineJoiner()
    expected = [*whole.feed(data), *whole.finish()]
    found, rest = [], data
    for size in sizes:
        found += pieces.feed(rest[:size])
        rest = rest[size:]
    assert [*found, *pieces.feed(rest), *pieces.finish()] == expected


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_secret_is_found_in_whatever_encoding_windows_writes(encoding):
    said = "2026-03-02T09:00:00Z ERROR no route\r\n2026-03-02T09:00:01Z INFO password=hunter2\r\n"
    joiner = LineJoiner()
    read = read_entries([*joiner.feed(said.encode(encoding)), *joiner.settle()], NOW_NS, None)
    assert [text.decode() for text in read.texts] == [
        "2026-03-02T09:00:00Z ERROR no route",
        "2026-03-02T09:00:01Z INFO password=[redacted]",
    ]
    assert [LEVELS[level] for level in read.levels] == ["error", "info"]
    assert read.times[1] - read.times[0] == 1_000_000_000


def test_a_hole_before_a_line_takes_nothing_of_it():
    joiner, hole = LineJoiner(), b"\0" * (MAX_LINE_BYTES // 4)
    for _ in range(9):
        assert joiner.feed(hole) == []
    assert joiner.unfinished_bytes == 9 * len(hole)
    assert [*joiner.feed(b"ERROR no route\n"), *joiner.settle()] == [b"ERROR no route"]
    assert (joiner.cut, joiner.unfinished_bytes) == (0, 0)


def test_a_long_line_loses_its_end_and_an_endless_entry_is_cut():
    joiner = LineJoiner()
    for _ in range(9):
        assert joiner.feed(b"x" * (MAX_LINE_BYTES // 4)) == []
    assert joiner.unfinished_bytes == 9 * (MAX_LINE_BYTES // 4)
    (line,) = joiner.feed(b"\n")
    assert (len(line), joiner.cut) == (MAX_LINE_BYTES, 1)
    many = LineJoiner()
    cut = [*many.feed(b"ERROR dump\n" + b"more\n" * 1200), *many.settle()]
    assert [entry.count(b"\n") + 1 for entry in cut] == [MAX_ENTRY_LINES, MAX_ENTRY_LINES, 201]


@pytest.mark.parametrize("system", ["OpenStack", "Zookeeper"])
def test_recorded_logs_are_read_as_promtail_reads_them(system):
    file = RECORDED / "loghub" / f"{system}_2k.log"
    if not file.exists():
        pytest.skip(f"there is no {file}")
    as_promtail_says(*file.read_text().splitlines()[:300])

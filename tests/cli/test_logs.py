"""`deskwatch logs`: what is asked of an engine, and what a person and a machine are told."""

import json

import msgspec
import pytest

from deskwatch.cli.show import logs
from deskwatch.web.answers.logs import (
    LogLevel,
    LogLine,
    LogNews,
    LogsAnswer,
    LogStreamRow,
    LogStreamsAnswer,
)
from tests.cli.fake_engine import Answer, fake_engine
from tests.core.blotter import TEN


def line(number: int, text: str = "up", level: LogLevel = "info") -> LogLine:
    return LogLine(
        id=f"{TEN}-{number}-bot", time=TEN + number, stream="bot", service="gateway", level=level, text=text
    )  # fmt: skip


def answer(*lines: LogLine, following: str | None = None) -> Answer:
    said = LogsAnswer(as_of=TEN, lines=list(lines), next=following, complete=True)
    return Answer(200, msgspec.json.encode(said))


ENTRY = "ERROR no\nraised:\n  KeyError\x1b[2J"


def test_the_newest_entries_stand_last(deskwatch):
    with fake_engine(answer(line(2, ENTRY, "error"), line(1))) as engine:
        shown = deskwatch("logs", "--url", engine.url).stdout
    assert shown == (
        "2026-11-23 10:00:00.000Z info     gateway up\n"
        "2026-11-23 10:00:00.000Z error    gateway ERROR no\n"
        "    raised:\n"
        "      KeyError\N{REPLACEMENT CHARACTER}[2J\n"
    )


def test_a_machine_gets_a_line_of_json_for_each(deskwatch):
    with fake_engine(answer(line(2, ENTRY), line(1))) as engine:
        shown = deskwatch("logs", "--json", "--url", engine.url).stdout
    assert [json.loads(one)["text"] for one in shown.splitlines()] == ["up", ENTRY]


@pytest.mark.parametrize("since", ["yesterday", "5 m", "2026-01-31", "9000y", ""])
def test_a_time_that_is_none_is_misuse_and_nothing_is_asked(deskwatch, since):
    with fake_engine(answer(line(1))) as engine:
        said = deskwatch("logs", "--since", since, "--url", engine.url, status=2)
        assert engine.asked == []
    assert said.stderr == (
        f"deskwatch: --since: found {since!r}; expected a duration such as 15m, 2h or 1d, "
        "or a time such as 2026-01-31T12:00:00Z\n"
    )


def test_what_is_asked_for_is_asked_of_the_engine(deskwatch):
    asked = ["--level", "error", "--service", "bot", "--service", "oms", "--text", "a b", "-n", "7"]
    with fake_engine(answer(line(1)), streams("bot", "oms")) as engine:
        deskwatch("logs", *asked, "--since", "2026-03-02T09:00:00Z", "--url", engine.url)
    where = "&from=2026-03-02T09%3A00%3A00Z&limit=7"
    assert engine.asked == [
        f"/api/v1/logs?text=a+b&service=bot%2Coms&level=error%2Ccritical{where}",
        "/api/v1/log_streams",
    ]


def test_many_are_asked_for_page_by_page(deskwatch):
    with fake_engine(answer(line(3), line(2), following="2-2-bot"), answer(line(1))) as engine:
        shown = deskwatch("logs", "-n", "1500", "--url", engine.url).stdout
    assert len(shown.splitlines()) == 3
    assert engine.asked == ["/api/v1/logs?limit=1000", "/api/v1/logs?before=2-2-bot&limit=1000"]


def test_nothing_found_is_a_problem(deskwatch):
    with fake_engine(answer()) as engine:
        assert not deskwatch("logs", "--url", engine.url, status=1).stdout


def streams(*services: str) -> Answer:
    rows = [
        LogStreamRow(
            stream=service, service=service, path=None, state="followed", detail="",
            stored_bytes=0, behind_bytes=None,
        )
        for service in services
    ]  # fmt: skip
    said = LogStreamsAnswer(
        as_of=TEN, streams=rows, stored_bytes=0, max_bytes=1, keep_s=1, trouble=""
    )
    return Answer(200, msgspec.json.encode(said))


@pytest.mark.parametrize("found", [[], [line(1)]], ids=["nothing", "another's"])
def test_a_service_that_logs_nothing_is_refused_with_those_that_do(deskwatch, found):
    asked = ("logs", "--service", "gateway", "--service", "nope")
    with fake_engine(answer(*found), streams("deskwatch", "gateway")) as engine:
        said = deskwatch(*asked, "--url", engine.url, status=2)
    assert said.stdout == ""
    assert said.stderr == ("deskwatch: found the service 'nope'; expected deskwatch or gateway\n")


def test_a_service_that_has_logged_nothing_yet_is_known(deskwatch):
    with fake_engine(answer(), streams("deskwatch", "gateway")) as engine:
        said = deskwatch("logs", "--service", "gateway", "--url", engine.url, status=1)
    assert (said.stdout, said.stderr) == ("", "")


def event(number: int, name: str, said: msgspec.Struct) -> bytes:
    return b"id: 9-%d\nevent: %b\ndata: %b\n\n" % (number, name.encode(), msgspec.json.encode(said))


@pytest.mark.parametrize("skipped", [0, 3, None])
def test_following_shows_each_entry_once_and_goes_on_where_it_was(monkeypatch, capsys, skipped):
    class Stop:
        def __init__(self):
            self.waits = 0

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def is_set(self):
            return self.waits > 1

        def wait(self, _):
            self.waits += 1
            return self.is_set()

    def news(*lines):
        return LogNews(now=TEN, lines=list(lines), skipped=skipped if len(lines) == 1 else 0)

    asked_after = []

    class Client:
        def events(self, path, after, stop, **asked):
            asked_after.append(after)
            if after is None:
                yield "9-0", "lines", msgspec.json.encode(news())
                # Came while the newest were asked for.
                yield "9-2", "lines", msgspec.json.encode(news(line(1, "one"), line(2, "two")))
            else:
                yield "9-3", "beat", b'{"now":1}'
                yield "9-4", "lines", msgspec.json.encode(news(line(3, "three")))

        def get(self, path, kind, **asked):
            return LogsAnswer(
                as_of=TEN, lines=[line(1, "one"), line(0, "zero")], next=None, complete=True
            ), b""

    monkeypatch.setattr(logs, "Signalled", Stop)
    shown: list[str] = []
    logs.follow(Client(), {}, None, 10, lambda one: shown.append(one.text))
    assert shown == ["zero", "one", "two", "three"]
    assert asked_after[-2:] == [None, "9-2"]
    assert ("3 entries came too fast" in capsys.readouterr().err) == (skipped == 3)

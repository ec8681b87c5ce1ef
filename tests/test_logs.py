"""Logs of a running deskwatch: what a file gets is found over HTTP, and seen as it comes."""

import asyncio
import json

import pytest

from tests.serving import serving

DEADLINE_S = 60


@pytest.fixture
async def served(tmp_path):
    config = f'[logs.bot]\npath = "{tmp_path}/bot.log"\nservice = "gateway"\n'
    async with serving(tmp_path, config) as running, asyncio.timeout(DEADLINE_S):
        yield running


async def until(served, holds, path="logs", **asked):
    """Return the first answer of which `holds` is true."""
    while True:
        answer = await served.get(path, **asked)
        if holds(answer):
            return answer
        await asyncio.sleep(0.02)


async def until_found(served, count, **asked):
    return await until(served, lambda answer: len(answer["lines"]) >= count, **asked)


async def test_what_a_file_gets_is_found(served, tmp_path):
    (tmp_path / "bot.log").write_text("INFO up\nERROR order 17 refused: password=hunter2\n")
    answer = await until_found(served, 2)
    newest, oldest = answer["lines"]
    assert (newest["service"], newest["stream"], newest["level"]) == ("gateway", "bot", "error")
    assert newest["text"] == "ERROR order 17 refused: password=[redacted]"
    assert oldest["text"] == "INFO up"
    assert (answer["next"], answer["complete"]) == (None, True)


@pytest.mark.parametrize(
    ("asked", "texts"),
    [
        ({"level": "error"}, ["ERROR c"]),
        ({"level": "info,debug"}, ["DEBUG b", "INFO a"]),
        ({"service": "gateway"}, ["ERROR c", "DEBUG b", "INFO a"]),
        ({"service": "other"}, []),
        ({"text": "error"}, ["ERROR c"]),
        ({"text": "Error"}, []),
        ({"limit": 1}, ["ERROR c"]),
        ({"to": 1}, []),
    ],
)
async def test_what_is_asked_for_is_found(served, tmp_path, asked, texts):
    (tmp_path / "bot.log").write_text("INFO a\nDEBUG b\nERROR c\n")
    await until_found(served, 3)
    answer = await served.get("logs", **asked)
    assert [line["text"] for line in answer["lines"]] == texts


async def test_pages_follow_one_another(served, tmp_path):
    (tmp_path / "bot.log").write_text("".join(f"INFO {number}\n" for number in range(7)))
    await until_found(served, 7)
    seen, before = [], {}
    for _ in range(4):
        answer = await served.get("logs", limit=2, **before)
        seen += [int(line["text"].split()[1]) for line in answer["lines"]]
        before = {"before": answer["next"]}
    assert seen == [6, 5, 4, 3, 2, 1, 0]
    assert answer["next"] is None


@pytest.mark.parametrize(
    "asked",
    [
        "level=loud",
        "limit=0",
        "limit=1001",
        "before=x",
        "from=2&to=1",
        "service=",
        "q=1",
        "text=%0A",
    ],
)
async def test_what_cannot_be_asked_is_refused(served, asked):
    answer = await served.client.get(f"/api/v1/logs?{asked}")
    assert answer.status_code == 400


async def events(response):
    async for line in response.aiter_lines():
        field, _, value = line.partition(": ")
        if field == "id":
            number = value
        elif field == "event":
            name = value
        elif field == "data":
            yield number, name, json.loads(value)


async def test_new_entries_are_seen_as_they_come_and_none_twice(served, tmp_path):
    async with served.client.stream("GET", "/api/v1/logs/tail?text=b") as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        seen = events(response)
        _, name, said = await anext(seen)
        assert (name, said["lines"], said["skipped"]) == ("lines", [], 0)
        (tmp_path / "bot.log").write_text("INFO a\nINFO b1\nINFO c\nINFO b2\nINFO d\n")
        texts = []
        async for number, _, said in seen:  # noqa: B007  the last one is where to go on
            texts += [line["text"] for line in said.get("lines", [])]
            if len(texts) == 2:
                break
    assert texts == ["INFO b1", "INFO b2"]
    with (tmp_path / "bot.log").open("a") as file:
        file.write("INFO b3\nINFO\n")
    await until_found(served, 1, text="b3")
    headers = {"Last-Event-ID": number}
    async with served.client.stream("GET", "/api/v1/logs/tail?text=b", headers=headers) as response:
        _, _, said = await anext(events(response))
        assert [line["text"] for line in said["lines"]] == ["INFO b3"]
    async with served.client.stream("GET", "/api/v1/logs/tail?after=7-3") as response:
        _, _, said = await anext(events(response))
        assert said["skipped"] is None


async def test_streams_say_how_they_are(served, tmp_path):
    def is_(state):
        return lambda answer: answer["streams"][0]["state"] == state

    await until(served, is_("missing"), "log_streams")
    (tmp_path / "bot.log").write_text("INFO a\n")
    answer = await until(served, is_("followed"), "log_streams")
    assert answer["streams"][0]["path"] == f"{tmp_path}/bot.log"

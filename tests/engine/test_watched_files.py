"""Rule files are read anew when they have changed, and only then."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from deskwatch.engine.watched_files import watch_files


def edit(path: Path) -> None:
    path.write_text(path.read_text() + "\n")


def replace(path: Path) -> None:
    new = path.with_suffix(".new")
    new.write_text(path.read_text())
    new.replace(path)


def remove(path: Path) -> None:
    path.unlink()


class Folder:
    """A folder in which something stirs when the test says so."""

    def __init__(self) -> None:
        self._stirs: asyncio.Queue[None] = asyncio.Queue()

    async def watch(self, _: Path) -> AsyncIterator[None]:
        while True:
            await self._stirs.get()
            yield
            self._stirs.task_done()

    async def stirs(self) -> None:
        """Return once it was looked at."""
        self._stirs.put_nowait(None)
        await self._stirs.join()


@asynccontextmanager
async def watched(*files: Path, monkeypatch) -> AsyncIterator[tuple[Folder, list[str]]]:
    folder = Folder()
    monkeypatch.setattr("deskwatch.engine.watched_files.watch", folder.watch)
    told: list[str] = []
    following = asyncio.create_task(watch_files(files, lambda: told.append("changed")))
    await folder.stirs()
    assert not told
    yield folder, told
    following.cancel()


@pytest.mark.parametrize("change", [edit, replace, remove])
async def test_a_file_that_has_changed_is_told_once(tmp_path, monkeypatch, change):
    rules = tmp_path / "rules.yml"
    rules.write_text("groups: []")
    async with watched(rules, monkeypatch=monkeypatch) as (folder, told):
        (tmp_path / "notes.txt").write_text("beside it")
        await folder.stirs()
        assert not told
        change(rules)
        await folder.stirs()
        await folder.stirs()
        assert told == ["changed"]


async def test_a_file_that_was_not_there_is_told_when_it_comes(tmp_path, monkeypatch):
    rules = tmp_path / "rules.yml"
    async with watched(rules, monkeypatch=monkeypatch) as (folder, told):
        rules.write_text("groups: []")
        await folder.stirs()
        assert told == ["changed"]


@pytest.mark.parametrize("folder", [".", "not/there/yet"])
async def test_a_change_is_seen_by_the_system_too(tmp_path, folder):
    rules = tmp_path / folder / "rules.yml"
    seen = asyncio.Event()
    following = asyncio.create_task(watch_files([rules], seen.set))
    rules.parent.mkdir(parents=True, exist_ok=True)
    rules.write_text("groups: []")
    async with asyncio.timeout(60):
        while not seen.is_set():
            edit(rules)
            await asyncio.wait([asyncio.create_task(seen.wait())], timeout=0.1)
    following.cancel()

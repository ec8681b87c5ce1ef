"""Which file is read, where what is there is no file."""

import os
from contextlib import closing
from pathlib import Path

import pytest

from deskwatch.tail.open_file import OpenFile, Position
from deskwatch.tail.rotation import Rotation


@pytest.fixture
def pipe(tmp_path):
    """A named pipe that somebody holds open: else to open it without our flags would never end."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    held = os.open(path, os.O_RDWR)
    yield path
    os.close(held)


def test_a_named_pipe_is_not_waited_for(pipe):
    with pytest.raises(OSError, match="no regular file"):
        OpenFile(pipe)


def test_a_pipe_that_has_the_inode_of_what_was_read_is_passed_over(pipe, tmp_path):
    log = tmp_path / "log"
    log.write_bytes(b"a\n")
    status = pipe.stat()
    known = Position(status.st_dev, status.st_ino, 0, 0, "")
    begun = Rotation(log, start_at_end=False, max_line_bytes=100).begin(known)
    assert begun is not None
    with closing(begun):
        assert begun.read(100) == b"a\n"


def numbered(path: Path, age: int) -> Path:
    return path.with_name(f"{path.name}.{age}")


def numbered_within(path: Path, age: int) -> Path:
    return path.with_name(f"{path.stem}.{age}{path.suffix}")


def dated(path: Path, age: int) -> Path:
    return path.with_name(f"{path.name}-202603{20 - age:02}")


class Rotated:
    """A log that is renamed: its files are `a`, `b` and so on, each written a second later."""

    def __init__(self, path: Path, name=numbered) -> None:
        self.path, self.name = path, name
        self.said: list[str] = []

    def begin(self, known: Position | None = None) -> Rotation:
        self.rotation = Rotation(self.path, start_at_end=False, max_line_bytes=100)
        self.current = self.rotation.begin(known)
        return self.rotation

    def write(self, text: str) -> None:
        self.said.append(text)
        self._put(self.path, text)

    def rename(self) -> None:
        archived = [self.name(self.path, age) for age in range(len(self.said), 0, -1)]
        for older, newer in zip(archived, [*archived[1:], self.path], strict=True):
            newer.rename(older)

    def _put(self, path: Path, text: str) -> None:
        path.write_text(text)
        os.utime(path, (1_772_443_800 + len(self.said),) * 2)

    def read(self) -> list[str]:
        """Return what the files hold that are read from now on."""
        found = []
        while self.current is not None:
            found.append(self.current.read(100).decode())
            following = self.rotation.following(self.current)
            if following is None:
                break
            self.current.close()
            self.current = following
        return found


@pytest.fixture
def rotated(tmp_path):
    log = Rotated(tmp_path / "bot.log")
    yield log
    log.current.close()


@pytest.mark.parametrize("away", [False, True], ids=["while we read", "while we are away"])
@pytest.mark.parametrize("name", [numbered, numbered_within, dated])
def test_a_writer_that_is_faster_than_we_are_loses_no_file(rotated, name, away):
    rotated.name = name
    rotated.write("a")
    rotated.begin()
    assert rotated.current.read(100) == b"a"
    for text in "bcde":
        rotated.rename()
        rotated.write(text)
    if away:
        known = rotated.current.position(1)
        rotated.current.close()
        rotated.begin(known)
    assert [text for text in rotated.read() if text] == ["b", "c", "d", "e"]


def test_what_is_unpacked_beside_it_is_not_read_again(rotated):
    rotated.write("a")
    rotated.begin()
    rotated.rename()
    rotated.write("b")
    for other in ("bot.log.2", "bot.log.7", "bot.log.0.gz", "bot-eu.log", "bot.log.bak"):
        rotated._put(rotated.path.with_name(other), other)
    assert rotated.read() == ["a", "b"]
    rotated.path.with_name("bot.log.1").rename(rotated.path.with_name("bot.log.gone"))
    rotated.rename = lambda: rotated.path.rename(numbered(rotated.path, 1))
    rotated.rename()
    rotated.write("c")
    assert [text for text in rotated.read() if text] == ["c"]


def test_a_file_that_is_renamed_as_we_look_is_asked_for_again(rotated, monkeypatch):
    rotated.write("a")
    rotated.begin()
    rotated.rename()
    rotated.write("b")
    assert rotated.current.read(100) == b"a"
    opens = OpenFile.__init__

    def renamed_first(file: OpenFile, path: Path, offset: int = 0) -> None:
        monkeypatch.undo()
        rotated.rename()
        rotated.write("c")
        opens(file, path, offset)

    monkeypatch.setattr(OpenFile, "__init__", renamed_first)
    assert rotated.rotation.following(rotated.current) is None
    assert [text for text in rotated.read() if text] == ["b", "c"]

"""A followed file's lines are kept once, in order, whatever happens to the file and to us."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from deskwatch.logs.line import MAX_LINE_BYTES
from deskwatch.logs.search import Query, search
from deskwatch.logs.stream import Stream
from deskwatch.logs.tail import SETTLE_S, LogTail
from deskwatch.tail.open_file import OpenFile
from deskwatch.tail.rotation import QUIET_S, Rotation

NOW = 1_772_443_800_000_000_000


class Following:
    """A file that is followed into a stream on disk; `restart` is a crash or an orderly stop."""

    def __init__(self, folder: Path, start: str = "beginning", zone: str | None = None) -> None:
        self.path = folder / "bot.log"
        self.folder = folder / "logs" / "bot"
        self._start, self._zone = start, zone
        self.seconds = 0.0
        self.old: Path | None = None  # the file that was renamed last
        self._begin()

    def _begin(self) -> None:
        self.stream = Stream(self.folder, "bot")
        rotation = Rotation(
            self.path, start_at_end=self._start == "end", max_line_bytes=MAX_LINE_BYTES
        )
        self.tail = LogTail(self.stream, rotation, self._zone, lambda: self.seconds)

    def write(self, text: str) -> None:
        with self.path.open("a") as file:
            file.write(text)

    def lag(self, text: str) -> None:
        """Write to the file that was renamed last, as who has not found out yet."""
        assert self.old is not None
        with self.old.open("a") as file:
            file.write(text)

    def look(self) -> None:
        """Do as the keeper does."""
        while (taken := self.tail.take(NOW)) is not None:
            if self.stream.full:
                self.stream.close_chunk()
            if taken.moved:
                self.stream.save()

    def settle(self) -> None:
        """Let the time pass after which an entry is whole."""
        self.seconds += SETTLE_S
        self.tail.settle(NOW)

    def rename(self) -> None:
        name = f"bot.log.{len(list(self.path.parent.iterdir()))}"
        self.old = self.path.rename(self.path.with_name(name))

    def crash(self) -> None:
        self.tail.close()
        self._begin()

    def stop(self) -> None:
        self.stream.save()
        self.crash()

    @property
    def lines(self) -> list[str]:
        """All lines that are found, in the stream's order."""
        query = Query(start_ns=0, end_ns=2**63 - 1, limit=1_000_000)
        found = search([self.stream], query).entries
        found.sort(key=lambda entry: entry.key.number)
        assert [entry.key.number for entry in found] == list(range(len(found)))
        return [line for entry in found for line in entry.text.decode().split("\n")]


@pytest.fixture
def following(tmp_path):
    followed = Following(tmp_path)
    yield followed
    followed.tail.close()


def test_whole_lines_are_taken_and_half_a_line_waits(following):
    following.write("a\nb\nhal")
    following.look()
    assert following.lines == ["a", "b"]
    following.write("f\n")
    following.look()
    assert following.lines == ["a", "b", "half"]


@pytest.mark.parametrize("away", [False, True], ids=["while we look", "while we are away"])
def test_a_link_that_moves_to_the_next_day_s_file_is_a_rotation(following, away):
    days = [following.path.with_name(f"bot-2026-03-0{day}.log") for day in (2, 3)]
    days[0].write_text("INFO a\n")
    following.path.symlink_to(days[0])
    following.look()
    with days[0].open("a") as file:
        file.write("INFO the day's last\n")
    days[1].write_text("INFO b\nINFO c\n")
    if away:
        following.stop()
    following.path.unlink()
    following.path.symlink_to(days[1])
    following.look()
    following.settle()
    assert following.lines == ["INFO a", "INFO the day's last", "INFO b", "INFO c"]


class TestSeveralWriters:
    """One has moved on to a new file while another still writes to the one that was renamed."""

    @pytest.fixture
    def rotated(self, following):
        following.write("INFO a\n")
        following.look()
        following.rename()
        following.write("INFO new 1\n")
        following.look()
        return following

    def test_both_are_read_at_once(self, rotated):
        rotated.lag("INFO b\n")
        rotated.write("INFO new 2\n")
        rotated.look()
        rotated.settle()
        assert rotated.lines == ["INFO a", "INFO new 1", "INFO b", "INFO new 2"]

    def test_a_traceback_stays_whole(self, rotated):
        rotated.lag("ERROR b\nTraceback (most recent call last):\n")
        rotated.look()
        rotated.write("INFO new 2\n")
        rotated.look()
        rotated.lag("  in b\nINFO c\n")
        rotated.look()
        found = search([rotated.stream], Query(start_ns=0, end_ns=2**63 - 1, limit=100)).entries
        texts = [entry.text for entry in found]
        assert b"ERROR b\nTraceback (most recent call last):\n  in b" in texts

    def test_no_entry_waits_for_the_other_file(self, rotated):
        rotated.seconds += SETTLE_S
        rotated.lag("INFO b\n")
        rotated.look()
        assert rotated.tail.settles_in_s() == 0
        rotated.tail.settle(NOW)
        assert rotated.lines == ["INFO a", "INFO new 1"]
        assert rotated.tail.settles_in_s() == SETTLE_S
        rotated.settle()
        assert rotated.lines == ["INFO a", "INFO new 1", "INFO b"]
        assert rotated.tail.settles_in_s() is None

    def test_over_a_crash(self, rotated):
        rotated.lag("b\nhal")
        rotated.look()
        rotated.crash()
        rotated.lag("f\n")
        rotated.write("INFO new 2\n")
        rotated.look()
        rotated.crash()
        rotated.look()
        rotated.settle()
        assert sorted(rotated.lines) == sorted(["INFO a", "INFO new 1", "b", "half", "INFO new 2"])

    def test_renamed_while_we_were_away(self, following):
        following.write("a\n")
        following.look()
        following.stop()
        following.rename()
        following.write("new\n")
        following.look()
        following.lag("b\n")
        following.look()
        assert following.lines == ["a", "new", "b"]

    def test_the_old_file_is_read_for_as_long_as_it_grows(self, rotated):
        for number in range(10):
            rotated.seconds += QUIET_S - 1
            rotated.lag(f"INFO {number}\n")
            rotated.look()
        rotated.seconds += QUIET_S
        rotated.look()
        rotated.lag("too late\n")
        rotated.look()
        rotated.stop()
        rotated.look()
        rotated.settle()
        assert len(rotated.lines) == 12
        assert "too late" not in rotated.lines

    def test_how_far_behind_counts_both(self, rotated):
        rotated.lag("b\n")
        rotated.write("new\n")
        assert rotated.tail.behind_bytes == len("b\nnew\n")

    def test_the_new_file_does_not_wait_for_an_old_one_that_fails(self, rotated, monkeypatch):
        old, read = rotated.old.stat().st_ino, OpenFile.read

        def reads(file, most_bytes):
            if file.identity()[1] == old:
                raise OSError("stale file handle")
            return read(file, most_bytes)

        monkeypatch.setattr(OpenFile, "read", reads)
        rotated.lag("INFO b\n")
        rotated.write("INFO new 2\n")
        rotated.look()
        rotated.settle()
        assert rotated.lines == ["INFO a", "INFO new 1", "INFO new 2"]


class Story:
    """What is written to a file, and what else happens to it and to us."""

    def __init__(self, folder: Path) -> None:
        self.following = Following(folder)
        self.written: list[str] = []
        self.half = ""
        self.looked = True  # more than one rotation between two looks is another test's

    def line(self, number: int) -> None:
        self._write(str(number))

    def first(self, number: int) -> None:
        self._write(f"INFO {number}")

    def traceback(self, number: int) -> None:
        self._write("Traceback (most recent call last):")
        self._write(f"  {number}")

    def half_a_line(self, number: int) -> None:
        self.following.write(f"{number} ")
        self.half += f"{number} "

    def look(self, _: int) -> None:
        self.following.look()
        self.looked = True

    def settle(self, _: int) -> None:
        self.following.settle()

    def rename(self, _: int) -> None:
        if self._may_rotate():
            self.following.rename()

    def lag(self, number: int) -> None:
        if self.following.old is not None:
            self.following.lag(f"{number}\n")
            self.written.append(str(number))

    def truncate(self, _: int) -> None:
        """Cut the file when all of it is kept: what was only read can't be read again."""
        if self._may_rotate():
            self.following.settle()
            self.following.stream.save()
            self.following.path.write_text("")
            self.following.look()

    def save(self, _: int) -> None:
        self.following.stream.save()

    def chunk(self, _: int) -> None:
        self.following.stream.close_chunk()

    def crash(self, _: int) -> None:
        self.following.crash()

    def stop(self, _: int) -> None:
        self.following.stop()

    def end(self) -> None:
        self._write("end")
        self.following.look()
        self.following.settle()

    def _write(self, text: str) -> None:
        self.following.write(f"{text}\n")
        self.written.append(self.half + text)
        self.half = ""

    def _may_rotate(self) -> bool:
        if not self.following.path.exists() or not self.looked or self.half:
            return False
        self.following.look()
        self.looked = False
        return True


STEPS = [name for name, step in vars(Story).items() if name[0] != "_" and name != "end"]


@given(st.lists(st.sampled_from(STEPS), max_size=40))
@example(["line", "rename", "line", "look", "truncate", "lag"])
def test_each_line_is_found_once_in_order(steps):
    with tempfile.TemporaryDirectory() as folder:
        story = Story(Path(folder))
        for number, step in enumerate(steps):
            getattr(story, step)(number)
        story.end()
        assert sorted(story.following.lines) == sorted(story.written)
        assert "lag" in steps or story.following.lines == story.written
        story.following.tail.close()


def test_how_far_behind_it_is_may_be_asked_while_the_next_file_is_begun(following, monkeypatch):
    close, asked = OpenFile.close, []

    def closes(file: OpenFile) -> None:
        close(file)
        asked.append(following.tail.behind_bytes)  # by the event loop, just now

    monkeypatch.setattr(OpenFile, "close", closes)
    following.write("a\n")
    following.look()
    following.rename()
    following.write("b\n")
    following.look()
    following.rename()
    following.write("of the next\n")
    following.look()
    following.tail.close()
    assert asked == [len("of the next\n"), 0, 0]

"""Events from files and journals into books, with a progress bar."""

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple, Self

from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from deskwatch.cli import ink
from deskwatch.cli.failure import MISUSE, fail
from deskwatch.cli.options import journal_folder
from deskwatch.cli.replay import sources
from deskwatch.cli.replay.replayed import Replayed
from deskwatch.core.codec import Decoded, decode
from deskwatch.core.left_out import leave_out
from deskwatch.core.settings import BooksSettings
from deskwatch.core.wording import counted
from deskwatch.journal.left_out import left_out as read_left_out
from deskwatch.journal.left_out import note_way_around
from deskwatch.journal.reader import Gap
from deskwatch.journal.segment import JournalUnavailable
from deskwatch.journal.upkeep import cat

_EVERY_EVENTS: Final = 20_000


class Outcome(NamedTuple):
    """What a replay came to. seconds: how long it took."""

    replayed: Replayed
    seconds: float


class _Part(NamedTuple):
    """A block out of a file. times: of its events."""

    decoded: Decoded
    times: list[int]
    first_line: int


def replay_all(
    paths: Sequence[Path], settings: BooksSettings, *, max_line_bytes: int, hourly: bool
) -> Outcome:
    """Book everything in `paths`, in their order; what can't be read ends the command."""
    for path in paths:
        if str(path) != sources.STANDARD_INPUT and not path.exists():
            fail(f"there is no file {path}", MISUSE)
    replayed = Replayed(settings, time.time_ns(), hourly=hourly)
    begun = time.monotonic()
    with _Bar(paths) as bar:
        try:
            for path in paths:
                if path.is_dir():
                    _replay_journal(path, replayed, bar)
                else:
                    _replay_file(path, replayed, bar, max_line_bytes)
        except (sources.Unreadable, JournalUnavailable) as unreadable:
            bar.stop()
            fail(str(unreadable))
    replayed.finish()
    return Outcome(replayed, time.monotonic() - begun)


def _replay_file(path: Path, replayed: Replayed, bar: "_Bar", max_line_bytes: int) -> None:
    """Book a file; each block when the next one is read, whose times may belie this one's."""
    place = "stdin:" if str(path) == sources.STANDARD_INPUT else f"{path}:"

    def book(part: _Part, following: Sequence[int]) -> None:
        readings = replayed.clock.readings(part.times, following)
        replayed.take(part.decoded, readings, place, part.first_line)
        bar.count(replayed.events)

    held: _Part | None = None
    for part in _parts(path, max_line_bytes, bar.advance):
        if held is not None:
            book(held, part.times)
        held = part
    if held is not None:
        book(held, ())


def _parts(path: Path, max_line_bytes: int, advance: Callable[[int], None]) -> Iterator[_Part]:
    for block in sources.blocks(path, max_line_bytes, advance):
        decoded = decode(block.lines)
        if block.refused:
            decoded = decoded._replace(refused=[*block.refused, *decoded.refused])
        yield _Part(decoded, [event.event_time for event in decoded.events], block.first_line)


def _replay_journal(path: Path, replayed: Replayed, bar: "_Bar") -> None:
    """Book a journal as the engine did: each block at the time it was received."""
    folder = journal_folder(path)
    left_out = read_left_out(folder)
    frames = cat(folder, None, lambda gap: replayed.gaps.append(_gap(gap)))
    for after, frame in frames:
        place = f"{path}, in the block before {after.segment}:{after.offset}, line "
        decoded = decode(frame.block)
        if left := left_out.of(after, frame.block):
            decoded = leave_out(decoded, frame.block, [one.number for one in left])
            replayed.left_out += [f"{one.place}: {one.event}" for one in left]
        try:
            replayed.take(decoded, [frame.receive_time] * len(decoded.events), place)
        except Exception as bug:
            note_way_around(bug, replayed.books, folder, after, frame.block)
            raise
        bar.count(replayed.events)


def _gap(gap: Gap) -> str:
    lost = "" if gap.bytes_lost is None else f", {counted(gap.bytes_lost, 'byte')}"
    return f"segment {gap.segment} from offset {gap.offset}{lost}: {gap.why}"


class _Bar:
    """A progress bar on stderr, where that is a terminal: by bytes, where these can be known."""

    def __init__(self, paths: Sequence[Path]) -> None:
        console = ink.console(stderr=True)
        known = all(path.is_file() for path in paths)
        total = sum(path.stat().st_size for path in paths) if known else None
        self._progress = Progress(
            BarColumn(),
            TextColumn("events: {task.fields[events]:,}, {task.fields[rate]:,.0f} a second"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task: TaskID = self._progress.add_task("", total=total, events=0, rate=0.0)
        self._begun = time.monotonic()
        self._shown = 0

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Take the bar away."""
        self._progress.stop()

    def advance(self, size: int) -> None:
        """Note that `size` bytes more were read."""
        self._progress.advance(self._task, size)

    def count(self, events: int) -> None:
        """Show how many events were booked, now and then."""
        if events - self._shown >= _EVERY_EVENTS:
            self._shown = events
            rate = events / max(time.monotonic() - self._begun, 1e-9)
            self._progress.update(self._task, events=events, rate=rate)

"""What is done to a journal, and told of it."""

import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec
import typer
from rich.table import Table
from rich.text import Text

from deskwatch.cli import ink
from deskwatch.cli.failure import MISUSE, fail
from deskwatch.cli.options import journal_folder
from deskwatch.core.codec import split
from deskwatch.core.period import DAY
from deskwatch.core.wording import counted, moment, printable
from deskwatch.journal import left_out, upkeep
from deskwatch.journal.reader import Gap
from deskwatch.journal.segment import HEADER_BYTES, Cursor, JournalUnavailable
from deskwatch.journal.snapshot import SnapshotStore

_CURSOR: Final = re.compile(r"(\d{1,10}):(\d{1,12})", re.ASCII)


def verify(data: Path, *, as_json: bool) -> bool:
    """Print what is there and return whether it is whole."""
    folder = journal_folder(data)
    with _available():
        report = upkeep.verify(folder)
    if as_json:
        typer.echo(msgspec.json.encode({"ok": report.ok, **msgspec.structs.asdict(report)}))
        return report.ok
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for heading in ("segment", "state", "blocks", "bytes", "on disk"):
        table.add_column(heading, justify="left" if heading == "state" else "right", no_wrap=True)
    table.add_column("", overflow="fold")
    for one in report.segments:
        found = Text("\n".join(one.problems), "red") if one.problems else Text("ok", "green")
        counts = (one.frames, one.plain_bytes, one.stored_bytes)
        table.add_row(str(one.segment), one.state, *(f"{count:,}" for count in counts), found)
    if report.segments:
        ink.console().print(table)
    for name in report.kept_aside:
        typer.echo(f"kept aside by an earlier recovery: {name}")
    for left in report.left_out:
        typer.echo(f"left out of the books: {_told(left)}")
    typer.echo(f"{folder}: {_verdict(report)}")
    return report.ok


def cat(data: Path, after: str | None, *, with_time: bool) -> bool:
    """Print events as JSON, one a line, and return whether none is missing."""
    folder = journal_folder(data)
    cursor = None if after is None else _cursor(after)
    whole = True

    def missing(gap: Gap) -> None:
        nonlocal whole
        whole = False
        lost = "" if gap.bytes_lost is None else f", {counted(gap.bytes_lost, 'byte')}"
        place = f"segment {gap.segment} from offset {gap.offset}{lost}"
        typer.echo(f"deskwatch: missing: {place}: {gap.why}", err=True)

    with _available():
        out = sys.stdout.buffer
        for reached, frame in upkeep.cat(folder, cursor, missing):
            for event in split(frame.block):
                # One that came over several lines: its text has no newline, but between fields.
                line = event.replace(b"\n", b" ")
                out.write(_wrapped(line, reached, frame.receive_time) if with_time else line)
                out.write(b"\n")
        out.flush()
    return whole


def compact(data: Path, keep_days: int | None, *, as_json: bool) -> None:
    """Make the journal smaller and print by how much. keep_days None: remove nothing."""
    now = time.time_ns()
    folder = journal_folder(data)
    keep_ns = now if keep_days is None else keep_days * DAY
    with _available():
        snapshots = SnapshotStore(folder.parent / "snapshots")
        report = upkeep.compact(folder, snapshots, keep_ns, now)
    for warning in report.warnings:
        typer.echo(f"deskwatch: {warning}", err=True)
    if as_json:
        typer.echo(msgspec.json.encode(report))
        return
    typer.echo(
        f"{folder}: segments compressed: {len(report.sealed):,}, removed: {len(report.removed):,}; "
        f"{counted(report.bytes_before, 'byte')} before, {report.bytes_after:,} after"
    )


def leave_out(data: Path, at: str, number: int, why: str) -> None:
    """Have the books go without an event, and print it."""
    folder = journal_folder(data)
    cursor = _cursor(at)
    with _available():
        snapshots = SnapshotStore(folder.parent / "snapshots")
        try:
            one = left_out.leave_out(folder, snapshots, cursor, number, why, time.time_ns())
        except left_out.NothingToLeaveOut as nothing:
            fail(str(nothing), MISUSE)
    typer.echo(f"left out of the books from the next start on: {_told(one)}")


def _told(one: left_out.LeftOutEvent) -> str:
    because = f" ({one.why})" if one.why else ""
    told = f"{one.place}, on {moment(one.left_out_at)}{because}: {one.event}"
    return printable(told.replace("\n", " "))


def _verdict(report: upkeep.VerifyReport) -> str:
    problems = sum(len(segment.problems) for segment in report.segments)
    if problems:
        return counted(problems, "problem")
    frames = sum(segment.frames for segment in report.segments)
    return f"ok; segments: {len(report.segments):,}, blocks: {frames:,}"


def _wrapped(line: bytes, cursor: Cursor, receive_time: int) -> bytes:
    place = f"{cursor.segment}:{cursor.offset}"
    return b'{"cursor":"%b","receive_time":%d,"event":%b}' % (place.encode(), receive_time, line)


def _cursor(text: str) -> Cursor:
    match = _CURSOR.fullmatch(text)
    if match is None:
        fail(f"found the cursor {text!r}; expected SEGMENT:OFFSET, such as 3:4096", MISUSE)
    return Cursor(int(match[1]), max(int(match[2]), HEADER_BYTES))


@contextmanager
def _available() -> Iterator[None]:
    try:
        yield
    except JournalUnavailable as unavailable:
        fail(str(unavailable))

"""What the addresses of logs answer."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from deskwatch.core.event import Nanoseconds
from deskwatch.web.answers.figures import Count

LogLevel = Literal["unknown", "debug", "info", "warning", "error", "critical"]
StreamState = Literal["followed", "missing", "unreadable", "ended"]
LineId = Annotated[str, Meta(description="Tells an entry from all others; `before` takes it.")]


class LogLine(Struct, frozen=True, kw_only=True):
    """An entry: a line, or several that belong together, such as a traceback.

    time: as the entry says, else when it was read. text: without secrets.
    """

    id: LineId
    time: Nanoseconds
    stream: str
    service: str
    level: LogLevel
    text: str


class LogsAnswer(Struct, frozen=True, kw_only=True):
    """Entries, newest first. next: what `before` takes to go on; null when there are no more.

    complete: false when the search took too long and ended before `limit` was found.
    """

    as_of: Nanoseconds
    lines: list[LogLine]
    next: LineId | None
    complete: bool


class LogNews(Struct, frozen=True, kw_only=True):
    """Entries in the order in which they came, after those of the message before.

    skipped: how many came between and are not shown, as they were read too late; null when that
    can't be known, for deskwatch was started anew.
    """

    now: Nanoseconds
    lines: list[LogLine]
    skipped: Count | None


class LogBeat(Struct, frozen=True):
    """Nothing new, but alive."""

    now: Nanoseconds


class LogStreamRow(Struct, frozen=True, kw_only=True):
    """What is kept of one file, or of deskwatch itself, which has no path.

    state: `missing` and `unreadable` with the reason in detail; `ended` is configured no more.
    behind_bytes: of the file, not read yet; null when that can't be known.
    """

    stream: str
    service: str
    path: str | None
    state: StreamState
    detail: str
    stored_bytes: Count
    behind_bytes: Count | None


class LogStreamsAnswer(Struct, frozen=True, kw_only=True):
    """All streams. trouble: why nothing can be written now, else empty."""

    as_of: Nanoseconds
    streams: list[LogStreamRow]
    stored_bytes: Count
    max_bytes: Count
    keep_s: Count
    trouble: str

"""Lines of a file, and the entries that they make: a traceback is one with the line it follows."""

import re
from typing import Final

from msgspec import Struct

from deskwatch.logs.level import ERRORS, fields, find_level, has_traceback
from deskwatch.logs.redact import redact_all
from deskwatch.logs.stamp import find_time

#: The beginning of a long line is worth more than nothing; the rest is cut.
MAX_LINE_BYTES: Final = 256 * 1024

#: An entry ends after so many lines, or with the line that makes it longer than MAX_LINE_BYTES.
MAX_ENTRY_LINES: Final = 500

_FIRST: Final = re.compile(
    rb"(?:\[?\d{4}[-/]\d{2}[-/]\d{2}[T ]\d{2}:\d{2}|[IWEF]\d{4} \d{2}:\d{2}:\d{2}|\{"
    rb"|(?:time|ts|level|t|lvl)="
    rb"|\[?(?:TRACE|DEBUG|DBG|INFO|INF|NOTICE|WARN|WARNING|WRN|ERROR|ERR|SEVERE|CRITICAL|CRIT|FATAL|FTL"
    rb"|DPANIC|PANIC)\b"
    rb"|\[(?:trace|debug|info|notice|warn|warning|error|severe|critical|fatal|panic)\])",
    re.ASCII,
)
#: Between the two, lines are one entry in a file of which none begins as above, too: only as one
#: are they found to be a key.
_KEY: Final = b"PRIVATE KEY-----"
_KEY_END: Final = b"-----END"
#: What a file in UTF-8 or UTF-16 may begin with. NULs are every other byte of UTF-16 where it says
#: what ASCII says, and the hole that a writer leaves behind itself who did not notice copytruncate.
#: With them in between, no level, no time and no secret is found.
_MARKS: Final = (b"\xef\xbb\xbf", b"\xff\xfe")
_COLOR: Final = re.compile(rb"\x1b\[[0-9;]*m")


class Batch(Struct):
    """Entries in the order in which they were written.

    times: ns since 1970 UTC. levels: places in LEVELS. cut: lines that lost their end.
    """

    times: list[int]
    levels: bytearray
    texts: list[bytes]
    cut: int = 0

    @property
    def errors(self) -> int:
        """How many are errors."""
        return sum(level in ERRORS for level in self.levels)

    @property
    def tracebacks(self) -> int:
        """How many hold a traceback."""
        return sum(map(has_traceback, self.texts))


def read_entries(texts: list[bytes], now_ns: int, zone: str | None, cut: int = 0) -> Batch:
    """Return what was written: entries without secrets, each with its level and time.

    now_ns: when they were read, the time of those that don't say theirs, or one that is to come.
    zone: of times that name none.
    """
    texts = redact_all(texts)
    times, levels = [], bytearray()
    for text in texts:
        said = fields(text)
        levels.append(find_level(text, said))
        time = find_time(text, said, zone, now_ns)
        times.append(now_ns if time is None or not 0 <= time <= now_ns else time)
    return Batch(times, levels, texts, cut)


class LineJoiner:
    """Makes entries of the bytes of one file; holds an unfinished line and an unfinished entry."""

    def __init__(self) -> None:
        self._rest = b""  # the line without its end
        self._rest_bytes = 0  # how long it is in the file
        self._entry: list[bytes] = []
        self._entry_bytes = 0  # in the file
        self._began = False
        self._in_key = False
        #: How many lines lost their end.
        self.cut = 0

    @property
    def unfinished_bytes(self) -> int:
        """How many bytes of what was fed are in no entry yet."""
        return self._rest_bytes + self._entry_bytes

    @property
    def waits(self) -> bool:
        """Whether an entry waits for the line that ends it."""
        return bool(self._entry)

    def feed(self, data: bytes) -> list[bytes]:
        """Return the entries that end within the file's next bytes."""
        end = data.rfind(b"\n")
        if end < 0:
            self._grow(data)
            return []
        lines = data[:end].split(b"\n")
        self._grow(lines[0])
        lines[0] = self._rest
        sizes = [self._rest_bytes, *map(len, lines[1:])]
        self._rest, self._rest_bytes = b"", 0
        self._grow(data[end + 1 :])
        return self._join(lines, sizes)

    def finish(self) -> list[bytes]:
        """Return what is left at the file's end: a last line without its newline counts."""
        entries = []
        if self._rest_bytes:
            rest, self._rest, self._rest_bytes = self._rest, b"", 0
            entries = self._join([rest], [len(rest)])
        return [*entries, *self.settle()]

    def settle(self) -> list[bytes]:
        """Return the entry that waits, as nothing has followed."""
        if not self._entry:
            return []
        entry = b"\n".join(self._entry)
        self._entry, self._entry_bytes = [], 0
        self._in_key = False
        return [entry]

    def _grow(self, data: bytes) -> None:
        self._rest_bytes += len(data)
        if not self._rest:  # a hole may be longer than a line can be
            data = data.lstrip(b"\0")
        room = MAX_LINE_BYTES + 1 - len(self._rest)
        if room > 0 and data:
            self._rest += data[:room]

    def _join(self, lines: list[bytes], sizes: list[int]) -> list[bytes]:
        entries: list[bytes] = []
        for line, size in zip(map(self._clean, lines), sizes, strict=True):
            if _FIRST.match(line):
                entries += self.settle()
                self._began = True
            elif not self._began:
                self._in_key = self._in_key or _KEY in line
            if not (self._began or self._in_key):
                entries.append(line)
                continue
            self._entry.append(line)
            self._entry_bytes += size + 1
            too_long = len(self._entry) == MAX_ENTRY_LINES or self._entry_bytes > MAX_LINE_BYTES
            if too_long or (self._in_key and _KEY_END in line):
                entries += self.settle()
        return entries

    def _clean(self, line: bytes) -> bytes:
        if len(line) > MAX_LINE_BYTES:
            self.cut += 1
            line = line[:MAX_LINE_BYTES]
        if b"\x1b" in line:
            line = _COLOR.sub(b"", line)
        if b"\0" in line:
            line = line.replace(b"\0", b"")
        for mark in _MARKS:
            line = line.removeprefix(mark)
        return line.removesuffix(b"\r")

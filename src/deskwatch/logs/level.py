"""The level of an entry: one of six words, found as the stack's collectors find it."""

import re
from typing import Final, Literal, get_args

import msgspec
from msgspec import Struct

Level = Literal["unknown", "debug", "info", "warning", "error", "critical"]

#: The place of a level here is how it is kept.
LEVELS: Final[tuple[Level, ...]] = get_args(Level)

UNKNOWN: Final = LEVELS.index("unknown")
ERROR: Final = LEVELS.index("error")

#: What counts as an error.
ERRORS: Final = frozenset({ERROR, LEVELS.index("critical")})

#: What makes an entry an error, whatever its line calls itself: an exception in Python, and what
#: Go, Rust, Java, .NET and C++ write of one that nobody caught.
_TRACEBACK: Final = re.compile(
    rb"Traceback [(]most recent call last[)]|goroutine [0-9]+ .running"
    rb"|thread '[^']*'(?: [(][0-9]+[)])? panicked at |Exception in thread |Unhandled exception"
    rb"|terminate called after throwing"
)
#: One of these is in whatever that finds; they are found sooner.
_TRACEBACK_WORDS: Final = (
    b"Traceback (", b"goroutine ", b" panicked at ",
    b"Exception in thread ", b"Unhandled exception", b"terminate called ",
)  # fmt: skip
_RAISED: Final = frozenset(map(LEVELS.index, ("unknown", "debug", "info")))

#: Numbers are those of pino and bunyan, single letters those of glog.
_WORDS: Final[dict[Level, str]] = {
    "debug": "trace debug dbg fine verbose 10 20",
    "info": "info information inf notice i 30",
    "warning": "warn warning wrn w 40",
    "error": "err error exception severe e 50",
    "critical": "crit critical fatal ftl dpanic panic emerg emergency alert f 60",
}
_LEVEL_OF: Final = {
    word: LEVELS.index(level) for level, words in _WORDS.items() for word in words.split()
}

# The first word that is one: in capitals anywhere, in small letters in brackets or after level=.
_PLAIN: Final = re.compile(
    rb"(?:\[|(?:level|lvl|severity)=[\"']?)"
    rb"(?P<marked>(?i:trace|debug|dbg|info|inf|notice|warning|warn|wrn|error|err|severe|critical"
    rb"|crit|fatal|ftl|dpanic|panic))\b"
    rb"|\b(?P<bare>TRACE|DEBUG|DBG|INFO|INF|NOTICE|WARNING|WARN|WRN|ERROR|ERR|SEVERE|CRITICAL"
    rb"|CRIT|FATAL|FTL|DPANIC|PANIC)\b",
    re.ASCII,
)
#: Lines of glog begin with their level's letter and the day: E1128 17:23:22.024635.
_GLOG: Final = re.compile(rb"([IWEF])\d{4} \d{2}:\d{2}:\d{2}", re.ASCII)
_LAST_START: Final = 100
#: The longest that is looked for, and the character after it.
_LONGEST: Final = 24


class Fields(Struct):
    """What JSON lines say of themselves, by the names that loggers use."""

    level: object = None
    levelname: object = None
    severity: object = None
    lvl: object = None
    loglevel: object = None
    log_level: object = msgspec.field(name="log.level", default=None)
    capital_level: object = msgspec.field(name="Level", default=None)
    capital_log_level: object = msgspec.field(name="LogLevel", default=None)
    at_level: object = msgspec.field(name="@l", default=None)
    log: object = None
    record: object = None
    timestamp: object = None
    time: object = None
    ts: object = None
    asctime: object = None
    at_timestamp: object = msgspec.field(name="@timestamp", default=None)
    capital_timestamp: object = msgspec.field(name="Timestamp", default=None)
    at_time: object = msgspec.field(name="@t", default=None)

    @property
    def named_level(self) -> object:
        """The first that is there."""
        return (
            self.level
            or self.levelname
            or self.severity
            or self.lvl
            or self.loglevel
            or self.log_level
            or self.capital_level
            or self.capital_log_level
            or self.at_level
            or _within(self.log, "level")
            or _within(self.record, "level", "name")
        )

    @property
    def named_time(self) -> object:
        """The first that is there."""
        return (
            self.timestamp
            or self.time
            or self.ts
            or self.asctime
            or self.at_timestamp
            or self.capital_timestamp
            or self.at_time
            or _within(self.record, "time", "timestamp")
        )


def _within(found: object, *path: str) -> object:
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    return found


_FIELDS: Final = msgspec.json.Decoder(Fields)
_NOTHING: Final = Fields()


def fields(text: bytes) -> Fields | None:
    """Return what a JSON line says of itself, nothing where it is broken; None for other lines."""
    if not text.lstrip(b" ").startswith(b"{"):
        return None
    try:
        return _FIELDS.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        # What follows it in its entry may be no JSON: a stack's trace, what another library prints.
        first, newline, _ = text.partition(b"\n")
        return fields(first) if newline else _NOTHING


def find_level(text: bytes, said: Fields | None) -> int:
    """Return the place in LEVELS of an entry's level. said: what `fields` found in it."""
    level = _plain(text) if said is None else _said(said)
    return ERROR if level in _RAISED and has_traceback(text) else level


def has_traceback(text: bytes) -> bool:
    """Return whether an entry tells of an exception that its program did not expect."""
    return any(word in text for word in _TRACEBACK_WORDS) and bool(_TRACEBACK.search(text))


def _said(said: Fields) -> int:
    word = said.named_level
    return _LEVEL_OF.get(str(word).lower(), UNKNOWN) if isinstance(word, str | int) else UNKNOWN


def _plain(text: bytes) -> int:
    glog = _GLOG.match(text)
    if glog is not None:
        return _LEVEL_OF[glog[1].lower().decode()]
    found = _PLAIN.search(text, 0, _LAST_START + _LONGEST)
    if found is None or found.start() > _LAST_START or b"\n" in text[: found.start()]:
        return UNKNOWN
    word = found["marked"] or found["bare"]
    return _LEVEL_OF[word.lower().decode()]

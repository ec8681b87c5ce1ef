"""Prometheus' PromQL test scripts, read into steps.

Source: the README of Prometheus' promql/promqltest.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from deskwatch.rules.duration import parse_duration
from deskwatch.rules.promql.labels import METRIC_NAME, Labels, labels_of
from deskwatch.rules.promql.numbers import parse_float
from deskwatch.rules.promql.vector import STALE

#: Marks a native histogram sample, which we neither keep nor compare.
HISTOGRAM = object()

_SERIES = re.compile(r'\s*([\w:]*)\s*(\{(?!\{)(?:[^"}]|"(?:[^"\\]|\\.)*")*\})?\s*(.*)')
_LABEL = re.compile(r'\s*([\w.]+)\s*=\s*"((?:[^"\\]|\\.)*)"\s*,?')
_INSTANT = re.compile(r"eval(_\w+)?\s+instant\s+at\s+(\S+)\s+(.*)")
_RANGE = re.compile(r"eval(_\w+)?\s+range\s+from\s+(\S+)\s+to\s+(\S+)\s+step\s+(\S+)\s+(.*)")
_RANGE_VECTOR = re.compile(r"expect range vector from (\S+) to (\S+) step (\S+)")
_NUMBER = r"[+-]?(?:inf|nan|\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?)"
_VALUE = re.compile(
    rf"(?P<first>{_NUMBER})(?:(?P<step>[+-](?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?))?(?:x(?P<times>\d+))?",
    re.IGNORECASE,
)
_HISTOGRAM = re.compile(r"\{\{.*?\}\}(?:[+-]\{\{.*?\}\})?(?:x(\d+))?")


@dataclass
class Load:
    """Series to add; values are one step apart, None where there is no sample."""

    step: int
    series: dict[Labels, list[object]]
    custom_buckets: bool


@dataclass
class Clear:
    """Forget all series."""


@dataclass
class Case:
    """A query, and what it must give; times in ms. end and step: 0 for an instant query."""

    line: int
    query: str
    start: int
    end: int = 0
    step: int = 0
    fails: bool = False
    message: str | None = None
    ordered: bool = False
    annotated: bool = False
    text: str | None = None
    scalar: float | None = None
    window: tuple[int, int, int] | None = None
    series: list[tuple[Labels, list[object]]] = field(default_factory=list)

    @property
    def is_range(self) -> bool:
        return bool(self.step)


def read(path: Path) -> Iterator[Load | Clear | Case]:
    """Yield a script's steps in order."""
    lines = path.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    position = 0
    while position < len(lines):
        head = lines[position].strip()
        position += 1
        if not head or head.startswith("#"):
            continue
        number = position
        block = []
        while position < len(lines) and not _starts_a_step(lines[position]):
            line = lines[position].strip()
            if line and not line.startswith("#"):
                block.append(line)
            position += 1
        yield _step(head, block, number)


def _starts_a_step(line: str) -> bool:
    return re.match(r"(load|eval|clear|load_with_nhcb)", line) is not None


def _step(head: str, block: list[str], number: int) -> Load | Clear | Case:
    if head == "clear":
        return Clear()
    if head.startswith("load"):
        word, step = head.split()
        series = dict(
            read_series(line) for line in block
        )  # the last of two with the same labels counts
        return Load(parse_duration(step), series, custom_buckets=word != "load")
    return _case(head, block, number)


def _case(head: str, block: list[str], number: int) -> Case:
    if found := _INSTANT.fullmatch(head):
        case = Case(number, found[3], _time(found[2]))
    else:
        found = _RANGE.fullmatch(head)
        assert found, head
        case = Case(number, found[5], _time(found[2]), _time(found[3]), _time(found[4]))
    case.fails = found[1] == "_fail"
    case.ordered = found[1] == "_ordered"
    for line in block:
        if line.startswith("expect "):
            _expect(case, line)
        elif (value := parse_float(line)) is not None:
            case.scalar = value
        else:
            case.series.append(read_series(line))
    return case


def _expect(case: Case, line: str) -> None:
    words = line.split(None, 3)
    match words[1]:
        case "fail":
            case.fails = True
            message = re.search(r"msg:\s*(.*)", line)
            case.message = message[1] if message else None
        case "ordered":
            case.ordered = True
        case "string":
            case.text = line.split(None, 2)[2][1:-1]
        case "range":
            found = _RANGE_VECTOR.fullmatch(line)
            assert found, line
            case.window = (_time(found[1]), _time(found[2]), _time(found[3]))
        case "warn" | "info":
            case.annotated = True


def _time(text: str) -> int:
    number = parse_float(text)
    return parse_duration(text) if number is None else round(number * 1000)


def read_series(line: str) -> tuple[Labels, list[object]]:
    """Return the labels and values of a line such as `x{a="b"} 1+1x3 _ stale`."""
    found = _SERIES.fullmatch(line)
    assert found, line
    labels = read_labels(found[2] or "")
    if found[1]:
        labels[METRIC_NAME] = found[1]
    return labels_of(labels), list(values(found[3]))


def read_labels(braces: str) -> dict[str, str]:
    """Return the labels of a text such as `{a="b"}`."""
    return {
        name: value.encode("latin-1", "backslashreplace").decode("unicode_escape")
        for name, value in _LABEL.findall(braces)
    }


def values(text: str) -> Iterator[object]:
    """Yield the values that a text such as `1+2x3 _ stale` stands for; None for a gap."""
    position = 0
    while position < len(text):
        if text[position].isspace():
            position += 1
        elif histogram := _HISTOGRAM.match(text, position):
            yield from [HISTOGRAM] * (int(histogram[1] or 0) + 1)
            position = histogram.end()
        else:
            word = text[position:].split(maxsplit=1)[0]
            yield from _values(word)
            position += len(word)


def _values(word: str) -> Iterator[object]:
    if word == "stale":
        yield STALE
    elif word.startswith("_"):
        yield from [None] * int(word[2:] or 1)
    else:
        found = _VALUE.fullmatch(word)
        assert found, word
        first, step = float(found["first"]), float(found["step"] or 0)
        for _ in range(int(found["times"] or 0) + 1):
            yield first
            first += step if not math.isinf(first) else 0.0

"""Promtail's pipeline, as much of it as promtail/promtail.yml uses: what a line becomes.

Source: clients/pkg/logentry/stages of grafana/loki, 3.6.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import yaml
from msgspec import Struct, field

ROOT: Final = Path(__file__).parents[2]
PROMTAIL: Final = ROOT / "promtail" / "promtail.yml"

Stage = Mapping[str, Any]


class Entry(Struct):
    """A line on its way. time: when it was read, until a stage knows better."""

    line: str
    labels: dict[str, str]
    time: datetime
    extracted: dict[str, object] = field(default_factory=dict)
    metadata: dict[str, str] = field(default_factory=dict)


def expanded(text: str, environment: Mapping[str, str]) -> str:
    """Return what -config.expand-env makes of the variables."""

    def value(found: re.Match[str]) -> str:
        return environment.get(found[1]) or found[2]

    return re.sub(r"\$\{(\w+):-([^}]*)\}", value, text)


def promtail(**environment: str) -> dict[str, Any]:
    """Return the configuration, with variables filled in."""
    config: dict[str, Any] = yaml.safe_load(expanded(PROMTAIL.read_text(), environment))
    return config


def counted_by_promtail() -> set[str]:
    """Return the metrics that the pipeline makes of lines."""
    (job,) = promtail()["scrape_configs"]
    return set(_counted(job["pipeline_stages"]))


def _counted(stages: list[Stage]) -> Iterator[str]:
    for stage in stages:
        for name, config in stage.items():
            if name == "match":
                yield from _counted(config["stages"])
            elif name == "metrics":
                yield from (metric["prefix"] + key for key, metric in config.items())


@cache
def compiled(expression: str) -> re.Pattern[str]:
    """Return RE2's expression for Python: its `$` and `\\z` are the very end, its classes ASCII."""
    return re.compile(re.sub(r"(?<!\\)\$|\\z", r"\\Z", expression), re.ASCII)


class Pipeline:
    """Stages, what they count, and what they dropped."""

    def __init__(self, stages: list[Stage], now: datetime) -> None:
        self._stages = stages
        self._now = now
        self.counted: Counter[tuple[str, str]] = Counter()
        self.dropped = 0

    def run(self, lines: Iterable[str], **labels: str) -> list[Entry]:
        """Return what becomes of one file's lines, read at once. labels: as its target has them."""
        there = {name: value for name, value in labels.items() if value}
        entries = [Entry(line, dict(there), self._now, dict(there)) for line in lines]
        return self._through(self._stages, entries)

    def _through(self, stages: list[Stage], entries: list[Entry]) -> list[Entry]:
        for stage in stages:
            ((name, config),) = stage.items()
            if name == "multiline":
                entries = list(_joined(config, entries))
            else:
                entries = [e for entry in entries if (e := self._one(name, config, entry))]
        return entries

    def _one(self, name: str, config: Any, entry: Entry) -> Entry | None:
        if name == "match":
            if not selected(config["selector"], entry):
                return entry
            return next(iter(self._through(config["stages"], [entry])), None)
        if name == "drop":
            limit = timedelta(hours=int(config["older_than"].removesuffix("h")))
            self.dropped += (old := entry.time < self._now - limit)
            return None if old else entry
        if name == "metrics":
            self._count(config, entry)
        else:
            _STAGES[name](config, entry)
        return entry

    def _count(self, config: Any, entry: Entry) -> None:
        assert set(entry.labels) == {"job", "service"}, "each label is a series of its own"
        for name, metric in config.items():
            if (value := _text(entry.extracted.get(metric["source"]))) is None:
                continue
            step = 1 if metric["config"]["action"] == "inc" else int(value)
            self.counted[metric["prefix"] + name, entry.labels["service"]] += step


def selected(selector: str, entry: Entry) -> bool:
    """Tell whether a match stage takes the entry. Its strings stand in double quotes, only."""
    matchers, filters = re.fullmatch(r"\{(.*?)\}((?: \S\S \".*?\")*)", selector).groups()  # type: ignore[union-attr]
    for name, operator, value in re.findall(r'(\w+)(=~|!=|=)"(.*?)"', matchers):
        found = entry.labels.get(name, "")
        if operator == "=~" and not re.fullmatch(value, found):
            return False
        if operator != "=~" and (found == value) != (operator == "="):
            return False
    for operator, value in re.findall(r' (\S\S) "(.*?)"', filters):
        is_there = (
            bool(compiled(value).search(entry.line)) if "~" in operator else value in entry.line
        )
        if is_there != operator.startswith("|"):
            return False
    return True


def _joined(config: Any, entries: list[Entry]) -> Iterator[Entry]:
    """Yield blocks that begin with a first line; before the first of those, lines as they are."""
    first = compiled(config["firstline"])
    start: Entry | None = None
    lines: list[str] = []
    for entry in entries:
        if first.search(entry.line):
            if start and lines:
                yield _block(start, lines)
            start, lines = entry, []
        if start is None:
            yield entry
            continue
        lines.append(entry.line)
        if len(lines) == config["max_lines"]:
            yield _block(start, lines)
            lines = []
    if start and lines:
        yield _block(start, lines)


def _block(start: Entry, lines: list[str]) -> Entry:
    return Entry("\n".join(lines), dict(start.labels), start.time, dict(start.extracted))


def _text(value: object) -> str | None:
    if value is None:
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)


def _source(config: Any, entry: Entry) -> str | None:
    if "source" in config:
        return _text(entry.extracted.get(config["source"]))
    return entry.line


def _put(config: Any, entry: Entry, text: str) -> None:
    if "source" in config:
        entry.extracted[config["source"]] = text
    else:
        entry.line = text


def _json(config: Any, entry: Entry) -> None:
    try:
        document = json.loads(_source(config, entry) or "")
    except ValueError:
        return
    if isinstance(document, dict):
        for name, expression in config["expressions"].items():
            entry.extracted[name] = _searched(expression, document)


def _searched(expression: str, document: Any) -> object:
    """Return the first that is there of JMESPath's alternatives, each a path or a quoted name."""
    for alternative in expression.split(" || "):
        found = document
        quoted = alternative.startswith('"')
        for part in [alternative.strip('"')] if quoted else alternative.split("."):
            found = found.get(part) if isinstance(found, dict) else None
        if found:
            return json.dumps(found) if isinstance(found, dict | list) else found
    return None


def _regex(config: Any, entry: Entry) -> None:
    text = _source(config, entry)
    if text is not None and (found := compiled(config["expression"]).search(text)):
        entry.extracted |= {name: value or "" for name, value in found.groupdict().items()}


def _replace(config: Any, entry: Entry) -> None:
    """Put the replacement in the place of each *group* found; what is around them stays."""
    assert "{{" not in config["replace"], "a template"
    if (text := _source(config, entry)) is None:
        return
    parts, end = [], 0
    for found in compiled(config["expression"]).finditer(text):
        for group in range(1, found.re.groups + 1):
            start, stop = found.span(group)
            if start >= end or (end == 0 and start >= 0):
                parts += [text[end:start], config["replace"]]
                end = stop
    _put(config, entry, "".join([*parts, text[end:]]))


def _template(config: Any, entry: Entry) -> None:
    assert "{{" not in config["template"], "only constants"
    entry.extracted[config["source"]] = config["template"]


def _labels(config: Any, entry: Entry) -> None:
    for label, source in config.items():
        if (value := _text(entry.extracted.get(source))) is not None:
            entry.labels[label] = value


def _metadata(config: Any, entry: Entry) -> None:
    for name, source in config.items():
        if (value := _text(entry.extracted.get(source))) is not None:
            entry.metadata[name] = value


def _static_labels(config: Any, entry: Entry) -> None:
    entry.labels |= config


def _labeldrop(config: Any, entry: Entry) -> None:
    for label in config:
        entry.labels.pop(label, None)


def _output(config: Any, entry: Entry) -> None:
    if (text := _source(config, entry)) is not None:
        entry.line = text


def _decolorize(_: Any, entry: Entry) -> None:
    entry.line = re.sub(r"\x1b\[[0-9;]*m", "", entry.line)


def _timestamp(config: Any, entry: Entry) -> None:
    assert config["action_on_failure"] == "skip"
    text = _text(entry.extracted.get(config["source"]))
    for layout in [config["format"], *config.get("fallback_formats", [])]:
        if text is not None and (time := _parsed(layout, text)):
            zone = ZoneInfo(config.get("location", "UTC"))
            entry.time = (time if time.tzinfo else time.replace(tzinfo=zone)).astimezone(UTC)
            return


#: How many make a second, of what is counted since 1970.
_COUNTS: Final = {"Unix": 1, "UnixMs": 1000, "UnixUs": 10**6, "UnixNs": 10**9}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def _parsed(layout: str, text: str) -> datetime | None:
    """Return a time as Go reads it; a fraction of a second may follow any layout's seconds."""
    if layout in _COUNTS:
        if not text:
            return None
        seconds, _, fraction = text.partition(".")
        return (
            _EPOCH
            + timedelta(microseconds=int(seconds) * 10**6 // _COUNTS[layout])
            + timedelta(microseconds=int(fraction.ljust(9, "0")) // 1000)
        )
    layout = "2006-01-02T15:04:05Z07:00" if layout == "RFC3339Nano" else layout
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    fits = layout[10] == text[10:11] and layout.endswith("Z07:00") == (time.tzinfo is not None)
    return time if fits else None


_STAGES: Final[Mapping[str, Callable[[Any, Entry], None]]] = {
    "json": _json,
    "regex": _regex,
    "replace": _replace,
    "template": _template,
    "labels": _labels,
    "structured_metadata": _metadata,
    "static_labels": _static_labels,
    "labeldrop": _labeldrop,
    "output": _output,
    "decolorize": _decolorize,
    "timestamp": _timestamp,
}

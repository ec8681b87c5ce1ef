"""The parts of the documents that are made from the code. `python -m tests.documentation` writes them."""

import inspect
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from deskwatch.app import App
from deskwatch.config import load
from deskwatch.core.codec import KINDS
from deskwatch.core.event import LEAST, MOST, Event
from deskwatch.core.rejection import REASONS
from deskwatch.core.schema import json_schema
from deskwatch.exposition.family import MetricFamily
from deskwatch.web.openapi.document import document
from tests.ui import answers

DOCS = Path(__file__).parents[1] / "docs"
_ENVELOPE = {field.name for field in msgspec.structs.fields(Event)}


def kinds() -> str:
    """Return a section for each kind: what it says, and its fields."""
    sections = [_section("every event", Event)]
    sections += [_section(tag, kind) for tag, kind in KINDS.items()]
    return "\n\n".join(sections)


def _section(tag: str, kind: type[Event]) -> str:
    first, *rest = (kind.__doc__ or "").strip().splitlines()
    text = "\n".join([first, *(line.strip() for line in rest)])
    rows = [
        _row(field)
        for field in msgspec.structs.fields(kind)
        if kind is Event or field.name not in _ENVELOPE
    ]
    head = ["| field | takes | default |", "|---|---|---|"]
    return "\n".join(
        [f"### `{tag}`" if kind is not Event else f"### {tag}", "", text, "", *head, *rows]
    )


def _row(field: msgspec.structs.FieldInfo) -> str:
    required = field.default is msgspec.NODEFAULT
    default = "required" if required else f"`{msgspec.json.encode(field.default).decode()}`"
    return f"| `{field.name}` | {_takes(msgspec.json.schema(field.type))} | {default} |"


def _takes(schema: dict[str, Any]) -> str:
    if "anyOf" in schema:
        return " or ".join(_takes(option) for option in schema["anyOf"])
    if "enum" in schema:
        return ", ".join("null" if word is None else f"`{word}`" for word in schema["enum"])
    described = schema.get("description", "")
    if described.startswith("A decimal number"):
        return "decimal"
    if described.startswith("Nanoseconds"):
        return "time"
    kind = {"string": "text", "integer": "integer", "null": "null", "boolean": "true, false"}
    least, most = schema.get("minLength", 0), schema.get("maxLength")
    bounds = f", {least} to {most} characters" if most else _number_bounds(schema)
    return kind[schema["type"]] + bounds


def _number_bounds(schema: dict[str, Any]) -> str:
    """Return the bounds of a number that are narrower than those of every integer."""
    least, most = schema.get("minimum"), schema.get("maximum")
    if "exclusiveMinimum" in schema:
        least = schema["exclusiveMinimum"] + 1
    from_least = "" if least in (None, LEAST) else f" from {least}"
    to_most = "" if most in (None, MOST) else f" to {most}"
    return from_least + to_most


def reasons() -> str:
    """Return the table of the reasons for refusing."""
    rows = [f"| `{reason}` | {meaning} |" for reason, meaning in REASONS.items()]
    return "\n".join(["| reason | when |", "|---|---|", *rows])


def metrics() -> str:
    """Return a section for each collector: its metrics, their kinds and labels, what they mean."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "deskwatch.toml"
        file.write_text('data = "data"\n')
        app = App(load(file, {}))
        app._show_books()
    registry = app._registry
    shown: dict[object, tuple[MetricFamily, ...]] = {
        collector: tuple(collector.families) for collector in registry._collectors
    }
    shown[registry] = (registry._series, registry._refused)
    of_desk_first = sorted(shown, key=lambda one: not shown[one][0].name.startswith("desk_"))
    return "\n\n".join(_metrics(one, shown[one]) for one in of_desk_first)


def _metrics(collector: object, families: Iterable[MetricFamily]) -> str:
    title = (inspect.getdoc(type(collector)) or "").splitlines()[0]
    rows = [
        f"| `{one.name}` | {one.kind} | {', '.join(f'`{name}`' for name in one.labels)} "
        f"| {one.help_text.replace('|', chr(92) + '|')} |"
        for one in families
    ]
    head = ["| metric | kind | labels | |", "|---|---|---|---|"]
    return "\n".join([f"## {title.removesuffix('.')}", "", *head, *rows])


def events_page(page: str) -> str:
    """Return docs/events.md with its made parts made anew."""
    return _made(page, kinds=kinds(), reasons=reasons())


def metrics_page(page: str) -> str:
    """Return docs/metrics.md with its made part made anew."""
    return _made(page, metrics=metrics())


def _made(page: str, **parts: str) -> str:
    for mark, made in parts.items():
        before, _, rest = page.partition(f"<!-- {mark} -->\n")
        _, end, after = rest.partition(f"<!-- /{mark} -->")
        page = f"{before}<!-- {mark} -->\n\n{made}\n\n{end}{after}"
    return page


if __name__ == "__main__":
    events = DOCS / "events.md"
    events.write_text(events_page(events.read_text()))
    (DOCS / "event.schema.json").write_bytes(json_schema())
    (DOCS / "openapi.json").write_bytes(document())
    shown = DOCS / "metrics.md"
    shown.write_text(metrics_page(shown.read_text()))
    answers.FILE.write_text(answers.answers())

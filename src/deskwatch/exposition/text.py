"""The words of the text formats that Prometheus reads: headers, labels, escapes, content types.

Source: https://prometheus.io/docs/instrumenting/exposition_formats (text 0.0.4) and
https://prometheus.io/docs/specs/om/open_metrics_spec (OpenMetrics 1.0.0).
"""

import re
from collections.abc import Iterable
from typing import Literal

Kind = Literal["gauge", "counter", "histogram"]

TEXT_CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS_CONTENT_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8"

_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
# What the formats append to a family's name themselves.
_RESERVED_SUFFIXES = ("_bucket", "_sum", "_count", "_created", "_total")
_QUOTED = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})
_UNQUOTED = str.maketrans({"\\": r"\\", "\n": r"\n"})


def check_names(name: str, kind: Kind, labels: tuple[str, ...], unit: str) -> None:
    """Assert that a metric and its labels are named as both formats demand."""
    base = base_name(name, kind)
    assert _NAME.fullmatch(base), f"{name!r} is not a metric name"
    assert not base.endswith(_RESERVED_SUFFIXES), f"{name}: its suffix has a meaning of its own"
    assert kind != "counter" or name.endswith("_total"), f"{name}: a counter ends in _total"
    assert not unit or base.endswith("_" + unit), f"{name}: not named after its unit, {unit}"
    assert len(set(labels)) == len(labels), f"{name}: a label is named twice"
    for label in labels:
        assert _NAME.fullmatch(label), f"{name}: {label!r} is not a label name"
        assert not label.startswith("__"), f"{name}: {label} is reserved for Prometheus"
        assert kind != "histogram" or label != "le", f"{name}: le is the buckets' own label"


def base_name(name: str, kind: Kind) -> str:
    """Return what OpenMetrics calls the family: a counter's name without its `_total`."""
    return name.removesuffix("_total") if kind == "counter" else name


def header(name: str, kind: Kind, help_text: str, unit: str, *, openmetrics: bool) -> bytes:
    """Return the comment lines above a family's samples, without the last line's end."""
    if openmetrics:
        name = base_name(name, kind)
        lines = [f"# HELP {name} {help_text.translate(_QUOTED)}", f"# TYPE {name} {kind}"]
        if unit:
            lines.append(f"# UNIT {name} {unit}")
    else:
        lines = [f"# HELP {name} {help_text.translate(_UNQUOTED)}", f"# TYPE {name} {kind}"]
    return "\n".join(lines).encode()


def sample_prefix(name: str, labels: Iterable[tuple[str, str]]) -> bytes:
    """Return a sample's line up to its value, with the end of the line before it in front."""
    pairs = ",".join(f'{label}="{value.translate(_QUOTED)}"' for label, value in labels)
    return f"\n{name}{{{pairs}}} ".encode() if pairs else f"\n{name} ".encode()


def negotiate(accept_header: str) -> tuple[bool, str]:
    """Return whether to answer in OpenMetrics, and the Content-Type, for an HTTP Accept header.

    OpenMetrics has to be asked for by name (version 1.0.0, or none), and to be liked at least as
    well as plain text. Whatever can't be read is taken as not asked for.
    """
    openmetrics = text = 0.0
    for entry in accept_header.lower().split(","):
        media, *parameters = (part.strip() for part in entry.split(";"))
        options = dict(p.split("=", 1) for p in parameters if "=" in p)
        quality = _quality(options.get("q", "1"))
        if media == "application/openmetrics-text":
            if options.get("version", "1.0.0").strip('"') == "1.0.0":
                openmetrics = max(openmetrics, quality)
        elif media in ("text/plain", "text/*", "*/*"):
            text = max(text, quality)
    if openmetrics > 0 and openmetrics >= text:
        return True, OPENMETRICS_CONTENT_TYPE
    return False, TEXT_CONTENT_TYPE


def _quality(text: str) -> float:
    """Return an Accept header's q value; 0 for what is not a number from 0 to 1."""
    return float(text) if re.fullmatch(r"(0(\.\d{0,3})?|1(\.0{0,3})?)", text) else 0.0

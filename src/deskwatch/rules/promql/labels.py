"""Label sets: what tells one series from another."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

#: Pairs of name and value, by name ascending; a label with an empty value is a label not there.
Labels = tuple[tuple[str, str], ...]

#: The label that holds the metric's name.
METRIC_NAME: Final = "__name__"

NO_LABELS: Final[Labels] = ()

#: The same label sets are asked about at every evaluation; looking one up saves most of the time.
_remembered = lru_cache(maxsize=1 << 16)

_LABEL_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")


def labels_of(pairs: Mapping[str, str] | Iterable[tuple[str, str]]) -> Labels:
    """Return the label set of these pairs; of two with the same name, the last counts."""
    return tuple(sorted((name, value) for name, value in dict(pairs).items() if value))


def is_label_name(text: str) -> bool:
    """Whether Prometheus 2 takes it as a label's name (3 takes any UTF-8; we don't)."""
    return _LABEL_NAME.fullmatch(text) is not None


def value_of(labels: Labels, name: str) -> str:
    """Return a label's value; empty where there is none."""
    for own, value in labels:
        if own == name:
            return value
    return ""


@_remembered
def without_name(labels: Labels) -> Labels:
    """Return the labels but the metric's name."""
    return tuple(pair for pair in labels if pair[0] != METRIC_NAME)


@_remembered
def only(labels: Labels, names: frozenset[str]) -> Labels:
    """Return the labels of these names."""
    return tuple(pair for pair in labels if pair[0] in names)


@_remembered
def without(labels: Labels, names: frozenset[str]) -> Labels:
    """Return the labels of all but these names."""
    return tuple(pair for pair in labels if pair[0] not in names)


def with_label(labels: Labels, name: str, value: str) -> Labels:
    """Return the labels with one set; an empty value takes it away."""
    others = [pair for pair in labels if pair[0] != name]
    return tuple(sorted([*others, (name, value)])) if value else tuple(others)


def shown(labels: Labels) -> str:
    """Return the set as PromQL writes it: `name{label="value"}`."""
    inside = ", ".join(f'{name}="{value}"' for name, value in without_name(labels))
    return f"{value_of(labels, METRIC_NAME)}{{{inside}}}"

"""The engine's answer to a batch: what it refused, and why."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

_MAX_QUOTE: Final = 200
_MAX_REASON: Final = 64


class Receipt(NamedTuple):
    """duplicates: how many events changed nothing, as they had come before.

    refusals: how many were refused, by reason; examples: the first of each reason, in words.
    """

    duplicates: int
    refusals: Counter[str]
    examples: Mapping[str, str]


def read_receipt(body: bytes, lines: Sequence[bytes]) -> Receipt | None:
    """Return the receipt for a batch of `lines`; None when the body isn't a deskwatch's for them.

    A receipt accounts for each line: one for fewer is of a body that a proxy cut, or left out. It
    quotes its first refusals only; the others are counted as `unquoted`.
    """
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(answer, dict):
        return None
    counts = [answer.get(name) for name in ("accepted", "duplicates", "refused_total")]
    known = [count for count in counts if isinstance(count, int) and count >= 0]
    quoted = answer.get("refused")
    if len(known) < len(counts) or sum(known) != len(lines) or not isinstance(quoted, list):
        return None
    _, duplicates, total = known
    refusals = [refusal for refusal in quoted if isinstance(refusal, dict)][:total]
    reasons = Counter(map(_reason, refusals))
    examples: dict[str, str] = {}
    for refusal in refusals:
        if (reason := _reason(refusal)) not in examples:
            examples[reason] = _example(refusal, lines)
    if total > len(refusals):
        reasons["unquoted"] = total - len(refusals)
    return Receipt(duplicates, reasons, examples)


def is_own_error(body: bytes) -> bool:
    """Return whether a body is what a deskwatch says when it refuses a request."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return isinstance(answer, dict) and isinstance(answer.get("error"), dict)


def _reason(refusal: dict[str, object]) -> str:
    return str(refusal.get("reason", ""))[:_MAX_REASON]


def _example(refusal: dict[str, object], lines: Sequence[bytes]) -> str:
    found, expected, number = (refusal.get(name, "") for name in ("found", "expected", "line"))
    kind = "an event"
    if isinstance(number, int) and 0 < number <= len(lines):
        kind = json.loads(lines[number - 1])["kind"]
    return f"{kind}: found {found!r}; expected {expected}"[:_MAX_QUOTE]

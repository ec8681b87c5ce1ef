"""The engine's answer to a batch: what it refused, and why."""

import json
from collections import Counter
from typing import Final, NamedTuple

_MAX_QUOTE: Final = 200
_MAX_REASON: Final = 64


class Receipt(NamedTuple):
    """refusals: how many events were refused, by reason; example: the first of them in words."""

    refusals: Counter[str]
    example: str


def read_receipt(body: bytes, events: int) -> Receipt | None:
    """Return the receipt for a batch of `events`; None when the body isn't a deskwatch's.

    A receipt quotes its first refusals only; the others are counted as `unquoted`.
    """
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(answer, dict) or not isinstance(answer.get("accepted"), int):
        return None
    total, quoted = answer.get("refused_total"), answer.get("refused")
    if not isinstance(total, int) or not isinstance(quoted, list):
        return None
    total = min(max(total, 0), events)
    lines = [line for line in quoted if isinstance(line, dict)][:total]
    reasons = Counter(str(line.get("reason", ""))[:_MAX_REASON] for line in lines)
    if total > len(lines):
        reasons["unquoted"] = total - len(lines)
    return Receipt(reasons, _example(lines[0]) if lines else "")


def _example(line: dict[str, object]) -> str:
    reason, found, expected = (line.get(name, "") for name in ("reason", "found", "expected"))
    return f"{reason}: found {found!r}; expected {expected}"[:_MAX_QUOTE]

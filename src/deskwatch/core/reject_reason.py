"""Why orders are refused: a venue's free text, put into a small closed set."""

from typing import Final, Literal

RejectReason = Literal[
    "breaker",
    "rate_limit",
    "halted",
    "funds",
    "post_only",
    "reduce_only",
    "price",
    "quantity",
    "duplicate",
    "unknown_instrument",
    "unauthorized",
    "unavailable",
    "other",
]

#: Words of the reasons, all in lower case; the first reason with one of its words in a text wins,
#: so those that say more come first. Seen in the payloads of docs/execution.md, and in FIX 4.4's
#: OrdRejReason (103).
_WORDS: Final[tuple[tuple[RejectReason, tuple[str, ...]], ...]] = (
    ("breaker", ("breaker", "kill switch", "kill_switch")),
    ("rate_limit", ("rate limit", "rate_limit", "too many", "throttl", "frequency", "banned")),
    ("halted", ("halt", "closed", "suspend", "auction", "not trading", "not open")),
    ("funds", ("insufficient", "margin", "balance", "fund", "buying power", "credit")),
    (
        "post_only",
        ("post only", "postonly", "post-only", "post_only", "immediately match", "would cross"),
    ),
    ("reduce_only", ("reduce only", "reduceonly", "reduce-only", "reduce_only")),
    ("price", ("price", "tick", "collar", "band")),
    ("quantity", ("quantity", "size", "lot", "notional", "qty", "exceeds limit", "position limit")),
    ("duplicate", ("duplicate",)),
    ("unknown_instrument", ("unknown symbol", "unknown instrument", "invalid symbol", "borrow")),
    (
        "unauthorized",
        ("unauthori", "not authori", "permission", "api key", "api-key", "forbidden", "signature"),
    ),
    ("unavailable", ("timeout", "timed out", "unavailable", "busy", "overload", "disconnect")),
)


def reject_reason(text: str) -> RejectReason:
    """Return the reason that a refusal's text names; `other` where none of ours is in it."""
    said = text.lower()
    for reason, words in _WORDS:
        for word in words:
            if word in said:
                return reason
    return "other"

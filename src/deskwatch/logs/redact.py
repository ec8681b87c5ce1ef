"""Secrets are taken out before anything is kept, counted or shown.

The expressions are those of promtail/promtail.yml, in its order; what they can't find is said in
docs/logs.md. Both are RE2's, whose time grows as the line does. With Python's own, whoever writes
the line could make it grow as its square, and all else would wait.

Each is costly and rarely finds anything, so an entry is searched by them only if it holds a word
without which none of them could: that is looked for in all entries at once.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import Final

import re2

REDACTED: Final = b"[redacted]"

_NAMES: Final = (
    rb"(?:api[_-]?key(?:[_-]id)?|api[_-]?sign|access[_-]?key(?:[_-]id)?|access[_-]?sign|secret"
    rb"|secret[_-]?key|private[_-]?key|listen[_-]?key|passphrase|passwd|password|pwd|signature"
    rb"|mnemonic|(?:access|auth|bot|refresh|session|id|api|csrf)[_-]?token)"
)
#: Between a name and its value.
_IS: Final = rb"""\x5c{0,3}["']?[ \t]*[:=][ \t]*"""
#: All strings of a list, and of a dict that has no other in it, so that JSON stays JSON.
_STRINGS: Final = (
    rb"""\[\s*[bu]?\x5c{0,3}["']([^\[\]]*[^\[\]\x5c])\x5c{0,3}["']\s*\]"""
    rb"""|\{\s*\x5c{0,3}["']?[\w-]+\x5c{0,3}["']?\s*:\s*[bu]?\x5c{0,3}["']([^{}]*[^{}\x5c])"""
    rb"""\x5c{0,3}["']\s*(?:,[^"'{}]*(?:["'][\w-]+\x5c{0,3}["']\s*:[^"'{}]*)*)?\}"""
)
#: What else may open before the first value.
_WITHIN: Final = rb"""(?:[\[(]\s*|\{\s*(?:\x5c{0,3}["'][\w-]+\x5c{0,3}["']\s*:\s*)?)*"""
_QUOTED: Final = (
    rb"""[bu]?\x5c{0,3}"((?:[^"\x5c\r\n]|\x5c[^"])+)|[bu]?\x5c{0,3}'((?:[^'\x5c\r\n]|\x5c[^'])+)"""
)


def _compiled(expression: bytes) -> re.Pattern[bytes]:
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1  # a line may be no UTF-8
    options.log_errors = False  # to stderr, past our own log
    compiled: re.Pattern[bytes] = re2.compile(expression, options)
    return compiled


#: In each, the one group that takes part is the secret.
EXPRESSIONS: Final = tuple(
    _compiled(expression)
    for expression in (
        rb"(?s)-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----(.+?)(?:-----END|\z)",
        # Of one that was cut in two: the rest.
        rb"(?:\A|\n)((?:[A-Za-z0-9+/=]+\r?\n)+)-----END [A-Z ]{0,40}PRIVATE KEY-----",
        rb"(\d+(?::|%3[Aa])[A-Za-z0-9_-]{30,})",
        rb"""[A-Za-z][A-Za-z0-9+.-]*://[^\s/:@"]*:([^\s/@"]+)@""",
        # To the end of the line, or of the quotes that it began in.
        (
            rb"(?i)(?:authorization|cookies?)"
            + _IS
            + rb"(?:"
            + _STRINGS
            + rb"|"
            + _WITHIN
            + rb"""(?:[bu]?\x5c{0,3}["'])?((?:=\x5c{0,3}"[^"\r\n]*"|\x5c/|[^\r\n"'\x5c])+))"""
        ),
        rb"(?i)\bbearer[ \t]+([A-Za-z0-9._~+/=-]{8,})",
        (
            rb"(?i)"
            + _NAMES
            + _IS
            + rb"(?:"
            + _STRINGS
            + rb"|"
            + _WITHIN
            + rb"(?:"
            + _QUOTED
            + rb"""|([^\s"',;&\[\](){}\x5c][^\s"',;&)}\]\x5c]*)))"""
        ),
        (
            rb"""(?i)[\[(]\s*[bu]?\x5c{0,3}["'][a-z0-9_.-]{0,63}(?:authorization|cookie|"""
            + _NAMES
            + rb""")\x5c{0,3}["']\s*,\s*(?:"""
            + _QUOTED
            + rb")"
        ),
        (
            rb"(?i)(?:token|[^a-z]sign)"
            + _IS
            + _WITHIN
            + rb"""[bu]?\x5c{0,3}["']?([A-Za-z0-9._~+/=-]{16,})"""
        ),
        rb"""(?i)--[a-z-]*(?:password|secret|key|token|passphrase)[ \t]+([^\s"']+)""",
        rb"""(?:^|[\x01|^;\s]|\^A|<SOH>|\x5c(?:u00|x|0)01)(?:554|925|96)=([^\x01|^\s\x5c"]+)""",
        rb"(eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+)",
        rb"\b((?:AKIA|ASIA)[A-Z0-9]{16})\b",
        rb"/(?:ws|stream)/([A-Za-z0-9]{60,})",
        (
            rb"(?:hooks\.slack\.com/services|discord(?:app)?\.com/api/webhooks|hc-ping\.com)"
            rb"/([A-Za-z0-9/_-]+)"
        ),
    )
)

#: In small letters: one of these is in whatever an expression finds.
_WORDS: Final = (
    b"private key-----", b"%3a", b"554=", b"925=", b"96=", b"eyj", b"akia", b"asia",
    b"/ws/", b"/stream/", b"hooks.slack.com/", b"/api/webhooks/", b"hc-ping.com/",
)  # fmt: skip

#: As above, by a word that is common, and what must follow it.
_BEFORE_VALUE: Final = rb"[\\\"' \t:=]"
_FORMS: Final = tuple(
    (word, re.compile(word + rest, re.ASCII))
    for word, rest in (
        (b":", rb"[a-z0-9_-]{30}"),
        (b"://", rb"[^\s/:@\"]*:[^\s/@\"]+@"),
        (b"authorization", _BEFORE_VALUE),
        (b"bearer", rb"[ \t]"),
        (b"cookie", rb"s?" + _BEFORE_VALUE),
        (b"key", rb"(?:[_-]id)?" + _BEFORE_VALUE),
        (b"sign", rb"(?:ature)?" + _BEFORE_VALUE),
        (b"secret", _BEFORE_VALUE),
        (b"pass", rb"(?:phrase|wd|word)" + _BEFORE_VALUE),
        (b"pwd", _BEFORE_VALUE),
        (b"mnemonic", _BEFORE_VALUE),
        (b"token", _BEFORE_VALUE),
    )
)


def redact(text: bytes) -> bytes:
    """Return an entry with its secrets replaced."""
    for expression in EXPRESSIONS:
        text = expression.sub(_hide, text)
    return text


def redact_all(texts: list[bytes]) -> list[bytes]:
    """Return the entries with their secrets replaced: what `redact` makes of each, sooner."""
    redacted = list(texts)
    for suspect in _suspects(texts):
        redacted[suspect] = redact(texts[suspect])
    return redacted


def _suspects(texts: Sequence[bytes]) -> set[int]:
    """Return which entries may hold a secret."""
    lower = b"\n".join(texts).lower()
    ends = list(accumulate(len(text) + 1 for text in texts))
    suspects: set[int] = set()
    for word in _WORDS:
        at = lower.find(word)
        while at >= 0:
            suspect = bisect_right(ends, at)
            suspects.add(suspect)
            at = lower.find(word, ends[suspect])
    for word, form in _FORMS:
        if word in lower:
            suspects.update(bisect_right(ends, found.start()) for found in form.finditer(lower))
    return suspects


def _hide(found: re.Match[bytes]) -> bytes:
    assert found.lastindex is not None, "an expression without its group"
    start, end = found.span(found.lastindex)
    before = found.start()
    return found[0][: start - before] + REDACTED + found[0][end - before :]

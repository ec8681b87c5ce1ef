"""Blocks of lines, as every way in hands them on."""

from deskwatch.core.receipt import Refusal


def empty_long_lines(lines: bytes, limit: int) -> tuple[bytes, list[Refusal]]:
    """Return `lines` with each one over `limit` bytes emptied, and the refusals of those.

    lines: each ends in a newline. Looks for newlines a maximal line apart, not at each.
    """
    kept: list[bytes] = []
    refused: list[Refusal] = []
    start = copied = counted = 0
    number = 1
    while len(lines) - start > limit + 1:
        end = lines.rfind(b"\n", start, start + limit + 1)
        if end < 0:
            number += lines.count(b"\n", counted, start)
            counted = start
            end = lines.index(b"\n", start)
            # Who follows a stream keeps no more of the line, so its length is not known.
            found, expected = f"more than {limit} bytes", f"a line of at most {limit} bytes"
            refused.append(Refusal(number, "line_too_long", found, expected))
            kept.append(lines[copied:start])
            copied = end
        start = end + 1
    if not refused:
        return lines, refused
    kept.append(lines[copied:])
    return b"".join(kept), refused

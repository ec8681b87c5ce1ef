"""How counts and lengths of time are worded, for whoever reads them."""

from deskwatch.core.period import SECOND


def counted(count: int, noun: str, plural: str = "") -> str:
    """Return how many there are of what, such as "1 event" or "2,000 events".

    plural: where it is not the noun with an s.
    """
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def duration(ns: int) -> str:
    """Return a length of time in its two largest units."""
    seconds = max(0, ns // SECOND)
    parts = []
    for name, size in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count} {name}")
    return " ".join(parts[:2]) or "0 s"

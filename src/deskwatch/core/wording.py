"""How counts are worded, for whoever reads them."""


def counted(count: int, noun: str, plural: str = "") -> str:
    """Return how many there are of what, such as "1 event" or "2,000 events".

    plural: where it is not the noun with an s.
    """
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"

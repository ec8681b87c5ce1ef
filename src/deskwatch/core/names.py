"""Names that come from outside and become labels: few, and never none."""

from typing import Final

#: Stands where a name was asked for and none was given: nobody is no name.
UNRECORDED: Final = "unrecorded"

#: Stands for every name that came after a book had as many as it takes.
OTHER: Final = "other"


class Names:
    """The names that a book has met, at most `bound` of them; later ones are all OTHER."""

    def __init__(self, bound: int) -> None:
        self._bound = bound
        # A dict for its order: the first names stay.
        self.known: dict[str, None] = {}

    def label(self, name: str) -> str:
        """Return the name to count under."""
        name = name.strip()
        if not name:
            return UNRECORDED
        if name not in self.known:
            if len(self.known) >= self._bound:
                return OTHER
            self.known[name] = None
        return name

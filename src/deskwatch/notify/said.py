"""What Alertmanager says beside which alerts fire."""

from collections.abc import Iterable


class Said:
    """What the alert book needs of it.

    muted: the alerts that it keeps quiet, by fingerprint. again: the groups whose turn to be told
    it is, by key. notes: a sentence for those who are told of a group now.
    """

    def __init__(self) -> None:
        self.muted: frozenset[str] = frozenset()
        self.again: set[str] = set()
        self.notes: dict[str, str] = {}

    def take(self, firing: Iterable[str], groups: Iterable[str], note: str) -> None:
        """Take that it tells of alerts, which it would not do of one that it keeps quiet."""
        told = set(groups)
        self.muted -= frozenset(firing)
        self.again |= told
        if note:
            self.notes.update(dict.fromkeys(told, note))

    def done(self) -> None:
        """Forget what was for this moment only."""
        self.again.clear()
        self.notes.clear()

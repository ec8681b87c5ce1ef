"""One answer of the API as it stands, and what changed in it lately."""

from collections import deque
from typing import Any, Final, NamedTuple

import msgspec

from deskwatch.web.stream.delta import Delta, compose, delta

#: What is kept of a topic's changes: 30 s at four a second, or this much of them.
MAX_CHANGES: Final = 120
MAX_CHANGE_BYTES: Final = 1 << 19

#: Ages and other durations run on by themselves: where nothing else changes, they are told this
#: often. That time passed (`as_of`) is no change at all.
RUN_ON_S: Final = 0.9


class Change(NamedTuple):
    """The delta, as JSON, that brought a topic to a version."""

    version: int
    json: bytes


class Topic:
    """A topic's value, empty before the first. Versions count over all topics, and only grow."""

    def __init__(self) -> None:
        self.value: dict[str, Any] = {}
        self._since = 0
        self._changed_at = 0.0
        self._changes: deque[Change] = deque()
        self._bytes = 0
        self._whole: bytes | None = None

    def become(self, value: dict[str, Any], version: int, elapsed: float) -> bool:
        """Take the value as of now; return whether it changed, which makes it `version`.

        elapsed: monotonic seconds.
        """
        change = delta(self.value, value)
        if change.keys() <= {"="} and change.get("=", {}).keys() <= {"as_of"}:
            return False
        if elapsed - self._changed_at < RUN_ON_S and _runs_on(change):
            return False
        self.value, self._whole, self._changed_at = value, None, elapsed
        self._keep(Change(version, msgspec.json.encode(change)))
        return True

    def _keep(self, change: Change) -> None:
        self._changes.append(change)
        self._bytes += len(change.json)
        while len(self._changes) > MAX_CHANGES or self._bytes > MAX_CHANGE_BYTES:
            forgotten = self._changes.popleft()
            self._bytes -= len(forgotten.json)
            self._since = forgotten.version

    @property
    def whole(self) -> bytes | None:
        """The value as JSON; None before the first."""
        if self._whole is None and self.value:
            self._whole = msgspec.json.encode(self.value)
        return self._whole

    def knows(self, version: int) -> bool:
        """Whether all changes after `version` are kept."""
        return version >= self._since

    def after(self, version: int) -> bytes | None:
        """Return as one delta, as JSON, what changed after `version`; None where nothing did."""
        missed = [change.json for change in self._changes if change.version > version]
        if not missed:
            return None
        first, *others = missed
        if not others:
            return first
        composed: Delta = msgspec.json.decode(first)
        for change in others:
            composed = compose(composed, msgspec.json.decode(change))
        return msgspec.json.encode(composed)


def _runs_on(change: Delta) -> bool:
    """Whether nothing changed but durations and times."""
    return (
        all(name.endswith(("_s", "as_of")) for name in change.get("=", ()))
        and all(_runs_on(inside) for inside in change.get("~", {}).values())
        and "-" not in change
    )

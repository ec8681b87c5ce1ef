"""Silences: who wanted which alerts quiet, why, and until when."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from deskwatch.notify.matcher import Condition, Matcher, all_match, parse_matchers
from deskwatch.notify.store import Store


class CannotSilence(Exception):
    """A silence that can't be made; the text says why."""


class SilenceView(Struct, frozen=True, kw_only=True):
    """A silence as people see it, wherever it is kept; times are ns UTC."""

    id: str
    conditions: Sequence[Condition]
    author: str
    reason: str
    created_at: int
    until: int

    @property
    def matchers(self) -> str:
        """Its conditions, as they are written."""
        return written(self.conditions)


class Silence(Struct, frozen=True, kw_only=True):
    """One silence; times are ns UTC."""

    id: int
    matchers: list[Matcher]
    author: str
    reason: str
    created_at: int
    until: int

    def covers(self, labels: Mapping[str, str]) -> bool:
        """Return whether it keeps an alert with these labels quiet."""
        return all_match(self.matchers, labels)

    def view(self) -> SilenceView:
        """Return it to be shown."""
        return SilenceView(
            id=str(self.id),
            conditions=self.matchers,
            author=self.author,
            reason=self.reason,
            created_at=self.created_at,
            until=self.until,
        )


class Silences:
    """The silences that are active; ended ones are forgotten here and kept among the deeds."""

    def __init__(self, store: Store, most: int) -> None:
        self._store = store
        self._most = most
        self._active: dict[int, Silence] = {}
        self.load()

    def load(self) -> None:
        """Take over what the store has."""
        rows = self._store.rows(
            "SELECT id, matchers, author, reason, created_at, until FROM silences ORDER BY id"
        )
        self._active = {
            row[0]: Silence(
                id=row[0],
                matchers=parse_matchers(row[1]),
                author=row[2],
                reason=row[3],
                created_at=row[4],
                until=row[5],
            )
            for row in rows
        }

    def active(self) -> list[Silence]:
        """Return them, oldest first."""
        return list(self._active.values())

    def covering(self, labels: Mapping[str, str]) -> Silence | None:
        """Return a silence that keeps an alert with these labels quiet."""
        return next((one for one in self._active.values() if one.covers(labels)), None)

    def create(
        self, matchers: list[Matcher], *, author: str, reason: str, now_ns: int, until: int
    ) -> Silence:
        """Return a new silence. Raises CannotSilence, also where it would fit nearly everything."""
        if all(one.operator in ("=", "=~") and one.matches({}) for one in matchers):
            found = f"{written(matchers)} also fits alerts that have no such label"
            raise CannotSilence(f'{found}; expected a matcher that does not, such as account=~".+"')
        if len(self._active) >= self._most:
            raise CannotSilence(f"there are {self._most} silences already")
        number = self._store.run(
            "INSERT INTO silences (matchers, author, reason, created_at, until)"
            " VALUES (?, ?, ?, ?, ?)",
            *(written(matchers), author, reason, now_ns, until),
        )
        silence = Silence(
            id=number,
            matchers=matchers,
            author=author,
            reason=reason,
            created_at=now_ns,
            until=until,
        )
        self._active[number] = silence
        return silence

    def expire(self, number: int) -> Silence | None:
        """End a silence; return it, or None if there is no such one."""
        silence = self._active.pop(number, None)
        if silence is not None:
            self._store.run("DELETE FROM silences WHERE id = ?", number)
        return silence

    def expire_old(self, now_ns: int) -> list[Silence]:
        """End those whose time has come, and return them."""
        old = [silence for silence in self._active.values() if silence.until <= now_ns]
        for silence in old:
            self.expire(silence.id)
        return old


def written(matchers: Sequence[Condition]) -> str:
    """Return matchers as they are written, to be read by parse_matchers."""
    return ", ".join(str(matcher) for matcher in matchers)

"""Alertmanager's silences: with it in the stack, they are the only ones."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote

import msgspec
from msgspec import Struct

from deskwatch.core.notification import Permanent, Retry
from deskwatch.core.period import SECOND
from deskwatch.notify.actions import Actions
from deskwatch.notify.alertmanager import Alertmanager, NotThere
from deskwatch.notify.matcher import Condition, Matcher, Operator
from deskwatch.notify.silence import CannotSilence, SilenceView
from deskwatch.notify.tracked import Acknowledgement, AlertView

_SILENCES: Final = "api/v2/silences"
_MAX_SILENCES: Final = 1_000
_OPERATORS: Final[dict[tuple[bool, bool], Operator]] = {
    (True, False): "=",
    (False, False): "!=",
    (True, True): "=~",
    (False, True): "!~",
}


class _Matcher(Struct):
    """A matcher in Alertmanager's words."""

    name: str
    value: str
    isRegex: bool = False  # noqa: N815 - Alertmanager's own name
    isEqual: bool = True  # noqa: N815 - Alertmanager's own name


class _Status(Struct):
    state: str


class _Silence(Struct, kw_only=True, omit_defaults=True):
    """A silence in Alertmanager's words."""

    matchers: list[_Matcher]
    startsAt: datetime  # noqa: N815 - Alertmanager's own name
    endsAt: datetime  # noqa: N815 - Alertmanager's own name
    createdBy: str  # noqa: N815 - Alertmanager's own name
    comment: str
    id: str = ""
    status: _Status | None = None


class _Created(Struct):
    silenceID: str  # noqa: N815 - Alertmanager's own name


class AlertmanagerActions:
    """The desk's actions where silences are Alertmanager's; see notify.actions.Actions."""

    def __init__(self, book: Actions, alertmanager: Alertmanager) -> None:
        self._book = book
        self._alertmanager = alertmanager

    async def alerts(self) -> list[AlertView]:
        """Return what fires, worst first."""
        return await self._book.alerts()

    async def acknowledge(self, groups: Sequence[str], actor: str) -> list[Acknowledgement]:
        """Note that someone has seen these groups; return who was first, of each that is open."""
        return await self._book.acknowledge(groups, actor)

    async def note_deed(self, actor: str, what: str, thing: str) -> None:
        """Keep who did what to what."""
        await self._book.note_deed(actor, what, thing)

    async def silences(self) -> list[SilenceView]:
        """Return Alertmanager's active silences, oldest first. Raises Retry, Permanent."""
        body = await self._alertmanager.ask("GET", _SILENCES)
        try:
            found = msgspec.json.decode(body, type=list[_Silence])
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Retry(f"a bad answer: {error}") from None
        active = [one for one in found if one.status is not None and one.status.state == "active"]
        active.sort(key=lambda one: one.startsAt)
        return [_shown(one) for one in active[:_MAX_SILENCES]]

    async def silence(
        self, matchers: list[Matcher], *, author: str, reason: str, duration_ns: int
    ) -> SilenceView:
        """Create a silence in Alertmanager. Raises CannotSilence."""
        try:
            now = await self._alertmanager.its_time()
            wanted = _Silence(
                matchers=[_asked(one) for one in matchers],
                startsAt=now,
                endsAt=now + timedelta(microseconds=duration_ns // 1000),
                createdBy=author,
                comment=reason,
            )
            body = await self._alertmanager.ask("POST", _SILENCES, wanted)
            wanted.id = msgspec.json.decode(body, type=_Created).silenceID
        except (Retry, Permanent, msgspec.DecodeError, UnicodeDecodeError) as failure:
            raise CannotSilence(f"Alertmanager says: {failure}") from None
        view = _shown(wanted)
        await self._book.note_deed(author, "silence", f"{view.id}: {view.matchers} ({reason})")
        return view

    async def expire_silence(self, number: str, actor: str) -> bool:
        """End a silence in Alertmanager; return whether there was one. Raises Retry, Permanent."""
        try:
            await self._alertmanager.ask("DELETE", f"api/v2/silence/{quote(number, safe='')}")
        except NotThere:
            return False
        await self._book.note_deed(actor, "expire silence", number)
        return True


def _asked(one: Matcher) -> _Matcher:
    return _Matcher(
        name=one.name,
        value=one.value,
        isRegex=one.operator.endswith("~"),
        isEqual=not one.operator.startswith("!"),
    )


def _shown(one: _Silence) -> SilenceView:
    return SilenceView(
        id=one.id,
        # A pattern of RE2 may not be one of Python's: it is shown, never matched here.
        conditions=[
            Condition(matcher.name, _OPERATORS[matcher.isEqual, matcher.isRegex], matcher.value)
            for matcher in one.matchers
        ],
        author=one.createdBy,
        reason=one.comment,
        created_at=_ns(one.startsAt),
        until=_ns(one.endsAt),
    )


def _ns(time: datetime) -> int:
    return int(time.timestamp()) * SECOND

"""The commands that people send, and the texts that answer them."""

import re
from collections.abc import Callable, Sequence
from typing import Final

from msgspec import Struct

from deskwatch.core.notification import PAGE, Permanent, Retry
from deskwatch.core.period import SECOND
from deskwatch.core.wording import counted, duration, moment
from deskwatch.notify.actions import Actions
from deskwatch.notify.desk import Curve, Desk, Sheet
from deskwatch.notify.grouping import ended
from deskwatch.notify.matcher import BadMatcher, Matcher, all_match, parse_matchers
from deskwatch.notify.silence import CannotSilence, SilenceView
from deskwatch.notify.telegram.html import (
    EMPTY,
    MAX_MESSAGE,
    Piece,
    block,
    bold,
    clean,
    clip,
    lines,
    link,
    plain,
    walled,
)
from deskwatch.notify.telegram.message import short_moment
from deskwatch.notify.tracked import AlertView

HELP: Final = (
    "/status: how deskwatch and what it watches are",
    "/pnl: P&L by account and strategy, with a picture of the day",
    "/positions: open positions",
    "/risk: exposure, drawdown and limits",
    "/alerts: what fires",
    "/silence: the silences",
    '/silence 2h account="A1" venue=~"bin.*": keep alerts that match quiet',
    "/silence end 7: end silence 7",
    "/mute 1h: keep all but pages quiet",
    "/mute end: end that",
    "/help: this",
)

_DURATION: Final = re.compile(r"(\d{1,4})(min|m|h|d)")
_UNITS: Final = {"min": 60, "m": 60, "h": 3600, "d": 86_400}
_MAX_DURATION_S: Final = 30 * 86_400
#: A name may be cut, where the cut is seen; a figure never.
_MAX_NAME: Final = 32
#: So many letters of a fixed width stand beside each other on a phone.
_PHONE: Final = 40
_MAX_SHOWN: Final = 20
#: Twenty of these and what is above and below them fit a message.
_MAX_LINE: Final = 200
_MAX_ALERT_NAME: Final = 40
_MAX_STATE: Final = 130
_SPACE: Final = Piece(" ", 1)
_COMMANDS: Final = ("status", "pnl", "positions", "risk", "alerts", "silence", "mute")
#: What Telegram sends when a chat begins, and what asks for the help.
_HELPS: Final = ("/start", "/help")
_MUTE_REASON: Final = "mute"
_ALL_BUT_PAGES: Final = Matcher("severity", "!=", PAGE)


class Reply(Struct, frozen=True):
    """What answers a command: HTML, and a curve to be drawn."""

    html: str
    curve: Curve | None = None


class Commands:
    """Answers commands of those who may give them."""

    def __init__(self, desk: Desk, actions: Actions, clock: Callable[[], int]) -> None:
        self._desk = desk
        self._actions = actions
        self._clock = clock

    async def answer(self, text: str, actor: str) -> Reply:
        """Return the answer to a message that starts with a slash; anything else gets the help."""
        command, _ = read_command(text)
        figures = {
            "status": self._desk.status,
            "pnl": self._desk.pnl,
            "positions": self._desk.positions,
            "risk": self._desk.risk,
        }
        if command in figures:
            shown = sheet(await figures[command]())
            return Reply(shown.html, await self._desk.curve() if command == "pnl" else None)
        try:
            said = await self._about_alerts(text, actor)
        except (Retry, Permanent) as failure:  # silences may be Alertmanager's
            said = plain(f"Alertmanager says: {failure}.", 300)
        return Reply(said.html)

    async def _about_alerts(self, text: str, actor: str) -> Piece:
        command, rest = read_command(text)
        match command:
            case "alerts":
                return _alerts(await self._actions.alerts(), self._clock())
            case "silence":
                return await self._silence(rest, actor)
            case "mute":
                return await self._mute(rest, actor)
            case _:
                return lines([_not_known(text), bold("deskwatch"), *map(plain, HELP)])

    async def _silence(self, rest: str, actor: str) -> Piece:
        if not rest:
            return _silences(await self._actions.silences(), self._clock())
        first, _, others = rest.partition(" ")
        if first == "end":
            return await self._end(others.strip(), actor)
        length = parse_duration(first)
        if length is None:
            return plain(
                f"Found {first!r}; expected a time of up to 30 days, such as 30m, 2h or 1d."
            )
        try:
            matchers = parse_matchers(others)
        except BadMatcher as bad:
            return plain(f"Not silenced: {bad}.", 500)
        return await self._create(matchers, length, actor, "by command")

    async def _end(self, number: str, actor: str) -> Piece:
        was_there = await self._actions.expire_silence(number, actor)
        said = f"Silence {number} has ended." if was_there else f"There is no silence {number!r}."
        return plain(said, 200)

    async def _mute(self, rest: str, actor: str) -> Piece:
        mutes = [one for one in await self._actions.silences() if _is_mute(one)]
        if rest == "end":
            for one in mutes:
                await self._actions.expire_silence(one.id, actor)
            return plain("No longer muted." if mutes else "Nothing was muted.")
        length = parse_duration(rest or "1h")
        if length is None:
            return plain(
                f"Found {rest!r}; expected a time of up to 30 days, such as 30m or 2h.", 300
            )
        muted = await self._create([_ALL_BUT_PAGES], length, actor, _MUTE_REASON)
        for one in mutes:  # the last word counts
            await self._actions.expire_silence(one.id, actor)
        return muted

    async def _create(self, matchers: list[Matcher], length: int, actor: str, reason: str) -> Piece:
        try:
            one = await self._actions.silence(
                matchers, author=actor, reason=reason, duration_ns=length
            )
        except CannotSilence as cannot:
            return plain(f"Not silenced: {cannot}.", 300)
        fits = await self._fits(matchers)
        return lines([bold("Silenced"), _silence(one, self._clock()), fits])

    async def _fits(self, matchers: list[Matcher]) -> Piece:
        """Return how much of what fires is quiet now: a name that is mistyped fits nothing."""
        firing = await self._actions.alerts()
        fitting = sum(all_match(matchers, view.alert.labels) for view in firing)
        if not firing:
            return plain("Nothing fires now.")
        return plain(f"It fits {fitting or 'none'} of {counted(len(firing), 'alert')} firing now.")


def read_command(text: str) -> tuple[str, str]:
    """Return which command a message is, "help" where it is none, and what comes after its word."""
    word, _, rest = text.strip().partition(" ")
    command = word.partition("@")[0].removeprefix("/").lower()
    return (command if command in _COMMANDS else "help"), rest.strip()


def _not_known(text: str) -> Piece:
    """Return that there is no such command; nothing where the help was asked for."""
    word = text.strip().partition(" ")[0]
    asked = word.partition("@")[0].lower() in _HELPS
    return EMPTY if asked else plain(f"There is no command {word}. These there are:", 200)


def _is_mute(one: SilenceView) -> bool:
    """Return whether `/mute` made it: others may give the same reason."""
    return (one.reason, one.matchers) == (_MUTE_REASON, str(_ALL_BUT_PAGES))


def parse_duration(text: str) -> int | None:
    """Return the ns of `30m`, `2h` or `1d`; None unless it is one, above zero, up to 30 days."""
    found = _DURATION.fullmatch(text)
    if found is None:
        return None
    seconds = int(found[1]) * _UNITS[found[2]]
    return seconds * SECOND if 0 < seconds <= _MAX_DURATION_S else None


def sheet(one: Sheet) -> Piece:
    """Return a table with its title and notes; rows that don't fit are left out at the end."""
    head = bold(one.title, 200)
    notes = lines([plain(note, 300) for note in one.notes], 1200)
    room = MAX_MESSAGE - head.units - notes.units - 2
    table = block(_table(one), room) if one.rows or one.columns else plain("")
    return lines([head, table, notes])


def _table(one: Sheet) -> str:
    """Return the rows under each other. Names stand first, and under columns without a word.

    Where a phone would break the lines, the names that begin a row have a line of their own.
    """
    cells = [[" ".join(cell.split()) for cell in row] for row in [one.columns, *one.rows] if row]
    named = {0} | {place for place, column in enumerate(one.columns) if not column}
    cells = [
        [clip(cell, _MAX_NAME) if place in named else cell for place, cell in enumerate(row)]
        for row in cells
    ]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    names = next((place for place in range(len(widths)) if place not in named), len(widths))
    fits = sum(widths) + 2 * (len(widths) - 1) <= _PHONE
    if fits or not one.columns or names == len(widths):
        return "\n".join(_aligned(row, widths, names=1) for row in cells)
    folded = []
    for row in cells:
        folded += [walled("  ".join(filter(None, row[:names])))]
        folded += [f"  {_aligned(row[names:], widths[names:], names=0)}"]
    return "\n".join(line for line in folded if line.strip())


def _aligned(row: Sequence[str], widths: Sequence[int], *, names: int) -> str:
    """Return the cells beside each other: so many that begin at the left, and then figures."""
    return "  ".join(
        walled(cell.ljust(width) if place < names else cell.rjust(width))
        for place, (cell, width) in enumerate(zip(row, widths, strict=True))
    ).rstrip()


def _alerts(views: list[AlertView], now: int) -> Piece:
    if not views:
        return plain("Nothing fires.")
    pieces = [bold(f"{len(views):,} firing"), *(_alert(view, now) for view in views[:_MAX_SHOWN])]
    if len(views) > _MAX_SHOWN:
        pieces.append(plain(f"and {len(views) - _MAX_SHOWN:,} more"))
    return lines(pieces)


def _alert(view: AlertView, now: int) -> Piece:
    """Return a line about one alert; since when it fires and who knows of it is not cut off."""
    alert = view.alert
    state = plain("".join(f" ({word})" for word in _state(view, now)), _MAX_STATE)
    name = clip(clean(alert.name), _MAX_ALERT_NAME)
    begin = plain(f"• {alert.labels.get('severity', '')}", _MAX_ALERT_NAME).then(
        _SPACE, link(name, alert.annotations.get("runbook_url", ""))
    )
    room = _MAX_LINE - begin.units - _SPACE.units - state.units
    what = plain(f": {ended(alert)}{alert.annotations.get('summary') or alert.name}", room)
    return begin.then(what, _SPACE, state)


def _state(view: AlertView, now: int) -> list[str]:
    fired = view.alert.fired_at or view.alert.active_at
    words = [f"since {short_moment(fired, now)}"]
    if view.acknowledged is not None:
        words.append(f"seen by {view.acknowledged.actor}")
    if view.silence is not None:
        words.append(f"silence {view.silence}")
    if view.inhibited:
        words.append("explained by another")
    if view.flapping:
        words.append("flapping")
    return words


def _silences(silences: list[SilenceView], now: int) -> Piece:
    if not silences:
        return plain("Nothing is silenced.")
    pieces = [bold(counted(len(silences), "silence"))]
    pieces += [_silence(one, now, _MAX_LINE) for one in silences[-_MAX_SHOWN:]]
    if len(silences) > _MAX_SHOWN:
        pieces.append(plain(f"and {len(silences) - _MAX_SHOWN:,} that are older"))
    return lines(pieces)


def _silence(one: SilenceView, now: int, limit: int = 300) -> Piece:
    left = duration(one.until - now)
    length = f"until {moment(one.until)} ({left} left)"
    return plain(f"{one.id}: {clip(clean(one.matchers), 120)} {length}, {one.author}", limit)

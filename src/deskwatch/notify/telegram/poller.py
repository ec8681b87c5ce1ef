"""What people do in the chats: pressed buttons and commands, taken one after another."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from functools import partial
from html import unescape
from typing import Final

import structlog
from telegram import CallbackQuery, Message, Update, User

from deskwatch.core.notification import Permanent, Retry
from deskwatch.core.period import HOUR
from deskwatch.core.wording import moment
from deskwatch.notify.actions import Actions
from deskwatch.notify.keeper import Keeper
from deskwatch.notify.matcher import Matcher
from deskwatch.notify.silence import CannotSilence
from deskwatch.notify.telegram import memory
from deskwatch.notify.telegram.bot import BotApi, Moved, OtherPoller, Posted, Refused
from deskwatch.notify.telegram.buttons import HOURS, Deed, keyboard, pressed
from deskwatch.notify.telegram.channel import TelegramChannel
from deskwatch.notify.telegram.commands import Commands, read_command
from deskwatch.notify.telegram.html import MAX_CAPTION, MAX_MESSAGE, plain, units
from deskwatch.notify.telegram.picture import draw
from deskwatch.notify.telegram.settings import Chat, TelegramSettings

log = structlog.get_logger()

_FIRST_PAUSE_S: Final = 1.0
_LAST_PAUSE_S: Final = 60.0
_PERMANENT_PAUSE_S: Final = 600.0
#: An answer that Telegram's limits would hold up longer than this is not given: ask again.
_MAX_WAIT_S: Final = 5.0
_STAMPED: Final = 120
_OVER: Final = "It is over already."


class PollFigures:
    """How listening fares. refused: of people who may not; actions: by word.

    heard: whether Telegram answered when it was asked last; None before that.
    """

    def __init__(self) -> None:
        self.refused = 0
        self.actions: Counter[str] = Counter()
        self.unanswered = 0
        self.heard: bool | None = None
        self.trouble: str | None = None


class Poller:
    """Takes updates by long polling. `run` goes on until cancelled.

    An update is marked as done once it has been dealt with: after a crash it may be taken again,
    which changes nothing for an acknowledgement and may make a second, equal silence.
    """

    def __init__(
        self,
        settings: TelegramSettings,
        api: BotApi,
        channel: TelegramChannel,
        keeper: Keeper,
        actions: Actions,
        commands: Commands,
        clock: Callable[[], int],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.figures = PollFigures()
        self._settings = settings
        self._api = api
        self._channel = channel
        self._pace = channel.pace
        self._keeper = keeper
        self._actions = actions
        self._commands = commands
        self._clock = clock
        self._sleep = sleep
        self._pause_s = 0.0

    async def run(self) -> None:
        """Poll until cancelled; failures are waited out, each time longer up to a bound."""
        while True:
            await self._sleep(await self.poll())

    async def poll(self) -> float:
        """Ask for updates once and deal with them; return how many seconds to wait after it."""
        offset = await self._keeper.run(memory.offset)
        try:
            updates = await self._api.updates(offset)
        except OtherPoller as other:
            return self._failed(f"another process polls with this token: {other}", self._longer())
        except Retry as retry:
            return self._failed(retry.why, max(retry.after_s or 0, self._longer()))
        except (Permanent, Refused, Moved) as error:
            return self._failed(str(error), _PERMANENT_PAUSE_S)
        if self.figures.trouble is not None:
            log.info("telegram_polling")
        self.figures.heard, self.figures.trouble, self._pause_s = True, None, 0.0
        for update in updates:
            await self._take(update)
            await self._keeper.run(partial(memory.keep_offset, number=update.update_id + 1))
        return 0.0

    def _longer(self) -> float:
        self._pause_s = min(max(2 * self._pause_s, _FIRST_PAUSE_S), _LAST_PAUSE_S)
        return self._pause_s

    def _failed(self, why: str, pause_s: float) -> float:
        if why != self.figures.trouble:
            log.warning("telegram_not_polling", why=why)
        self.figures.heard, self.figures.trouble = False, why
        return pause_s

    async def _take(self, update: Update) -> None:
        """Deal with one update; what can't be answered now is not answered.

        Nor is what breaks: an engine that ended by it would be asked the same again at its start.
        """
        try:
            if update.callback_query is not None:
                await self._press(update.callback_query)
            elif update.message is not None and (update.message.text or "").startswith("/"):
                await self._command(update.message)
        except (Retry, Permanent, Refused, Moved) as error:
            self.figures.unanswered += 1
            log.warning("telegram_unanswered", why=str(error))
        except Exception:
            self.figures.unanswered += 1
            log.exception("telegram_command_broke", update=update.update_id)

    async def _command(self, message: Message) -> None:
        user = message.from_user
        if user is None or not self._may(user, message.chat.id, message.chat.username):
            await self._refuse(user, message)
            return
        to = _where(message)
        text = message.text or ""
        self.figures.actions[read_command(text)[0]] += 1
        actor = _name(user)
        await self._actions.note_deed(actor, "command", text[:200])
        reply = await self._commands.answer(text, actor)
        if not await self._leave(message, lambda: self._api.send(to, reply.html, [])):
            return
        if reply.curve is not None:
            picture = await asyncio.to_thread(draw, reply.curve)
            caption = plain(reply.curve.title, MAX_CAPTION).html
            await self._leave(message, lambda: self._api.send_picture(to, picture, caption))

    async def _press(self, query: CallbackQuery) -> None:
        message = query.message
        chat = None if message is None else message.chat
        if chat is None or not self._may(query.from_user, chat.id, chat.username):
            self.figures.refused += 1
            await self._api.answer_button(query.id, "You may not do that.")
            return
        meant = pressed(query.data or "")
        target = None
        if meant is not None:
            key = meant[1]
            target = await self._keeper.run(lambda store: memory.button_target(store, key))
        if meant is None or target is None:
            await self._api.answer_button(query.id, "This message is too old.")
            return
        self.figures.actions[meant[0]] += 1
        actor = _name(query.from_user)
        said = await self._act(meant[0], target, actor)
        try:
            await self._api.answer_button(query.id, said)
        except Refused as refused:  # pressed a while ago, when nobody listened: the message says it
            log.warning("telegram_unanswered", why=str(refused))
        if isinstance(message, Message) and said != _OVER:
            await self._show_done(message, meant, said)

    async def _act(self, deed: str, target: memory.ButtonTarget, actor: str) -> str:
        if deed == "ack":
            seen = await self._actions.acknowledge(target.groups, actor)
            if not seen:
                return _OVER
            # Who was first is who is told of, also to whom comes second.
            one = next((one for one in seen if one.actor == actor), seen[0])
            return f"Acknowledged by {one.actor}, {moment(one.at)}"
        matchers = [Matcher(name, "=", value) for name, value in sorted(target.labels.items())]
        hours = HOURS[deed]
        try:
            silence = await self._actions.silence(
                matchers, author=actor, reason="by button", duration_ns=hours * HOUR
            )
        except CannotSilence as cannot:
            return f"Not silenced: {cannot}."
        when = moment(self._clock())
        return f"Silenced for {hours} h by {actor}, {when} (silence {silence.id})"

    async def _show_done(self, message: Message, meant: tuple[Deed, int], said: str) -> None:
        """Write under a message what was done about it.

        The message is as it was when the button was pressed: of two who press at the same time, the
        second saw no line of the first's.
        """
        deed, key = meant
        acked = deed == "ack"
        target = await self._keeper.run(
            lambda store: memory.keep_done(store, key, said, acknowledged=acked)
        )
        if target is None:
            return
        there = set((message.text or "").splitlines())
        added = [plain(one, _STAMPED) for one in target.done]
        added = [line for line in added if unescape(line.html) not in there]
        if units(message.text or "") + sum(line.units + 1 for line in added) > MAX_MESSAGE:
            return
        silences = bool(target.labels) and len(target.groups) == 1
        rows = keyboard(key, silences=silences, acknowledged=target.acknowledged)
        at = Posted(message.chat.id, message.message_id)
        html = "\n".join([message.text_html, *(line.html for line in added)])
        await self._leave(message, lambda: self._api.edit(at, html, rows))

    def _may(self, user: User, chat: int | str, username: str | None) -> bool:
        """Return whether someone may act here: a listed person, in a chat of ours or in private."""
        chats = self._channel.chats()
        ours = chat in chats or chat == user.id or f"@{username}" in chats
        return user.id in self._settings.users and ours

    async def _refuse(self, user: User | None, message: Message) -> None:
        self.figures.refused += 1
        if user is None:
            return
        now = self._clock()
        if await self._keeper.run(lambda store: memory.refuse(store, user.id, now)):
            log.warning("telegram_refused_user", user=user.id)
            said = plain(f"You may not do that here (user {user.id}).").html
            await self._leave(message, lambda: self._api.send(_where(message), said, []))

    async def _leave(self, asked: Message, call: Callable[[], Awaitable[object]]) -> bool:
        """Make a call when Telegram's limits let it; return False if that would take too long.

        asked: the message that it answers, or changes.
        """
        chat = self._channel.paced_as(asked.chat.id, asked.chat.username)
        waited = 0.0
        # Pages that leave meanwhile have gone before, so there may be more to wait for.
        while (wait := self._pace.wait_s(chat, page=False)) > 0:
            waited += wait
            if waited > _MAX_WAIT_S:
                self.figures.unanswered += 1
                return False
            await self._sleep(wait)
        with self._pace.leaving(chat):
            await call()
        return True


def _where(message: Message) -> Chat:
    """Return the chat, and the topic in it, that a message was written in."""
    return Chat(message.chat.id, message.message_thread_id if message.is_topic_message else None)


def _name(user: User) -> str:
    """Return who it is: the number can't be changed, the name says it to people."""
    name = f"@{user.username}" if user.username else user.full_name
    return f"{name[:64]} ({user.id})"

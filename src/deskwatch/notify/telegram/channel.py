"""Telegram as a channel: each notification one message, sent, answered or edited."""

import html as html_text
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Final

import structlog
from msgspec import Struct
from msgspec.structs import replace

from deskwatch.core.notification import PAGE, Notification, Permanent, Retry
from deskwatch.notify.keeper import Keeper
from deskwatch.notify.pace import LaneLimits, Pace
from deskwatch.notify.store import Store
from deskwatch.notify.telegram import memory
from deskwatch.notify.telegram.bot import BotApi, Button, Moved, Posted, Refused
from deskwatch.notify.telegram.buttons import keyboard
from deskwatch.notify.telegram.message import render
from deskwatch.notify.telegram.settings import Chat, TelegramSettings

log = structlog.get_logger()

_OVERALL_PER_SECOND: Final = 30
_PRIVATE: Final = LaneLimits(per_second=1)
#: Nineteen in any minute, of the twenty that a group takes.
_GROUP: Final = LaneLimits(per_second=1, burst=4, refill_s=4.0, kept_for_pages=2)
_TAG: Final = re.compile(r"<[^>]*>")


class _Ready(Struct, frozen=True):
    """before: the message that told of a group last; in_digest: of others as well."""

    before: Posted | None
    in_digest: bool
    buttons: list[list[Button]]


class TelegramChannel:
    """Sends notifications. See notify.channel.Channel.

    What ends without having been a page changes the message that told of it, silently, or answers
    it where that message is a digest, which others of its alerts still need. The end of a page is
    answered to its message, so that the phone says that it is over. If the answer to a
    call is lost, the message may come twice; an edit can't.
    """

    name = "telegram"

    def __init__(
        self, settings: TelegramSettings, api: BotApi, keeper: Keeper, clock: Callable[[], int]
    ) -> None:
        self.pace = Pace(clock, _OVERALL_PER_SECOND, _limits)
        self._settings = settings
        self._api = api
        self._keeper = keeper
        self._clock = clock
        self._moved: dict[int | str, int] = {}

    @property
    def patience_s(self) -> float:
        """How long it may fail until pages also go to the next channel."""
        return self._settings.patience_s

    async def open(self) -> None:
        """Take up what is remembered of the last minute, and of groups that have moved."""
        now = self._clock()
        chats = self._settings.chats()
        recent = await self._keeper.run(lambda store: memory.recent_sends(store, now))
        moved = await self._keeper.run(
            lambda store: {chat: memory.moved_to(store, chat) for chat in chats}
        )
        for chat, at in recent:
            self.pace.has_left(chat, at)
        self._moved = {chat: new for chat, new in moved.items() if new is not None}

    def chats(self) -> set[int | str]:
        """Return all chats that messages go to, those that have moved by both of their numbers."""
        return self._settings.chats() | set(self._moved.values())

    def paced_as(self, chat: int, username: str | None) -> str:
        """Return under which name messages to a chat are counted: the one that is configured."""
        for configured in self._settings.chats():
            if configured == f"@{username}" or self._moved.get(configured) == chat:
                return str(configured)
        return str(chat)

    async def refusal(self) -> str | None:
        """Return why one of its chats takes no message; None where all do. Raises Retry."""
        for target in self._settings.targets():
            chat = self._moved.get(target.chat, target.chat)
            try:
                await self._api.show_typing(replace(target, chat=chat))
            except Moved:
                continue  # a message follows
            except (Permanent, Refused) as refused:
                return f"{target.chat}: {refused}"
        return None

    def lane(self, notification: Notification) -> str:
        """Return the chat and topic that it goes to."""
        target = self._target(notification)
        return f"{target.chat}/{target.thread or 0}"

    def _target(self, notification: Notification) -> Chat:
        drill = self._settings.is_drill(notification)
        return self._settings.target(notification.severity, drill=drill)

    def wait_s(self, lane: str, *, page: bool) -> float:
        """Return how long until Telegram's limits let a message leave."""
        return self.pace.wait_s(_chat(lane), page=page)

    def room(self, lane: str) -> int:
        """Return how many pages could leave at once, as far as a minute's limit goes."""
        return self.pace.room(_chat(lane))

    def leaving(self, lane: str) -> AbstractContextManager[None]:
        """Count a message against Telegram's limits, from now until it has been answered."""
        return self.pace.leaving(_chat(lane))

    async def deliver(self, notification: Notification) -> None:
        """Return once Telegram has it. Raises Retry, Permanent."""
        target = self._target(notification)
        target = replace(target, chat=self._moved.get(target.chat, target.chat))
        try:
            await self._deliver(notification, target)
        except Moved as moved:
            await self._move(target, moved)
            await self._deliver(notification, replace(target, chat=moved.chat))

    async def _deliver(self, one: Notification, target: Chat) -> None:
        lane = self.lane(one)
        ready = await self._prepare(one, lane)
        text = render(
            one,
            self._settings.page_url,
            simulated=self._settings.simulated,
            contacts=self._settings.contacts,
        )
        before = ready.before
        edits = _is_quiet(one) and one.kind != "digest" and not ready.in_digest
        if edits and before is not None:
            await self._edit(one, lane, before, text, ready.buttons)
            posted = before
        else:
            posted = await self._send(one, target, text, ready)
        await self._remember(one, lane, posted)

    async def _prepare(self, one: Notification, lane: str) -> _Ready:
        """Return what a message needs to know of those before it.

        Side effect: it counts as sent from here on, so that a restart keeps the pace.
        """
        # A silence fits what the message tells of, and nothing that its group may hold yet: nobody
        # who silences one venue's warning has seen another's, nor a drill's that of a real account.
        labels = one.common_labels
        now = self._clock()

        def work(store: Store) -> _Ready:
            memory.keep_send(store, _chat(lane), now)
            before = memory.message_of(store, one.group_key, lane)
            in_digest = before is not None and memory.is_digest(store, before, lane)
            if one.status == "resolved":
                return _Ready(before, in_digest, [])
            target = memory.ButtonTarget(groups=one.groups, labels=labels)
            key = memory.keep_button(store, target, now)
            silences = one.kind != "digest" and bool(labels)
            return _Ready(before, in_digest, keyboard(key, silences=silences))

        return await self._keeper.run(work, flushed=False)

    async def _edit(
        self, one: Notification, lane: str, at: Posted, text: str, buttons: list[list[Button]]
    ) -> None:
        """Change the earlier message. Where that can't be done any more, the next try sends one."""
        try:
            await self._api.edit(at, text, buttons)
        except Refused as refused:
            await self._keeper.run(lambda store: memory.forget_message(store, one.group_key, lane))
            raise Retry(str(refused), after_s=1.0) from None
        except Retry as retry:
            raise self._held(lane, retry) from None

    async def _send(
        self,
        one: Notification,
        target: Chat,
        text: str,
        ready: _Ready,
    ) -> Posted:
        before, buttons = ready.before, ready.buttons
        silent = _is_quiet(one) or self._settings.is_drill(one)
        answers = before.message if before is not None and one.kind != "new" else None
        lane = self.lane(one)

        async def send(target: Chat, text: str) -> Posted:
            try:
                return await self._api.send(target, text, buttons, answers, silent=silent)
            except Retry as retry:
                raise self._held(lane, retry) from None

        try:
            return await send(target, text)
        except Refused as refused:
            why = str(refused)
        log.warning("telegram_refused", why=why, kind=one.kind)
        if "thread" in why or "topic" in why.lower():
            target = replace(target, thread=None)
        elif "entities" in why:
            text = html_text.unescape(_TAG.sub("", text))
            text = html_text.escape(text, quote=False)
        else:
            raise Permanent(why)
        try:
            return await send(target, text)
        except Refused as refused:
            raise Permanent(str(refused)) from None

    def _held(self, lane: str, retry: Retry) -> Retry:
        if retry.after_s is not None:
            self.pace.block(_chat(lane), retry.after_s)
        return retry

    async def _remember(self, one: Notification, lane: str, posted: Posted) -> None:
        now = self._clock()
        groups = [one.group_key, *(key for key in one.groups if key != one.group_key)]
        await self._keeper.run(lambda store: memory.keep_message(store, groups, lane, posted, now))

    async def _move(self, target: Chat, moved: Moved) -> None:
        log.warning("telegram_chat_moved", chat=target.chat, to=moved.chat)
        configured = next(
            (chat for chat, new in self._moved.items() if new == target.chat), target.chat
        )
        self._moved[configured] = moved.chat
        await self._keeper.run(lambda store: memory.keep_moved(store, configured, moved.chat))

    async def close(self) -> None:
        """Close all connections."""
        await self._api.close()


def _is_quiet(one: Notification) -> bool:
    """Return whether it is no news that anyone must hear."""
    return one.kind == "eased" or (one.status == "resolved" and one.severity != PAGE)


def _chat(lane: str) -> str:
    return lane.partition("/")[0]


def _limits(chat: str) -> LaneLimits:
    return _GROUP if chat.startswith(("-", "@")) else _PRIVATE

"""The Bot API through python-telegram-bot, with its failures sorted by what can be done."""

from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus
from typing import Final, TypeVar

import httpx
from msgspec import Struct
from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    ReplyParameters,
    Update,
)
from telegram.constants import ChatAction
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    TelegramError,
)

from deskwatch.core.notification import Permanent, Retry
from deskwatch.notify.telegram.request import FloodWait, NoAnswer, Request
from deskwatch.notify.telegram.settings import Chat, TelegramSettings
from deskwatch.notify.telegram.transport import PLACEHOLDER, TokenTransport

#: A label of a button and its callback data, of at most 64 bytes.
Button = tuple[str, str]

_CONNECTIONS: Final = 32
_POLL_SPARE_S: Final = 10.0
_UPDATES: Final = ("message", "callback_query")
#: What httpx raises before anything of a request has left.
_NOT_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_NO_PREVIEW: Final = LinkPreviewOptions(is_disabled=True)

T = TypeVar("T")


class Refused(Exception):
    """Telegram refuses this one request (400); the text is its description."""


class Moved(Exception):
    """The group has become a supergroup, which has another number."""

    def __init__(self, chat: int) -> None:
        self.chat = chat
        super().__init__(str(chat))


class OtherPoller(Retry):
    """Another process polls with the same token (409); to a message it is no answer to rely on."""


class Posted(Struct, frozen=True):
    """Where a message is."""

    chat: int
    message: int


class BotApi:
    """The calls that deskwatch makes.

    All raise Retry, Permanent, Refused and Moved. What can't be read as an answer is a Retry that
    is ambiguous: the call may have been carried out.
    """

    def __init__(self, settings: TelegramSettings) -> None:
        self._settings = settings
        self._requests = (
            self._request(settings.poll_s + _POLL_SPARE_S, 1),
            self._request(settings.answer_s, _CONNECTIONS),
        )
        self._bot = Bot(
            PLACEHOLDER,
            base_url=f"{settings.api_base_url.rstrip('/')}/bot",
            get_updates_request=self._requests[0],
            request=self._requests[1],
        )

    def _request(self, answer_s: float, connections: int) -> Request:
        return Request(
            connect_timeout=self._settings.connect_s,
            read_timeout=answer_s,
            write_timeout=answer_s,
            media_write_timeout=answer_s,
            pool_timeout=answer_s,
            httpx_kwargs={"transport": TokenTransport(self._settings.token, connections)},
        )

    async def close(self) -> None:
        """Close all connections."""
        for request in self._requests:
            await request.shutdown()

    async def send(
        self,
        to: Chat,
        html: str,
        buttons: Sequence[Sequence[Button]],
        answers: int | None = None,
        *,
        silent: bool = False,
    ) -> Posted:
        """Send a message. answers: the message it answers, if that is still there."""

        async def call() -> Posted:
            message = await self._bot.send_message(
                to.chat,
                html,
                parse_mode="HTML",
                message_thread_id=to.thread,
                reply_markup=_keyboard(buttons),
                reply_parameters=_reply(answers),
                disable_notification=silent,
                link_preview_options=_NO_PREVIEW,
            )
            return Posted(message.chat.id, message.message_id)

        return await self._call(call)

    async def show_typing(self, to: Chat) -> None:
        """Show for some seconds that a message may come: where none may, it is refused the same."""

        async def call() -> None:
            await self._bot.send_chat_action(
                to.chat, ChatAction.TYPING, message_thread_id=to.thread
            )

        await self._call(call)

    async def send_picture(self, to: Chat, picture: bytes, caption: str) -> Posted:
        """Send a PNG."""

        async def call() -> Posted:
            message = await self._bot.send_photo(
                to.chat, picture, caption=caption, parse_mode="HTML", message_thread_id=to.thread
            )
            return Posted(message.chat.id, message.message_id)

        return await self._call(call)

    async def edit(self, at: Posted, html: str, buttons: Sequence[Sequence[Button]]) -> None:
        """Change a message. One that says this already is fine."""

        async def call() -> None:
            await self._bot.edit_message_text(
                html,
                chat_id=at.chat,
                message_id=at.message,
                parse_mode="HTML",
                reply_markup=_keyboard(buttons),
                link_preview_options=_NO_PREVIEW,
            )

        try:
            await self._call(call)
        except Refused as refused:
            if "not modified" not in str(refused):
                raise

    async def answer_button(self, query: str, text: str) -> None:
        """Show a short text to who pressed a button."""
        await self._call(lambda: self._bot.answer_callback_query(query, text[:200]))

    async def name(self) -> str:
        """Return the bot's user name, without the @."""
        return await self._call(self._user_name)

    async def _user_name(self) -> str:
        return (await self._bot.get_me()).username or ""

    async def updates(self, offset: int) -> list[Update]:
        """Return what people did since `offset`, waiting for it. Its Retry may be OtherPoller."""

        async def call() -> list[Update]:
            found = await self._bot.get_updates(
                offset=offset, timeout=self._settings.poll_s, allowed_updates=_UPDATES
            )
            return list(found)

        return await self._call(call)

    async def _call(self, call: Callable[[], Awaitable[T]]) -> T:
        """Make a call; all that goes wrong comes back as one of our own exceptions."""
        try:
            return await call()
        except FloodWait as flood:
            raise Retry(self._told(flood), after_s=flood.seconds) from None
        except NoAnswer as other:
            may_be_there = other.code < HTTPStatus.MULTIPLE_CHOICES
            raise Retry(self._told(other), ambiguous=may_be_there) from None
        except ChatMigrated as moved:
            raise Moved(moved.new_chat_id) from None
        except Conflict as conflict:
            raise OtherPoller(self._told(conflict)) from None
        except InvalidToken:
            raise Permanent("the token was refused") from None
        except Forbidden as forbidden:
            raise Permanent(self._told(forbidden)) from None
        except BadRequest as bad:
            raise Refused(self._told(bad)) from None
        except NetworkError as error:
            cause = error.__cause__
            sent = isinstance(cause, httpx.HTTPError) and not isinstance(cause, _NOT_SENT)
            raise Retry(self._told(error), ambiguous=sent) from None
        except (TelegramError, KeyError, TypeError, ValueError, AttributeError) as garbage:
            raise Retry(f"a bad answer: {self._told(garbage)}", ambiguous=True) from None

    def _told(self, error: Exception) -> str:
        """Return what an error says, shortened, and without the token if Telegram quoted it."""
        return self._settings.token.hide_in(str(error))[:200]


def _keyboard(buttons: Sequence[Sequence[Button]]) -> InlineKeyboardMarkup | None:
    if not buttons:
        return None
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(text, callback_data=data) for text, data in row] for row in buttons]
    )


def _reply(message: int | None) -> ReplyParameters | None:
    if message is None:
        return None
    return ReplyParameters(message_id=message, allow_sending_without_reply=True)

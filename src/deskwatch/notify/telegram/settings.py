"""How the bot reaches its chats, and who may tell it what to do."""

import re
from typing import Final

from msgspec import Struct

from deskwatch.core.notification import Notification
from deskwatch.notify.drill import is_drill
from deskwatch.notify.secret import Secret

DEFAULT_API: Final = "https://api.telegram.org"


class BadToken(ValueError):
    """What was given can't be a bot's token."""


class Chat(Struct, frozen=True):
    """Where messages go: a chat, or a topic in it. chat: a number, or a channel's @name."""

    chat: int | str
    thread: int | None = None


class TelegramSettings(Struct, frozen=True, kw_only=True):
    """The bot's settings.

    by_severity: chats for a severity in the place of `chat`. simulated: accounts that trade nothing
    real; what is told of one of them alone goes to `drills`, silently, as a drill. users: the ids
    of those who may act; with none, nobody may. page_url: deskwatch's own page, linked in every
    message. contacts: who is on call, named in each page. answer_s: how long an answer may take;
    long, because a message whose answer is not waited for may arrive twice. patience_s: how long it
    may fail until pages also go to the next channel.
    """

    token: Secret
    chat: Chat
    by_severity: dict[str, Chat] = {}
    drills: Chat | None = None
    simulated: frozenset[str] = frozenset()
    users: frozenset[int] = frozenset()
    api_base_url: str = DEFAULT_API
    page_url: str = ""
    contacts: tuple[str, ...] = ()
    connect_s: float = 5.0
    answer_s: float = 60.0
    poll_s: int = 25
    patience_s: float = 30.0

    def __post_init__(self) -> None:
        """Refuse what can't be a token. Raises BadToken, which doesn't show it."""
        if re.fullmatch(r"[0-9]{1,20}:[A-Za-z0-9_-]{1,128}", self.token.reveal()) is None:
            raise BadToken("expected a bot's token, as 123456:AbCd… from @BotFather")

    def target(self, severity: str, *, drill: bool = False) -> Chat:
        """Return where a message of this severity goes, or one about a drill."""
        if drill and self.drills is not None:
            return self.drills
        return self.by_severity.get(severity, self.chat)

    def is_drill(self, notification: Notification) -> bool:
        """Return whether all that is told is about one simulated account."""
        return is_drill(notification, self.simulated)

    def targets(self) -> list[Chat]:
        """Return all chats and topics that messages go to."""
        drills = [] if self.drills is None else [self.drills]
        return list(dict.fromkeys([self.chat, *self.by_severity.values(), *drills]))

    def chats(self) -> set[int | str]:
        """Return all chats that messages go to."""
        return {target.chat for target in self.targets()}

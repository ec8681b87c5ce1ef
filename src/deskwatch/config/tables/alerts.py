"""The keys about alert rules, and about who is told."""

from typing import Annotated, Final, Self

from pydantic import Field, model_validator

from deskwatch.config.rules_file import default_rules_file
from deskwatch.config.values import (
    BotToken,
    ChatId,
    Contacts,
    FilePath,
    LabelName,
    LabelNames,
    LabelValue,
    RuleFiles,
    Seconds,
    SecretUrl,
    ServiceUrls,
    Table,
    TopicId,
    UserIds,
    WebUrl,
    problem_at,
)
from deskwatch.core.period import SECOND
from deskwatch.notify.settings import BookSettings
from deskwatch.notify.telegram.settings import DEFAULT_API

_BOOK: Final = BookSettings()
_HOUR_S: Final = 3600

Wait = Annotated[int, Field(ge=0, le=_HOUR_S)]


class Rules(Table):
    """Which rules are evaluated, and how; see deskwatch.rules.engine.RuleSettings."""

    files: RuleFiles = Field(default_factory=lambda: [default_rules_file()])
    tick_s: Annotated[int, Field(ge=1, le=60)] = 1
    prometheus_interval_s: Annotated[int, Field(ge=1, le=_HOUR_S)] = 1
    external_labels: dict[LabelName, LabelValue] = Field(default_factory=dict)


class Notify(Table):
    """How alerts become messages; see deskwatch.notify.settings.BookSettings."""

    group_wait_s: Wait = _BOOK.group_wait // SECOND
    group_interval_s: Seconds = _BOOK.group_interval // SECOND
    repeat_interval_s: Seconds = _BOOK.repeat_interval // SECOND
    escalate_after_s: Seconds = _BOOK.escalate_after // SECOND
    flap_count: Annotated[int, Field(ge=1, le=1000)] = _BOOK.flap_count
    flap_window_s: Seconds = _BOOK.flap_window // SECOND
    page_url: WebUrl | None = None


class Oncall(Table):
    """Whom to call: on the page, and in each message that pages."""

    contacts: Contacts = Field(default_factory=list)


class SeverityChat(Table):
    """Where messages of one kind go, if elsewhere. A topic alone is one of the same chat."""

    chat_id: ChatId | None = None
    message_thread_id: TopicId | None = None


class Severities(Table):
    """Where messages go by their severity."""

    page: SeverityChat = SeverityChat()
    warning: SeverityChat = SeverityChat()
    info: SeverityChat = SeverityChat()


class Telegram(Table):
    """The bot. Off without token and chat. `load` puts the text of token_file into token."""

    token: BotToken | None = None
    token_file: FilePath | None = None
    chat_id: ChatId | None = None
    message_thread_id: TopicId | None = None
    api_base_url: WebUrl = DEFAULT_API
    users: UserIds = Field(default_factory=list)
    severities: Severities = Severities()
    drills: SeverityChat = SeverityChat()

    @model_validator(mode="after")
    def _whole(self) -> Self:
        has_token = self.token is not None or self.token_file is not None
        if has_token and self.chat_id is None:
            raise problem_at("chat_id", "the chat's number or name, since there is a token")
        if self.chat_id is not None and not has_token:
            raise problem_at("token", "the bot's token or a token_file, since there is a chat_id")
        return self


class Apprise(Table):
    """Other services. Off without addresses. `load` puts the lines of urls_file into urls."""

    urls: ServiceUrls | None = None
    urls_file: FilePath | None = None


class Alertmanager(Table):
    """An Alertmanager to tell. Off while there is no URL, which may hold a password.

    receiver: the one of its receivers that posts to us what we then tell.
    """

    url: SecretUrl | None = None
    url_file: FilePath | None = None
    extra_labels: dict[LabelName, LabelValue] = Field(default_factory=dict)
    dropped_labels: LabelNames = Field(default_factory=list)
    receiver: LabelValue | None = None


class Deadman(Table):
    """Who notices when we, or the stack beside us, have gone silent."""

    url: SecretUrl | None = None
    url_file: FilePath | None = None
    interval_s: Annotated[int, Field(ge=1, le=_HOUR_S)] = 30
    blind_after_s: Annotated[int, Field(ge=0, le=_HOUR_S)] = 60

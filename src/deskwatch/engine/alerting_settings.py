"""What rules and notifications are told, as one value."""

from pathlib import Path

from msgspec import Struct

from deskwatch.notify.alertmanager import AlertmanagerSettings
from deskwatch.notify.apprise import AppriseSettings
from deskwatch.notify.deadman import DeadmanSettings
from deskwatch.notify.settings import BookSettings, OutboxSettings
from deskwatch.notify.telegram.settings import TelegramSettings
from deskwatch.rules.engine import RuleSettings


class AlertingSettings(Struct, frozen=True, kw_only=True):
    """Each way to tell people is None while it is off.

    own_rules: those that come with deskwatch: where `rule_files` are broken, an engine that has run
    before goes on with them, for one that doesn't start tells nobody of anything.
    blind_after_s: how long Alertmanager's Watchdog may stay away; None when it isn't expected at
    all.
    """

    rule_files: tuple[Path, ...]
    own_rules: Path | None = None
    rules: RuleSettings = RuleSettings()
    book: BookSettings = BookSettings()
    outbox: OutboxSettings = OutboxSettings()
    telegram: TelegramSettings | None = None
    apprise: AppriseSettings | None = None
    alertmanager: AlertmanagerSettings | None = None
    deadman: DeadmanSettings | None = None
    blind_after_s: float | None = None

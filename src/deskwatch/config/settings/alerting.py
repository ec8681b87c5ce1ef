"""Handing rules and notifications their part of the configuration.

Apart from the package's other names: it takes the rule engine and the channels to import it.
"""

import ipaddress

from pydantic import SecretStr

from deskwatch.config.conflicts import simulated_accounts
from deskwatch.config.model import Config, Server
from deskwatch.config.rules_file import default_rules_file
from deskwatch.config.tables.alerts import Notify, Rules, SeverityChat
from deskwatch.core.notification import SEVERITIES
from deskwatch.core.period import SECOND
from deskwatch.engine.alerting_settings import AlertingSettings
from deskwatch.notify.alertmanager import AlertmanagerSettings
from deskwatch.notify.apprise import AppriseSettings
from deskwatch.notify.deadman import DeadmanSettings
from deskwatch.notify.secret import Secret
from deskwatch.notify.settings import BookSettings
from deskwatch.notify.telegram.settings import Chat, TelegramSettings
from deskwatch.rules.engine import RuleSettings
from deskwatch.rules.promql.evaluate import Semantics


def alerting_settings(config: Config) -> AlertingSettings:
    """Return what rules and notifications are told."""
    page_url = config.notify.page_url or _own_page(config.server)
    alertmanager = _alertmanager(config, page_url)
    blind_after_s = config.deadman.blind_after_s
    return AlertingSettings(
        rule_files=tuple(config.rules.files),
        own_rules=default_rules_file(),
        rules=_rules(config.rules),
        book=_book(config.notify, simulated_accounts(config)),
        telegram=_telegram(config, page_url),
        apprise=_apprise(config, page_url),
        alertmanager=alertmanager,
        deadman=_deadman(config),
        blind_after_s=blind_after_s if alertmanager is not None and blind_after_s else None,
    )


def _own_page(server: Server) -> str:
    """Return where the page is by what is configured; empty when that doesn't say."""
    host = server.bind
    if server.port == 0:
        return ""
    if host != "localhost":
        address = ipaddress.ip_address(host)
        if address.is_unspecified:
            return ""
        host = f"[{host}]" if address.version == 6 else host  # noqa: PLR2004
    return f"http://{host}:{server.port}/"


def _rules(rules: Rules) -> RuleSettings:
    return RuleSettings(
        tick_s=rules.tick_s,
        semantics=Semantics(default_step_ms=rules.prometheus_interval_s * 1000),
        external_labels=dict(rules.external_labels),
    )


def _book(notify: Notify, simulated: frozenset[str]) -> BookSettings:
    return BookSettings(
        simulated=simulated,
        group_wait=notify.group_wait_s * SECOND,
        group_interval=notify.group_interval_s * SECOND,
        repeat_interval=notify.repeat_interval_s * SECOND,
        escalate_after=notify.escalate_after_s * SECOND,
        flap_count=notify.flap_count,
        flap_window=notify.flap_window_s * SECOND,
    )


def _telegram(config: Config, page_url: str) -> TelegramSettings | None:
    telegram = config.telegram
    if telegram.token is None or telegram.chat_id is None:
        return None
    usual = _chat(telegram.chat_id, telegram.message_thread_id)
    severities = {name: getattr(telegram.severities, name) for name in SEVERITIES}
    return TelegramSettings(
        token=_secret(telegram.token),
        chat=usual,
        by_severity={
            name: _severity_chat(own, usual)
            for name, own in severities.items()
            if own != SeverityChat()
        },
        drills=None
        if telegram.drills == SeverityChat()
        else _severity_chat(telegram.drills, usual),
        simulated=simulated_accounts(config),
        users=frozenset(telegram.users),
        api_base_url=telegram.api_base_url,
        page_url=page_url,
        contacts=tuple(config.oncall.contacts),
    )


def _severity_chat(own: SeverityChat, usual: Chat) -> Chat:
    if own.chat_id is None:
        return Chat(usual.chat, own.message_thread_id)
    return _chat(own.chat_id, own.message_thread_id)


def _chat(chat_id: str, thread: int | None) -> Chat:
    return Chat(chat_id if chat_id.startswith("@") else int(chat_id), thread)


def _apprise(config: Config, page_url: str) -> AppriseSettings | None:
    urls = config.apprise.urls
    if urls is None:
        return None
    return AppriseSettings(
        urls=tuple(map(_secret, urls)),
        page_url=page_url,
        contacts=tuple(config.oncall.contacts),
        simulated=simulated_accounts(config),
    )


def _alertmanager(config: Config, page_url: str) -> AlertmanagerSettings | None:
    settings = config.alertmanager
    if settings.url is None:
        return None
    dropped = frozenset(settings.dropped_labels)
    # Prometheus adds its external labels to each alert, before it drops what it is told to.
    external = {
        name: value for name, value in config.rules.external_labels.items() if name not in dropped
    }
    return AlertmanagerSettings(
        url=_secret(settings.url),
        extra_labels={**external, **settings.extra_labels},
        dropped_labels=dropped,
        generator_url=page_url,
        receiver=settings.receiver,
    )


def _deadman(config: Config) -> DeadmanSettings | None:
    settings = config.deadman
    if settings.url is None:
        return None
    return DeadmanSettings(
        url=_secret(settings.url),
        interval_s=settings.interval_s,
        # The Watchdog is seen once a tick; one look may be late.
        stale_s=max(10.0, 2.0 * config.rules.tick_s),
    )


def _secret(secret: SecretStr) -> Secret:
    return Secret(secret.get_secret_value())

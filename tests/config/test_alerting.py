"""From keys to what rules and notifications are told."""

import subprocess
import sys
from pathlib import Path

import pytest

from deskwatch.config import default_rules_file, load
from deskwatch.config.settings.alerting import alerting_settings
from deskwatch.core.period import SECOND
from deskwatch.engine.alerting_settings import AlertingSettings
from deskwatch.notify.settings import BookSettings
from deskwatch.notify.telegram.settings import Chat
from deskwatch.rules.engine import RuleSettings
from deskwatch.rules.promql.evaluate import Semantics

BOT = '[telegram]\ntoken = "123456:AbC-d_E"\nchat_id = -1001\n'


@pytest.fixture
def settings_of(tmp_path):
    def settings_of(text: str) -> AlertingSettings:
        file = tmp_path / "deskwatch.toml"
        file.write_text(text)
        return alerting_settings(load(file, {}))

    return settings_of


def test_without_a_configuration_the_rules_run_and_nobody_is_told():
    assert alerting_settings(load(None, {})) == AlertingSettings(
        rule_files=(default_rules_file(),),
        own_rules=default_rules_file(),
        rules=RuleSettings(semantics=Semantics(default_step_ms=1000)),
        book=BookSettings(),
    )


def test_a_simulated_account_is_told_apart_and_as_one_by_both_channels(settings_of):
    settings = settings_of(
        f"{BOT}[apprise]\nurls = ['x://y']\n[accounts.drill]\nsimulated = true\n[accounts.A1]\n"
    )
    assert settings.telegram is not None
    assert settings.apprise is not None
    assert settings.book.simulated == {"drill"}
    assert settings.telegram.simulated == {"drill"}
    assert settings.apprise.simulated == {"drill"}


def test_rules(settings_of, tmp_path):
    settings = settings_of("""
        [rules]
        files = ["own.yml", "/etc/more.yml"]
        tick_s = 2
        prometheus_interval_s = 15
        external_labels = {desk = "zurich"}
    """)
    assert settings.rule_files == (tmp_path / "own.yml", Path("/etc/more.yml"))
    assert settings.rules == RuleSettings(
        tick_s=2, semantics=Semantics(default_step_ms=15_000), external_labels={"desk": "zurich"}
    )


def test_seconds_become_nanoseconds(settings_of):
    settings = settings_of("""
        [notify]
        group_wait_s = 0
        group_interval_s = 2
        repeat_interval_s = 3
        escalate_after_s = 4
        flap_count = 5
        flap_window_s = 6
    """)
    assert settings.book == BookSettings(
        group_wait=0,
        group_interval=2 * SECOND,
        repeat_interval=3 * SECOND,
        escalate_after=4 * SECOND,
        flap_count=5,
        flap_window=6 * SECOND,
    )


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ('[server]\nbind = "::1"\nport = 9', "http://[::1]:9/"),
        ('[server]\nbind = "localhost"', "http://localhost:8080/"),
        ("[server]\nport = 0", ""),
        ('[server]\nbind = "0.0.0.0"\ntoken = "correct-horse-battery"', ""),
        ('[notify]\npage_url = "https://desk.example/x"', "https://desk.example/x"),
    ],
)
def test_messages_link_to_a_page_that_somebody_can_open(settings_of, text, url):
    settings = settings_of(
        f"{text}\n{BOT}[alertmanager]\nurl = 'http://am'\n[apprise]\nurls = ['x://y']"
    )
    assert settings.telegram is not None
    assert settings.apprise is not None
    assert settings.alertmanager is not None
    urls = {
        settings.telegram.page_url,
        settings.apprise.page_url,
        settings.alertmanager.generator_url,
    }
    assert urls == {url}


def test_both_channels_know_who_is_on_call(settings_of):
    settings = settings_of(
        f"{BOT}[apprise]\nurls = ['x://y']\n[oncall]\ncontacts = ['Ada, +41 44 000 00 00', 'Bo']"
    )
    assert settings.telegram is not None
    assert settings.apprise is not None
    assert settings.telegram.contacts == ("Ada, +41 44 000 00 00", "Bo")
    assert settings.apprise.contacts == settings.telegram.contacts


class TestTelegram:
    def test_a_bot(self, settings_of):
        telegram = settings_of(BOT + "message_thread_id = 2\nusers = [7, 8]").telegram
        assert telegram is not None
        assert telegram.token.reveal() == "123456:AbC-d_E"
        assert telegram.chat == Chat(-1001, 2)
        assert telegram.by_severity == {}
        assert telegram.users == {7, 8}
        assert telegram.api_base_url == "https://api.telegram.org"

    @pytest.mark.parametrize(
        ("own", "chat"),
        [
            pytest.param('chat_id = "@pages"', Chat("@pages"), id="a chat leaves the topic behind"),
            pytest.param("message_thread_id = 3", Chat(-1001, 3), id="a topic stays in the chat"),
            pytest.param('chat_id = "-5"\nmessage_thread_id = 3', Chat(-5, 3), id="both"),
        ],
    )
    def test_a_severity_may_go_elsewhere(self, settings_of, own, chat):
        text = f"{BOT}message_thread_id = 2\n[telegram.severities.page]\n{own}"
        telegram = settings_of(text).telegram
        assert telegram is not None
        assert telegram.target("page") == chat
        assert telegram.target("warning") == Chat(-1001, 2)

    def test_drills_may_go_elsewhere_whatever_their_severity(self, settings_of):
        text = f"{BOT}[telegram.drills]\nchat_id = -7\n[accounts.drill]\nsimulated = true\n"
        telegram = settings_of(text).telegram
        assert telegram is not None
        assert telegram.simulated == {"drill"}
        assert telegram.target("page", drill=True) == Chat(-7)
        assert telegram.target("page") == telegram.chat
        assert settings_of(BOT).telegram.target("page", drill=True) == telegram.chat
        assert -7 in telegram.chats()

    def test_the_names_that_bots_users_know(self):
        environ = {"TELEGRAM_BOT_TOKEN": "1:known", "TELEGRAM_CHAT_ID": "@desk_alerts"}
        telegram = alerting_settings(load(None, environ)).telegram
        assert telegram is not None
        assert (telegram.token.reveal(), telegram.chat) == ("1:known", Chat("@desk_alerts"))

        telegram = alerting_settings(
            load(None, environ | {"DESKWATCH_TELEGRAM__TOKEN": "1:own"})
        ).telegram
        assert telegram is not None
        assert telegram.token.reveal() == "1:own"

    def test_a_token_file_of_our_own_wins_over_the_known_name(self, tmp_path):
        (tmp_path / "token").write_text("1:file\n")
        environ = {
            "TELEGRAM_BOT_TOKEN": "1:known",
            "TELEGRAM_CHAT_ID": "5",
            "DESKWATCH_TELEGRAM__TOKEN_FILE": str(tmp_path / "token"),
        }
        telegram = alerting_settings(load(None, environ)).telegram
        assert telegram is not None
        assert telegram.token.reveal() == "1:file"


def test_services_come_from_an_array_a_variable_or_a_file(settings_of, tmp_path):
    (tmp_path / "urls").write_text("# mail\n  mailto://a:b@c.example \n\njson://localhost\n")
    in_file = settings_of('[apprise]\nurls_file = "urls"').apprise
    in_array = settings_of(
        '[apprise]\nurls = ["mailto://a:b@c.example", "json://localhost"]'
    ).apprise
    environ = {"DESKWATCH_APPRISE__URLS": '["mailto://a:b@c.example", "json://localhost"]'}
    in_variable = alerting_settings(load(None, environ)).apprise
    for apprise in (in_file, in_array, in_variable):
        assert apprise is not None
        assert [url.reveal() for url in apprise.urls] == [
            "mailto://a:b@c.example",
            "json://localhost",
        ]


class TestAlertmanager:
    def test_alerts_carry_what_prometheus_adds_and_lack_what_it_drops(self, settings_of):
        alertmanager = settings_of("""
            [rules.external_labels]
            desk = "zurich"
            replica = "a"
            [alertmanager]
            receiver = "deskwatch"
            url = "http://user:pw@am:9093/base"
            dropped_labels = ["replica", "instance"]
            extra_labels = {job = "deskwatch"}
        """).alertmanager
        assert alertmanager is not None
        assert alertmanager.url.reveal() == "http://user:pw@am:9093/base"
        assert alertmanager.receiver == "deskwatch"
        assert alertmanager.extra_labels == {"desk": "zurich", "job": "deskwatch"}
        assert alertmanager.dropped_labels == {"replica", "instance"}

    def test_only_with_it_is_its_watchdog_expected(self, settings_of):
        stack = '[alertmanager]\nurl = "http://am:9093"\n'
        assert settings_of("[deadman]\nblind_after_s = 9").blind_after_s is None
        assert settings_of(stack).blind_after_s == 60
        assert settings_of(stack + "[deadman]\nblind_after_s = 9").blind_after_s == 9
        assert settings_of(stack + "[deadman]\nblind_after_s = 0").blind_after_s is None


def test_a_dead_man(settings_of):
    deadman = settings_of('[deadman]\nurl = "https://hc.example/uuid"\ninterval_s = 5').deadman
    assert deadman is not None
    assert (deadman.url.reveal(), deadman.interval_s) == ("https://hc.example/uuid", 5)


@pytest.mark.parametrize(("tick_s", "stale_s"), [(1, 10), (40, 80)])
def test_a_watchdog_is_fresh_until_the_rules_have_missed_a_look(settings_of, tick_s, stale_s):
    text = f'[rules]\ntick_s = {tick_s}\n[deadman]\nurl = "https://hc.example/uuid"\n'
    deadman = settings_of(text).deadman
    assert deadman is not None
    assert deadman.stale_s == stale_s


def test_no_secret_is_shown(settings_of):
    settings = settings_of(f"""{BOT}
        [apprise]
        urls = ["mailto://u:sesame@x"]
        [alertmanager]
        url = "http://u:sesame@am"
        [deadman]
        url = "https://hc/sesame"
    """)
    assert "sesame" not in repr(settings)
    assert "AbC" not in repr(settings)


@pytest.mark.parametrize(
    ("module", "absent"),
    [
        ("deskwatch.config", {"httpx", "promql_parser", "telegram", "apprise"}),
        ("deskwatch.config.settings.alerting", {"telegram", "apprise", "matplotlib"}),
    ],
)
def test_heavy_libraries_wait_until_they_are_used(module, absent):
    code = f"import sys, {module}; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert not absent & set(loaded.stdout.split())

"""Secrets and owners for the stack's services."""

import stat
from pathlib import Path

import pytest
import yaml

from deskwatch.stack.alertmanager import rendered
from deskwatch.stack.prepare import (
    ALERTMANAGER,
    DESKWATCH,
    GRAFANA,
    PROMETHEUS,
    Preparation,
    Volumes,
)

ROOT = Path(__file__).parents[2]
CONFIG = (ROOT / "alertmanager" / "alertmanager.yml").read_text()
STACK = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
DRILLS = yaml.safe_load((ROOT / "synthetic-tests.yml").read_text())
TELEGRAM = {"TELEGRAM_BOT_TOKEN": "123:secret", "TELEGRAM_CHAT_ID": "-1001"}


class Stage:
    """Volumes in a folder, and who was made the owner of what."""

    def __init__(self, folder: Path) -> None:
        self.secrets, self.data = folder / "secrets", folder / "data"
        self.owners: dict[Path, tuple[int, int]] = {}
        for one in (self.secrets, self.data):
            one.mkdir()

    def prepare(self, **environment: str) -> list[str]:
        volumes = Volumes(secrets=self.secrets, data={self.data: DESKWATCH})
        return list(Preparation(volumes, environment, self._own).run(CONFIG))

    def _own(self, path: Path, user: int, group: int) -> None:
        # A file is owned before it gets its name, so that nobody else ever reads it.
        self.owners[path] = (user, group)

    def read(self, name: str) -> str:
        return (self.secrets / name).read_text()

    def files(self) -> dict[Path, str]:
        """Return the text of each, but of those with a hash: it is another one each time."""
        files = [file for file in self.secrets.rglob("*") if file.is_file()]
        return {file: file.read_text() for file in files if file.name != "web.yml"}


@pytest.fixture
def stage(tmp_path):
    return Stage(tmp_path)


def test_what_is_open_is_made_once_and_shown_once(stage):
    (shown,) = stage.prepare(**TELEGRAM)
    password, token = stage.read("grafana/password"), stage.read("deskwatch/token")
    assert password in shown
    assert min(len(password), len(token)) >= 40
    assert stage.prepare(**TELEGRAM) == []
    assert (stage.read("grafana/password"), stage.read("deskwatch/token")) == (password, token)


def test_everyone_who_asks_the_engine_has_its_token(stage):
    stage.prepare(**TELEGRAM, DESKWATCH_SERVER__TOKEN="given", GRAFANA_PASSWORD="mine")
    services = ("deskwatch", "prometheus", "alertmanager")
    assert {stage.read(f"{service}/token") for service in services} == {"given"}
    assert stage.read("grafana/password") == "mine"


def test_both_servers_ask_for_the_password_that_is_set(stage):
    stage.prepare(**TELEGRAM)
    assert stage.read("prometheus/password") == ""
    stage.prepare(**TELEGRAM, PROMETHEUS_PASSWORD="who-goes-there")
    assert stage.read("prometheus/password") == "who-goes-there"
    for service in ("prometheus", "alertmanager"):
        assert "basic_auth_users" in stage.read(f"{service}/web.yml")
        assert "who-goes-there" in stage.read(f"{service}/client.yml")


GIVEN = TELEGRAM | {
    "DESKWATCH_TELEGRAM__API_BASE_URL": "http://bot-api:8081",
    "DESKWATCH_SERVER__TOKEN": "given",
    "PROMETHEUS_PASSWORD": "who-goes-there",
    "DRILL_PLATFORM_TOKEN": "platform",
}


@pytest.mark.parametrize("setting", GIVEN)
def test_a_setting_that_changes_starts_anew_whoever_reads_what_is_made_of_it(stage, setting):
    """Files are read at the start: Prometheus keeps even the password that it asks with."""
    stage.prepare(**GIVEN)
    before = stage.files()
    changed = {"TELEGRAM_CHAT_ID": "-1002", "TELEGRAM_BOT_TOKEN": "124:secret"}
    stage.prepare(**GIVEN | {setting: changed.get(setting, GIVEN[setting] + "-new")})
    folders = {name.parent.name for name, text in stage.files().items() if before[name] != text}
    readers = {
        name: service
        for name, service in (STACK["services"] | DRILLS["services"]).items()
        if any(f"/run/stack/{folder}/" in str(service) for folder in folders)
    }
    assert readers
    for name, service in readers.items():
        assert f"${{{setting}:-" in str(service), name


def test_a_setting_that_changes_is_taken_over(stage):
    stage.prepare(**TELEGRAM)
    assert stage.prepare(**TELEGRAM, GRAFANA_PASSWORD="new") == []
    assert stage.read("grafana/password") == "new"


def test_each_service_alone_may_read_its_secrets(stage):
    stage.prepare(**TELEGRAM)
    assert stage.owners[stage.secrets / "grafana"] == (0, GRAFANA)
    assert stage.owners[stage.secrets / "grafana" / ".password.new"] == (0, GRAFANA)
    assert stage.owners[stage.secrets / "alertmanager" / ".alertmanager.yml.new"][1] == ALERTMANAGER
    for path in stage.secrets.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o750 if path.is_dir() else 0o640)


def test_no_service_runs_as_another_that_has_secrets():
    """deskwatch's own programs are one user. Promtail and Alloy are root, and read logs."""
    users = {name: one["user"] for name, one in STACK["services"].items() if "user" in one}
    given = {"prometheus": PROMETHEUS, "alertmanager": ALERTMANAGER, "grafana": GRAFANA}
    for name, user in {**given, "deskwatch": DESKWATCH}.items():
        assert users[name] == f"{user}:{user}"
    assert len({DESKWATCH, *given.values()}) == 4
    for name, user in given.items():
        assert [other for other in users if users[other] == f"{user}:{user}"] == [name]


def test_a_volume_is_its_service_s_own(stage):
    stage.prepare(**TELEGRAM)
    assert stage.owners[stage.data] == (DESKWATCH, DESKWATCH)


def test_without_telegram_it_says_plainly_that_nobody_will_be_told(stage):
    assert stage.prepare(GRAFANA_PASSWORD="x")[0].startswith("NOBODY WILL BE TOLD")
    receivers = yaml.safe_load(stage.read("alertmanager/alertmanager.yml"))["receivers"]
    assert not any("telegram_configs" in receiver for receiver in receivers)
    named = {receiver["name"]: receiver for receiver in receivers}
    # There may be another channel than Telegram, and deskwatch's page shows it.
    assert named["telegram"] == {**named["deskwatch"], "name": "telegram"}


def test_alertmanager_s_own_telegram_knows_bot_and_chat():
    config = yaml.safe_load(rendered(CONFIG, "123:secret", "-1001"))
    (telegram,) = (one for one in config["receivers"] if one["name"] == "telegram")
    (known,) = telegram["telegram_configs"]
    assert (known["bot_token"], known["chat_id"]) == ("123:secret", -1001)
    assert config["route"] == yaml.safe_load(CONFIG)["route"]


def test_alertmanager_asks_the_same_server_of_the_bot_api(stage):
    stage.prepare(**TELEGRAM, DESKWATCH_TELEGRAM__API_BASE_URL="http://bots.example")
    receivers = yaml.safe_load(stage.read("alertmanager/alertmanager.yml"))["receivers"]
    (telegram,) = (one for one in receivers if one["name"] == "telegram")
    assert telegram["telegram_configs"][0]["api_url"] == "http://bots.example"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        pytest.param(
            {"TELEGRAM_CHAT_ID": "@desk"},
            "TELEGRAM_CHAT_ID in .env: found '@desk'; expected the chat's number",
            id="a chat by name",
        ),
        pytest.param({"PROMETHEUS_PASSWORD": "short"}, "PROMETHEUS_PASSWORD", id="a password"),
    ],
)
def test_what_cannot_be_used_is_refused_before_a_password_is_made_and_shown(stage, wrong, said):
    with pytest.raises(ValueError, match=said):
        stage.prepare(**{**TELEGRAM, **wrong})
    assert stage.files() == {}
    assert any("password" in one for one in stage.prepare(**TELEGRAM))

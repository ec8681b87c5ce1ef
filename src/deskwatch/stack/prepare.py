"""Secrets for the stack's services, made where none are given, and the owners of their volumes.

Runs as root, once before the services start, in a container without a network. Each service gets a
folder of its own that it alone may read; what was made once stays.
"""

import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from msgspec import Struct

from deskwatch.stack.alertmanager import rendered
from deskwatch.stack.basic_auth import client_config, web_config

#: The users that the services run as. Alertmanager's image has Prometheus' user, who could read the
#: bot's token that Alertmanager alone is given: it runs as another.
DESKWATCH, PROMETHEUS, ALERTMANAGER, GRAFANA, LOKI = 10001, 65534, 10002, 472, 10001

#: A secret that was made up has so many bytes of chance.
_BYTES: Final = 32

Own = Callable[[Path, int, int], None]


class Volumes(Struct, frozen=True, kw_only=True):
    """Where the volumes are. data: who writes into each, by its path."""

    secrets: Path
    data: Mapping[Path, int]


class Preparation:
    """Puts secrets into place, and tells what whoever started the stack must know.

    environment: what `.env` says. own: gives a path to a user and a group.
    """

    def __init__(
        self, volumes: Volumes, environment: Mapping[str, str], own: Own = os.chown
    ) -> None:
        self._volumes = volumes
        self._environment = environment
        self._own = own

    def run(self, alertmanager: str) -> Iterator[str]:
        """Prepare all; yield sentences to show. alertmanager: the text of its configuration.

        Raises ValueError for what can't be used, before anything is made: what is shown once is
        lost with the container that failed.
        """
        bot, chat = (self._environment.get(f"TELEGRAM_{name}") for name in ("BOT_TOKEN", "CHAT_ID"))
        server = self._environment.get("DESKWATCH_TELEGRAM__API_BASE_URL")
        text = rendered(alertmanager, bot, chat, server)
        self._guard(self._environment.get("PROMETHEUS_PASSWORD") or None)
        for folder, user in self._volumes.data.items():
            if folder.stat().st_uid != user:
                self._own(folder, user, user)
        token, _ = self._secret("deskwatch", DESKWATCH, "token", "DESKWATCH_SERVER__TOKEN")
        for service, user in (("prometheus", PROMETHEUS), ("alertmanager", ALERTMANAGER)):
            self._put(service, user, "token", token)
        # For the platform's gateway alone: what it is told must open nothing else.
        self._secret("drills", DESKWATCH, "token", "DRILL_PLATFORM_TOKEN")
        password, is_new = self._secret("grafana", GRAFANA, "password", "GRAFANA_PASSWORD")
        if is_new:
            yield f"Grafana's password for admin, shown this once: {password}"
        self._put("alertmanager", ALERTMANAGER, "alertmanager.yml", text)
        if not (bot and chat):
            yield (
                "NOBODY WILL BE TOLD: TELEGRAM_BOT_TOKEN and TELEGRAM_CHAT_ID are not set in .env. "
                "Alerts show in Alertmanager and on deskwatch's page only."
            )

    def _guard(self, password: str | None) -> None:
        """Have Prometheus and Alertmanager ask for the password, and know it; or ask for none."""
        web, client = web_config(password), client_config(password)
        for service, user in (("prometheus", PROMETHEUS), ("alertmanager", ALERTMANAGER)):
            self._put(service, user, "web.yml", web)
            self._put(service, user, "client.yml", client)
        self._put("prometheus", PROMETHEUS, "password", password or "")

    def _secret(self, service: str, user: int, name: str, variable: str) -> tuple[str, bool]:
        """Return a secret as given, else as it was made before, else new; say if it is new."""
        given = self._environment.get(variable)
        kept = self._volumes.secrets / service / name
        if given:
            value, is_new = given, False
        elif kept.exists():
            return kept.read_text(), False
        else:
            value, is_new = secrets.token_urlsafe(_BYTES), True
        self._put(service, user, name, value)
        return value, is_new

    def _put(self, service: str, user: int, name: str, text: str) -> None:
        """Write a file that root owns and the service's group may read, whole or not at all."""
        folder = self._volumes.secrets / service
        folder.mkdir(mode=0o750, exist_ok=True)
        self._own(folder, 0, user)
        staged = folder / f".{name}.new"
        staged.touch(mode=0o640)
        staged.write_text(text)
        staged.chmod(0o640)
        self._own(staged, 0, user)
        staged.replace(folder / name)

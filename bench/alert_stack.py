"""deskwatch, Alertmanager and Prometheus as processes of their own, that tell one phone."""

import contextlib
import json
import os
import re
import shutil
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from bench.desk import ACCOUNTS, VENUE, symbol
from bench.phone import TOKEN
from bench.server import HOST, Server, free_port, running
from bench.turns import ROOT, SOURCE

READY_TIMEOUT_S: Final = 30.0

#: The chat for warnings and information: what isn't measured must not hold up what is.
OTHER_CHAT: Final = 1
PAGES_CHAT: Final = 2

_LIMIT: Final = 1000

_EVALUATED: Final = re.compile(rb"(?m)^deskwatch_rule_evaluation_seconds_count [1-9]")


def alertmanager_program() -> str | None:
    return os.environ.get("ALERTMANAGER_BIN") or shutil.which("prometheus-alertmanager")


def prometheus_program() -> str | None:
    return os.environ.get("PROMETHEUS_BIN") or shutil.which("prometheus")


@contextlib.contextmanager
def deskwatch(
    folder: Path,
    *,
    api_url: str | None = None,
    alertmanager_url: str | None = None,
    with_load: bool = False,
    source: Path = SOURCE,
) -> Iterator[Server]:
    """Run deskwatch with its own rules and a limit of 1000 USD a day for each account.

    api_url: the Bot API's, where deskwatch tells people itself. with_load: the bench's usual desk,
    which trades at random prices, may lose anything.
    """
    folder.mkdir()
    (folder / ".env").touch()  # this one is read, and none that lies in the working directory
    port, tcp_port = free_port(), free_port()
    config = folder / "deskwatch.toml"
    lines = [
        f'data = "{folder}/data"',
        f"[server]\nport = {port}",
        f"[tcp]\nenabled = true\nport = {tcp_port}",
        '[log]\nlevel = "warning"',
        "[books]\nmark_max_age_s = 86400",
        '[fx.fixed]\n"USDT/USD" = "1"',
        f'[limits.default.account]\ndaily_loss = "{_LIMIT}"',
    ]
    if with_load:
        lines += [f'[limits.accounts.A{n}]\ndaily_loss = "{10**15}"' for n in range(ACCOUNTS)]
    if api_url is not None:
        lines += [
            f'[telegram]\ntoken = "{TOKEN}"\napi_base_url = "{api_url}"\nchat_id = {OTHER_CHAT}',
            f"[telegram.severities.page]\nchat_id = {PAGES_CHAT}",
        ]
    if alertmanager_url is not None:
        lines += [f'[alertmanager]\nurl = "{alertmanager_url}"', "[deadman]\nblind_after_s = 0"]
    config.write_text("\n".join(lines))
    command = [sys.executable, "-m", "deskwatch", "run", "--config", str(config)]
    # Nobody's real chat is told of this.
    environment = {"PYTHONPATH": str(source), "TELEGRAM_BOT_TOKEN": "", "TELEGRAM_CHAT_ID": ""}
    with running(command, tcp_port, environment) as process:
        _wait_for(
            "deskwatch's rules", lambda: _EVALUATED.search(_page(port, "/metrics")) is not None
        )
        yield Server(process, port, tcp_port)


def opening_events(accounts: list[str]) -> bytes:
    """Return an instrument, a position and its first mark for each account."""
    now = time.time_ns()
    events: list[dict[str, object]] = []
    for name in accounts:
        place = {"event_time": now, "venue": "BENCH", "symbol": name}
        trade = {"account": name, "strategy": "s", "side": "buy", "exec_id": name}
        events += [
            {"kind": "instrument", **place, "base": name, "quote": "USD"},
            {"kind": "fill", **place, **trade, "quantity": "100", "price": "100"},
            {"kind": "mark", **place, "price": "100"},
        ]
    return b"".join(json.dumps(each).encode() + b"\n" for each in events)


def marks(count: int, price: str) -> bytes:
    """Return a mark for each of the usual desk's instruments."""
    now = time.time_ns()
    events = (
        {"kind": "mark", "event_time": now, "venue": VENUE, "symbol": symbol(n), "price": price}
        for n in range(count)
    )
    return b"".join(json.dumps(each).encode() + b"\n" for each in events)


def breach(account: str) -> bytes:
    """Return the mark that takes twice its limit from an account."""
    event = {"kind": "mark", "event_time": time.time_ns(), "venue": "BENCH"}
    return json.dumps({**event, "symbol": account, "price": "80"}).encode() + b"\n"


@contextlib.contextmanager
def alertmanager(
    program: str, folder: Path, api_url: str, chats: Sequence[Sequence[str]], *, group_wait: str
) -> Iterator[str]:
    """Run Alertmanager, whose own Telegram receivers tell pages; give its URL.

    chats: the accounts whose pages go to each chat. Alertmanager doesn't wait a second between a
    chat's messages, so it needs several.
    """
    folder.mkdir()
    config = _alertmanager_yml(api_url, chats, group_wait)
    (folder / "alertmanager.yml").write_text(json.dumps(config))
    port = free_port()
    command = [
        program,
        f"--config.file={folder}/alertmanager.yml",
        f"--storage.path={folder}/data",
        f"--web.listen-address={HOST}:{port}",
        "--cluster.listen-address=",
    ]
    with running(command, port):
        yield f"http://{HOST}:{port}"


def _alertmanager_yml(
    api_url: str, chats: Sequence[Sequence[str]], group_wait: str
) -> dict[str, object]:
    routes = [
        {
            "receiver": f"chat{n}",
            "matchers": ['severity="page"', f'account=~"{"|".join(accounts)}"'],
        }
        for n, accounts in enumerate(chats)
    ]
    receivers = [
        {
            "name": f"chat{n}",
            "telegram_configs": [{"api_url": api_url, "bot_token": TOKEN, "chat_id": 100 + n}],
        }
        for n in range(len(chats))
    ]
    return {
        "route": {
            "receiver": "nobody",
            "group_by": ["..."],
            "group_wait": group_wait,
            "group_interval": "10s",
            "repeat_interval": "4h",
            "routes": routes,
        },
        "receivers": [{"name": "nobody"}, *receivers],
    }


@contextlib.contextmanager
def prometheus(
    program: str, folder: Path, server: Server, alertmanager_url: str, *, interval: str
) -> Iterator[None]:
    """Run Prometheus with deskwatch's rules over its metrics, once it tells Alertmanager."""
    folder.mkdir()
    target = alertmanager_url.removeprefix("http://")
    config = {
        "global": {"scrape_interval": interval, "evaluation_interval": interval},
        "rule_files": [str(ROOT / "prometheus" / "alerts.yml")],
        "alerting": {"alertmanagers": [{"static_configs": [{"targets": [target]}]}]},
        "scrape_configs": [
            {
                "job_name": "deskwatch",
                "static_configs": [{"targets": [f"{HOST}:{server.port}"]}],
            }
        ],
    }
    (folder / "prometheus.yml").write_text(json.dumps(config))
    port = free_port()
    command = [
        program,
        f"--config.file={folder}/prometheus.yml",
        f"--storage.tsdb.path={folder}/data",
        f"--web.listen-address={HOST}:{port}",
    ]
    with running(command, port):
        # It takes five seconds to find its Alertmanagers.
        path = "/api/v1/alertmanagers"
        _wait_for("Prometheus", lambda: target.encode() in _page(port, path))
        yield


def _page(port: int, path: str) -> bytes:
    with urllib.request.urlopen(f"http://{HOST}:{port}{path}", timeout=5) as answer:
        content: bytes = answer.read()
        return content


def _wait_for(what: str, is_ready: Callable[[], bool]) -> None:
    until = time.monotonic() + READY_TIMEOUT_S
    while True:
        with contextlib.suppress(OSError):  # not listening yet
            if is_ready():
                return
        if time.monotonic() > until:
            raise RuntimeError(f"{what}: not ready within {READY_TIMEOUT_S:.0f} s")
        time.sleep(0.1)

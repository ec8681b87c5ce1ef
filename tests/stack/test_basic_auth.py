"""Prometheus and Alertmanager as the stack starts them: with a password, and without one."""

import asyncio
import os
import re
import subprocess
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from deskwatch.config import load
from deskwatch.stack.basic_auth import USER, client_config, web_config
from deskwatch.stack.prepare import Preparation, Volumes
from tests.notify.stack import Program, Servers, generations
from tests.programs import free_port
from tests.stack.native import DEADLINE_S
from tests.stack.test_alertmanager import FILE
from tests.stack.test_synthetic_tests import ROOT, STACK

PASSWORD = "Who-goes-there.4711"
#: What an `.env` may say of how much Prometheus keeps.
SMALLER = {"PROMETHEUS_RETENTION_SIZE": "30GB"}
RULE = "groups: [{name: a, rules: [{alert: Always, expr: vector(1)}]}]"

needs_servers = pytest.mark.skipif(not generations(), reason="no prometheus and alertmanager here")


@dataclass
class Pair:
    """Both servers out of the stack's files, on ports of their own."""

    folder: Path
    env: Mapping[str, str]
    prometheus: Program
    alertmanager: Program

    def at(self, name: str) -> str:
        return f"http://127.0.0.1:{getattr(self, name).port}"

    def is_healthy(self, name: str) -> bool:
        """Ask the stack's own check of a service's health, with the tools beside the server."""
        way, *test = STACK["services"][name]["healthcheck"]["test"]
        command = [placed(one, self.folder, self.env, self.ports()) for one in test]
        beside = Path(getattr(self, name).command[0]).parent
        done = subprocess.run(
            ["/bin/sh", "-c", *command] if way == "CMD-SHELL" else command,
            env=os.environ | {"PATH": f"{beside}:{os.environ['PATH']}"},
            check=False,
            capture_output=True,
        )
        return done.returncode == 0

    def ports(self) -> dict[str, int]:
        return {"9090": self.prometheus.port, "9093": self.alertmanager.port}


def placed(text: str, folder: Path, env: Mapping[str, str], ports: dict[str, int]) -> str:
    """Return what the stack's files say with its folder, and its addresses, put to what is here.

    env: what `.env` says; settings that it leaves out are the stack's own.
    """
    text = re.sub(r"\$\{(\w+):-([^}]*)\}", lambda one: env.get(one[1], one[2]), text)
    for port, here in ports.items():
        for host in ("localhost", "alertmanager"):
            text = text.replace(f"{host}:{port}", f"127.0.0.1:{here}")
    return text.replace("/run/stack", str(folder))


@asynccontextmanager
async def running(servers: Servers, folder: Path, env: Mapping[str, str]) -> AsyncIterator[Pair]:
    password = env["PROMETHEUS_PASSWORD"]
    list(Preparation(Volumes(secrets=folder, data={}), env, nobody).run(FILE.read_text()))
    ports = {"9090": free_port(), "9093": free_port()}
    text = placed((ROOT / "prometheus" / "prometheus.yml").read_text(), folder, env, ports)
    config: dict[str, Any] = yaml.safe_load(text) | {"rule_files": ["rules.yml"]}
    here = ("prometheus", "alertmanager")
    config["scrape_configs"] = [
        {**job, "scrape_interval": "1s", "scrape_timeout": "1s"}
        for job in config["scrape_configs"]
        if job["job_name"] in here
    ]
    (folder / "prometheus" / "rules.yml").write_text(RULE)
    (folder / "prometheus" / "prometheus.yml").write_text(yaml.safe_dump(config))
    auth = (USER, password) if password else None

    def program(name: str, path: str, storage: str, port: int) -> Program:
        given = STACK["services"][name]["command"]
        command = [
            path,
            f"--config.file={folder / name / name}.yml",
            f"--storage.{storage}={folder / name / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
            *(
                placed(one, folder, env, ports)
                for one in given
                if any(part in one for part in ("web.config", "web.enable", "cluster", "retention"))
            ),
        ]
        return Program(command, folder / name, port, auth=auth)

    prometheus = program("prometheus", servers.prometheus, "tsdb.path", ports["9090"])
    alertmanager = program("alertmanager", servers.alertmanager, "path", ports["9093"])
    # It finds its Alertmanager only seconds after the alert fires.
    prometheus.command.append("--rules.alert.resend-delay=1s")
    try:
        await alertmanager.start()
        await prometheus.start()
        yield Pair(folder, env, prometheus, alertmanager)
    finally:
        await prometheus.kill()
        await alertmanager.kill()


def nobody(path: Path, user: int, group: int) -> None:
    """Leave a file to whoever runs the tests."""


async def until(client: httpx.AsyncClient, url: str, holds: Callable[[Any], bool]) -> None:
    async with asyncio.timeout(DEADLINE_S):
        while not holds((await client.get(url)).raise_for_status().json()):  # noqa: ASYNC110
            await asyncio.sleep(0.1)


@needs_servers
@pytest.mark.anyio
@pytest.mark.parametrize(
    ("password", "env", "kept"),
    [(PASSWORD, SMALLER, "30GiB"), ("", {}, "50GiB")],
    ids=["a password", "none"],
)
@pytest.mark.parametrize("servers", generations(), ids=lambda servers: servers.prometheus)
async def test_all_that_ask_them_know_the_password(servers, password, env, kept, tmp_path):
    async with running(servers, tmp_path, {"PROMETHEUS_PASSWORD": password, **env}) as pair:
        asked = 401 if password else 200
        async with httpx.AsyncClient() as stranger:
            for name, path in (
                ("prometheus", "/api/v1/query?query=1"),
                ("alertmanager", "/api/v2/alerts"),
            ):
                assert (await stranger.get(pair.at(name) + path)).status_code == asked
            reload = await stranger.post(f"{pair.at('prometheus')}/-/reload")
            assert reload.status_code == asked
        async with httpx.AsyncClient(auth=(USER, password)) as client:
            flags = f"{pair.at('prometheus')}/api/v1/status/flags"
            told = (await client.get(flags)).json()["data"]
            retention = {name: told[f"storage.tsdb.retention.{name}"] for name in ("time", "size")}
            assert retention == {"time": "90d", "size": kept}
            up = f"{pair.at('prometheus')}/api/v1/query?query=sum(up)"
            await until(
                client,
                up,
                lambda said: [one["value"][1] for one in said["data"]["result"]] == ["2"],
            )
            await until(client, f"{pair.at('alertmanager')}/api/v2/alerts", bool)
        assert await asyncio.to_thread(pair.is_healthy, "alertmanager")
        knows = not password or says_passwords(Path(servers.prometheus).with_name("promtool"))
        assert await asyncio.to_thread(pair.is_healthy, "prometheus") is knows


def says_passwords(promtool: Path) -> bool:
    """Say whether a promtool is no older than 2.43."""
    command = [str(promtool), "query", "instant", "--help"]
    said = subprocess.run(command, check=False, capture_output=True, text=True)
    return "--http.config.file" in said.stdout + said.stderr


@pytest.mark.parametrize("password", ["short", "a blank in it", "x" * 73, "costs-12-$HOME"])
def test_a_password_that_others_would_read_otherwise_is_refused_and_not_shown(password):
    with pytest.raises(ValueError, match="PROMETHEUS_PASSWORD") as refused:
        web_config(password)
    assert password not in str(refused.value)


def test_none_lets_in_everybody():
    assert yaml.safe_load(web_config(None)) == yaml.safe_load(client_config(None)) == {}


def test_it_is_hashed_with_chance():
    first, second = (yaml.safe_load(web_config(PASSWORD)) for _ in range(2))
    assert first["basic_auth_users"].keys() == {USER}
    assert first != second
    assert PASSWORD not in str(first)


def test_the_engine_and_grafana_say_it():
    engine, grafana = (STACK["services"][name]["environment"] for name in ("deskwatch", "grafana"))
    variable = "${PROMETHEUS_PASSWORD:-}"
    url = engine["DESKWATCH_ALERTMANAGER__URL"]
    assert url == f"http://{USER}:{variable}@alertmanager:9093"
    for password in (PASSWORD, ""):
        there = {"DESKWATCH_ALERTMANAGER__URL": url.replace(variable, password)}
        assert load(None, there).alertmanager.url is not None
    assert grafana["PROMETHEUS_PASSWORD"] == variable
    sources = yaml.safe_load((ROOT / "grafana/provisioning/datasources/deskwatch.yml").read_text())
    for source in sources["datasources"]:
        if source["type"] in ("prometheus", "alertmanager"):
            assert (source["basicAuth"], source["basicAuthUser"]) == (True, USER)
            assert source["secureJsonData"] == {"basicAuthPassword": "$PROMETHEUS_PASSWORD"}

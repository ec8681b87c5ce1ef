"""A real Grafana, where one is at hand, comes up with every board and datasource."""

import asyncio
import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.dashboards.boards import FOLDER, ROOT, models
from tests.exposition.prometheus_server import eventually
from tests.programs import free_port

BINARY = os.environ.get("GRAFANA_BIN")

pytestmark = pytest.mark.skipif(not BINARY, reason="there is no Grafana in $GRAFANA_BIN")

#: A first start makes its database, table by table.
START_S = 180.0


@pytest.fixture(scope="module")
async def grafana(tmp_path_factory) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a Grafana that is provisioned as the stack's is."""
    folder = tmp_path_factory.mktemp("grafana")
    port = free_port()
    process = await asyncio.to_thread(start, folder, port)
    try:
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", auth=("admin", "admin"), trust_env=False
        ) as client:
            await eventually(lambda: provisioned(client, process, folder), START_S)
            yield client
    finally:
        process.terminate()
        await asyncio.to_thread(process.wait)


def start(folder: Path, port: int) -> subprocess.Popen[bytes]:
    """Start it with the stack's provisioning; only where the boards lie is another place."""
    assert BINARY is not None
    provisioning = folder / "provisioning"
    shutil.copytree(ROOT / "grafana" / "provisioning", provisioning)
    provider = provisioning / "dashboards" / "deskwatch.yml"
    provider.write_text(provider.read_text().replace("/etc/grafana/dashboards", str(FOLDER)))
    binary = Path(BINARY).resolve()
    settings = {
        "SERVER_HTTP_ADDR": "127.0.0.1",
        "SERVER_HTTP_PORT": str(port),
        "PATHS_DATA": str(folder / "data"),
        "PATHS_LOGS": str(folder / "logs"),
        "PATHS_PLUGINS": str(folder / "plugins"),
        "PATHS_PROVISIONING": str(provisioning),
        "DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH": str(FOLDER / "pnl.json"),
        "SECURITY_ADMIN_PASSWORD": "admin",
        "ANALYTICS_REPORTING_ENABLED": "false",
        "ANALYTICS_CHECK_FOR_UPDATES": "false",
        "ANALYTICS_CHECK_FOR_PLUGIN_UPDATES": "false",
        "PLUGINS_PREINSTALL_DISABLED": "true",
    }
    serve = ["server"] if binary.name == "grafana" else []
    home = os.environ.get("GRAFANA_HOME", str(binary.parents[1]))
    with (folder / "grafana.log").open("wb") as log:
        return subprocess.Popen(
            [str(binary), *serve, f"--homepath={home}"],
            env={**os.environ, **{f"GF_{name}": value for name, value in settings.items()}},
            stdout=log,
            stderr=log,
        )


async def provisioned(
    client: httpx.AsyncClient, process: subprocess.Popen[bytes], folder: Path
) -> bool:
    """Tell whether it has all boards; fail with what it said when it has ended."""
    assert process.poll() is None, (folder / "grafana.log").read_text()[-4000:]
    try:
        found = await client.get("/api/search", params={"type": "dash-db"})
    except httpx.TransportError:
        return False
    return found.status_code == 200 and len(found.json()) >= len(models())


async def test_every_board_is_there_in_its_folder(grafana):
    found = (await grafana.get("/api/search", params={"type": "dash-db"})).json()
    assert {(one["uid"], one["title"], one["folderTitle"]) for one in found} == {
        (model["uid"], model["title"], "deskwatch") for model in models().values()
    }
    for model in models().values():
        answer = (await grafana.get(f"/api/dashboards/uid/{model['uid']}")).json()
        assert answer["meta"]["provisioned"]
        assert len(answer["dashboard"]["panels"]) == len(model["panels"])


async def test_every_datasource_is_there(grafana):
    found = (await grafana.get("/api/datasources")).json()
    assert {one["uid"] for one in found} == {"prometheus", "loki", "alertmanager"}


async def test_pnl_is_its_home(grafana):
    home = (await grafana.get("/api/dashboards/home")).json()
    assert home["dashboard"]["title"] == "Real-time P&L Tracking"

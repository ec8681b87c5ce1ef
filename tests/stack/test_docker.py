"""The stack as an operator runs it, in a Docker engine: up, told, killed, backed up, down and up.

It takes minutes and both cores, so it is asked for: DESKWATCH_TEST_DOCKER=1 (`make test-docker`).
"""

import os
import re
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import msgspec
import pytest

from tests.stack.containers import ROOT, SECRET, TOKEN, Stack, declared, stack, why_not

ASKED = os.environ.get("DESKWATCH_TEST_DOCKER") == "1"
WHY_NOT = why_not() if ASKED else "the stack's containers: not asked for (make test-docker)"

pytestmark = pytest.mark.skipif(WHY_NOT is not None, reason=str(WHY_NOT))

SERVICES = [name for name, one in declared(ROOT).items() if not one.get("profiles")]
#: They run until they are stopped.
LASTING = [name for name in SERVICES if name != "setup"]


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    with stack(tmp_path_factory.mktemp("clone")) as running:
        yield running


def here(desk: Stack, name: str) -> None:
    """Skip where there is no image of a service, and none can be pulled."""
    if name not in desk.here:
        pytest.skip(f"no image of {name} is here, and none can be pulled")


def post(desk: Stack, account: str, price: str, *, opens: bool = False) -> None:
    """Tell the engine a price, after a purchase of 100 at 200 that opens a position."""
    now = datetime.now(UTC).isoformat()
    where = {"event_time": now, "venue": "XNAS", "symbol": f"{account}-STOCK"}
    stock = {"instrument_type": "equity", "base": "STOCK", "quote": "USD"}
    fill = {"account": account, "strategy": "mm", "side": "buy", "quantity": "100", "price": "200"}
    events = [
        {"kind": "instrument", **where, **stock},
        {"kind": "fill", **where, **fill, "exec_id": f"{account}-1"},
        {"kind": "mark", **where, "price": price},
    ]
    told = events if opens else events[2:]
    answer = desk.engine("/v1/events", b"".join(msgspec.json.encode(one) + b"\n" for one in told))
    assert answer["refused_total"] == 0, answer


def day(desk: Stack, account: str) -> list[float]:
    """Return what Prometheus knows of an account's P&L today."""
    query = f'sum by (account) (desk_pnl_day{{account="{account}"}})'
    return [value for _, value in desk.prometheus(query)]


def pnl(desk: Stack) -> list[tuple[str, object]]:
    """Return each account's P&L as the engine tells it."""
    return [(one["account"], one["day"]) for one in desk.engine("/api/v1/pnl")["accounts"]]


@pytest.mark.parametrize("name", SERVICES)
def test_each_comes_up_well(desk, name):
    here(desk, name)
    assert desk.is_well(name)


@pytest.mark.parametrize("name", SERVICES)
def test_each_is_confined(desk, name):
    here(desk, name)
    found = desk.inspected(name)
    host = found["HostConfig"]
    assert host["ReadonlyRootfs"]
    assert host["CapDrop"] == ["ALL"]
    assert "no-new-privileges:true" in host["SecurityOpt"]
    assert host["Memory"] > 0
    assert found["Config"]["User"] != "0:0" or name in {"setup", "promtail"}
    published = [one for ports in (host["PortBindings"] or {}).values() for one in ports]
    assert {one["HostIp"] for one in published} <= {"127.0.0.1"}


def test_no_secret_stands_in_a_log(desk):
    for name in desk.here:
        logs = desk.logs(name)
        assert not {secret for secret in (TOKEN, SECRET) if secret in logs}, name


def test_the_page_is_there_with_all_that_it_is_drawn_with(desk):
    with httpx.Client(base_url="http://127.0.0.1:8080") as browser:
        shown = browser.get("/").raise_for_status().text
        drawn_with = set(re.findall(r'"(/static/[^"]+)"', shown))
        assert {".js", ".css", ".woff2"} <= {Path(name).suffix for name in drawn_with}, shown
        for name in drawn_with:
            assert browser.get(name).raise_for_status().content, name


def test_an_event_is_in_prometheus_within_two_seconds(desk):
    began = time.monotonic()
    post(desk, "A1", "201", opens=True)
    desk.until(lambda: day(desk, "A1") == [100.0], "the fill to be in Prometheus")
    assert time.monotonic() - began < 2


def test_a_breach_is_at_the_bot_api_within_five_seconds(desk):
    began = time.monotonic()
    post(desk, "A1", "100")
    desk.until(lambda: breaches(desk, "A1"), "the breach to be told")
    assert time.monotonic() - began < 5


def breaches(desk: Stack, account: str) -> list[str]:
    return [one for one in desk.told() if "DailyLossLimitBreached" in one and account in one]


@pytest.mark.parametrize("name", LASTING)
def test_a_service_that_crashes_is_up_again_by_itself(desk, name):
    here(desk, name)
    before, kept = desk.state(name)["StartedAt"], pnl(desk)
    desk.crash(name)
    desk.until(lambda: desk.state(name)["StartedAt"] > before, f"{name} to be started again")
    desk.until(lambda: desk.is_well(name), f"{name} to be well again")
    desk.until(lambda: pnl(desk) == kept, "the same P&L")


def test_a_dead_engine_is_told_by_alertmanager(desk):
    desk.kill("deskwatch")
    desk.until(lambda: any("DeskwatchDown" in one for one in desk.told()), "it to be told")
    desk.up()


def test_a_dead_alertmanager_keeps_no_alert_from_anyone(desk):
    desk.kill("alertmanager")
    post(desk, "A2", "201", opens=True)
    post(desk, "A2", "100")
    desk.until(lambda: breaches(desk, "A2"), "the breach to be told")
    desk.up()


def test_a_dead_prometheus_is_told_by_the_engine(desk):
    told = len(desk.told())
    desk.kill("prometheus")
    desk.until(lambda: any("Watchdog" in one for one in desk.told()[told:]), "it to be told")
    desk.up()


def test_a_dead_exporter_is_told_by_prometheus(desk):
    desk.kill("node-exporter")
    desk.until(lambda: any("StackServiceDown" in one for one in desk.told()), "it to be told")
    desk.up()


def test_down_and_up_keep_everything(desk):
    at, kept = time.time(), pnl(desk)
    scraped = day(desk, "A1")
    now = datetime.now(UTC)
    silence = {
        "matchers": [{"name": "account", "value": "A9", "isRegex": False, "isEqual": True}],
        "startsAt": now.isoformat(),
        "endsAt": (now + timedelta(hours=1)).isoformat(),
        "createdBy": "desk",
        "comment": "kept",
    }
    silences = "http://127.0.0.1:9093/api/v2/silences"
    httpx.post(silences, json=silence).raise_for_status()
    desk.compose("down")
    desk.up()
    assert pnl(desk) == kept
    assert [one["comment"] for one in httpx.get(silences).json()] == ["kept"]
    query = {"query": 'sum by (account) (desk_pnl_day{account="A1"})', "time": str(at)}
    answer = httpx.get("http://127.0.0.1:9090/api/v1/query", params=query).json()
    assert [float(one["value"][1]) for one in answer["data"]["result"]] == scraped


def test_a_backup_brings_everything_back_on_an_empty_volume(desk):
    backup, restore = documented()
    kept = pnl(desk)
    desk.shell(backup)
    desk.compose("down", "--volumes")
    desk.shell(restore)
    desk.up()
    assert pnl(desk) == kept


#: Those of the drill of the breaker (docs/drills.md), and those that count from its opening.
STEPS = {"ready", "open", "refuse", "seen", "alert", "told", "hold", "close", "over", "restore"}
TELLING = {"seen", "alert", "told"}


def test_a_drill_opens_the_desks_breaker_and_it_is_told_in_time(desk):
    before = len(desk.told())
    desk.compose("--profile", "demo", "up", "-d", "demo")
    with desk.synthetic_tests():
        desk.until(lambda: desk.is_well("drills"), "the drills to be well")
        desk.until(lambda: last_run(desk, "drills"), "a drill to end")
        assert last_run(desk, "drills") == [1.0], desk.logs("drills")
        took = steps(desk, "drills")
        assert took.keys() == STEPS
        assert sum(took[step] for step in TELLING) < 5
        # The engine was told of it as well, and Prometheus knows both.
        desk.until(lambda: steps(desk, "deskwatch") == took, "the engine to show its steps")
        messages = [one for one in desk.told()[before:] if "CircuitBreakerOpen" in one]
        assert any("DRILL PAGE" in one for one in messages)
        assert any("DRILL RESOLVED" in one for one in messages)


def last_run(desk: Stack, job: str) -> list[float]:
    """Return whether the last run of the breaker's drill passed; nothing while none has ended."""
    found = desk.prometheus(f'desk_drill_success{{job="{job}", drill="breaker"}}')
    return [value for _, value in found]


def steps(desk: Stack, job: str) -> dict[str, float]:
    """Return how long each step of it took, in seconds."""
    query = f'desk_drill_step_duration_seconds{{job="{job}", drill="breaker"}}'
    return {labels["step"]: value for labels, value in desk.prometheus(query)}


def documented() -> tuple[str, str]:
    """Return the commands of docs/stack.md."""
    text = (ROOT / "docs" / "stack.md").read_text()
    blocks = [part.partition("```")[0] for part in text.split("```sh\n")[1:]]
    backup = next(one for one in blocks if "journal backup" in one)
    restore = next(one for one in blocks if "journal restore" in one)
    return backup, restore

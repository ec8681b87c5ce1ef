"""From the rules of an engine to the answers of its HTTP service, and back."""

import asyncio
import json
import re
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from msgspec import structs

from deskwatch.engine.alert_desk import EngineAlertDesk
from deskwatch.engine.alerting import Alerting
from deskwatch.engine.alerting_figures import AlertingFigures
from deskwatch.engine.alerting_settings import AlertingSettings
from deskwatch.engine.desk import EngineDesk
from deskwatch.engine.monitor import EngineFigures
from deskwatch.engine.phone import PhoneDesk
from deskwatch.exposition.notify import NotificationCollector
from deskwatch.exposition.registry import Registry
from deskwatch.notify.alertmanager import AlertmanagerSettings
from deskwatch.notify.deadman import DeadmanSettings
from deskwatch.notify.secret import Secret
from deskwatch.notify.settings import BookSettings
from deskwatch.notify.telegram.settings import Chat, TelegramSettings
from deskwatch.rules.engine import RuleSettings
from deskwatch.web.routes import create_app
from deskwatch.web.settings import WebSettings
from deskwatch.whole_file import replace_file
from tests.core.blotter import HOUR
from tests.engine.rig import Rig
from tests.notify.bot_api import PRIVATE, TOKEN, BotApiServer
from tests.notify.desk import again, alert, ended
from tests.notify.http_peer import Asked, Peer, peer
from tests.notify.webhook import webhook

DEADLINE_S = 20.0
RULES = """\
groups:
  - name: desk
    rules:
      - {alert: Watchdog, expr: vector(1)}
      - alert: Loss
        expr: vector(12345.5)
        labels: {severity: page, account: A1}
        annotations: {summary: "A1 lost {{ $value }} USD."}
      - {alert: Later, expr: vector(1), for: 1h, labels: {severity: warning}}
      - {alert: Odd, expr: desk_up @ 7}
"""
WATCHDOG = b'{"alerts":[{"status":"firing","labels":{"alertname":"Watchdog"}}]}'


class Alerts:
    """A running alerting and its HTTP service; `get` and the like return decoded answers."""

    def __init__(self, alerting: Alerting, client: httpx.AsyncClient) -> None:
        self.alerting = alerting
        self.desk = EngineAlertDesk(alerting)
        self._registry = Registry()
        self._registry.register(NotificationCollector(AlertingFigures(alerting)))
        self.client = client

    async def call(self, method: str, path: str, body: object = None, status: int = 200):
        content = body if isinstance(body, bytes) or body is None else json.dumps(body)
        answer = await self.client.request(method, path, content=content)
        assert answer.status_code == status, answer.text
        return answer.json()

    def sample(self, series: str) -> float:
        """Return the value of a series, as a scrape finds it."""
        (value,) = self.samples(series)
        return value

    def samples(self, series: str) -> list[float]:
        """Return the same where it may be absent: nothing then."""
        page = self._registry.render(openmetrics=False).decode()
        found = re.findall(rf"^{re.escape(series)} (\S+)$", page, re.MULTILINE)
        return [float(value) for value in found]

    async def row(self, name: str):
        """Return an alert's row, None if there is none."""
        found = (await self.call("GET", "/api/v1/alerts"))["alerts"]
        return next((row for row in found if row["name"] == name), None)

    async def until(self, condition: Callable[[], Awaitable[object]]) -> None:
        deadline = time.monotonic() + DEADLINE_S
        while not await condition():
            assert time.monotonic() < deadline, "the condition never came true"
            await asyncio.sleep(0.01)

    async def fires(self, name: str) -> bool:
        row = await self.row(name)
        return row is not None and row["state"] == "firing" and row["group_key"] is not None


@asynccontextmanager
async def alerts(rig: Rig, **settings: object) -> AsyncIterator[Alerts]:
    rules = rig.folder / "alerts.yml"
    rules.write_text(RULES)
    registry = Registry()
    async with rig.running() as engine:
        desk = EngineDesk(engine, EngineFigures(engine), registry)
        alerting = Alerting(
            rig.folder,
            registry,
            AlertingSettings(
                rule_files=(rules,), rules=RuleSettings(tick_s=0.05), **settings  # type: ignore[arg-type]
            ),
            PhoneDesk(engine, desk),
            rig.clock,
        )  # fmt: skip
        await alerting.open()
        running = asyncio.create_task(alerting.run())
        app = create_app(desk, WebSettings(), EngineAlertDesk(alerting), clock=rig.clock)
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://deskwatch") as client:
            try:
                yield Alerts(alerting, client)
            finally:
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)
                await alerting.notifier.keeper.close()


pytestmark = pytest.mark.anyio


def kept(state: Path) -> bool:
    """Whether all three alerts are in the rules' state as firing."""
    rules = json.loads(state.read_bytes())["rules"] if state.exists() else []
    return [held["state"] for rule in rules for held in rule["held"]] == ["firing"] * 3


async def test_a_disk_that_hangs_holds_up_no_look_of_the_rules(rig: Rig, monkeypatch) -> None:
    answers = threading.Event()

    def hang(path: Path, state: bytes) -> None:
        answers.wait()
        replace_file(path, state)

    monkeypatch.setattr("deskwatch.engine.alerting.replace_file", hang)
    try:
        async with alerts(rig) as http:
            await http.until(lambda: http.fires("Loss"))
            rig.clock.forward(HOUR)
            await http.until(lambda: http.fires("Later"))
            answers.set()
            await http.until(lambda: asyncio.to_thread(kept, rig.folder / "rules-state.json"))
    finally:
        answers.set()


@pytest.mark.parametrize("damaged", [b"{", b'{"rules":[{"key":["\xff"]}]}'])
async def test_a_damaged_state_of_the_rules_costs_what_was_kept_and_nothing_else(
    rig: Rig, damaged: bytes, logged
) -> None:
    (rig.folder / "rules-state.json").write_bytes(damaged)
    async with alerts(rig) as http:
        await http.until(lambda: http.fires("Loss"))
    assert [one["event"] for one in logged].count("rules_state_unreadable") == 1


async def test_what_flaps_is_counted_as_firing_as_it_is_shown(rig: Rig) -> None:
    async with alerts(rig, book=BookSettings(flap_count=1)) as http:
        await http.until(lambda: http.fires("Loss"))
        dispatcher, one = http.alerting.notifier.dispatcher, alert("Flaps", "warning")
        for _ in range(2):
            await dispatcher.update([again(one, rig.clock.now)])
            await dispatcher.update([ended(one, rig.clock.now)])
        row = await http.row("Flaps")
        assert (row["state"], row["flapping"]) == ("firing", True)
        assert http.desk.firing() == {"page": 1, "warning": 1}


async def test_an_alert_that_is_kept_firing_is_shown_as_it_was_when_it_last_held(rig: Rig) -> None:
    async with alerts(rig) as http:
        await http.until(lambda: http.fires("Loss"))
        kept = RULES.replace("vector(12345.5)", "vector(1) > 2\n        keep_firing_for: 1h")
        (rig.folder / "alerts.yml").write_text(kept)
        await http.call("POST", "/-/reload")
        await http.until(lambda: _kept_firing(http))


async def test_an_alert_is_shown_silenced_seen_and_over(rig: Rig) -> None:
    async with alerts(rig) as http:
        await http.until(lambda: http.fires("Loss"))
        answer = await http.call("GET", "/api/v1/alerts")
        loss, later = answer["alerts"]
        assert (loss["name"], loss["severity"], loss["value"]) == ("Loss", "page", 12345.5)
        assert loss["labels"] == {"alertname": "Loss", "severity": "page", "account": "A1"}
        assert loss["annotations"] == {"summary": "A1 lost 12345.5 USD."}
        assert (loss["silenced_by"], loss["inhibited"], loss["acknowledged"]) == ([], False, None)
        assert loss["generator"] == "desk/Loss"
        assert (later["name"], later["state"], later["group_key"]) == ("Later", "pending", None)
        assert answer["rules"]["loaded"] == 3
        (odd,) = answer["rules"]["unsupported"]
        assert (odd["line"], odd["rule"]) == (10, "desk/Odd")
        assert http.desk.firing() == {"page": 1}

        await http.until(lambda: _acknowledged(http, loss["fingerprint"]))
        body = {"fingerprints": [later["fingerprint"]], "group_keys": ["p0"], "author": "ada"}
        seen = await http.call("POST", "/api/v1/alerts/acknowledge", body)
        assert seen == {"acknowledged": [], "not_open": [later["fingerprint"], "p0"]}
        assert (await http.row("Loss"))["acknowledged"]["by"] == "ada"

        matchers = [{"name": "account", "op": "=~", "value": "A."}]
        wanted = {"matchers": matchers, "duration_s": 60, "author": "bob", "reason": "known"}
        made = await http.call("POST", "/api/v1/silences", wanted, status=201)
        assert (made["matchers"], made["author"]) == (matchers, "bob")
        assert made["until"] - made["created_at"] == 60 * 10**9
        assert (await http.call("GET", "/api/v1/silences"))["silences"] == [made]
        assert (await http.row("Loss"))["silenced_by"] == [made["id"]]
        path = f"/api/v1/silences/{made['id']}?author=eve"
        await http.call("DELETE", path)
        await http.call("DELETE", path, status=404)
        assert (await http.row("Loss"))["silenced_by"] == []

        (rig.folder / "alerts.yml").write_text(RULES.replace("vector(12345.5)", "vector(1) > 2"))
        await http.call("POST", "/-/reload")
        await http.until(lambda: _over(http))
        history = await http.call("GET", "/api/v1/alerts/history")
        assert [one["summary"] for one in history["episodes"]] == ["A1 lost 12345.5 USD."]
        assert [(one["actor"], one["what"]) for one in history["deeds"]] == [
            ("local", "reload"), ("eve", "expire silence"), ("bob", "silence"),
            ("ada", "acknowledge"),
        ]  # fmt: skip
        assert (await http.call("GET", "/api/v1/audit"))["deeds"] == history["deeds"]


async def test_how_late_an_alert_is_counts_in_seconds(rig: Rig) -> None:
    async with alerts(rig) as http:
        await http.until(lambda: http.fires("Loss"))
        told = http.alerting.current[0]
        measured = http.alerting.event_to_alert_seconds
        before = measured.count
        now = rig.clock()
        late = structs.replace(
            told, changed=True, state="firing", event_time=now - 3 * 10**9, fired_at=now,
            active_at=now - 10**9,
        )  # fmt: skip
        http.alerting._measure([late], now)
        assert (measured.count, measured.sum) == (before + 1, 2.0)


async def _kept_firing(http: Alerts) -> bool:
    row = await http.row("Loss")
    said = r"until \d\d:\d\d:\d\d UTC: A1 lost 12345\.5 USD\."
    return (
        row["state"] == "firing" and re.fullmatch(said, row["annotations"]["summary"]) is not None
    )


async def _acknowledged(http: Alerts, fingerprint: str) -> bool:
    """Try to acknowledge it; before people are told of it there is nothing to be seen."""
    body = {"fingerprints": [fingerprint], "author": "ada"}
    answer = await http.call("POST", "/api/v1/alerts/acknowledge", body)
    return bool(answer == {"acknowledged": [f"p{fingerprint}"], "not_open": []})


async def _over(http: Alerts) -> bool:
    row = await http.row("Loss")
    return row is None or row["state"] == "resolved"


async def test_a_broken_file_changes_nothing_and_says_why(rig: Rig) -> None:
    async with alerts(rig) as http:
        await http.until(lambda: http.fires("Loss"))
        (rig.folder / "alerts.yml").write_text(RULES.replace("vector(12345.5)", "vector("))
        said = await http.call("POST", "/-/reload", status=422)
        assert not said["ok"]
        assert "alerts.yml:6" in said["error"]
        answer = await http.call("GET", "/api/v1/alerts")
        assert (answer["rules"]["ok"], answer["rules"]["error"]) == (False, said["error"])
        assert await http.fires("Loss")


async def test_alerts_that_find_no_room_are_counted(rig: Rig) -> None:
    nobody = AlertmanagerSettings(url=Secret("http://127.0.0.1:9"))
    async with alerts(rig, alertmanager=nobody, book=BookSettings(max_alerts=0)) as http:
        await http.until(lambda: _overflows(http))
        assert http.sample("deskwatch_notifications_folded_total") == 0


async def _overflows(http: Alerts) -> bool:
    return http.sample("deskwatch_alerts_overflowed_total") > 0


async def test_an_outside_service_that_does_not_hear_of_us_is_seen(rig: Rig) -> None:
    async with peer() as service:
        service.status = 404
        deadman = DeadmanSettings(url=Secret(service.url), interval_s=0.05)
        async with alerts(rig, deadman=deadman) as http:
            await http.until(lambda: _pinged(http, "failed"))
            assert http.sample("deskwatch_deadman_reached") == 0
            service.status = 200
            await http.until(lambda: _pinged(http, "sent"))
            assert http.sample("deskwatch_deadman_reached") == 1


async def _pinged(http: Alerts, result: str) -> bool:
    return http.sample(f'deskwatch_deadman_pings_total{{result="{result}"}}') > 0


async def test_buttons_and_commands_that_are_not_heard_are_seen(rig: Rig) -> None:
    async with BotApiServer() as telegram:
        telegram.other_poller = True
        bot = TelegramSettings(
            token=Secret(TOKEN),
            chat=Chat(PRIVATE),
            users=frozenset({4711}),
            api_base_url=telegram.url,
            poll_s=0,
        )
        async with alerts(rig, telegram=bot) as http:
            await http.until(lambda: _polling(http, heard=False))
            telegram.other_poller = False
            await http.until(lambda: _polling(http, heard=True))
            telegram.say(1, "/status", PRIVATE)
            await http.until(lambda: _requested(http, "refused"))
            telegram.say(4711, "/status", PRIVATE)
            await http.until(lambda: _requested(http, "taken"))
        assert http.sample('deskwatch_telegram_requests_total{result="unanswered"}') == 0


async def _polling(http: Alerts, *, heard: bool) -> bool:
    # Nothing is said of it before the first answer.
    return http.samples("deskwatch_telegram_polling") == [heard]


async def _requested(http: Alerts, result: str) -> bool:
    return http.sample(f'deskwatch_telegram_requests_total{{result="{result}"}}') > 0


@pytest.mark.parametrize("pattern", ["(", "x" * 257])
async def test_a_pattern_that_can_not_be_matched_is_refused(rig: Rig, pattern: str) -> None:
    wanted = {
        "matchers": [{"name": "account", "op": "=~", "value": pattern}],
        "duration_s": 60,
        "author": "ada",
    }
    async with alerts(rig) as http:
        said = await http.call("POST", "/api/v1/silences", wanted, status=409)
        assert said["error"]["reason"] == "cannot_silence"
        assert (await http.call("GET", "/api/v1/silences"))["silences"] == []


async def test_a_watchdog_is_taken_where_a_stack_is_watched(rig: Rig) -> None:
    async with alerts(rig, blind_after_s=0.5) as http:
        await http.until(lambda: http.fires("StackBlind"))
        await http.until(lambda: _sees_again(http))
        await http.call("POST", "/v1/alertmanager-watchdog", b"bark", status=400)
    async with alerts(rig) as http:
        said = await http.call("POST", "/v1/alertmanager-watchdog", WATCHDOG, status=503)
        assert "blind_after_s" in said["error"]["detail"]


async def _sees_again(http: Alerts) -> bool:
    """Let the Watchdog come once more; say whether that ended the alert."""
    await http.call("POST", "/v1/alertmanager-watchdog", WATCHDOG)
    return await http.row("StackBlind") is None


def _stack(server: Peer) -> Callable[[Asked], bytes]:
    """Answer as an Alertmanager that has silenced whatever it was told."""

    def answer(asked: Asked) -> bytes:
        told: dict[str, object] = {}
        for one in server.asked:
            if (one.method, one.path) == ("POST", "/api/v2/alerts"):
                labels = [alert["labels"] for alert in json.loads(one.body)]
                told |= {json.dumps(each): each for each in labels}
        status = {"state": "suppressed", "silencedBy": ["0e1f"], "inhibitedBy": []}
        held = [{"labels": labels, "status": status} for labels in told.values()]
        return json.dumps(held if asked.path == "/api/v2/alerts" else []).encode()

    return answer


async def test_with_alertmanager_what_is_quiet_is_its_word(rig: Rig) -> None:
    async with peer() as server:
        server.answer = _stack(server)
        settings = AlertmanagerSettings(
            url=Secret(server.url), extra_labels={"cluster": "ldn"}, refresh_s=0.05
        )
        async with alerts(rig, alertmanager=settings) as http:
            await http.until(lambda: http.fires("Loss"))
            await http.until(lambda: _silenced(http))
            assert (await http.row("Loss"))["silenced_by"] == ["0e1f"]
            server.status = 503
            await http.until(lambda: _in_trouble(http))
            row = await http.row("Loss")
            assert (row["state"], row["silenced_by"], row["inhibited"]) == ("firing", None, None)
            said = await http.call("GET", "/api/v1/silences", status=503)
            assert "Alertmanager says: HTTP 503" in said["error"]["detail"]
            await http.call("DELETE", "/api/v1/silences/0e1f", status=503)


async def test_what_comes_back_from_alertmanager_is_what_people_were_told(rig: Rig) -> None:
    loss = alert("Loss", account="A1")
    async with peer() as server:
        server.answer = lambda asked: b"[]" if asked.method == "GET" else b"{}"
        settings = AlertmanagerSettings(url=Secret(server.url), receiver="deskwatch")
        async with alerts(rig, alertmanager=settings) as http:
            await http.until(lambda: _is_taken(http, webhook(loss)))
            await http.until(lambda: http.fires("Loss"))
            row = await http.row("Loss")
            assert (row["value"], row["generator"]) == (12345.5, "desk/Loss")
            assert (row["silenced_by"], row["inhibited"]) == ([], False)
            (channel,) = (await http.call("GET", "/api/v1/alerts"))["channels"]
            assert channel["trouble"] == "nobody is told: no telegram or apprise is configured"
            said = await http.call("POST", "/v1/alertmanager", {"version": "4"}, status=400)
            assert "groupKey" in said["error"]["detail"]
            seen = {"group_keys": [row["group_key"]], "author": "ada"}
            assert (await http.call("POST", "/api/v1/alerts/acknowledge", seen))["not_open"] == []


async def test_without_a_receiver_nothing_is_taken_from_alertmanager(rig: Rig) -> None:
    async with alerts(rig) as http:
        said = await http.call("POST", "/v1/alertmanager", webhook(alert("Loss")), status=503)
        assert "alertmanager.receiver" in said["error"]["detail"]


async def _is_taken(http: Alerts, body: bytes) -> bool:
    """Post until the outbox is open, as Alertmanager does; the rules must have found it before."""
    found = await http.row("Loss")
    answer = await http.client.post("/v1/alertmanager", content=body)
    return found is not None and answer.is_success


async def _silenced(http: Alerts) -> bool:
    return bool((await http.row("Loss"))["silenced_by"])


async def _in_trouble(http: Alerts) -> bool:
    (channel,) = (await http.call("GET", "/api/v1/alerts"))["channels"]
    assert channel["name"] == "alertmanager"
    return channel["trouble"] is not None
